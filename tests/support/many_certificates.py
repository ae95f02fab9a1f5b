"""Certificates by the hundred, for imports: each with a name and a serial of its own."""

from __future__ import annotations

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


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
