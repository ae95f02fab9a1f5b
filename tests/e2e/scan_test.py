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


def test_a_command_that_is_none_is_named_with_the_nearest(certherald: Certherald) -> None:
    outcome = certherald.run("scna", "shop.example.com").expect(2)
    assert "there is no command 'scna'" in outcome.stderr and "did you mean 'scan'?" in outcome.stderr, outcome
    assert "did you mean 'drop'?" in certherald.run("delivery", "drpo", "7").expect(2).stderr


def test_a_locked_keystore_asks_for_the_file_of_its_passphrase(certherald: Certherald) -> None:
    keystore = Path(__file__).resolve().parents[1] / "data/keystores/modern.p12"
    assert "--passphrase-file" in certherald.run("import", keystore).expect(2).stderr
