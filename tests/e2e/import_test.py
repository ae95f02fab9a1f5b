"""Imports: all files or none, however many certificates they hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from command import Certherald
from many_certificates import write_distinct

MORE_THAN_A_PIECE = 33_000


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_distinct(tmp_path_factory.mktemp("bundles"), MORE_THAN_A_PIECE)


def kept(certherald: Certherald) -> int:
    return len(certherald.run("list", "certificates", "--json", timeout=60).expect(0).json_lines())


def test_more_than_are_written_at_once(certherald: Certherald, bundles: list[Path]) -> None:
    said = certherald.run("import", *bundles, timeout=120).expect(0).stdout
    assert said == f"{MORE_THAN_A_PIECE} new, 0 known already\n"
    assert kept(certherald) == MORE_THAN_A_PIECE
    assert certherald.run("import", bundles[-1]).expect(0).stdout == "0 new, 1000 known already\n"


def test_a_bad_file_behind_many_good_ones_leaves_nothing(certherald: Certherald, bundles: list[Path], tmp_path: Path) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("buy milk\n")
    certherald.run("migrate").expect(0)
    outcome = certherald.run("import", *bundles, bad, timeout=120).expect(2)
    assert str(bad) in outcome.stderr, outcome
    assert kept(certherald) == 0
