"""Runs the product's command line in a world of its own: its store, its home, no proxy, and no way to outlive the test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from estate.processes import die_with_parent

_NOT_INHERITED = ("CERTHERALD_", "XDG_")
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})


@dataclass(frozen=True)
class Outcome:
    command: Sequence[str]
    code: int  # the exit code; negative for the signal that ended it
    stdout: str
    stderr: str

    def json_lines(self) -> list[dict[str, Any]]:
        """Standard output as one JSON object a line; anything else there is an error."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    def expect(self, code: int) -> Outcome:
        assert self.code == code, f"expected exit code {code}: {self}"
        return self

    def __str__(self) -> str:
        return (f"{' '.join(self.command)}\nexit code {self.code}\n--- stdout\n{self.stdout[-4000:]}"
                f"\n--- stderr\n{self.stderr[-4000:]}")


@dataclass
class Running:
    """A command in a process group of its own. What it prints goes to files: nobody has to read for it to go on."""

    command: Sequence[str]
    process: subprocess.Popen[bytes]
    stdout: Path
    stderr: Path

    def signal(self, number: int) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def kill(self) -> Outcome:
        """By SIGKILL, which no handler sees."""
        self.signal(signal.SIGKILL)
        return self.finish(10)

    def finish(self, seconds: float) -> Outcome:
        """Waits for the end; what takes longer is killed and fails the test with all it printed."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.process.wait()
            raise AssertionError(f"took longer than {seconds} s: {self._outcome()}") from None
        return self._outcome()

    def await_true(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Polls; fails when the command ends before `condition` holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None and not condition():
                raise AssertionError(f"ended too early: {self._outcome()}")
            assert time.monotonic() < deadline, f"not within {seconds} s: {self._outcome()}"
            time.sleep(0.01)  # between two looks at the condition

    def _outcome(self) -> Outcome:
        code = self.process.poll()
        return Outcome(self.command, -1 if code is None else code, self.stdout.read_text(errors="replace"),
                       self.stderr.read_text(errors="replace"))


@dataclass
class Certherald:
    binary: Path
    folder: Path  # it runs here; its home is folder/home
    environment: dict[str, str] = field(default_factory=dict)  # for every run: secrets, mostly
    _started: list[Running] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """The store's folder, given to every run as CERTHERALD_DATA."""
        return self.folder / "data"

    def run(self, *arguments: str | Path, timeout: float = 60, stdin: str = "",
            environment: Mapping[str, str] | None = None, prefix: Sequence[str] = ()) -> Outcome:
        return self.start(*arguments, stdin=stdin, environment=environment, prefix=prefix).finish(timeout)

    def start(self, *arguments: str | Path, stdin: str = "", environment: Mapping[str, str] | None = None,
              prefix: Sequence[str] = ()) -> Running:
        """`prefix` is a command that runs ours: unshare, prlimit, script."""
        command = [*prefix, str(self.binary), *map(str, arguments)]
        output = self.folder / "output"
        for part in (output, self.folder / "home"):
            part.mkdir(parents=True, exist_ok=True)
        paths = [output / f"{len(self._started):03}.{kind}" for kind in ("stdin", "stdout", "stderr")]
        paths[0].write_text(stdin)
        parent = os.getpid()
        with paths[0].open("rb") as source, paths[1].open("wb") as out, paths[2].open("wb") as err:
            process = subprocess.Popen(command, cwd=self.folder, stdin=source, stdout=out, stderr=err,
                                       env=self._environment(environment or {}), start_new_session=True,
                                       preexec_fn=lambda: die_with_parent(signal.SIGKILL, parent))
        running = Running(command, process, paths[1], paths[2])
        self._started.append(running)
        return running

    def close(self) -> None:
        for running in self._started:
            if running.process.poll() is None:
                running.kill()

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items()
                     if not name.startswith(_NOT_INHERITED) and name.lower() not in _PROXIES}
        return {**inherited, "HOME": str(self.folder / "home"), "CERTHERALD_DATA": str(self.data), "TZ": "UTC",
                "LC_ALL": "C.UTF-8", **self.environment, **extra}
