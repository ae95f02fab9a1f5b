"""The estate judged by other tools: what OpenSSL's client and plain sockets see of each server."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from estate import SERVERS, Estate, Server, available, many_listeners, running_estate
from estate.estate import presented_fingerprint
from estate.processes import StartError
from estate.specs import CertificateSpec

SUPPORT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with running_estate(tmp_path_factory.mktemp("estate")) as running:
        yield running


def s_client(server: Server, *options: str) -> str:
    address = f"[{server.address}]" if ":" in server.address else server.address
    command = ["openssl", "s_client", "-connect", f"{address}:{server.port}", "-servername", server.host, *options]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20,
                            errors="replace", env={**os.environ, "OPENSSL_CONF": "/dev/null"})
    return result.stdout + result.stderr


# OpenSSL's words (X509_verify_cert_error_string) for each problem of a certificate.
VERDICTS = {
    "healthy": "0 (ok)", "healthy_rsa": "0 (ok)", "expiring": "0 (ok)", "ipv6": "0 (ok)", "legacy": "0 (ok)",
    "wildcard_a": "0 (ok)", "wildcard_b": "0 (ok)", "odd_name": "0 (ok)", "newest": "0 (ok)", "weak": "0 (ok)",
    "expired": "10 (certificate has expired)",
    "not_yet_valid": "9 (certificate is not yet valid)",
    "self_signed": "18 (self-signed certificate)",
    "mismatch": "62 (hostname mismatch)",
    "untrusted": "20 (unable to get local issuer certificate)",
    "incomplete": "21 (unable to verify the first certificate)",
}


def test_every_server_with_a_certificate_has_a_verdict_here() -> None:
    assert set(VERDICTS) == {spec.name for spec in SERVERS if spec.certificate}


@pytest.mark.parametrize("name", [spec.name for spec in available() if spec.certificate])
def test_openssl_judges_the_certificate_as_specified(estate: Estate, name: str) -> None:
    server = estate[name]
    output = s_client(server, "-CAfile", str(estate.root), "-verify_hostname", server.host,
                      "-cipher", "DEFAULT:@SECLEVEL=0")
    assert f"Verify return code: {VERDICTS[name]}" in output


@pytest.mark.parametrize(("name", "option", "accepted"), [
    ("healthy", "-tls1_3", True), ("healthy", "-tls1_2", True), ("healthy", "-tls1_1", False),
    ("newest", "-tls1_3", True), ("newest", "-tls1_2", False),
    ("weak", "-tls1", True), ("weak", "-tls1_1", True), ("weak", "-tls1_2", True), ("weak", "-tls1_3", False),
    ("legacy", "-tls1", True), ("legacy", "-tls1_3", True),
])
def test_versions(estate: Estate, name: str, option: str, accepted: bool) -> None:
    output = s_client(estate[name], option, "-cipher", "ALL:@SECLEVEL=0")
    assert ("Server certificate" in output) == accepted, output


@pytest.mark.parametrize("suite", ["NULL-SHA", "AECDH-AES128-SHA", "ADH-AES128-SHA"])
def test_legacy_accepts_weak_suites(estate: Estate, suite: str) -> None:
    output = s_client(estate["legacy"], "-tls1_2", "-cipher", f"{suite}:@SECLEVEL=0")
    assert f"Cipher is {suite}" in output, output


@pytest.mark.parametrize(("version", "suite"), [
    (0x0300, 0x0005),  # SSLv3 with RC4
    (0x0300, 0x000A),  # SSLv3 with CBC: POODLE
    (0x0301, 0x0003),  # RSA_EXPORT_WITH_RC4_40_MD5
    (0x0301, 0x0009),  # RSA_WITH_DES_CBC_SHA
])
def test_legacy_accepts_what_openssl_no_longer_speaks(estate: Estate, version: int, suite: int) -> None:
    assert chosen_suite(estate["legacy"], version, suite) == (version, suite)


def chosen_suite(server: Server, version: int, suite: int) -> tuple[int, int] | None:
    """Version and suite of the ServerHello that answers a bare ClientHello (RFC 5246 section 7.4.1)."""
    body = version.to_bytes(2, "big") + bytes(range(32)) + b"\0" + b"\0\2" + suite.to_bytes(2, "big") + b"\1\0"
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    with connected(server) as client:
        client.sendall(b"\x16" + version.to_bytes(2, "big") + len(message).to_bytes(2, "big") + message)
        stream = client.makefile("rb")
        answer = stream.read(5 + 4 + 2 + 32 + 1)
        if answer[:1] != b"\x16" or answer[5] != 2:
            return None
        rest = stream.read(answer[-1] + 2)
    return int.from_bytes(answer[9:11], "big"), int.from_bytes(rest[-2:], "big")


def connected(server: Server) -> socket.socket:
    return socket.create_connection((server.address, server.port), timeout=10)


def test_legacy_serves_many_at_once(estate: Estate) -> None:
    silent = [connected(estate["legacy"]) for _ in range(8)]
    try:
        assert chosen_suite(estate["legacy"], 0x0303, 0x002F) == (0x0303, 0x002F)
    finally:
        for client in silent:
            client.close()


def test_weak_survives_clients_that_break_off(estate: Estate) -> None:
    for _ in range(20):
        chosen_suite(estate["weak"], 0x0303, 0xC02F)
        connected(estate["weak"]).close()
    assert "Server certificate" in s_client(estate["weak"], "-cipher", "ALL:@SECLEVEL=0")


@pytest.mark.parametrize(("name", "sent", "beginning"), [
    ("ssh", b"", b"SSH-2.0-"), ("http", b"\x16\x03\x01", b"HTTP/1.1 400"), ("flood", b"\x16", b"\x16\x03\x03"),
    ("drip", b"\x16", b"\x16"),
])
def test_hostile_servers_answer(estate: Estate, name: str, sent: bytes, beginning: bytes) -> None:
    with connected(estate[name]) as client:
        client.sendall(sent)
        assert client.makefile("rb").read(len(beginning)) == beginning


def test_drip_takes_its_time(estate: Estate) -> None:
    with connected(estate["drip"]) as client:
        started = time.monotonic()
        client.sendall(b"\x16")
        client.makefile("rb").read(3)
    assert 1.5 < time.monotonic() - started < 10


def test_flood_sends_sixteen_megabytes_to_whoever_reads_them(estate: Estate) -> None:
    received = 0
    with connected(estate["flood"]) as client:
        client.sendall(b"\x16")
        client.shutdown(socket.SHUT_WR)
        while chunk := client.recv(1 << 20):
            received += len(chunk)
    assert received > 1 << 24


def test_mute_accepts_and_says_nothing(estate: Estate) -> None:
    with connected(estate["mute"]) as client:
        client.sendall(b"\x16\x03\x01")
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)


def test_reset_resets(estate: Estate) -> None:
    with connected(estate["reset"]) as client, pytest.raises(ConnectionResetError):
        client.sendall(b"\x16")
        client.recv(1)


def test_refused_refuses(estate: Estate) -> None:
    with pytest.raises(ConnectionRefusedError):
        connected(estate["refused"])


def test_servers_that_share_a_certificate(estate: Estate) -> None:
    assert estate["wildcard_a"].fingerprint == estate["wildcard_b"].fingerprint
    assert presented_fingerprint(estate["wildcard_b"]) == estate["wildcard_a"].fingerprint


def test_the_index_says_what_runs(estate: Estate) -> None:
    index = json.loads((estate.folder / "estate.json").read_text())
    assert Path(index["root"]).read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
    assert [server["name"] for server in index["servers"]] == list(estate.servers)
    expired = next(server for server in index["servers"] if server["name"] == "expired")
    assert expired["certificate"]["sha256"] == presented_fingerprint(estate["expired"])
    assert expired["target"] == f"intranet.example.test:{estate['expired'].port}@127.0.0.1"


def test_a_renewed_certificate_is_served_at_once(tmp_path: Path) -> None:
    with running_estate(tmp_path, ["expiring", "healthy"]) as estate:
        before = {name: presented_fingerprint(estate[name]) for name in ("expiring", "healthy")}
        renewed = estate.renew("expiring", CertificateSpec(key="rsa2048"))
        presented = {presented_fingerprint(renewed) for _ in range(20)}
        assert presented == {renewed.fingerprint}
        assert before["expiring"] not in presented
        assert presented_fingerprint(estate["healthy"]) == before["healthy"]
        index = json.loads((tmp_path / "estate.json").read_text())
        assert renewed.fingerprint in [server["certificate"]["sha256"] for server in index["servers"]]


def test_a_thousand_listeners(tmp_path: Path) -> None:
    with many_listeners(tmp_path) as listeners:
        assert len(set(listeners.ports)) == 1000
        for port in (listeners.ports[0], listeners.ports[-1]):
            with socket.create_connection((listeners.address, port), timeout=5) as plain:
                context = ssl.create_default_context(cafile=str(listeners.root))
                with context.wrap_socket(plain, server_hostname=listeners.host) as secured:
                    assert secured.version() == "TLSv1.3"
    assert not members(tmp_path)


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no such server: nonsense"), running_estate(tmp_path, ["nonsense"]):
        pass


def poll(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)  # between two looks at the condition
    return True


def members(folder: Path) -> list[int]:
    """Processes that have a file of this estate open: each server writes its log there."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            links = [os.readlink(descriptor) for descriptor in (entry / "fd").iterdir()]
        except OSError:
            continue  # it has just ended
        if any(link.startswith(f"{folder}/") for link in links):
            found.append(int(entry.name))
    return found


@contextmanager
def started(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A command that prints when its estate is ready; killed at the end, whatever happens."""
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("estate ready")
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_after(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "estate", "up", "--dir", str(tmp_path), "--only", "healthy,weak,legacy,ssh"]
    with started(command) as process:
        assert len(members(tmp_path)) == 5  # nginx and its worker, s_server, java, hostile
        process.send_signal(number)
        assert poll(lambda: process.poll() is not None)
    assert poll(lambda: not members(tmp_path)), members(tmp_path)


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    script = f'"{sys.executable}" -m estate up --dir "{tmp_path}" --only healthy,ssh; true'
    with started(["bash", "-c", script]) as shell:
        assert members(tmp_path)
        shell.kill()
    assert poll(lambda: not members(tmp_path)), members(tmp_path)


def test_no_thread_is_left(tmp_path: Path) -> None:
    before = threading.active_count()
    with running_estate(tmp_path, ["healthy"]):
        pass
    assert threading.active_count() == before
