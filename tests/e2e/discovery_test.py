"""Discovery: what speaks TLS in a network comes into the inventory once, is scanned and told like all else; and imports."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from command import Certherald, Outcome
from configuration import PUBLIC_URL, SECRETS, connections, policies
from desk.client import Desk
from estate.nginx import Nginx, Site
from estate.pki import Pki
from estate.specs import CertificateSpec
from serving import Serving, schedule

OPEN, ENDING, HIDDEN, NAMED, LATE = (f"127.0.0.{n}" for n in range(2, 7))
SHOP = "shop.example.test"


@dataclass(frozen=True)
class Network:
    folder: Path
    root: Path
    ports: dict[str, int]  # by address

    def at(self, address: str) -> str:
        return f"{address}:{self.ports[address]}"

    def configuration(self, exclude: str = "") -> str:
        ports = ",".join(str(port) for port in sorted(set(self.ports.values())))
        return (f'[server]\npublic_url = "{PUBLIC_URL}"\n\n[scan]\ntrust = ["{self.root}"]\n\n'
                f'[[discovery]]\nname = "office"\ntargets = ["127.0.0.0/29"]\nports = "{ports}"\n'
                f'exclude = [{exclude}]\nowner = "net-team"\ntags = ["found"]\nrate = 0\n')


@contextmanager
def running_network(folder: Path, addresses: tuple[str, ...]) -> Iterator[Network]:
    folder.mkdir(parents=True)
    pki = Pki()
    root = folder / "root.pem"
    root.write_bytes(pki.root_pem())
    sites = []
    for address in addresses:
        left = timedelta(days=5) if address == ENDING else timedelta(days=90)
        host = SHOP if address == NAMED else f"host-{address.replace('.', '-')}.example.test"
        pki.issue(CertificateSpec(left=left), host).write(folder, host)
        sites.append(Site(host, (address,), folder / f"{host}.pem"))
    nginx = Nginx(folder / "nginx", sites)
    try:
        yield Network(folder, root, {address: ports[0] for address, ports in zip(addresses, nginx.ports, strict=True)})
    finally:
        nginx.stop()


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with running_network(tmp_path / "network", (OPEN, ENDING, HIDDEN, NAMED)) as running:
        yield running


def named_endpoint(network: Network) -> str:
    return f'\n[[endpoint]]\nhost = "{SHOP}"\nport = {network.ports[NAMED]}\naddress = "{NAMED}"\n'


def endpoints(certherald: Certherald) -> dict[str, dict]:
    rows = certherald.run("list", "endpoints", "--json").expect(0).json_lines()
    return {f"{row['host']}:{row['port']}": row for row in rows}


def discover(certherald: Certherald, *more: str) -> Outcome:
    return certherald.run("run", "discovery", "office", *more).expect(0)


def apply(certherald: Certherald, text: str, *more: str) -> Outcome:
    return certherald.run("apply", "-f", "-", *more, stdin=text).expect(0)


def counts(outcome: Outcome) -> str:
    return outcome.stdout.splitlines()[-1].split(": ", 1)[1]


def test_a_network_is_found_once(certherald: Certherald, network: Network) -> None:
    apply(certherald, network.configuration(f'"{HIDDEN}"') + named_endpoint(network))
    rehearsed = discover(certherald, "--dry-run")
    assert f"new   {network.at(OPEN)}" in rehearsed.stdout and f"known {network.at(NAMED)}" in rehearsed.stdout
    assert f"excluded by {HIDDEN}: {len(set(network.ports.values()))}" in rehearsed.stdout
    assert len(endpoints(certherald)) == 1 and certherald.run("list", "runs", "--json").json_lines() == []

    first = discover(certherald)
    assert counts(first).startswith("3 found, 2 new, 1 known,") and network.at(HIDDEN) not in first.stdout
    known = endpoints(certherald)
    assert set(known) == {network.at(OPEN), network.at(ENDING), f"{SHOP}:{network.ports[NAMED]}"}
    for address in (OPEN, ENDING):
        row = known[network.at(address)]
        assert (row["owner"], row["tags"]) == ("net-team", ["found"])
        assert row["sni"] == f"host-{address.replace('.', '-')}.example.test", "called by its certificate"
        assert row["status"] == "scanned"
    assert sum(row["deployments"] for row in certherald.run("list", "certificates", "--json").json_lines()) == 2

    again = discover(certherald)
    assert counts(again).startswith("3 found, 0 new, 3 known,") and "\nnew " not in f"\n{again.stdout}"
    assert endpoints(certherald) == known
    last, first_run = certherald.run("list", "runs", "--json").json_lines()
    assert (last["discovery"], last["found"], last["added"], last["known"]) == ("office", 3, 0, 3)
    targets = 8 * len(set(network.ports.values()))
    for run in (last, first_run):
        assert run["outcome"] == "succeeded"
        assert run["endpoints"] == targets == run["found"] + run["excluded"] + run["silent"]


def test_a_known_name_without_a_fixed_address_is_not_doubled(certherald: Certherald, network: Network) -> None:
    apply(certherald, network.configuration() + f'\n[[endpoint]]\nhost = "localhost"\nport = {network.ports[OPEN]}\n'
          f'address = "{OPEN}"\nsni = "other.example.test"\n')
    assert f"known {network.at(OPEN)}" in discover(certherald).stdout
    assert network.at(OPEN) not in endpoints(certherald)


def test_prune_leaves_what_was_found(certherald: Certherald, network: Network) -> None:
    text = network.configuration()
    apply(certherald, text + named_endpoint(network))
    discover(certherald)
    pruned = apply(certherald, text.split("[[discovery]]")[0], "--prune")
    assert "removed" in pruned.stdout and "office" in pruned.stdout
    assert set(endpoints(certherald)) == {network.at(a) for a in (OPEN, ENDING, HIDDEN)}
    gone = certherald.run("run", "discovery", "office").expect(2)
    assert "there is no discovery 'office'" in gone.stderr


def test_what_was_found_is_scanned_and_told(certherald: Certherald, network: Network, desk: Desk) -> None:
    certherald.environment.update(SECRETS)
    apply(certherald, network.configuration() + connections(desk.url) + policies())
    discover(certherald)
    scanned = certherald.run("run", "vulnerability-scan", timeout=120).expect(0)
    assert "4 addresses scanned, 0 not reached" in scanned.stdout
    certherald.run("run", "expiry-notification", timeout=120).expect(0)
    subjects = [ticket["subject"] for ticket in desk.tickets()]
    assert subjects == [f"SSL Certificate host-{ENDING.replace('.', '-')}.example.test expiry"] * 2


def test_serve_discovers_on_schedule(certherald: Certherald, network: Network) -> None:
    certherald.folder.mkdir(parents=True, exist_ok=True)
    path = certherald.folder / "certherald.toml"
    path.write_text(network.configuration() + schedule("look around", "discovery") + 'discovery = "office"\n')
    server = Serving(certherald, "--config", path)
    server.await_log("discovery ended.*found=4 added=4", 60)
    server.running.kill()
    heir = Serving(certherald, "--config", path)
    heir.await_log("discovery ended.*found=4 added=0 known=4", 60)
    heir.stop()
    assert len(endpoints(certherald)) == 4
    runs = [run for run in certherald.run("list", "runs", "--json").json_lines() if run["task"] == "discovery"]
    assert {run["schedule"] for run in runs} == {"look around"} and {run["discovery"] for run in runs} == {"office"}


@pytest.mark.parametrize(("block", "line", "says"), [
    ('name = "a"\n', 1, "'targets' is missing or empty"),
    ('name = "a"\ntargets = ["10.0.0.0/8"]\n', 3, "target '10.0.0.0/8': the block holds more"),
    ('name = "a"\ntargets = ["@/no/such/list"]\n', 3, "targets: @/no/such/list cannot be read"),
    ('name = "a"\ntargets = ["-"]\n', 3, "targets: a discovery cannot read standard input"),
    ('name = "a"\ntargets = ["10.0.0.1"]\nports = "443,x"\n', 4, "'x' is no port"),
    ('name = "a"\ntargets = ["10.0.0.1"]\nexclude = ["10.0.0.0/33"]\n', 4, "'10.0.0.0/33' has no number from 0 to 32"),
    ('name = "a"\ntargets = ["10.0.0.1"]\nexcludes = []\n', 4, "there is no key 'excludes'"),
    ('name = "a"\ntargets = ["10.0.0.1"]\n[[schedule]]\nname = "s"\ntask = "discovery"\nrrule = "FREQ=DAILY"\ndiscovery = "b"\n',
     8, "there is no discovery 'b'"),
])
def test_a_faulty_discovery_is_refused_by_line(certherald: Certherald, block: str, line: int, says: str) -> None:
    outcome = certherald.run("apply", "-f", "-", stdin="[[discovery]]\n" + block).expect(2)
    assert any(said.startswith(f"standard input:{line}: ") and says in said for said in outcome.stderr.splitlines()), outcome


def test_lists_and_names(certherald: Certherald, network: Network) -> None:
    """A list is read at each run; a host name is an endpoint of its own, and its addresses can be excluded."""
    hosts = network.folder / "hosts.txt"
    hosts.write_text(f"# ours\n{network.at(OPEN)}\n")
    text = f'[[discovery]]\nname = "office"\ntargets = ["@{hosts}", "localhost:{network.ports[OPEN]}"]\nexclude = ["127.0.0.1", "::1"]\n'
    apply(certherald, text)
    assert counts(discover(certherald)) == "1 found, 1 new, 0 known, 1 excluded, 0 silent"
    hosts.write_text(f"{network.at(OPEN)}\n{network.at(ENDING)}\n")
    assert counts(discover(certherald)) == "2 found, 1 new, 1 known, 1 excluded, 0 silent"
    hosts.unlink()
    failed = certherald.run("run", "discovery", "office")
    assert failed.code in (2, 3) and "hosts.txt" in failed.stderr
    assert certherald.run("list", "runs", "--json").json_lines()[0]["outcome"] == "failed"


def test_silent_targets_leave_no_trace(certherald: Certherald) -> None:
    with socket.socket() as plain:
        plain.bind((OPEN, 0))
        closed = plain.getsockname()[1]
        apply(certherald, f'[[discovery]]\nname = "office"\ntargets = ["{OPEN}:{closed}"]\ntimeout = "1s"\n')
        assert counts(discover(certherald)) == "0 found, 0 new, 0 known, 0 excluded, 1 silent"
    assert endpoints(certherald) == {}


def keytool(*words: str | Path) -> None:
    subprocess.run(["keytool", *map(str, words)], check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)


def test_import_of_a_java_keystore(certherald: Certherald, tmp_path: Path) -> None:
    store, password = tmp_path / "app.jks", tmp_path / "password"
    password.write_text("größe sicher")
    common = ("-keystore", store, "-storetype", "JKS", "-storepass:file", password)
    keytool("-J-Dfile.encoding=UTF-8", "-genkeypair", "-alias", "app", "-keyalg", "EC", "-dname", "CN=app.example.test",
            "-keypass:file", password, *common)
    keytool("-J-Dfile.encoding=UTF-8", "-genkeypair", "-alias", "two", "-keyalg", "RSA", "-dname", "CN=two.example.test",
            "-keypass:file", password, *common)
    wrong = tmp_path / "wrong"
    wrong.write_text("another")
    refused = certherald.run("import", store, "--passphrase-file", wrong).expect(2)
    assert "the passphrase is wrong" in refused.stderr
    assert certherald.run("import", store).expect(0).stdout == "2 new, 0 known already\n"
    assert certherald.run("import", store, "--passphrase-file", password).expect(0).stdout == "0 new, 2 known already\n"
    names = {row["common_name"] for row in certherald.run("list", "certificates", "--json").json_lines()}
    assert names == {"app.example.test", "two.example.test"}


def test_import_of_endpoints(certherald: Certherald, tmp_path: Path) -> None:
    table = tmp_path / "endpoints.csv"
    table.write_text("host,port,owner,tags\nshop.example.test,,web,prod;eu\n127.0.0.9,8443,,\n")
    assert certherald.run("import", table).expect(0).stdout == "endpoints: 2 new, 0 updated, 0 unchanged\n"
    table.write_text("host,port,owner,tags\nshop.example.test,,shop,prod;eu\n127.0.0.9,8443,,\n")
    assert certherald.run("import", table).expect(0).stdout == "endpoints: 0 new, 1 updated, 1 unchanged\n"
    known = endpoints(certherald)
    assert (known["shop.example.test:443"]["owner"], known["shop.example.test:443"]["tags"]) == ("shop", ["eu", "prod"])
    apply(certherald, "", "--prune")
    table.write_text("host,port,owner,tags\nnew.example.test,443,,\nbad.example.test,0,,\n")
    refused = certherald.run("import", table).expect(2)
    assert "endpoints.csv: line 3: '0' is no port" in refused.stderr
    assert set(endpoints(certherald)) == {"shop.example.test:443", "127.0.0.9:8443"}
