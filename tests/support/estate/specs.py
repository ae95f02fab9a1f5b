"""The estate as data: each server, its certificate, and what a scan with `--within 30d` must say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

IPV4 = "127.0.0.1"
IPV6 = "::1"


@dataclass(frozen=True)
class CertificateSpec:
    """A leaf certificate. Times count from the moment the estate starts; names default to the server's host."""

    left: timedelta = timedelta(days=90, hours=1)  # until notAfter; an hour more, so that "12 days left" stays 12
    age: timedelta = timedelta(days=30)  # since notBefore; negative for a certificate of the future
    key: str = "p256"  # p256, rsa2048, rsa1024
    hash: str = "sha256"  # sha256, sha1
    issuer: str = "intermediate"  # intermediate (of our root), stranger (of a root nobody trusts), self
    common_name: str = ""
    sans: tuple[str, ...] = ()  # DNS names or addresses
    presented: str = "full"  # full: leaf and intermediates, the root left out; leaf: the leaf alone


@dataclass(frozen=True)
class ServerSpec:
    """`expected` are the checks that must be affected, `allowed` those that may be; no other may be."""

    name: str
    kind: str  # nginx, jsse, s_server, or a behaviour of hostile.py
    host: str
    certificate: CertificateSpec | None = None
    expected: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ("scanned",)
    address: str = IPV4
    protocols: str = ""  # of nginx; "" for TLS 1.2 and 1.3
    note: str = ""


def _days(days: float) -> timedelta:
    return timedelta(days=days, hours=1)


_DEAD = ("unreachable", "not_tls")

SERVERS: tuple[ServerSpec, ...] = (
    ServerSpec("healthy", "nginx", "shop.example.test", CertificateSpec(),
               note="TLS 1.2 and 1.3, 90 days left, ECDSA P-256"),
    ServerSpec("healthy_rsa", "nginx", "www.example.test",
               CertificateSpec(key="rsa2048", sans=("www.example.test", "example.test", "*.example.test")),
               note="RSA-2048, several names, a wildcard"),
    ServerSpec("expiring", "nginx", "pay.example.test", CertificateSpec(left=_days(12), key="rsa2048"), ("expiry",),
               note="12 days left"),
    ServerSpec("expired", "nginx", "intranet.example.test", CertificateSpec(left=-_days(3), age=_days(93)),
               ("expiry",), note="expired 3 days ago"),
    ServerSpec("wildcard_a", "nginx", "a.apps.example.test",
               CertificateSpec(left=_days(20), common_name="*.apps.example.test", sans=("*.apps.example.test",)),
               ("expiry",), note="same certificate as wildcard_b: one problem, two deployments"),
    ServerSpec("wildcard_b", "nginx", "b.apps.example.test",
               CertificateSpec(left=_days(20), common_name="*.apps.example.test", sans=("*.apps.example.test",)),
               ("expiry",), note="same certificate as wildcard_a: one problem, two deployments"),
    ServerSpec("not_yet_valid", "nginx", "next.example.test", CertificateSpec(age=-_days(2)), ("not_yet_valid",),
               note="valid from the day after tomorrow"),
    ServerSpec("self_signed", "nginx", "printer.example.test", CertificateSpec(issuer="self"), ("self_signed",),
               ("untrusted_chain",)),
    ServerSpec("mismatch", "nginx", "moved.example.test",
               CertificateSpec(common_name="old.example.test", sans=("old.example.test",)), ("hostname_mismatch",)),
    ServerSpec("untrusted", "nginx", "stranger.example.test", CertificateSpec(issuer="stranger"),
               ("untrusted_chain",), note="whole chain, but its root is not in root.pem"),
    ServerSpec("incomplete", "nginx", "half.example.test", CertificateSpec(presented="leaf"), ("untrusted_chain",),
               note="the intermediate is not sent"),
    ServerSpec("odd_name", "nginx", "odd.example.test",
               CertificateSpec(left=_days(5), common_name="<script>alert(1)</script>\x1b[31m\r\n&'\"",
                               sans=("odd.example.test",)),
               ("expiry",), note="markup, a terminal escape and a line break in the common name"),
    ServerSpec("newest", "nginx", "new.example.test", CertificateSpec(left=_days(8)), ("expiry",), protocols="TLSv1.3",
               note="TLS 1.3 only, which encrypts the certificate; 8 days left"),
    ServerSpec("ipv6", "nginx", "six.example.test", CertificateSpec(), address=IPV6),
    ServerSpec("legacy", "jsse", "legacy.example.test", CertificateSpec(key="rsa2048"),
               ("poodle_sslv3", "deprecated_protocol", "weak_ciphers", "null_ciphers", "anonymous_ciphers", "export_ciphers",
                "freak", "logjam", "dh_weak", "sweet32", "rc4", "beast", "lucky13", "fallback_scsv", "client_renegotiation"),
               note="OpenJDK JSSE, SSLv3 to TLS 1.3 with RC4, 3DES, DES, EXPORT, NULL and anonymous suites"),
    ServerSpec("weak", "s_server", "weak.example.test", CertificateSpec(key="rsa1024", hash="sha1"),
               ("weak_key", "weak_signature", "deprecated_protocol", "chain_order", "beast", "cipher_order"), ("untrusted_chain",),
               note="openssl s_server, RSA-1024 signed with SHA-1, TLS 1.0 to 1.2; it serves one connection at a time"),
    ServerSpec("ssh", "ssh", "ssh.example.test", statuses=("not_tls",), note="sends an SSH banner"),
    ServerSpec("http", "http", "plain.example.test", statuses=("not_tls",), note="answers HTTP in the clear"),
    ServerSpec("drip", "drip", "drip.example.test", statuses=_DEAD, note="a handshake at a byte a second"),
    ServerSpec("flood", "flood", "flood.example.test", allowed=("insecure_renegotiation",),
               statuses=("scanned", *_DEAD),
               note="a ServerHello, then a Certificate message of 16 MB"),
    ServerSpec("mute", "mute", "mute.example.test", statuses=_DEAD, note="accepts and never answers"),
    ServerSpec("reset", "reset", "reset.example.test", statuses=_DEAD, note="resets after the first bytes"),
    ServerSpec("refused", "refused", "gone.example.test", statuses=("unreachable",), note="nobody listens"),
)

BY_NAME = {spec.name: spec for spec in SERVERS}
