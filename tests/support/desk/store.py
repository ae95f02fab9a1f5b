"""Tickets of both systems. Nothing is unique here but ids: whoever sends twice has two tickets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO


@dataclass
class Ticket:
    system: str                        # "sdp" or "snow"
    id: str                            # as the system's API says it
    table: str                         # "requests", "incident", ...
    number: str                        # as people say it
    created_ms: int
    updated_ms: int
    order: int = 0                     # of creation, within the store
    fields: dict[str, Any] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    trashed: bool = False
    deleted: bool = False
    merged_into: str = ""

    @property
    def gone(self) -> bool:
        return self.deleted or bool(self.merged_into)


class Clock:
    """The wall clock plus a skew that tests may set."""

    def __init__(self) -> None:
        self.skew_ms = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.skew_ms


class Log:
    """Lines of JSON, appended. A last line that a kill cut short is dropped when read again."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO | None = None

    def read(self) -> Iterator[Any]:
        if self._path is None or not self._path.exists():
            return
        whole = 0
        with self._path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                yield json.loads(line)
        if whole != self._path.stat().st_size:
            with self._path.open("r+b") as file:
                file.truncate(whole)

    def append(self, value: Any) -> None:
        if self._path is None:
            return
        if self._file is None:
            self._file = self._path.open("a", encoding="utf-8")
        self._file.write(json.dumps(value, ensure_ascii=False) + "\n")
        self._file.flush()

    def clear(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._path is not None:
            self._path.write_bytes(b"")


class Store:
    def __init__(self, folder: Path | None, clock: Clock) -> None:
        self.clock = clock
        self.version = 0               # grows with every change: the page polls it
        self._tickets: dict[tuple[str, str], Ticket] = {}
        self._log = Log(folder / "tickets.jsonl" if folder else None)
        self._counters: dict[str, int] = {}
        for line in self._log.read():
            self._restore(line)

    def _restore(self, line: dict[str, Any]) -> None:
        ticket = Ticket(**line["ticket"])
        self._tickets[ticket.system, ticket.id] = ticket
        self._counters = dict(line["counters"])
        self.version += 1

    def next_number(self, name: str, first: int) -> int:
        value = max(self._counters.get(name, first - 1) + 1, first)
        self._counters[name] = value
        return value

    def add(self, ticket: Ticket, by: str) -> Ticket:
        ticket.order = self.next_number("order", 1)
        self._tickets[ticket.system, ticket.id] = ticket
        self.save(ticket, "created", by)
        return ticket

    def save(self, ticket: Ticket, event: str, by: str, detail: Any = None) -> None:
        ticket.updated_ms = max(self.clock.now_ms(), ticket.created_ms)
        ticket.history.append({"at_ms": ticket.updated_ms, "event": event, "by": by, "detail": detail})
        self._log.append({"ticket": asdict(ticket), "counters": self._counters})
        self.version += 1

    def get(self, system: str, ticket_id: str) -> Ticket | None:
        return self._tickets.get((system, ticket_id))

    def all(self, system: str | None = None) -> list[Ticket]:
        """In the order of creation, deleted and merged ones too."""
        return [t for t in self._tickets.values() if system is None or t.system == system]

    def clear(self) -> None:
        self._tickets.clear()
        self._counters.clear()
        self._log.clear()
        self.version += 1


def display_time(ms: int) -> str:
    return time.strftime("%d/%m/%Y %I:%M %p", time.gmtime(ms / 1000))


def utc_text(ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(ms / 1000))
