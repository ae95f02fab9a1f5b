"""Children that cannot outlive us: a process group each, and a signal from the kernel when we die."""

from __future__ import annotations

import ctypes
import os
import random
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

_T = TypeVar("_T")

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

# Below the range that the kernel takes for outgoing connections, so that none of those can be in the way.
_FIRST_PORT, _LAST_PORT = 10000, 32767


class StartError(RuntimeError):
    """A server did not come up; the text ends with its log."""


def die_with_parent(number: int, parent: int) -> None:
    """Asks the kernel for signal `number` when the thread that started us ends. `parent` closes the race before it."""
    _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


class Child:
    """One running server. Start it from a thread that lives as long as it should: the kernel watches that thread."""

    def __init__(self, name: str, command: Sequence[str], log: Path, *, death_signal: int = signal.SIGKILL,
                 env: dict[str, str] | None = None) -> None:
        self.name = name
        self.log = log
        parent = os.getpid()
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                list(command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})}, start_new_session=True,
                preexec_fn=lambda: die_with_parent(death_signal, parent))

    @property
    def pid(self) -> int:
        return self._process.pid

    def running(self) -> bool:
        return self._process.poll() is None

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def await_line(self, pattern: str, seconds: float = 20) -> re.Match[str]:
        """The first match of `pattern` in what the child has printed."""
        def found() -> re.Match[str] | None:
            return re.search(pattern, self.log.read_text(errors="replace"), re.MULTILINE)
        return self.await_true(found, seconds)

    def await_true(self, condition: Callable[[], _T | None], seconds: float = 20) -> _T:
        """Polls until `condition` is true; fails as soon as the child has ended."""
        deadline = time.monotonic() + seconds
        while True:
            ended = not self.running()  # looked at before the condition, so that last words count
            result = condition()
            if result:
                return result
            if ended or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise StartError(f"{self.name} {'ended' if ended else 'is not ready'}. Its log:\n{tail}")
            time.sleep(0.01)  # between two looks at the condition

    def stop(self, seconds: float = 3) -> None:
        """Ends the whole group: first politely, then not."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                pass
            try:
                self._process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def free_ports(count: int, address: str = "127.0.0.1") -> list[int]:
    """Ports that nobody listens on now, for a server that cannot be given a bound socket. Retry when it fails."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    ports: list[int] = []
    for port in random.sample(range(_FIRST_PORT, _LAST_PORT + 1), _LAST_PORT - _FIRST_PORT + 1):
        if len(ports) == count:
            break
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
        ports.append(port)
    if len(ports) < count:
        raise StartError(f"no {count} free ports on {address}")
    return ports


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
