"""Revocation against real TLS servers, with lists and responses of another implementation behind real HTTP."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from command import Certherald
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

NOW = datetime.now(timezone.utc).replace(microsecond=0)
DAY = timedelta(days=1)
DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM


class World:
    """One authority, and the web server that its certificates point to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Revoking Authority")])
        self.root = (self._builder(name, self.key, 1).add_extension(x509.BasicConstraints(True, None), True)
                     .issuer_name(name).sign(self.key, hashes.SHA256()))
        (folder / "root.pem").write_bytes(self.root.public_bytes(PEM))
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.web = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.base = f"http://127.0.0.1:{self.web.server_port}"
        self.thread = Thread(target=self.web.serve_forever)
        self.thread.start()
        self.servers: list[subprocess.Popen[str]] = []

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        world = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                world.asked.append(f"{self.command} {self.path}")
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, body = world.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # the reader had enough

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, serial: int) -> x509.CertificateBuilder:
        return (x509.CertificateBuilder().subject_name(name).public_key(key.public_key()).serial_number(serial)
                .not_valid_before(NOW - DAY).not_valid_after(NOW + 100 * DAY))

    def issue(self, serial: int, crl: str = "", responder: str = "", must_staple: bool = False) -> x509.Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"leaf {serial}")]), key, serial)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        uri = x509.UniformResourceIdentifier
        if crl:
            point = x509.DistributionPoint([uri(self.base + crl)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), False)
        if responder:
            access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri(self.base + responder))
            builder = builder.add_extension(x509.AuthorityInformationAccess([access]), False)
        if must_staple:
            builder = builder.add_extension(x509.TLSFeature([x509.TLSFeatureType.status_request]), False)
        certificate = builder.issuer_name(self.root.subject).sign(self.key, hashes.SHA256())
        (self.folder / f"{serial}.pem").write_bytes(certificate.public_bytes(PEM) + key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return certificate

    def crl(self, *revoked: int, key: ec.EllipticCurvePrivateKey | None = None, left: timedelta = DAY) -> bytes:
        builder = (x509.CertificateRevocationListBuilder().issuer_name(self.root.subject)
                   .last_update(NOW - 2 * DAY).next_update(NOW + left))
        for serial in revoked:
            entry = (x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY)
                     .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), False))
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(key or self.key, hashes.SHA256()).public_bytes(DER)

    def ocsp(self, certificate: x509.Certificate, status: ocsp.OCSPCertStatus) -> bytes:
        revoked = status == ocsp.OCSPCertStatus.REVOKED
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=certificate, issuer=self.root, algorithm=hashes.SHA1(), cert_status=status,
            this_update=NOW - timedelta(hours=1), next_update=NOW + DAY,
            revocation_time=NOW - DAY if revoked else None, revocation_reason=None)
        return (builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.root)
                .sign(self.key, hashes.SHA256()).public_bytes(DER))

    def serve(self, serial: int, staple: bytes = b"", *more: str) -> str:
        pem = str(self.folder / f"{serial}.pem")
        words = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", pem, "-key", pem, "-www", *more]
        if staple:
            (self.folder / f"{serial}.ocsp").write_bytes(staple)
            words += ["-status_file", str(self.folder / f"{serial}.ocsp")]
        server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.servers.append(server)
        assert server.stdout
        for line in server.stdout:
            if line.startswith("ACCEPT"):
                return f"localhost:{line.split(':')[-1].split()[0]}@127.0.0.1"
        raise AssertionError(f"s_server did not start: {words}")

    def close(self) -> None:
        for server in self.servers:
            server.kill()
            server.communicate()
        self.web.shutdown()
        self.thread.join()
        self.web.server_close()


@dataclass
class Answers:
    checks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def verdict(self, check: str) -> str:
        return str(self.checks[check]["verdict"])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


CHECKS = "revoked_crl,revoked_ocsp,revocation_unavailable,must_staple_violated"


def scan(certherald: Certherald, world: World, *words: str) -> list[Answers]:
    allowed = () if "--no-revocation" in words or "--guarded" in words else ("--fetch-allow", "127.0.0.0/8")
    words = tuple(word for word in words if word != "--guarded")
    outcome = certherald.run("scan", "--format", "json", "--trust", world.folder / "root.pem", "--checks", CHECKS,
                             *allowed, *words)
    return [Answers({check["id"]: check for check in line["checks"]}) for line in outcome.json_lines()]


