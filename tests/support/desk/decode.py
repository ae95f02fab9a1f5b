"""Strict readers: a form, a query string, JSON."""

from __future__ import annotations

import json
import re
from typing import Any

_UNENCODED = re.compile(r"[^A-Za-z0-9*\-._~+%]")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MAX_DEPTH = 40


class DecodeError(ValueError):
    pass


def form_value(text: str) -> str:
    """One name or value of a form: `+` is a space, %XX a byte, the bytes UTF-8."""
    if _BAD_PERCENT.search(text):
        raise DecodeError("a percent sign without two hex digits")
    out = bytearray()
    position = 0
    while position < len(text):
        char = text[position]
        if char == "%":
            out.append(int(text[position + 1:position + 3], 16))
            position += 3
            continue
        out += b" " if char == "+" else char.encode("latin-1", "replace")
        position += 1
    try:
        return out.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError("not UTF-8 after decoding") from error


def form_fields(text: str) -> list[tuple[str, str, bool]]:
    """name, value, and whether each was properly encoded."""
    result: list[tuple[str, str, bool]] = []
    for part in text.split("&") if text else []:
        name, _, value = part.partition("=")
        clean = not _UNENCODED.search(name) and not _UNENCODED.search(value)
        result.append((form_value(name), form_value(value), clean))
    return result


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise DecodeError(f"the key {key!r} occurs twice")
        result[key] = value
    return result


def _no_constant(name: str) -> Any:
    raise DecodeError(f"{name} is not JSON")


def _depth(value: Any) -> int:
    deepest, pending = 0, [(value, 1)]
    while pending:
        item, depth = pending.pop()
        deepest = max(deepest, depth)
        children = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        pending.extend((child, depth + 1) for child in children)
    return deepest


def strict_json(text: str | bytes) -> Any:
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        # A lone surrogate escape is JSON, but no text: it could never be stored or sent back.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except DecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"not JSON: {error}") from error
    if _depth(value) > _MAX_DEPTH:
        raise DecodeError("nested too deeply")
    return value
