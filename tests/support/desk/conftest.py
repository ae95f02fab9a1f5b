from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from desk.client import Desk, running_desk  # noqa: E402


@pytest.fixture(scope="session")
def one_desk() -> Iterator[Desk]:
    with running_desk() as desk:
        yield desk


@pytest.fixture
def desk(one_desk: Desk) -> Desk:
    one_desk.reset()
    return one_desk