def test_a_list_and_a_responder_tell_good_and_revoked(certherald: Certherald, world: World) -> None:
    world.answers["/list.crl"] = (200, {}, world.crl(1002))
    for serial, status in ((1001, ocsp.OCSPCertStatus.GOOD), (1002, ocsp.OCSPCertStatus.REVOKED)):
        certificate = world.issue(serial, "/list.crl", f"/ocsp{serial}")
        world.answers[f"/ocsp{serial}"] = (200, {}, world.ocsp(certificate, status))
    good, = scan(certherald, world, world.serve(1001))
    bad, = scan(certherald, world, world.serve(1002))
    for check in ("revoked_crl", "revoked_ocsp"):
        assert good.verdict(check) == "not_affected", good
        assert bad.verdict(check) == "affected", bad
    evidence = bad.checks["revoked_crl"]["evidence"]
    assert "keyCompromise" in evidence["crl"] and "revoked" in evidence["ocsp"], evidence
    assert good.verdict("revocation_unavailable") == "not_affected"


def test_one_fetch_serves_every_certificate_of_a_list(certherald: Certherald, world: World) -> None:
    world.answers["/list.crl"] = (200, {}, world.crl(2003))
    targets = []
    for serial in range(2001, 2007):
        world.issue(serial, "/list.crl")
        targets.append(world.serve(serial))
    found = scan(certherald, world, *targets)
    assert sorted(one.verdict("revoked_crl") for one in found) == ["affected"] + ["not_affected"] * 5
    assert world.asked == ["GET /list.crl"]
    assert all(one.verdict("revoked_ocsp") == "not_applicable" for one in found)


@pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
def test_a_staple_counts_and_its_absence_too(certherald: Certherald, world: World, tls: str) -> None:
    certificate = world.issue(3001, must_staple=True)
    stapled, = scan(certherald, world, world.serve(3001, world.ocsp(certificate, ocsp.OCSPCertStatus.GOOD), tls))
    assert stapled.verdict("must_staple_violated") == "not_affected", stapled
    assert stapled.verdict("revoked_ocsp") == "not_affected", stapled
    revoked, = scan(certherald, world, "--no-revocation",
                    world.serve(3001, world.ocsp(certificate, ocsp.OCSPCertStatus.REVOKED), tls))
    assert revoked.verdict("revoked_ocsp") == "affected", revoked
    assert revoked.verdict("revoked_crl") == "inconclusive", revoked
    bare, = scan(certherald, world, world.serve(3001, b"", tls))
    assert bare.verdict("must_staple_violated") == "affected", bare


@pytest.mark.parametrize("kind,why", [("bomb", "larger"), ("cut", "no CRL"), ("signature", "signature"),
                                      ("expired", "good until"), ("redirect", "public address"), ("status", "404"),
                                      ("loop", "three times")])
def test_a_hostile_list_is_never_good(certherald: Certherald, world: World, kind: str, why: str) -> None:
    lists: dict[str, tuple[int, dict[str, str], bytes]] = {
        "bomb": (200, {}, b"0" * (65 << 20)),
        "cut": (200, {}, world.crl(4002)[:-10]),
        "signature": (200, {}, world.crl(key=ec.generate_private_key(ec.SECP256R1()))),
        "expired": (200, {}, world.crl(left=-DAY)),
        "redirect": (302, {"Location": "http://10.0.0.1/list.crl"}, b""),
        "loop": (302, {"Location": "/list.crl"}, b""),
        "status": (404, {}, b"")}
    world.answers["/list.crl"] = lists[kind]
    world.issue(4001, "/list.crl")
    found, = scan(certherald, world, world.serve(4001))
    check = found.checks["revoked_crl"]
    assert check["verdict"] == "inconclusive" and why in check["reason"], check


def test_a_responder_that_refuses_is_inconclusive(certherald: Certherald, world: World) -> None:
    world.issue(5001, responder="/ocsp")
    world.answers["/ocsp"] = (200, {}, bytes.fromhex("30030a0106"))
    found, = scan(certherald, world, world.serve(5001))
    assert found.verdict("revoked_ocsp") == "inconclusive" and "unauthorized" in found.checks["revoked_ocsp"]["reason"]
    assert found.verdict("revocation_unavailable") == "inconclusive"


def test_private_addresses_are_not_asked_unless_allowed(certherald: Certherald, world: World) -> None:
    world.issue(6001, "/list.crl", "/ocsp")
    found, = scan(certherald, world, "--guarded", world.serve(6001))
    assert world.asked == []
    assert "public address" in found.checks["revoked_crl"]["reason"], found
    assert found.verdict("revoked_ocsp") == "inconclusive"
    through, = scan(certherald, world, "--guarded", "--fetch-proxy", world.base, world.serve(6001))
    assert world.asked == [], "the proxy would have been told"
    assert through.verdict("revoked_crl") == "inconclusive"
