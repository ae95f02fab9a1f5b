#!/usr/bin/python3
"""Fails on an include that src/layers.txt does not allow, and on an allowance that nobody uses."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+"([a-z_]+)/', re.MULTILINE)


def read_layers(text: str) -> dict[str, list[str]]:
    """Module -> modules it may include. Raises ValueError where a line names a later or unknown module."""
    layers: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, allowed = line.partition(":")
        for other in allowed.split():
            if other not in layers:
                raise ValueError(f"src/layers.txt:{number}: {name} may include {other}, which is no earlier line")
        layers[name] = allowed.split()
    return layers


def check(root: Path) -> list[str]:
    layers = read_layers((root / "src/layers.txt").read_text())
    problems: list[str] = []
    used: dict[str, set[str]] = {name: set() for name in layers}
    for path in sorted((root / "src").rglob("*.[ch]pp")):
        module = path.relative_to(root / "src").parts[0]
        if module not in layers:
            problems.append(f"{path.relative_to(root)}: module {module} is not in src/layers.txt")
            continue
        for target in INCLUDE.findall(path.read_text()):
            if target == module:
                continue
            if target in layers[module]:
                used[module].add(target)
            else:
                problems.append(f"{path.relative_to(root)}: {module} may not include {target}")
    for module, allowed in layers.items():
        for target in allowed:
            if target not in used[module]:
                problems.append(f"src/layers.txt: {module} may include {target} but does not: remove the allowance")
    return problems


def main() -> int:
    problems = check(ROOT)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
