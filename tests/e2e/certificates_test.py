"""Every certificate that an address can serve: for RSA and ECDSA, with and without a server name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from command import Certherald
from estate.pki import Issued, Pki
from estate.processes import Child
from estate.specs import CertificateSpec

HOST = "shop.example.test"


@pytest.fixture(scope="module")
def leaves() -> dict[str, Issued]:
    pki = Pki()
    return {"rsa": pki.issue(CertificateSpec(key="rsa2048", left=timedelta(days=5, hours=1)), HOST),
            "ecdsa": pki.issue(CertificateSpec(key="p256"), HOST),
            "other": pki.issue(CertificateSpec(key="p256"), "hosting.example.net")}


class Server:
    """OpenSSL's own, with the leaves written beside it."""

    def __init__(self, folder: Path, leaves: dict[str, Issued]) -> None:
        self._folder = folder
        self._children: list[Child] = []
        for name, issued in leaves.items():
            issued.write(folder, name)

    def start(self, *options: str, port: int = 0) -> int:
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www",
                   *(str(self._folder / option) if option.endswith((".pem", ".key")) else option for option in options)]
        child = Child("s_server", command, self._folder / f"{len(self._children)}.log", env={"OPENSSL_CONF": "/dev/null"})
        self._children.append(child)
        return int(child.await_line(r"^ACCEPT(?: .*:(\d+))?$")[1] or port)  # it names a port that it chose itself

    def stop(self) -> None:
        while self._children:
            self._children.pop().stop()


@pytest.fixture
def server(tmp_path: Path, leaves: dict[str, Issued]) -> Iterator[Server]:
    server = Server(tmp_path, leaves)
    yield server
    server.stop()


RSA = ("-cert", "rsa.pem", "-key", "rsa.key")
ECDSA = ("-cert", "ecdsa.pem", "-key", "ecdsa.key")
RSA_TOO = ("-dcert", "rsa.pem", "-dkey", "rsa.key")


def other_chains(certherald: Certherald, port: int) -> list[dict[str, Any]]:
    [report] = certherald.run("scan", "--format", "json", "--host-rate", "0", "--no-revocation",
                              f"{HOST}:{port}@127.0.0.1", timeout=120).json_lines()
    return report["other_chains"]


@pytest.mark.parametrize("protocol", ["-tls1_2", "-tls1_3"])
def test_the_certificate_of_the_other_key(certherald: Certherald, server: Server, protocol: str) -> None:
    [other] = other_chains(certherald, server.start(protocol, *ECDSA, *RSA_TOO))
    assert other["for_name"]
    assert other["chain"][0]["key"]["type"] == {"for RSA": "rsa", "for ECDSA": "ec"}[other["way"]]


def test_the_certificate_of_nobody(certherald: Certherald, server: Server) -> None:
    port = server.start("-cert", "other.pem", "-key", "other.key", "-servername", HOST,
                        "-cert2", "rsa.pem", "-key2", "rsa.key")
    [other] = other_chains(certherald, port)
    assert (other["way"], other["for_name"]) == ("without a server name", False)
    assert other["chain"][0]["common_name"] == "hosting.example.net"


def test_one_certificate_is_all(certherald: Certherald, server: Server) -> None:
    assert other_chains(certherald, server.start(*RSA)) == []


def test_the_one_that_ends_is_told_and_its_end_too(certherald: Certherald, server: Server) -> None:
    """A vulnerability scan finds it beside the one that clients are shown; its renewal resolves it."""
    port = server.start("-tls1_2", "-cipher", "ECDHE+AESGCM", "-serverpref", *ECDSA, *RSA_TOO)
    certherald.run("apply", "-f", "-", stdin=f'[scan]\nhost_rate = 0\nrevocation = false\nverify_after = "0s"\n'
                   f'[[endpoint]]\nhost = "{HOST}"\nport = {port}\naddress = "127.0.0.1"\n').expect(0)

    def expiry() -> list[str]:
        findings = certherald.run("list", "findings", "--json").expect(0).json_lines()
        return [finding["status"] for finding in findings if finding["check"] == "expiry"]

    certherald.run("run", "vulnerability-scan", timeout=120).expect(0)
    certherald.run("run", "expiry-notification", timeout=120).expect(0)
    assert expiry() == ["open"], json.dumps(certherald.run("list", "certificates", "--json").json_lines(), indent=1)
    certherald.run("run", "expiry-notification", timeout=120).expect(0)
    assert expiry() == ["open"], "it is served as before"
    server.stop()
    server.start("-tls1_2", "-cipher", "ECDHE+AESGCM", *ECDSA, port=port)
    for _ in range(2):
        certherald.run("run", "expiry-notification", timeout=120).expect(0)
    assert expiry() == ["resolved"]
