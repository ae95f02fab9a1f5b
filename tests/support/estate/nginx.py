"""nginx with many listeners in one worker: the healthy servers, and a thousand ports for the benchmark."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from estate.processes import Child, StartError, free_ports

_TEMPLATE = Path(__file__).with_name("templates") / "nginx.conf"
_ATTEMPTS = 5


@dataclass(frozen=True)
class Site:
    host: str
    addresses: tuple[str, ...]  # a listener for each; the same address may stand here many times
    certificate: Path  # PEM chain; its key beside it as .key
    protocols: str = ""  # as `ssl_protocols` takes them; "" for what the template says


class Nginx:
    """`ports[i]` are those of `sites[i]`, one for each of its addresses."""

    def __init__(self, folder: Path, sites: Sequence[Site]) -> None:
        self._folder = folder
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        self._pid_file = folder / "nginx.pid"
        for attempt in range(_ATTEMPTS):
            try:
                self.ports = self._start(sites)
                return
            except StartError as error:
                # Somebody took one of the ports between our look and nginx's bind.
                if "Address already in use" not in str(error) or attempt + 1 == _ATTEMPTS:
                    raise

    def _start(self, sites: Sequence[Site]) -> list[list[int]]:
        ports = _choose_ports(sites)
        blocks = (_server_block(site, chosen) for site, chosen in zip(sites, ports, strict=True))
        text = Template(_TEMPLATE.read_text()).substitute(servers="\n".join(blocks))
        (self._folder / "nginx.conf").write_text(text)
        self._pid_file.unlink(missing_ok=True)
        # nginx answers SIGTERM by ending its workers; SIGKILL would leave them behind.
        self.child = Child("nginx", ["nginx", "-p", f"{self._folder}/", "-c", "nginx.conf", "-e", "stderr"],
                           self._folder / "nginx.log", death_signal=signal.SIGTERM)
        try:
            self.child.await_true(self._pid_file.exists)  # written after every bind
        except BaseException:
            self.child.stop()
            raise
        return ports

    def reload(self) -> None:
        """Reads the certificates again; returns once no worker with the old ones takes connections."""
        old = self.child.await_true(self._workers)
        self.child.signal(signal.SIGHUP)
        self.child.await_true(lambda: not old & self._workers())

    def _workers(self) -> set[int]:
        """Those that accept: one that is leaving says so in its title."""
        pid = self.child.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return {int(child) for child in children if _title(child).rstrip("\0 ") == "nginx: worker process"}

    def stop(self) -> None:
        self.child.stop()


def _choose_ports(sites: Sequence[Site]) -> list[list[int]]:
    pools = {address: free_ports(sum(site.addresses.count(address) for site in sites), address)
             for site in sites for address in site.addresses}
    return [[pools[address].pop() for address in site.addresses] for site in sites]


def _server_block(site: Site, ports: Sequence[int]) -> str:
    listens = "".join(f"        listen {_bracketed(address)}:{port} ssl backlog=1024;\n"
                      for address, port in zip(site.addresses, ports, strict=True))
    protocols = f"        ssl_protocols {site.protocols};\n" if site.protocols else ""
    return (f"    server {{\n{listens}"
            f"        server_name {site.host};\n"
            f"        ssl_certificate {site.certificate};\n"
            f"        ssl_certificate_key {site.certificate.with_suffix('.key')};\n"
            f"{protocols}"
            f"        location / {{ return 200 \"estate\\n\"; }}\n"
            f"    }}")


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _title(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""
