"""Every request as it came, what was answered, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from desk.store import Log
from desk.wire import Call

_SECRET = ("authorization", "authtoken", "technician_key", "cookie", "x-sn-apikey", "proxy-authorization")


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {k: ("(hidden)" if k.lower() in _SECRET else v) for k, v in headers.items()}


class Journal:
    def __init__(self, folder: Path | None) -> None:
        self._log = Log(folder / "journal.jsonl" if folder else None)
        self.entries: list[dict[str, Any]] = list(self._log.read())

    def record(self, call: Call, *, status: int, fault: str, reply: bytes) -> None:
        """`status` is 0 where the connection was dropped before an answer."""
        entry = {
            "n": len(self.entries) + 1, "at_ms": call.now_ms, "system": call.system, "method": call.method,
            "path": call.path, "query": call.query, "headers": _headers(call.headers),
            "body": call.decoded if call.decoded is not None else call.body.decode("utf-8", "replace"),
            "raw_length": len(call.body), "status": status, "fault": fault,
            "reply": reply[:4000].decode("utf-8", "replace"), "violations": call.violations,
        }
        self.entries.append(entry)
        self._log.append(entry)

    def violations(self) -> list[dict[str, Any]]:
        return [{**v, "n": e["n"], "system": e["system"], "method": e["method"], "path": e["path"]}
                for e in self.entries for v in e["violations"]]

    def clear(self) -> None:
        self.entries.clear()
        self._log.clear()
