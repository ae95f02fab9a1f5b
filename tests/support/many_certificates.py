"""Certificates by the hundred, for imports: each with a name and a serial of its own."""

from __future__ import annotations

import base64
import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def write_expired(path: Path, count: int) -> None:
    """One PEM file of certificates that ended yesterday; they share a key, which nobody looks at."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    with path.open("wb") as out:
        for n in range(count):
            name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"host{n:04}.example.com")])
            certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                           .serial_number(n + 1).not_valid_before(now - datetime.timedelta(days=90))
                           .not_valid_after(now - datetime.timedelta(days=1)).sign(key, hashes.SHA256()))
            out.write(certificate.public_bytes(Encoding.PEM))


def write_distinct(folder: Path, count: int, per_file: int = 8_000) -> list[Path]:
    """PEM files of certificates that differ in serial, name and end, of RSA 2,048 as most are.

    One is signed, the others are written over it: their signatures are wrong, which an import does not look at.
    """
    template = _leaf(serial=0x4000_0000_0000_0000, name="host0000000.example.com", days=398)
    der = template.public_bytes(Encoding.DER)
    end = template.not_valid_after
    files = []
    for start in range(0, count, per_file):
        files.append(folder / f"{start:08}.pem")
        with files[-1].open("w", encoding="ascii") as out:
            for n in range(start, min(start + per_file, count)):
                other = (der.replace((0x4000_0000_0000_0000).to_bytes(8, "big"), (0x4000_0000_0000_0000 + n).to_bytes(8, "big"))
                         .replace(b"host0000000", b"host%07d" % n)
                         .replace(_utc(end), _utc(end - datetime.timedelta(days=n % 330))))
                text = base64.b64encode(other).decode("ascii")
                lines = "\n".join(text[at:at + 64] for at in range(0, len(text), 64))
                out.write(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    return files


def _leaf(serial: int, name: str, days: int) -> x509.Certificate:
    key = rsa.generate_private_key(65_537, 2_048)
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return (x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
                                    x509.NameAttribute(NameOID.COMMON_NAME, "Example Issuing CA 1")]))
            .public_key(key.public_key()).serial_number(serial)
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name), x509.DNSName(f"www.{name}")]), False)
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .sign(key, hashes.SHA256()))


def _utc(when: datetime.datetime) -> bytes:
    return when.strftime("%y%m%d%H%M%SZ").encode("ascii")
