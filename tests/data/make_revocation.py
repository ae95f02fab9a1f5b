#!/usr/bin/env python3
"""Writes tests/data/revocation: certificates of one authority, lists and OCSP responses by OpenSSL.

Run by hand; needs the openssl command. Everything is anew and good for a hundred years, so all is replaced together.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

OUT = Path(__file__).resolve().parent / "revocation"
CDP = "http://crl.example.com/one.crl"
# name: further lines of the leaf's extensions, and its serial
LEAVES = {
    "good": (0x1001, f"crlDistributionPoints=URI:{CDP}\n"
                     "authorityInfoAccess=OCSP;URI:http://ocsp.example.com/,caIssuers;URI:http://ca.example.com/ca.der\n"),
    "revoked": (0x1002, f"crlDistributionPoints=URI:{CDP}\nauthorityInfoAccess=OCSP;URI:http://ocsp.example.com/\n"),
    "held": (0x80FF, f"crlDistributionPoints=URI:{CDP}\n"),
    "removed": (0x1004, f"crlDistributionPoints=URI:{CDP}\n"),
    "plain": (0x1005, ""),
    "staple": (0x1006, "tlsfeature=status_request\nauthorityInfoAccess=OCSP;URI:http://ocsp.example.com/\n"),
    "odd": (0x1007, "crlDistributionPoints=odd_point,URI:ldap://ldap.example.com/cn=x?certificateRevocationList,"
                    f"URI:{CDP}\nfreshestCRL=URI:http://crl.example.com/delta.crl\n"),
}
CONFIG = """
[ca]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 36500
crl_extensions = {crl_ext}
[crl_plain]
[crl_one]
issuingDistributionPoint = @idp_one
[idp_one]
fullname = URI:""" + CDP + """
[crl_other]
issuingDistributionPoint = @idp_other
[idp_other]
fullname = URI:http://crl.example.com/two.crl
[crl_users]
issuingDistributionPoint = @idp_users
[idp_users]
onlyuser = TRUE
[crl_authorities]
issuingDistributionPoint = @idp_authorities
[idp_authorities]
onlyCA = TRUE
[crl_reasons]
issuingDistributionPoint = @idp_reasons
[idp_reasons]
onlysomereasons = keyCompromise
[crl_indirect]
issuingDistributionPoint = @idp_indirect
[idp_indirect]
indirectCRL = TRUE
[crl_delta]
2.5.29.27 = critical,DER:02:01:01
[crl_unknown]
1.2.3.4 = critical,DER:05:00
"""


def run(*words: str, cwd: Path) -> None:
    subprocess.run(words, cwd=cwd, check=True, capture_output=True)


def authority(work: Path, name: str, usage: str) -> None:
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "36500",
        "-subj", "/O=Revocation/CN=Authority", "-addext", f"keyUsage=critical,{usage}",
        "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", f"{name}.key", "-out", f"{name}.pem", cwd=work)


def leaf(work: Path, name: str, serial: int, lines: str, ca: str = "ca", cn: str = "") -> None:
    (work / f"{name}.ext").write_text(
        f"subjectAltName=DNS:{name}.example.com\nbasicConstraints=CA:FALSE\n{lines}"
        "[odd_point]\nCRLissuer=dirName:odd_issuer\nfullname=URI:http://crl.example.com/other.crl\n"
        "[odd_issuer]\nCN=Somebody Else\n")
    run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", f"/CN={cn or name}", "-keyout", f"{name}.key", "-out", f"{name}.csr", cwd=work)
    run("openssl", "x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-days", "36500",
        "-set_serial", str(serial), "-extfile", f"{name}.ext", "-out", f"{name}.pem", cwd=work)
    run("openssl", "x509", "-in", f"{name}.pem", "-outform", "DER", "-out", str(OUT / f"{name}.der"), cwd=work)


def crl(work: Path, name: str, *more: str, extensions: str = "crl_plain", ca: str = "ca") -> None:
    (work / "ca.cnf").write_text(CONFIG.replace("{crl_ext}", extensions))
    run("openssl", "ca", "-config", "ca.cnf", "-name", "ca", "-gencrl", "-keyfile", f"{ca}.key", "-cert", f"{ca}.pem",
        "-out", f"{name}.crl.pem", *more, cwd=work)
    run("openssl", "crl", "-in", f"{name}.crl.pem", "-outform", "DER", "-out", str(OUT / f"{name}.crl"), cwd=work)


def answer(work: Path, name: str, leaf_name: str, *more: str, signer: str = "ca", ca: str = "ca") -> None:
    run("openssl", "ocsp", "-issuer", f"{ca}.pem", "-cert", f"{leaf_name}.pem", "-no_nonce", "-reqout", "ask.der", cwd=work)
    run("openssl", "ocsp", "-index", "index.txt", "-CA", f"{ca}.pem", "-rsigner", f"{signer}.pem", "-rkey",
        f"{signer}.key", "-reqin", "ask.der", "-respout", str(OUT / f"{name}.ocsp"), *(more or ("-ndays", "36500")), cwd=work)


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        authority(work, "ca", "keyCertSign,cRLSign")
        authority(work, "same_name", "keyCertSign,cRLSign")
        authority(work, "no_crl_sign", "keyCertSign")
        for name in ("ca", "same_name", "no_crl_sign"):
            run("openssl", "x509", "-in", f"{name}.pem", "-outform", "DER", "-out", str(OUT / f"{name}.der"), cwd=work)
        for name, (serial, lines) in LEAVES.items():
            leaf(work, name, serial, lines)
        leaf(work, "responder", 0x2001, "extendedKeyUsage=OCSPSigning\n")
        leaf(work, "impostor", 0x2002, "extendedKeyUsage=serverAuth\n")
        leaf(work, "stranger", 0x2003, "extendedKeyUsage=OCSPSigning\n", ca="same_name")
        end = "21261031000000Z"
        (work / "index.txt").write_text("".join([
            f"V\t{end}\t\t1001\tunknown\t/CN=good\n",
            f"R\t{end}\t261001120000Z,keyCompromise\t1002\tunknown\t/CN=revoked\n",
            f"R\t{end}\t261002120000Z,certificateHold\t80FF\tunknown\t/CN=held\n",
            f"R\t{end}\t261003120000Z,removeFromCRL\t1004\tunknown\t/CN=removed\n",
            f"V\t{end}\t\t1006\tunknown\t/CN=staple\n"]))
        (work / "index.txt.attr").write_text("unique_subject = no\n")
        (work / "crlnumber").write_text("01\n")
        for name in ("plain", "one", "other", "users", "authorities", "reasons", "indirect", "delta", "unknown"):
            crl(work, f"list_{name}", extensions=f"crl_{name}")
        crl(work, "list_expired", "-crl_lastupdate", "260901000000Z", "-crl_nextupdate", "261001000000Z")
        crl(work, "list_future", "-crl_lastupdate", "400901000000Z", "-crl_nextupdate", "410901000000Z")
        crl(work, "list_same_name", ca="same_name")
        crl(work, "list_no_crl_sign", ca="no_crl_sign")
        shutil.copy(work / "list_plain.crl.pem", OUT / "list_plain.pem")
        for name in ("good", "revoked", "held", "staple"):
            answer(work, f"says_{name}", name)
        answer(work, "says_unknown", "plain")
        answer(work, "by_responder", "good", signer="responder")
        answer(work, "by_impostor", "good", signer="impostor")
        answer(work, "by_stranger", "good", signer="stranger")
        run("openssl", "ocsp", "-issuer", "ca.pem", "-sha256", "-cert", "good.pem", "-reqout", "ask.der", cwd=work)
        run("openssl", "ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key",
            "-reqin", "ask.der", "-respout", str(OUT / "with_nonce.ocsp"), "-ndays", "36500", cwd=work)
        run("openssl", "ocsp", "-issuer", "ca.pem", "-cert", "good.pem", "-nonce", "-reqout", str(OUT / "nonce_request.der"),
            cwd=work)
        (OUT / "unauthorized.ocsp").write_bytes(bytes.fromhex("30030a0106"))
        (OUT / "try_later.ocsp").write_bytes(bytes.fromhex("30030a0103"))


if __name__ == "__main__":
    main()
