"""One request and its reply as plain values, so that both systems are functions from one to the other."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Mapping


@dataclass
class Call:
    system: str                     # "sdp" or "snow"
    method: str
    path: str                       # below the system's prefix, still percent-encoded
    query: str                      # raw
    headers: Mapping[str, str]      # case-insensitive
    body: bytes
    now_ms: int
    origin: str                     # "http://127.0.0.1:PORT"
    decoded: Any = None             # the body as the system understood it
    violations: list[dict[str, str]] = field(default_factory=list)

    def violation(self, kind: str, detail: str) -> None:
        """What a connector must never do, whether the real system would refuse it or not."""
        self.violations.append({"kind": kind, "detail": detail})


@dataclass
class Reply:
    status: int
    body: bytes = b""
    content_type: str = "application/json;charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)


def json_reply(status: int, value: Any, **headers: str) -> Reply:
    # Real systems escape the slash of an end tag; a reader must take both.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return Reply(status, text.encode(), headers={k.replace("_", "-"): v for k, v in headers.items()})
