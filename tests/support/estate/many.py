"""A thousand listeners in one nginx worker, for measuring how fast certificates can be collected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from estate.nginx import Nginx, Site
from estate.pki import Pki, replace_file
from estate.specs import IPV4, CertificateSpec

HOST = "bench.example.test"


@dataclass(frozen=True)
class Listeners:
    host: str  # the certificate names it
    address: str
    ports: list[int]
    root: Path  # PEM; the certificate's chain ends there

    def targets(self) -> list[str]:
        return [f"{self.host}:{port}@{self.address}" for port in self.ports]


@contextmanager
def many_listeners(folder: Path, count: int = 1000, leaves: int = 1) -> Iterator[Listeners]:
    """Listeners with healthy ECDSA chains, of `leaves` certificates in turn (a divisor of `count`).

    The process needs a file descriptor for each listener, twice in a reload.
    """
    if count % leaves:
        raise ValueError(f"{count} listeners cannot share {leaves} certificates evenly")
    folder = folder.resolve()
    (folder / "nginx").mkdir(parents=True, exist_ok=True)
    pki = Pki()
    root = folder / "root.pem"
    replace_file(root, pki.root_pem())
    sites = []
    for number in range(leaves):
        pki.issue(CertificateSpec(), HOST).write(folder, f"leaf-{number}")
        sites.append(Site(HOST, (IPV4,) * (count // leaves), folder / f"leaf-{number}.pem"))
    nginx = Nginx(folder / "nginx", sites)
    try:
        yield Listeners(HOST, IPV4, [port for ports in nginx.ports for port in ports], root)
    finally:
        nginx.stop()
