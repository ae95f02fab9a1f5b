"""Starts the servers of `specs.py`, writes estate.json, and stops them all."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timezone
from pathlib import Path

from cryptography.hazmat.primitives import hashes

from estate import hostile, jsse, s_server
from estate.nginx import Nginx, Site
from estate.pki import Issued, Pki, PrivateKey, replace_file
from estate.processes import Child, StartError, has_ipv6
from estate.specs import BY_NAME, IPV6, SERVERS, CertificateSpec, ServerSpec


@dataclass(frozen=True)
class Server:
    spec: ServerSpec
    port: int
    issued: Issued | None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def host(self) -> str:
        return self.spec.host

    @property
    def address(self) -> str:
        return self.spec.address

    @property
    def target(self) -> str:
        """As the command line takes it: the name to ask for, and where to connect instead of resolving it."""
        return f"{self.host}:{self.port}@{self.address}"

    @property
    def fingerprint(self) -> str:
        """Lower-hex SHA-256 of the certificate that the server presents."""
        if self.issued is None:
            raise ValueError(f"{self.name} has no certificate")
        return self.issued.certificate.fingerprint(hashes.SHA256()).hex()

    def as_json(self) -> dict[str, object]:
        spec = self.spec
        values: dict[str, object] = {
            "name": spec.name, "kind": spec.kind, "host": spec.host, "port": self.port, "address": spec.address,
            "target": self.target, "statuses": list(spec.statuses), "expected": list(spec.expected),
            "allowed": list(spec.allowed), "note": spec.note, "certificate": None}
        if self.issued is not None:
            expiry = self.issued.certificate.not_valid_after.replace(tzinfo=timezone.utc)
            values["certificate"] = {"common_name": spec_common_name(spec), "sha256": self.fingerprint,
                                     "not_after": expiry.strftime("%Y-%m-%dT%H:%M:%SZ")}
        return values


def spec_common_name(spec: ServerSpec) -> str:
    return (spec.certificate.common_name if spec.certificate else "") or spec.host


@dataclass
class Estate:
    folder: Path
    pki: Pki
    servers: dict[str, Server] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)
    nginx: Nginx | None = None

    def __getitem__(self, name: str) -> Server:
        return self.servers[name]

    @property
    def root(self) -> Path:
        """The one root that clients are to trust."""
        return self.folder / "ca/root.pem"

    def certificate_file(self, name: str) -> Path:
        """The PEM chain that the server reads; its key is beside it as .key."""
        return self.folder / f"certificates/{name}.pem"

    def renew(self, name: str, certificate: CertificateSpec | None = None, key: PrivateKey | None = None) -> Server:
        """Replaces the certificate file of a running nginx and returns once the new one is served to all."""
        server = self.servers[name]
        if self.nginx is None or server.spec.kind != "nginx":
            raise ValueError(f"{name} is not served by nginx")
        issued = self.pki.issue(certificate or CertificateSpec(), server.host, key)
        issued.write(self.certificate_file(name).parent, name)
        self.nginx.reload()
        renewed = replace(server, issued=issued)
        self.nginx.child.await_true(lambda: presented_fingerprint(renewed) == renewed.fingerprint)
        self.servers[name] = renewed
        self.write_index()
        return renewed

    def write_index(self) -> None:
        index = {"root": str(self.root), "started_at": self.pki.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                 "servers": [server.as_json() for server in self.servers.values()]}
        replace_file(self.folder / "estate.json", json.dumps(index, indent=1).encode() + b"\n")


def available() -> list[ServerSpec]:
    """What can run on this machine."""
    return [spec for spec in SERVERS if spec.address != IPV6 or has_ipv6()]


@contextmanager
def running_estate(folder: Path, only: Sequence[str] = ()) -> Iterator[Estate]:
    """All servers, or those named. Where there is no IPv6 the server on ::1 is left out."""
    unknown = [name for name in only if name not in BY_NAME]
    if unknown:
        raise StartError(f"no such server: {', '.join(unknown)}. There are: {', '.join(BY_NAME)}")
    specs = [spec for spec in available() if not only or spec.name in only]
    folder = folder.resolve()
    for part in ("ca", "certificates", "log", "nginx"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    estate = Estate(folder, Pki())
    replace_file(estate.root, estate.pki.root_pem())
    with ExitStack() as stack:
        _start(estate, specs, stack)
        estate.write_index()
        yield estate


def _start(estate: Estate, specs: Sequence[ServerSpec], stack: ExitStack) -> None:
    issued = _issue(estate, specs)
    log = estate.folder / "log"
    ports: dict[str, int] = {}

    def owned(child: Child) -> Child:
        stack.callback(child.stop)
        estate.children.append(child)
        return child

    # Java is slowest: it starts first and is asked for its port last.
    machines = {}
    for spec in _of_kind(specs, "jsse"):
        store = estate.certificate_file(spec.name).with_suffix(".p12")
        issued[spec.name].write_pkcs12(store)
        machines[spec.name] = owned(jsse.start(spec.name, store, log))
    if bad := [spec for spec in specs if spec.kind in hostile.KINDS]:
        child = owned(hostile.start([spec.kind for spec in bad], log))
        ports.update({spec.name: hostile.port_of(child, spec.kind) for spec in bad})
    if sites := _of_kind(specs, "nginx"):
        estate.nginx = Nginx(estate.folder / "nginx", [
            Site(spec.host, (spec.address,), estate.certificate_file(spec.name), spec.protocols) for spec in sites])
        owned(estate.nginx.child)
        ports.update({spec.name: chosen[0] for spec, chosen in zip(sites, estate.nginx.ports, strict=True)})
    for spec in _of_kind(specs, "s_server"):
        child, ports[spec.name] = s_server.start(spec.name, estate.certificate_file(spec.name), log)
        owned(child)
    ports.update({name: jsse.port_of(child) for name, child in machines.items()})
    estate.servers = {spec.name: Server(spec, ports[spec.name], issued.get(spec.name)) for spec in specs}


def _of_kind(specs: Sequence[ServerSpec], kind: str) -> list[ServerSpec]:
    return [spec for spec in specs if spec.kind == kind]


def _issue(estate: Estate, specs: Sequence[ServerSpec]) -> dict[str, Issued]:
    """Servers whose certificate has the same specification and a common name of its own share it."""
    issued: dict[str, Issued] = {}
    shared: dict[CertificateSpec, Issued] = {}
    for spec in specs:
        if spec.certificate is None:
            continue
        made = shared.get(spec.certificate) or estate.pki.issue(spec.certificate, spec.host)
        if spec.certificate.sans:
            shared[spec.certificate] = made
        made.write(estate.certificate_file(spec.name).parent, spec.name)
        issued[spec.name] = made
    return issued


def presented_fingerprint(server: Server) -> str:
    """What the server presents now, whoever signed it."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((server.address, server.port), timeout=5) as plain:
        with context.wrap_socket(plain, server_hostname=server.host) as secured:
            certificate = secured.getpeercert(binary_form=True)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(certificate or b"")
    return digest.finalize().hex()
