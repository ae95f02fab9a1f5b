"""One scan of the whole estate: of each server exactly what its specification says, good or bad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command import Certherald, Outcome
from estate import Estate, available

NAMES = [spec.name for spec in available()]  # without IPv6 one less


@pytest.fixture(scope="module")
def outcome(certherald_binary: Path, estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    product = Certherald(certherald_binary, tmp_path_factory.mktemp("scan"))
    targets = [server.target for server in estate.servers.values()]
    try:
        return product.run("scan", "--format", "json", "--trust", estate.root, *targets, timeout=180)
    finally:
        product.close()


@pytest.fixture(scope="module")
def reports(outcome: Outcome) -> dict[tuple[str, int], dict[str, Any]]:
    return {(report["address"], report["port"]): report for report in outcome.json_lines()}


def test_some_could_not_be_scanned(outcome: Outcome) -> None:
    outcome.expect(3)  # "could not be done" goes before "found something"


@pytest.mark.parametrize("name", NAMES)
def test_what_the_scan_says(estate: Estate, reports: dict[tuple[str, int], dict[str, Any]], name: str) -> None:
    server = estate[name]
    report = reports[(server.address, server.port)]
    assert report["status"] in server.spec.statuses, report
    affected = {check["id"] for check in report["checks"] if check["verdict"] == "affected"}
    assert affected >= set(server.spec.expected), report
    assert affected <= {*server.spec.expected, *server.spec.allowed}, report
    if server.issued:
        assert report["chain"][0]["sha256"] == server.fingerprint
    else:
        assert not report["chain"], "nothing was signed by anybody here"
