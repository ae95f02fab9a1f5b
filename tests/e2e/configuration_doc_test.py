"""doc/configuration.md lists exactly the blocks and keys that the parser knows."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def documented() -> set[tuple[str, str]]:
    keys: set[tuple[str, str]] = set()
    block = ""
    for line in (ROOT / "doc/configuration.md").read_text().splitlines():
        if heading := re.match(r"## (.*)", line):
            block = heading[1].strip("`")
        elif row := re.match(r"\| `([a-z_*]+)` \|", line):
            keys.add((block, row[1]))
    return keys


def known() -> set[tuple[str, str]]:
    source = (ROOT / "src/app/config/schema_table.cpp").read_text()
    tables = {name: re.findall(r'^\s*\{"([a-z_*]+)",', body, re.MULTILINE)
              for name, body in re.findall(r"constexpr KeySpec (\w+)\[\] = \{(.*?)\n\};", source, re.DOTALL)}
    blocks = re.findall(r'\{"[a-z]*", "([^"]+)", (\w+)\}', source)
    return {(title, key) for title, table in blocks for key in tables[table]}


def test_the_document_is_the_parser() -> None:
    assert known() and documented() == known()
