"""What the end-to-end tests stand on: the built product, real TLS servers and the double of the ticketing systems."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "tests/support"
sys.path.insert(0, str(SUPPORT))

from command import Certherald  # noqa: E402
from desk.client import Desk, running_desk  # noqa: E402
from estate import Estate, running_estate  # noqa: E402


@pytest.fixture(scope="session")
def certherald_binary() -> Path:
    binary = ROOT / os.environ.get("CERTHERALD_BIN", "build/release/certherald")
    if not os.access(binary, os.X_OK):
        pytest.fail(f"{binary} is not there: run `make build`, or set CERTHERALD_BIN", pytrace=False)
    return binary


@pytest.fixture
def certherald(certherald_binary: Path, tmp_path: Path) -> Iterator[Certherald]:
    """With an empty store of its own. What a test leaves running is killed."""
    product = Certherald(certherald_binary, tmp_path / "certherald")
    yield product
    product.close()


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    """Every server, shared by all tests: do not renew certificates here."""
    with running_estate(tmp_path_factory.mktemp("estate")) as running:
        yield running


@pytest.fixture
def start_estate(tmp_path: Path) -> Iterator[Callable[..., Estate]]:
    """`start_estate("expiring", "healthy")`: servers for this test alone, for one that changes them."""
    with ExitStack() as stack:
        def start(*names: str) -> Estate:
            return stack.enter_context(running_estate(tmp_path / "estate", names))
        yield start


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A fresh double of both ticketing systems. A test in which the product broke a rule of theirs has failed."""
    with running_desk() as running:
        yield running
        assert running.violations() == []
