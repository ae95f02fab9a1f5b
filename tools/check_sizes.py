#!/usr/bin/python3
"""No source file over 600 lines. Tables (files named *_table.cpp) and generated data are exempt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 600
KINDS = {".cpp", ".hpp", ".py", ".sh", ".sql", ".java", ".ts", ".tsx", ""}


def main() -> int:
    names = subprocess.run(["git", "ls-files", "-z", "src", "bin", "tests", "tools", "db"], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.split("\0")
    problems = []
    for name in filter(None, names):
        path = ROOT / name
        if path.suffix not in KINDS or "corpus" in path.parts or path.stem.endswith("_table") or not path.is_file():
            continue
        lines = path.read_bytes().count(b"\n")
        if lines > LIMIT:
            problems.append(f"{name}: {lines} lines; split it below {LIMIT}")
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
