"""`openssl s_server` with old protocols allowed. It serves one connection at a time."""

from __future__ import annotations

from pathlib import Path

from estate.processes import Child

_READY = r"^ACCEPT .*:(\d+)"


def start(name: str, certificate: Path, folder: Path) -> tuple[Child, int]:
    """`certificate` is a PEM chain, leaf first, with its key beside it as .key."""
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", str(certificate),
               "-cert_chain", str(certificate), "-key", str(certificate.with_suffix(".key")),
               "-cipher", "ECDHE+AESGCM:ECDHE+AES:@SECLEVEL=0", "-no_tls1_3", "-www"]
    # Debian's openssl.cnf refuses TLS 1.0 and RSA-1024; the estate wants both.
    child = Child(name, command, folder / f"{name}.log", env={"OPENSSL_CONF": "/dev/null"})
    try:
        return child, int(child.await_line(_READY)[1])
    except BaseException:
        child.stop()
        raise
