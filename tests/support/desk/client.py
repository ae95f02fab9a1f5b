"""Starts a desk for tests and asks it what came in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SDP_TOKEN = "11111111-2222-3333-4444-555555555555"
SNOW_USER, SNOW_PASSWORD = "certherald", "snow-secret"
_SUPPORT = Path(__file__).resolve().parent.parent
_START_SECONDS = 20.0


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))     # whatever proxy the environment names


class DeskError(RuntimeError):
    pass


class Desk:
    """A running desk. With TLS the control API has a listener of its own, without."""

    def __init__(self, port: int, scheme: str = "http", control_port: int | None = None) -> None:
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}"
        self._control_url = f"http://127.0.0.1:{control_port or port}/_control"
        self.sdp_url, self.snow_url = f"{self.url}/sdp", f"{self.url}/snow"

    def control(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(f"{self._control_url}/{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with _DIRECT.open(request, timeout=60) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise DeskError(f"{method} {path}: {error.read().decode('utf-8', 'replace')}") from error

    def journal(self, system: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        return self.control("GET", f"journal?after={after}" + (f"&system={system}" if system else ""))

    def violations(self) -> list[dict[str, Any]]:
        return self.control("GET", "violations")

    def tickets(self, system: str | None = None, key: str | None = None) -> list[dict[str, Any]]:
        query = "&".join(f"{k}={v}" for k, v in (("system", system), ("key", key)) if v)
        return self.control("GET", "tickets" + (f"?{query}" if query else ""))

    def counts(self) -> dict[str, Any]:
        return self.control("GET", "counts")

    def faults(self, script: Any) -> None:
        """See faults.py: a list of rules, or {"random": {...}}."""
        self.control("POST", "faults", script)

    def clear_faults(self) -> None:
        self.control("DELETE", "faults")

    def faults_applied(self) -> dict[str, int]:
        return self.control("GET", "faults")["applied"]

    def act(self, system: str, ticket_id: str, action: str, **more: Any) -> dict[str, Any]:
        """As a person: close, resolve, reopen, trash, restore, delete, edit(fields=), note(text=), merge(into=)."""
        return self.control("POST", f"tickets/{system}/{ticket_id}", {"action": action, **more})

    def advance(self, seconds: float) -> None:
        self.control("POST", "advance", {"seconds": seconds})

    def profile(self, tables: dict[str, Any]) -> None:
        """Other switches, as a profile file has them; those not named are at their defaults."""
        self.control("POST", "profile", tables)

    def seed(self, system: str, count: int) -> None:
        self.control("POST", "seed", {"system": system, "count": count})

    def reset(self) -> None:
        self.control("POST", "reset")


def _wait_for_port(process: subprocess.Popen[bytes], file: Path, log: Path) -> int:
    end = time.monotonic() + _START_SECONDS
    while not file.exists():
        if process.poll() is not None:
            raise DeskError(f"the desk did not start: {log.read_text(errors='replace')[-2000:]}")
        if time.monotonic() > end:
            raise DeskError("the desk did not start in time")
        time.sleep(0.01)  # between two looks for the port file
    return int(file.read_text(encoding="ascii"))


@contextmanager
def running_desk(*, port: int = 0, state: Path | None = None, profile: Path | dict[str, Any] | None = None,
                 tls: tuple[Path, Path] | None = None, client_ca: Path | None = None) -> Iterator[Desk]:
    """A desk in a process of its own, gone when the block ends. `profile`: a file, or its tables. `tls`: certificate, key."""
    with tempfile.TemporaryDirectory(prefix="desk-") as folder:
        port_file, control_file, log = (Path(folder) / name for name in ("port", "control", "log"))
        command = [sys.executable, "-m", "desk", "--port", str(port), "--port-file", str(port_file)]
        command += ["--state", str(state)] if state else []
        command += ["--profile", str(profile)] if isinstance(profile, Path) else []
        command += ["--tls-cert", str(tls[0]), "--tls-key", str(tls[1]), "--control-port-file", str(control_file)] if tls else []
        command += ["--client-ca", str(client_ca)] if client_ca else []
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                       env={**os.environ, "PYTHONPATH": str(_SUPPORT)}, start_new_session=True)
        try:
            bound = _wait_for_port(process, port_file, log)
            desk = Desk(bound, "https", int(control_file.read_text())) if tls else Desk(bound)
            if isinstance(profile, dict):
                desk.profile(profile)
            yield desk
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
