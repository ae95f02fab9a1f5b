"""Programs that collect certificates, each measured the same way: wall time, its own CPU time, certificates found."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from estate import Listeners
from estate.processes import Child, die_with_parent, free_ports

_PATIENCE_SECONDS = 300
_PROBES_AT_ONCE = 64
_TICKS = os.sysconf("SC_CLK_TCK")

_BLACKBOX_MODULE = """modules:
  certificate:
    prober: tcp
    timeout: 5s
    tcp:
      tls: true
      tls_config:
        insecure_skip_verify: true
"""


class BenchError(RuntimeError):
    pass


@dataclass(frozen=True)
class Sample:
    seconds: float
    cpu_seconds: float  # of the contender alone, its children included
    certificates: int

    @property
    def rate(self) -> float:
        return self.certificates / self.seconds


@dataclass(frozen=True)
class Contender:
    name: str
    measure: Callable[[], Sample]


def certherald(binary: Path, listeners: Listeners, folder: Path) -> Contender:
    targets = folder / "targets.txt"
    targets.write_text("".join(f"{target}\n" for target in listeners.targets()))
    command = [str(binary), "scan", "--tier", "inventory", "--format", "json", "--host-rate", "0",
               "--trust", str(listeners.root), f"@{targets}"]
    return Contender("certherald", lambda: _run(command, folder, _lines_with_chain, fine=(0, 1)))


def nmap(listeners: Listeners, folder: Path) -> Contender:
    # The plus sign runs the script on every open port: nmap does not take these numbers for TLS by itself.
    command = ["nmap", "-n", "-Pn", "-sT", "-T4", "--script", "+ssl-cert", "-oX", "-",
               "-p", ",".join(map(str, sorted(listeners.ports))), listeners.address]
    return Contender("nmap ssl-cert", lambda: _run(command, folder, lambda out: out.count(b'<script id="ssl-cert"')))


@contextmanager
def blackbox(listeners: Listeners, folder: Path) -> Iterator[Contender]:
    """The exporter runs all the time and is asked over HTTP, as Prometheus asks it."""
    config = folder / "blackbox.yml"
    config.write_text(_BLACKBOX_MODULE)
    (port,) = free_ports(1)
    exporter = Child("blackbox", ["prometheus-blackbox-exporter", f"--config.file={config}",
                                  f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
                     folder / "blackbox.log", env={"GOMAXPROCS": str(os.cpu_count() or 1)})
    try:
        exporter.await_true(lambda: _answers(port))
        yield Contender("blackbox_exporter", lambda: _probe_all(exporter.pid, port, listeners))
    finally:
        exporter.stop()


def _run(command: Sequence[str], folder: Path, count: Callable[[bytes], int], fine: Sequence[int] = (0,)) -> Sample:
    output, errors = folder / "stdout", folder / "stderr"
    parent = os.getpid()
    with output.open("wb") as out, errors.open("wb") as err:
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                   preexec_fn=lambda: die_with_parent(signal.SIGKILL, parent))
        status, usage = _wait(process, started)
        seconds = time.monotonic() - started
    if status not in fine:
        tail = errors.read_text(errors="replace")[-1000:]
        raise BenchError(f"{Path(command[0]).name} ended with {status}: {tail}")
    return Sample(seconds, usage, count(output.read_bytes()))


def _wait(process: subprocess.Popen[bytes], started: float) -> tuple[int, float]:
    """Exit code and CPU seconds; kills what takes too long, or what an interrupt leaves behind."""
    try:
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                return process.returncode, usage.ru_utime + usage.ru_stime
            if time.monotonic() - started > _PATIENCE_SECONDS:
                raise BenchError(f"{process.args} took more than {_PATIENCE_SECONDS} s")
            time.sleep(0.002)  # between two looks: wait4 has no time limit of its own
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()


def _lines_with_chain(output: bytes) -> int:
    return sum(bool(json.loads(line)["chain"]) for line in output.splitlines())


def _answers(port: int) -> bool:
    try:
        return b"Healthy" in asyncio.run(_get(port, "/-/healthy"))
    except OSError:
        return False


def _probe_all(pid: int, port: int, listeners: Listeners) -> Sample:
    used = _cpu_seconds(pid)
    started = time.monotonic()
    found = asyncio.run(_probe_each(port, listeners))
    return Sample(time.monotonic() - started, _cpu_seconds(pid) - used, found)


async def _probe_each(port: int, listeners: Listeners) -> int:
    waiting = iter(listeners.ports)

    async def worker() -> int:
        found = 0
        for target in waiting:
            body = await _get(port, f"/probe?module=certificate&target={listeners.address}:{target}")
            found += b"\nprobe_ssl_earliest_cert_expiry " in body and b"\nprobe_success 1" in body
        return found

    return sum(await asyncio.gather(*(worker() for _ in range(_PROBES_AT_ONCE))))


async def _get(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
        return await reader.read(-1)
    finally:
        writer.close()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS  # utime and stime, proc(5)
