#!/usr/bin/python3
"""Things that may stand only in known places. A count that falls must be lowered here, so that it cannot rise again."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Rule:
    what: str
    pattern: str
    outside: tuple[str, ...]  # modules where it may stand freely
    known: int
    why: str
    files: str = "*.[ch]pp"


RULES = (
    Rule("detached coroutines", r"\bdetached\b", (), 1, "every task lives in a net::Scope, which holds the one use"),
    Rule("system_clock::now", r"system_clock::now", ("base",), 0, "time is passed in (base/clock.hpp)"),
    Rule("SQL", r"\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b", ("store",), 0, "SQL lives in src/store"),
    Rule("OpenSSL", r"#\s*include\s+<openssl/", ("codec", "net"), 0, "OpenSSL lives in src/codec and src/net"),
    Rule("libsodium", r"#\s*include\s+<sodium", ("codec",), 0, "libsodium lives in src/codec"),
    Rule("sleeping tests", r"sleep_for|usleep\(", (), 0, "tests poll, never sleep", "*_test.cpp"),
    Rule("silenced lints", r"\bNOLINT", (), 0, "mend the code, or say in .clang-tidy why a check is off"),
)


def count(rule: Rule) -> list[str]:
    places = []
    for path in sorted((ROOT / "src").rglob(rule.files)):
        if path.relative_to(ROOT / "src").parts[0] in rule.outside:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code = line.split("//", 1)[0]
            if re.search(rule.pattern, code):
                places.append(f"{path.relative_to(ROOT)}:{number}")
    return places


def main() -> int:
    failed = False
    for rule in RULES:
        places = count(rule)
        if len(places) == rule.known:
            continue
        failed = True
        print(f"{rule.what}: {len(places)} places, {rule.known} known ({rule.why}): {' '.join(places)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
