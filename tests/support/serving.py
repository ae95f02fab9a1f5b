"""A running `certherald serve`: its log, its health, its metrics."""

from __future__ import annotations

import re
import signal
import urllib.error
import urllib.request
from pathlib import Path

from command import Certherald, Outcome, Running

# Every ten seconds: as often as a schedule is worth waiting for in a test.
EVERY_TEN_SECONDS = "FREQ=MINUTELY;BYSECOND=0,10,20,30,40,50"


class Serving:
    def __init__(self, certherald: Certherald, *arguments: str | Path, environment: dict[str, str] | None = None,
                 prefix: tuple[str, ...] = ()) -> None:
        self.running: Running = certherald.start("serve", "--metrics-listen", "127.0.0.1:0", *arguments,
                                                 environment=environment, prefix=prefix)

    @property
    def log(self) -> str:
        return self.running.stderr.read_text(errors="replace")

    def await_log(self, pattern: str, seconds: float = 30) -> re.Match[str]:
        self.running.await_true(lambda: re.search(pattern, self.log), seconds)
        found = re.search(pattern, self.log)
        assert found is not None
        return found

    def await_ready(self, seconds: float = 30) -> Serving:
        self.await_log(r"listening metrics=127\.0\.0\.1:\d+", seconds)
        self.running.await_true(lambda: self.get("/readyz")[0] == 200, seconds)
        return self

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; status 0 where nobody answers."""
        port = self.await_log(r"listening metrics=127\.0\.0\.1:(\d+)").group(1)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{port}{path}", timeout=10) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name: str) -> float | None:
        """The value of a sample, by its name and labels as they are written."""
        status, text = self.get("/metrics")
        assert status == 200, text
        values = [line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(name + " ")]
        return float(values[0]) if values else None

    def reload(self) -> None:
        self.running.signal(signal.SIGHUP)

    def stop(self, seconds: float = 60) -> Outcome:
        self.running.signal(signal.SIGTERM)
        return self.running.finish(seconds).expect(0)


def schedule(name: str, task: str, rrule: str = EVERY_TEN_SECONDS) -> str:
    return f'\n[[schedule]]\nname = "{name}"\ntask = "{task}"\nrrule = "{rrule}"\n'
