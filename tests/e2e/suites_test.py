"""What a scan says of suites and key exchange, against a count of our own that asks for one suite at a time."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from command import Certherald
from estate import Estate
from estate.pki import Issued, Pki
from estate.processes import Child
from estate.specs import CertificateSpec

HOST = "suites.example.test"
VERSIONS = {"sslv3": 0x0300, "tls1.0": 0x0301, "tls1.1": 0x0302, "tls1.2": 0x0303}
# Every number that was ever given to a suite below TLS 1.3 stands in one of these; 00ff and 5600 are signals.
NUMBERS = [*range(0x0001, 0x00ff), *range(0xc001, 0xc0b6), *range(0xc100, 0xc103), *range(0xcca8, 0xccaf),
           *range(0xd001, 0xd006), 0xfefe, 0xfeff, *range(0xff00, 0xff04), *range(0xff85, 0xff88), 0xffe0, 0xffe1]
EXTENSIONS = bytes.fromhex("000a000c000a001d001700180019001e" "000b00020100"
                           "000d001c001a0403050306030804080508060401050106010201020304020202")


def _hello(version: int, suite: int) -> bytes:
    body = version.to_bytes(2, "big") + bytes(range(32)) + b"\0" + b"\0\2" + suite.to_bytes(2, "big") + b"\1\0"
    if version > VERSIONS["sslv3"]:
        body += len(EXTENSIONS).to_bytes(2, "big") + EXTENSIONS
    message = b"\1" + len(body).to_bytes(3, "big") + body
    return b"\x16" + min(version, 0x0301).to_bytes(2, "big") + len(message).to_bytes(2, "big") + message


def takes(address: tuple[str, int], version: int, suite: int) -> bool:
    """Whether the server answers a hello of this version and this suite alone with both."""
    with socket.create_connection(address, 20) as connection:
        connection.sendall(_hello(version, suite))
        answer = b""
        while len(answer) < 80:
            try:
                more = connection.recv(4096)
            except ConnectionResetError:
                break
            if not more:
                break
            answer += more
    if answer[:1] != b"\x16":
        return False
    at = 44 + answer[43]
    return answer[9:11] == version.to_bytes(2, "big") and answer[at:at + 2] == suite.to_bytes(2, "big")


def accepted(address: tuple[str, int], versions: Iterable[str]) -> dict[str, set[str]]:
    with ThreadPoolExecutor(4) as pool:
        found = {version: list(pool.map(lambda suite, wire=VERSIONS[version]: takes(address, wire, suite), NUMBERS))
                 for version in versions}
    return {version: {f"{suite:04x}" for suite, taken in zip(NUMBERS, found[version], strict=True) if taken}
            for version in versions}


def scan(certherald: Certherald, port: int, *options: str) -> dict[str, Any]:
    outcome = certherald.run("scan", "--format", "json", "--host-rate", "0", *options, f"{HOST}:{port}@127.0.0.1", timeout=120)
    [report] = outcome.json_lines()
    return report


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {check["id"]: check["verdict"] for check in report["checks"]}


def codes(report: dict[str, Any], version: str) -> set[str]:
    return {suite["code"] for suite in report["ciphers"].get(version, [])}


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return Pki().issue(CertificateSpec(key="rsa2048"), HOST)


@pytest.fixture
def s_server(tmp_path: Path, issued: Issued) -> Iterator[Any]:
    """`s_server("-cipher", ...)`: OpenSSL's own server, on a port that it returns."""
    issued.write(tmp_path, "server")
    children: list[Child] = []

    def start(*options: str) -> int:
        command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", str(tmp_path / "server.pem"),
                   "-key", str(tmp_path / "server.key"), "-www", *options]
        children.append(Child("s_server", command, tmp_path / f"{len(children)}.log", env={"OPENSSL_CONF": "/dev/null"}))
        return int(children[-1].await_line(r"^ACCEPT .*:(\d+)")[1])
    yield start
    for child in children:
        child.stop()


