"""Scans behind STARTTLS, of the servers that people run."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from command import Certherald
from estate.pki import Issued, Pki
from estate.specs import CertificateSpec
from starttls_servers import dovecot, inspircd, mariadb, postgresql, proftpd, prosody, slapd, xrdp

HOST = "mail.example.com"
PROTOCOLS = ["imap", "pop3", "sieve", "smtp", "lmtp", "ldap", "postgres", "ftp", "xmpp", "xmpp-server", "mysql", "irc", "rdp"]


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki()


@pytest.fixture(scope="module")
def issued(pki: Pki) -> Issued:
    return pki.issue(CertificateSpec(key="rsa2048"), HOST)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where users without rights may go, and with a name short enough for sockets."""
    path = Path(tempfile.mkdtemp(prefix="starttls-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def place(folder: Path, name: str, issued: Issued) -> Path:
    path = folder / name
    path.mkdir()
    issued.write(path, "server")
    return path


@pytest.fixture(scope="module")
def ports(folder: Path, issued: Issued) -> Iterator[dict[str, int]]:
    with ExitStack() as stack:
        found: dict[str, int] = {}
        for server in (dovecot, slapd, postgresql, proftpd, mariadb, inspircd, xrdp):
            found |= stack.enter_context(server(place(folder, server.__name__, issued)))
        found |= stack.enter_context(prosody(place(folder, "prosody", issued), HOST))
        yield found


def scan(certherald: Certherald, target: str, *options: str | Path) -> tuple[int, dict[str, Any]]:
    outcome = certherald.run("scan", "--format", "json", *options, target, timeout=120)
    [report] = outcome.json_lines()
    return outcome.code, report


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_server_is_scanned_whole(certherald: Certherald, ports: dict[str, int], issued: Issued, pki: Pki,
                                   tmp_path: Path, protocol: str) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(pki.root_pem())
    code, report = scan(certherald, f"{protocol}://{HOST}:{ports[protocol]}@127.0.0.1", "--trust", root, "--host-rate", "0")
    assert report["status"] == "scanned", report
    assert code == 0 and report["starttls"] == protocol, report
    assert "tls1.3" in report["versions"] and "tls1.2" in report["versions"], report
    leaf = issued.certificate.public_bytes(serialization.Encoding.DER)
    assert report["chain"][0]["sha256"] == hashlib.sha256(leaf).hexdigest()
    verdicts = {check["id"]: check["verdict"] for check in report["checks"]}
    assert verdicts["expiry"] == verdicts["hostname_mismatch"] == verdicts["weak_ciphers"] == "not_affected", verdicts


def test_the_option_is_the_same_as_the_scheme(certherald: Certherald, ports: dict[str, int]) -> None:
    target = f"{HOST}:{ports['imap']}@127.0.0.1"
    _, report = scan(certherald, target, "--starttls", "imap", "--tier", "inventory")
    assert report["status"] == "scanned" and report["starttls"] == "imap", report


def test_the_wrong_protocol_is_told(certherald: Certherald, ports: dict[str, int]) -> None:
    code, report = scan(certherald, f"imap://{HOST}:{ports['pop3']}@127.0.0.1")
    assert code == 3 and report["status"] == "not_tls", report
    assert report["error"].startswith("does not speak IMAP (+OK"), report


def test_a_server_without_tls_is_told(certherald: Certherald, folder: Path, issued: Issued) -> None:
    with postgresql(place(folder, "plain", issued), tls=False) as ports:
        code, report = scan(certherald, f"postgres://{HOST}:{ports['postgres']}@127.0.0.1")
    assert code == 3 and report["status"] == "not_tls", report
    assert report["error"].startswith("the server refused TLS"), report
