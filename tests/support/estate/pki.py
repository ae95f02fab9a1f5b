"""A root, an intermediate, a root that nobody trusts, and leaves by specification. Keys are made anew each time."""

from __future__ import annotations

import ipaddress
import os
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from estate.specs import CertificateSpec

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
HASHES = {"sha256": hashes.SHA256, "sha1": hashes.SHA1}
STORE_PASSWORD = "estate"  # PKCS#12 for Java, which wants one


def make_key(kind: str) -> PrivateKey:
    if kind == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    return make_rsa(int(kind.removeprefix("rsa")))


def make_rsa(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def rsa_keys_with_a_prime_in_common() -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
    """As machines make them that start without randomness: two keys, of which each gives the other away."""
    first, second = make_rsa(2048), make_rsa(2048)
    p, q = first.private_numbers().p, second.private_numbers().q
    public = rsa.RSAPublicNumbers(65537, p * q)
    d = pow(65537, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public)
    return first, numbers.private_key()


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: PrivateKey
    chain: tuple[x509.Certificate, ...]  # what a server sends after its leaf


@dataclass(frozen=True)
class Issued:
    """A leaf with its key, and the files that a server reads."""

    certificate: x509.Certificate
    key: PrivateKey
    sent: tuple[x509.Certificate, ...]  # leaf first

    def chain_pem(self) -> bytes:
        return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in self.sent)

    def key_pem(self) -> bytes:
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                      serialization.NoEncryption())

    def write(self, folder: Path, name: str) -> None:
        """NAME.pem and NAME.key, each replaced in one step."""
        replace_file(folder / f"{name}.key", self.key_pem())
        replace_file(folder / f"{name}.pem", self.chain_pem())

    def write_pkcs12(self, path: Path) -> None:
        data = pkcs12.serialize_key_and_certificates(
            b"estate", self.key, self.certificate, self.sent[1:],
            serialization.BestAvailableEncryption(STORE_PASSWORD.encode()))
        replace_file(path, data)


def replace_file(path: Path, data: bytes) -> None:
    """Whole or not at all, and never readable by others."""
    scratch = path.with_name(f".{path.name}.new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    scratch.replace(path)


class Pki:
    def __init__(self, now: datetime | None = None) -> None:
        self.now = (now or datetime.now(timezone.utc)).replace(microsecond=0)
        self.root = self._authority("Estate Root", "p256", None)
        self.intermediate = self._authority("Estate Intermediate", "rsa2048", self.root)
        self.stranger = self._authority("Stranger Intermediate", "p256", self._authority("Stranger Root", "p256", None))

    def root_pem(self) -> bytes:
        return self.root.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, spec: CertificateSpec, host: str, key: PrivateKey | None = None) -> Issued:
        """`key` instead of a new one of the specification's kind."""
        key = key or make_key(spec.key)
        names = spec.sans or (host,)
        subject = _name(spec.common_name or host)
        builder = self._validity(spec.age, spec.left).subject_name(subject).public_key(key.public_key())
        builder = (builder
                   .add_extension(x509.SubjectAlternativeName([_general_name(n) for n in names]), critical=False)
                   .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                   .add_extension(_key_usage(ca=False), critical=True)
                   .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False))
        if spec.issuer == "self":
            certificate = builder.issuer_name(subject).sign(key, HASHES[spec.hash]())
            return Issued(certificate, key, (certificate,))
        authority = {"intermediate": self.intermediate, "stranger": self.stranger}[spec.issuer]
        certificate = _signed_by(builder, authority, HASHES[spec.hash]())
        chain = authority.chain if spec.presented == "full" else ()
        return Issued(certificate, key, (certificate, *chain))

    def _authority(self, name: str, key_kind: str, issuer: Authority | None) -> Authority:
        key = make_key(key_kind)
        builder = self._validity(timedelta(days=365), timedelta(days=3650)).subject_name(_name(name))
        builder = (builder.public_key(key.public_key())
                   .add_extension(x509.BasicConstraints(ca=True, path_length=None if issuer is None else 0),
                                  critical=True)
                   .add_extension(_key_usage(ca=True), critical=True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False))
        if issuer is None:
            return Authority(builder.issuer_name(_name(name)).sign(key, hashes.SHA256()), key, ())
        certificate = _signed_by(builder, issuer, hashes.SHA256())
        return Authority(certificate, key, (certificate, *issuer.chain))

    def _validity(self, age: timedelta, left: timedelta) -> x509.CertificateBuilder:
        return (x509.CertificateBuilder().serial_number(x509.random_serial_number())
                .not_valid_before(self.now - age).not_valid_after(self.now + left))


def _signed_by(builder: x509.CertificateBuilder, issuer: Authority, digest: hashes.HashAlgorithm) -> x509.Certificate:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = builder.issuer_name(issuer.certificate.subject).add_extension(identifier, critical=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # SHA-1 is what the weak server is for
        return builder.sign(issuer.key, digest)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Estate"),
                      x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(digital_signature=not ca, key_encipherment=not ca, key_cert_sign=ca, crl_sign=ca,
                         content_commitment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                         decipher_only=False)