@contextmanager
def _nginx(folder: Path, issued: Issued, more: str = "") -> Iterator[int]:
    """nginx with the suites and groups that it has by itself, and `more` in its server."""
    issued.write(folder, "server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "nginx.conf").write_text(f"""daemon off; worker_processes 1; pid nginx.pid; error_log error.log warn;
        events {{ worker_connections 1024; }}
        http {{ access_log off; client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;
            server {{ listen 127.0.0.1:{port} ssl; ssl_certificate server.pem; ssl_certificate_key server.key;
                      ssl_protocols TLSv1.2 TLSv1.3; {more} return 200 ok; }} }}""")
    child = Child("nginx", ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], folder / "log")
    try:
        child.await_true(lambda: _listens(port))
        yield port
    finally:
        child.stop()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def test_every_suite_of_an_old_java_is_found(certherald: Certherald, estate: Estate) -> None:
    server = estate["legacy"]
    outcome = certherald.run("scan", "--format", "json", "--host-rate", "0", server.target, timeout=120)
    [report] = outcome.json_lines()
    expected = accepted((server.address, server.port), VERSIONS)
    assert {version: codes(report, version) for version in VERSIONS} == expected
    assert sum(map(len, expected.values())) > 100
    evidence = {check["id"]: check["evidence"] for check in report["checks"]}
    assert evidence["freak"]["temporary_rsa_bits"] == "512"
    assert "512 bits" in evidence["logjam"]["groups"]
    said = verdicts(report)
    assert said["sslv2"] == said["drown"] == said["compression_crime"] == said["dh_reuse"] == "not_affected", report


def test_openssl_without_encryption_or_authentication(certherald: Certherald, s_server: Any, tmp_path: Path) -> None:
    group = tmp_path / "dh.pem"
    subprocess.run(["openssl", "dhparam", "-out", str(group), "-2", "1024"], check=True, capture_output=True)
    port = s_server("-cipher", "ALL:eNULL:aNULL:@SECLEVEL=0", "-dhparam", str(group), "-no_tls1_3", "-serverpref")
    report = scan(certherald, port)
    assert {version: codes(report, version) for version in ("tls1.2",)} == accepted(("127.0.0.1", port), ("tls1.2",))
    affected = {check for check, verdict in verdicts(report).items() if verdict == "affected"}
    assert affected >= {"null_ciphers", "anonymous_ciphers", "weak_ciphers", "logjam", "dh_weak", "beast"}, affected
    assert not affected & {"export_ciphers", "freak", "rc4", "sweet32", "lucky13", "dh_reuse", "cipher_order", "sslv2", "drown",
                           "compression_crime", "no_forward_secrecy"}, affected


@pytest.mark.parametrize("options, check, verdict", [
    (("-cipher", "AES128-GCM-SHA256:AES128-SHA"), "no_forward_secrecy", "affected"),
    (("-cipher", "AES128-GCM-SHA256:ECDHE+AESGCM"), "no_forward_secrecy", "not_affected"),
    (("-cipher", "AES128-SHA:ECDHE+AESGCM"), "cipher_order", "affected"),
    (("-cipher", "AES128-SHA:ECDHE+AESGCM", "-serverpref"), "cipher_order", "not_affected"),
    (("-cipher", "ECDHE+AESGCM"), "cipher_order", "not_affected"),  # none is worse than another
    (("-cipher", "ECDHE+AESGCM:DHE+AESGCM"), "dh_weak", "not_affected"),
    (("-cipher", "DHE-RSA-AES128-GCM-SHA256:ECDHE+AESGCM"), "dh_reuse", "not_affected"),
    (("-cipher", "AES128-SHA"), "lucky13", "not_affected"),  # it agrees to encrypt-then-MAC
])
def test_openssl(certherald: Certherald, s_server: Any, options: tuple[str, ...], check: str, verdict: str) -> None:
    report = scan(certherald, s_server(*options, "-no_tls1_3"), "--checks", check)
    assert verdicts(report) == {check: verdict}, report


def test_a_modern_nginx_costs_what_was_promised(certherald: Certherald, issued: Issued, tmp_path: Path) -> None:
    with _nginx(tmp_path, issued) as port:
        report = scan(certherald, port)
        assert codes(report, "tls1.2") == accepted(("127.0.0.1", port), ("tls1.2",))["tls1.2"]
    assert (len(codes(report, "tls1.2")), len(codes(report, "tls1.3"))) == (27, 3)
    assert report["connections"] <= 72
    said = verdicts(report)
    assert said["cipher_order"] == "affected", "nginx goes by the client's order"
    assert said["no_forward_secrecy"] == said["lucky13"] == said["sslv2"] == "not_affected"


@pytest.mark.parametrize("options, checks, verdict", [
    (("-no_tls1_3", "-client_renegotiation"), ("client_renegotiation",), "affected"),
    (("-no_tls1_3",), ("client_renegotiation", "ticketbleed"), "not_affected"),
    (("-tls1_3",), ("client_renegotiation", "ticketbleed"), "not_applicable"),
    (("-tls1_3", "-max_early_data", "16384"), ("early_data",), "affected"),
    (("-tls1_3",), ("early_data",), "not_affected"),
    (("-no_tls1_3",), ("early_data",), "not_applicable"),
    (("-no_tls1_3", "-cipher", "AES128-SHA"), ("poodle_tls", "goldendoodle", "zombie_poodle"), "not_affected"),
])
def test_openssl_after_a_handshake(certherald: Certherald, s_server: Any, options: tuple[str, ...], checks: tuple[str, ...],
                                   verdict: str) -> None:
    report = scan(certherald, s_server(*options), "--tier", "deep", "--checks", ",".join(checks))
    assert verdicts(report) == dict.fromkeys(checks, verdict), report


def test_nginx_after_a_handshake(certherald: Certherald, issued: Issued, tmp_path: Path) -> None:
    checks = ("early_data", "client_renegotiation", "ticketbleed", "poodle_tls", "goldendoodle", "zombie_poodle", "breach", "hsts")
    for name, more, said in (
        ("plain", "", dict.fromkeys(checks, "not_affected") | {"hsts": "affected"}),
        ("all", "ssl_early_data on; gzip on; gzip_min_length 1; gzip_types *; add_header Strict-Transport-Security max-age=31536000;",
         dict.fromkeys(checks, "not_affected") | {"early_data": "affected", "breach": "inconclusive"}),
    ):
        (tmp_path / name).mkdir()
        with _nginx(tmp_path / name, issued, more) as port:
            report = scan(certherald, port, "--tier", "deep")
        assert {check: verdicts(report)[check] for check in checks} == said, report
        assert verdicts(report)["robot"] == "not_affected"
        assert report["connections"] <= 95
