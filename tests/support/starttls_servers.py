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


_PROFTPD = """\
ServerType standalone
DefaultServer on
Port {port}
UseIPv6 off
User {user}
Group {group}
PidFile {folder}/pid
ScoreboardFile {folder}/scoreboard
DelayEngine off
WtmpLog off
LoadModule mod_tls.c
TLSEngine on
TLSRSACertificateFile {folder}/server.pem
TLSRSACertificateKeyFile {folder}/server.key
TLSCACertificateFile {folder}/server.pem
"""

_PROSODY = """\
pidfile = "{folder}/pid"
data_path = "{folder}/data"
certificates = "{folder}"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {client} }}
s2s_ports = {{ {server} }}
legacy_ssl_ports = {{}}
modules_enabled = {{ "tls", "s2s" }}
log = "*console"
VirtualHost "{host}"
  ssl = {{ certificate = "{folder}/server.pem"; key = "{folder}/server.key" }}
"""

_INSPIRCD = """\
<server name="irc.example.com" description="irc" network="test" id="001">
<admin name="nobody" nick="nobody" email="nobody@example.com">
<connect allow="*">
<module name="ssl_gnutls">
<module name="starttls">
<sslprofile name="tls" provider="gnutls" certfile="{folder}/server.pem" keyfile="{folder}/server.key">
<gnutls starttls="tls">
<bind address="127.0.0.1" port="{port}" type="clients">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
<pid file="{folder}/pid">
"""

_XRDP = """\
[Globals]
port=tcp://127.0.0.1:{port}
security_layer=tls
certificate={folder}/server.pem
key_file={folder}/server.key
ssl_protocols=TLSv1.2, TLSv1.3
autorun=none
[Logging]
LogFile={folder}/xrdp.log
EnableSyslog=false
EnableConsole=false
[none]
name=none
lib=libvnc.so
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


@contextmanager
def proftpd(folder: Path) -> Iterator[dict[str, int]]:
    _, user, group = _unprivileged()
    [port] = free_ports(1)
    (folder / "proftpd.conf").write_text(_PROFTPD.format(folder=folder, user=user, group=group, port=port))
    with _running("proftpd", ["/usr/sbin/proftpd", "-n", "-q", "-c", str(folder / "proftpd.conf")], folder, [port]):
        yield {"ftp": port}


@contextmanager
def prosody(folder: Path, host: str) -> Iterator[dict[str, int]]:
    client, server = free_ports(2)
    (folder / "data").mkdir()
    (folder / "prosody.cfg.lua").write_text(_PROSODY.format(folder=folder, host=host, client=client, server=server))
    command = ["/usr/bin/prosody", "-F", "--config", str(folder / "prosody.cfg.lua")]
    with _running("prosody", command, folder, [client, server]):
        yield {"xmpp": client, "xmpp-server": server}


@contextmanager
def mariadb(folder: Path) -> Iterator[dict[str, int]]:
    [port] = free_ports(1)
    data = folder / "data"
    data.mkdir()
    command = ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={folder}/socket", f"--port={port}",
               "--bind-address=127.0.0.1", "--skip-grant-tables", "--skip-networking=0", "--innodb-log-file-size=4M",
               f"--ssl-cert={folder}/server.pem", f"--ssl-key={folder}/server.key", f"--pid-file={folder}/pid"]
    with _running("mariadb", command, folder, [port]):
        yield {"mysql": port}


@contextmanager
def inspircd(folder: Path) -> Iterator[dict[str, int]]:
    [port] = free_ports(1)
    (folder / "inspircd.conf").write_text(_INSPIRCD.format(folder=folder, port=port))
    command = ["/usr/sbin/inspircd", "--nofork", "--config", str(folder / "inspircd.conf")]
    with _running("inspircd", command, folder, [port]):
        yield {"irc": port}


@contextmanager
def xrdp(folder: Path) -> Iterator[dict[str, int]]:
    [port] = free_ports(1)
    (folder / "xrdp.ini").write_text(_XRDP.format(folder=folder, port=port))
    with _running("xrdp", ["/usr/sbin/xrdp", "--nodaemon", "--config", str(folder / "xrdp.ini")], folder, [port]):
        yield {"rdp": port}
