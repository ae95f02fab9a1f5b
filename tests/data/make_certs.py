#!/usr/bin/python3
"""Makes the certificates that unit tests and fuzz corpora use, with fixed dates.

Ordinary ones are made by python cryptography, odd ones by hand-written DER, keystores by openssl and
keytool: never by the code under test. Private keys are thrown away. Run it again only to add a file,
since every run makes new keys, and with them new fingerprints.
"""

from __future__ import annotations

import datetime
import ipaddress
import math
import secrets
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import der
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = Path(__file__).resolve().parent
CERTS = HERE / "certs"
STORES = HERE / "keystores"
PASSPHRASE = "correct horse"


def when(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, "%Y-%m-%d")


@dataclass
class Made:
    certificate: x509.Certificate
    key: Any

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def write(file: str, data: bytes) -> None:
    (CERTS / file).write_bytes(data)


def common(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def alternative(names: list[str]) -> x509.SubjectAlternativeName:
    out: list[x509.GeneralName] = []
    for text in names:
        try:
            out.append(x509.IPAddress(ipaddress.ip_address(text)))
        except ValueError:
            out.append(x509.DNSName(text))
    return x509.SubjectAlternativeName(out)


@dataclass
class Wish:
    subject: str
    sans: tuple[str, ...] = ()
    issuer: Made | None = None  # None: self-signed
    key: Any = None
    start: str = "2026-01-01"
    end: str = "2027-06-01"
    ca: bool = False
    path_length: int | None = None
    digest: Any = None
    usage: Any = ExtendedKeyUsageOID.SERVER_AUTH
    serial: int = 0x0A1B


def issue(wish: Wish) -> Made:
    key = wish.key or ec.generate_private_key(ec.SECP256R1())
    signer = wish.issuer.key if wish.issuer else key
    issuer = wish.issuer.certificate.subject if wish.issuer else common(wish.subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(common(wish.subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(wish.serial)
        .not_valid_before(when(wish.start))
        .not_valid_after(when(wish.end))
        .add_extension(x509.BasicConstraints(wish.ca, wish.path_length), critical=True)
    )
    if wish.sans:
        builder = builder.add_extension(alternative(list(wish.sans)), critical=False)
    if not wish.ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([wish.usage]), critical=False)
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else (wish.digest or hashes.SHA256())
    return Made(builder.sign(signer, digest), key)


@dataclass
class Craft:
    """A certificate part by part; each part is DER."""

    subject: bytes
    issuer: bytes
    spki: bytes
    before: bytes = der.utc("260101000000Z")
    after: bytes = der.utc("270601000000Z")
    serial: bytes = der.integer(0x0A1B)
    extensions: tuple[bytes, ...] = ()
    algorithm: bytes = der.seq(der.oid("1.2.840.10045.4.3.2"))  # ecdsa-with-SHA256
    outer: bytes | None = None


def sign_ecdsa(key: Any, data: bytes) -> bytes:
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def craft(wish: Craft, key: Any, sign: Any = sign_ecdsa) -> bytes:
    tbs = der.seq(
        der.explicit(0, der.integer(2)),
        wish.serial,
        wish.algorithm,
        wish.issuer,
        der.seq(wish.before, wish.after),
        wish.subject,
        wish.spki,
        *([der.explicit(3, der.seq(*wish.extensions))] if wish.extensions else []),
    )
    return der.seq(tbs, wish.outer or wish.algorithm, der.bits(sign(key, tbs)))


def spki_of(key: Any) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def rsa_spki(modulus: int, exponent: int) -> bytes:
    algorithm = der.seq(der.oid("1.2.840.113549.1.1.1"), der.tlv(0x05))
    return der.seq(algorithm, der.bits(der.seq(der.integer(modulus), der.integer(exponent))))


def is_prime(number: int) -> bool:
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7, 11))


def close_primes_modulus() -> int:
    """A key whose second prime is the next one after the first."""
    first = rsa.generate_private_key(65537, 2048).private_numbers().p
    second = first + 2
    while not is_prime(second):
        second += 2
    return first * second


