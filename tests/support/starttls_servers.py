"""Real servers that speak TLS only after a dialog, each on ports of loopback and as a user without rights."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from estate.processes import Child, free_ports

_POSTGRESQL = Path("/usr/lib/postgresql/15/bin")

_DOVECOT = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
listen = 127.0.0.1
protocols = imap pop3 sieve lmtp submission
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
submission_relay_host = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = nopassword=y
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

_DOVECOT_SERVICE = """\
service {service} {{
  chroot =
  inet_listener {listener} {{
    port = {port}
  }}
{without}}}
"""

_WITHOUT = """\
  inet_listener {name} {{
    port = 0
  }}
"""

# Our name of a protocol, dovecot's of the service and its listener, and the listener for TLS at once.
_DOVECOT_PROTOCOLS = (
    ("imap", "imap-login", "imap", "imaps"),
    ("pop3", "pop3-login", "pop3", "pop3s"),
    ("sieve", "managesieve-login", "sieve", ""),
    ("smtp", "submission-login", "submission", "submissions"),
    ("lmtp", "lmtp", "lmtp", ""),
)

_SLAPD = """\
pidfile {folder}/pid
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
"""


def _unprivileged() -> tuple[list[str], str, str]:
    """What runs a command without rights, and as whom. Root lends itself the user that owns nothing."""
    if os.geteuid() != 0:
        user = pwd.getpwuid(os.geteuid())
        return [], user.pw_name, str(os.getegid())
    return ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"], "nobody", "nogroup"


def _give(folder: Path, user: str) -> None:
    if os.geteuid() != 0:
        return
    number = pwd.getpwnam(user)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, number.pw_uid, number.pw_gid)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _running(name: str, command: list[str], folder: Path, ports: list[int]) -> Iterator[None]:
    prefix, user, _ = _unprivileged()
    _give(folder, user)
    child = Child(name, [*prefix, *command], folder.with_name(f"{folder.name}.log"))
    try:
        for port in ports:
            child.await_true(lambda port=port: _listens(port))
        yield
    finally:
        child.stop()


@contextmanager
def dovecot(folder: Path) -> Iterator[dict[str, int]]:
    """The port of each protocol: imap, pop3, sieve, smtp (submission) and lmtp."""
    _, user, group = _unprivileged()
    ports = dict(zip((row[0] for row in _DOVECOT_PROTOCOLS), free_ports(len(_DOVECOT_PROTOCOLS)), strict=True))
    text = _DOVECOT.format(folder=folder, user=user, group=group)
    for protocol, service, listener, other in _DOVECOT_PROTOCOLS:
        without = _WITHOUT.format(name=other) if other else ""
        text += _DOVECOT_SERVICE.format(service=service, listener=listener, port=ports[protocol], without=without)
    (folder / "dovecot.conf").write_text(text)
    with _running("dovecot", ["/usr/sbin/dovecot", "-F", "-c", str(folder / "dovecot.conf")], folder, list(ports.values())):
        yield ports


@contextmanager
def slapd(folder: Path) -> Iterator[dict[str, int]]:
    [port] = free_ports(1)
    (folder / "slapd.conf").write_text(_SLAPD.format(folder=folder))
    command = ["/usr/sbin/slapd", "-d", "0", "-f", str(folder / "slapd.conf"), "-h", f"ldap://127.0.0.1:{port}"]
    with _running("slapd", command, folder, [port]):
        yield {"ldap": port}


@contextmanager
def postgresql(folder: Path, *, tls: bool = True) -> Iterator[dict[str, int]]:
    """With TLS, or without: then it answers N."""
    prefix, user, _ = _unprivileged()
    [port] = free_ports(1)
    data = folder / "data"
    data.mkdir(mode=0o700)
    _give(folder, user)
    subprocess.run([*prefix, _POSTGRESQL / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync",
                    "--no-instructions"], check=True, capture_output=True, timeout=60, cwd=folder)
    for name in ("server.pem", "server.key"):
        shutil.copy2(folder / name, data / name)
    command = [str(_POSTGRESQL / "postgres"), "-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1",
               "-c", "unix_socket_directories=", "-c", f"ssl={'on' if tls else 'off'}",
               "-c", "ssl_cert_file=server.pem", "-c", "ssl_key_file=server.key", "-c", "fsync=off"]
    with _running("postgresql", command, folder, [port]):
        yield {"postgres": port}