def roca_modulus() -> int:
    """A key as Infineon's RSALib made them: primes k*M + (65537^a mod M), M the product of the first 126 primes."""
    small = [number for number in range(2, 702) if all(number % divisor for divisor in range(2, number))]
    product = math.prod(small)

    def prime() -> int:
        while True:
            candidate = (2**52 + secrets.randbits(52)) * product + pow(65537, secrets.randbits(62), product)
            if is_prime(candidate):
                return candidate

    return prime() * prime()


def chain_files() -> Made:
    root = issue(Wish("Test Root", ca=True, start="2020-01-01", end="2040-01-01"))
    middle = issue(Wish("Test Intermediate", issuer=root, ca=True, path_length=0, start="2021-01-01", end="2035-01-01"))
    names = ("shop.example.com", "*.shop.example.com", "192.0.2.10", "2001:db8::10")
    leaf = issue(Wish("shop.example.com", names, middle, rsa.generate_private_key(65537, 2048)))
    other_root = issue(Wish("Other Root", ca=True, start="2020-01-01", end="2040-01-01"))

    # The same intermediate key under an old root that is long gone: what AddTrust and DST left behind.
    old_root = issue(Wish("Old Root", ca=True, start="2000-01-01", end="2020-05-30"))
    old_cross = issue(Wish("Test Intermediate", issuer=old_root, key=middle.key, ca=True, start="2010-01-01", end="2020-05-30"))
    live_cross = issue(Wish("Test Intermediate", issuer=other_root, key=middle.key, ca=True, start="2021-01-01", end="2035-01-01"))

    short = issue(Wish("Short Intermediate", issuer=root, ca=True, start="2021-01-01", end="2026-06-01"))
    files = {
        "root": root,
        "intermediate": middle,
        "leaf": leaf,
        "other_root": other_root,
        "old_cross": old_cross,
        "live_cross": live_cross,
        "expired": issue(Wish("expired.example.com", ("expired.example.com",), middle, end="2026-05-01")),
        "soon": issue(Wish("soon.example.com", ("soon.example.com",), middle, end="2026-12-06")),
        "future": issue(Wish("future.example.com", ("future.example.com",), middle, start="2027-01-01")),
        "short_intermediate": short,
        "under_short": issue(Wish("late.example.com", ("late.example.com",), short)),
        "expired_under_short": issue(Wish("gone.example.com", ("gone.example.com",), short, end="2026-05-01")),
        "client_only": issue(Wish("client.example.com", ("client.example.com",), middle, usage=ExtendedKeyUsageOID.CLIENT_AUTH)),
        "not_a_ca": issue(Wish("below.example.com", ("below.example.com",), leaf)),
        "self_signed": issue(Wish("self.example.com", ("self.example.com",))),
        "no_san": issue(Wish("cn-only.example.com", (), middle)),
    }
    for file, made in files.items():
        write(f"{file}.der", made.der)
    forged = bytearray(leaf.der)
    forged[-1] ^= 0x01
    write("bad_signature.der", bytes(forged))
    return middle


def key_files(issuer: Made) -> None:
    keys = {
        "rsa1024": rsa.generate_private_key(65537, 1024),
        "rsa_e3": rsa.generate_private_key(3, 2048),
        "dsa2048": dsa.generate_private_key(2048),
        "ec_p192": ec.generate_private_key(ec.SECP192R1()),
        "ec_p224": ec.generate_private_key(ec.SECP224R1()),
        "ec_p384": ec.generate_private_key(ec.SECP384R1()),
        "ec_secp256k1": ec.generate_private_key(ec.SECP256K1()),
        "ec_b163": ec.generate_private_key(ec.SECT163R2()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
    }
    for file, key in keys.items():
        write(f"key_{file}.der", issue(Wish("key.example.com", ("key.example.com",), issuer, key)).der)

    plain = der.name([der.attribute(der.CN, der.UTF8, b"key.example.com")])
    authority = issuer.certificate.subject.public_bytes()
    modulus = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    odd = {
        "rsa_e1": rsa_spki(modulus, 1),
        "rsa_even": rsa_spki(modulus - 1, 65537),
        "rsa_close": rsa_spki(close_primes_modulus(), 65537),
        "rsa_roca": rsa_spki(roca_modulus(), 65537),
        "ml_dsa_44": der.seq(der.seq(der.oid("2.16.840.1.101.3.4.3.17")), der.bits(b"\x5a" * 1312)),
        "unknown_curve": der.seq(
            der.seq(der.oid("1.2.840.10045.2.1"), der.oid("1.3.6.1.4.1.11591.15.1")), der.bits(b"\x04" + b"\x11" * 64)
        ),
    }
    with tempfile.TemporaryDirectory() as folder:
        key_file, public = f"{folder}/key.pem", f"{folder}/public.der"
        run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit", "-out", key_file)
        run("openssl", "pkey", "-in", key_file, "-pubout", "-outform", "DER", "-out", public)
        odd["ec_explicit"] = Path(public).read_bytes()
    for file, spki in odd.items():
        write(f"key_{file}.der", craft(Craft(plain, authority, spki), issuer.key))


def signature_files(middle: Made) -> None:
    root = issue(Wish("Old Style Root", ca=True, key=rsa.generate_private_key(65537, 2048), end="2040-01-01", digest=hashes.SHA1()))
    write("sha1_root.der", root.der)
    for file, digest in (("md5", hashes.MD5()), ("sha1", hashes.SHA1()), ("sha256", hashes.SHA256())):
        write(f"signed_{file}.der", issue(Wish(f"{file}.example.com", (f"{file}.example.com",), root, digest=digest)).der)

    def pss(oid: str, digest: Any, size: int) -> tuple[bytes, Any]:
        hash_algorithm = der.seq(der.oid(oid), der.tlv(0x05))
        mask = der.seq(der.oid("1.2.840.113549.1.1.8"), hash_algorithm)
        parameters = der.seq(der.explicit(0, hash_algorithm), der.explicit(1, mask), der.explicit(2, der.integer(size)))
        algorithm = der.seq(der.oid("1.2.840.113549.1.1.10"), parameters)
        return algorithm, lambda key, data: key.sign(data, padding.PSS(padding.MGF1(digest), size), digest)

    subject = der.name([der.attribute(der.CN, der.UTF8, b"pss.example.com")])
    issuer = root.certificate.subject.public_bytes()
    spki = spki_of(ec.generate_private_key(ec.SECP256R1()))
    for file, oid, digest, size in (
        ("pss_sha1", "1.3.14.3.2.26", hashes.SHA1(), 20),
        ("pss_sha256", "2.16.840.1.101.3.4.2.1", hashes.SHA256(), 32),
    ):
        algorithm, sign = pss(oid, digest, size)
        write(f"signed_{file}.der", craft(Craft(subject, issuer, spki, algorithm=algorithm), root.key, sign))
    # PSS without parameters means SHA-1 (RFC 4055 section 3.1).
    _, sign = pss("1.3.14.3.2.26", hashes.SHA1(), 20)
    bare = der.seq(der.oid("1.2.840.113549.1.1.10"), der.seq())
    write("signed_pss_default.der", craft(Craft(subject, issuer, spki, algorithm=bare), root.key, sign))
    # SHA-1 outside, SHA-256 inside.
    write(
        "signed_mismatch.der",
        craft(
            Craft(subject, middle.certificate.subject.public_bytes(), spki, outer=der.seq(der.oid("1.2.840.10045.4.1"))),
            middle.key,
        ),
    )
    for file, oid in (("md2", "1.2.840.113549.1.1.2"), ("md4", "1.2.840.113549.1.1.3"), ("private", "1.3.6.1.4.1.99999.7")):
        algorithm = der.seq(der.oid(oid), der.tlv(0x05))
        write(f"signed_{file}.der", craft(Craft(subject, issuer, spki, algorithm=algorithm), None, lambda _, __: b"\x01" * 256))


def odd_files(middle: Made) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    spki = spki_of(key)
    issuer = middle.certificate.subject.public_bytes()
    good = der.name([der.attribute(der.CN, der.UTF8, b"odd.example.com")])

    def put(file: str, **parts: Any) -> None:
        wish = Craft(**{"subject": good, "issuer": issuer, "spki": spki, **parts})
        write(f"odd_{file}.der", craft(wish, middle.key))

    def cn(tag: int, value: bytes) -> bytes:
        return der.name([der.attribute(der.CN, tag, value)])

    put("nul", subject=cn(der.UTF8, b"bank.example.com\0.evil.example"), extensions=(der.san(der.dns(b"bank.example.com\0.evil.example")),))
    put("bad_utf8", subject=cn(der.UTF8, b"caf\xe9 \xc0\xaf \xed\xa0\x80 end"), extensions=(der.san(der.dns(b"caf\xe9.example.com")),))
    put("bmp", subject=cn(der.BMP, "Bücher ☃ 😀".encode("utf-16-be")))
    put("bmp_half", subject=cn(der.BMP, b"\xd8\x3d\x00A"))
    put("universal", subject=cn(der.UNIVERSAL, "Ü😀".encode("utf-32-be")))
    put("t61", subject=cn(der.T61, b"Caf\xe9"))
    put("control", subject=cn(der.UTF8, b"a\x1b[31mred\r\nX-Evil: 1\x7f"), extensions=(der.san(der.dns(b"a\x1b]0;x\x07.example.com")),))
    put("bidi", subject=cn(der.UTF8, "safe\u202egnp.exe".encode()))
    put("long", subject=cn(der.UTF8, b"x" * 5000))
    put("escapes", subject=cn(der.UTF8, b' #a,b+c"d\\e<f>g;h='))
    put("empty_subject", subject=der.name(), extensions=(der.san(der.ip(bytes([192, 0, 2, 1]))),))
    put("not_a_string", subject=der.name([der.seq(der.oid(der.CN), der.seq(der.integer(5)))]))
    put("unknown_type", subject=der.name([der.attribute("1.2.3.4.5", der.UTF8, b"what")]))
    put(
        "multi",
        subject=der.name(
            [der.attribute(der.C, der.PRINTABLE, b"DE")],
            [der.attribute(der.O, der.UTF8, "Größe AG".encode()), der.attribute(der.OU, der.UTF8, b"IT")],
            [der.attribute(der.CN, der.UTF8, b"first")],
            [der.attribute(der.CN, der.UTF8, b"last")],
        ),
    )
    put("sans", extensions=(der.san(der.dns(b"Shop.EXAMPLE.com"), der.ip(b"\1\2\3"), der.ip(bytes(15) + b"\1"), der.dns(b"xn--bcher-kva.example"),
                                    der.tlv(0x86, b"https://uri.example/"), der.dns(b"")),))  # fmt: skip
    put("broken_san", extensions=(der.seq(der.oid("2.5.29.17"), der.tlv(0x04, b"\x30\x7fjunk")),))
    put("two_sans", extensions=(der.san(der.dns(b"one.example.com")), der.san(der.dns(b"two.example.com"))))
    put("serial_negative", serial=der.integer(-0x8F3C))
    put("serial_zero", serial=der.integer(0))
    put("serial_high_bit", serial=der.integer(0xFFEE01))
    put("serial_long", serial=der.integer(int("c1" * 40, 16)))
    put("after_2050", after=der.generalized("20991231235959Z"))
    put("no_end", after=der.generalized("99991231235959Z"))
    put("utc_1999", before=der.utc("990101000000Z"))
    put("zone", before=der.utc("2601010530+0530"))
    put("month_13", after=der.generalized("20261301000000Z"))
    put("time_words", before=der.utc("not a time!!"), after=der.generalized("whenever"))
    put("year_zero", before=der.generalized("00000101000000Z"))
    write("odd_trailing.der", issue(Wish("t.example.com", issuer=middle)).der + b"\0")
    write("odd_truncated.der", issue(Wish("t.example.com", issuer=middle)).der[:-5])


def run(*words: str) -> None:
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def store_files() -> None:
    def pem(*files: str) -> bytes:
        return b"".join(
            x509.load_der_x509_certificate((CERTS / f"{f}.der").read_bytes()).public_bytes(serialization.Encoding.PEM)
            for f in files
        )

    def put(file: str, data: bytes) -> str:
        (STORES / file).write_bytes(data)
        return str(STORES / file)

    chain = put("chain.pem", pem("leaf", "intermediate", "root"))
    noise = b"Bag Attributes\n    friendlyName: shop\r\nsubject=CN = x\r\n-----BEGIN NOTHING\n"
    # Not a key: a block that says so must be passed over without being decoded.
    not_a_key = b"-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n"
    put("junk.pem", b"\xef\xbb\xbf" + noise + pem("leaf").replace(b"\n", b"\r\n") + not_a_key + b"text between\n" + pem("intermediate", "leaf"))
    put("only_key.pem", not_a_key)
    put("broken_second.pem", pem("leaf") + pem("root").replace(b"M", b"N", 3))
    put("no_end.pem", pem("leaf")[:-20])
    put("bad_base64.pem", b"-----BEGIN CERTIFICATE-----\nMIIB*&^%\n-----END CERTIFICATE-----\n")
    put("words.txt", b"This is no certificate.\n")
    put("empty.pem", b"")
    put("oracle.jks", bytes.fromhex("feedfeed0000000200000001"))
    trusted = str(STORES / "trusted.pem")
    run("openssl", "x509", "-in", chain, "-trustout", "-addtrust", "serverAuth", "-setalias", "alias", "-out", trusted)

    for form, ending in (("DER", "p7b"), ("PEM", "p7.pem")):
        run("openssl", "crl2pkcs7", "-nocrl", "-certfile", chain, "-outform", form, "-out", str(STORES / f"chain.{ending}"))
    common_words = ("openssl", "pkcs12", "-export", "-nokeys", "-in", chain)
    run(*common_words, "-passout", f"pass:{PASSPHRASE}", "-out", str(STORES / "modern.p12"))
    run(*common_words, "-passout", "pass:", "-out", str(STORES / "empty_passphrase.p12"))
    run(*common_words, "-legacy", "-passout", f"pass:{PASSPHRASE}", "-out", str(STORES / "legacy_rc2.p12"))
    run(*common_words, "-iter", "9000000", "-nomaciter", "-passout", f"pass:{PASSPHRASE}", "-out", str(STORES / "slow.p12"))
    run(*common_words, "-nomac", "-certpbe", "NONE", "-passout", "pass:", "-out", str(STORES / "open.p12"))
    for kind, ending in (("PKCS12", "p12"), ("JKS", "jks"), ("JCEKS", "jceks")):
        java = STORES / f"java.{ending}"
        java.unlink(missing_ok=True)
        for alias, file in (("root", "root"), ("middle", "intermediate")):
            run("keytool", "-importcert", "-noprompt", "-alias", alias, "-file", str(CERTS / f"{file}.der"),
                "-storetype", kind, "-keystore", str(java), "-storepass", PASSPHRASE)  # fmt: skip


def corpora() -> None:
    """Seeds of the fuzz targets that read the same files."""
    fuzz = HERE.parent / "fuzz" / "corpus"
    for target, folder in (("certificate", CERTS), ("keystore", STORES)):
        (fuzz / target).mkdir(parents=True, exist_ok=True)
        for file in sorted(folder.iterdir()):
            if file.name != "slow.p12":
                (fuzz / target / file.name).write_bytes(file.read_bytes())


def main() -> None:
    warnings.simplefilter("ignore")  # that MD5 and SHA-1 are deprecated is the point
    CERTS.mkdir(exist_ok=True)
    STORES.mkdir(exist_ok=True)
    middle = chain_files()
    key_files(middle)
    signature_files(middle)
    odd_files(middle)
    store_files()
    corpora()


if __name__ == "__main__":
    main()
