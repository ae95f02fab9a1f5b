"""What `--json` prints has exactly the keys of doc/cli.md, in that order: scripts rely on them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from command import Certherald, Outcome
from configuration import SECRETS, configuration
from desk.client import Desk
from estate import Estate

DOCUMENT = (Path(__file__).resolve().parents[2] / "doc/cli.md").read_text()


def documented_lists() -> dict[str, list[str]]:
    section = DOCUMENT.split("## list --json\n")[1].split("\n## ")[0]
    return {name: keys.split() for name, keys in re.findall(r"^\| (\w+) \| `([\w ]+)` \|$", section, re.MULTILINE)}


def documented_scan() -> dict[str, list[str]]:
    """The keys of an object, and of each entry of the lists in it, by the list's name."""
    (text,) = re.findall(r"`--format json` prints one object a line.*?null where unknown: (.*?)\.\n\n", DOCUMENT, re.DOTALL)
    inside = {name: re.findall(r"`(\w+)`", keys) for name, keys in re.findall(r"`(checks|chain)` \(([^)]*)\)", text)}
    return {"": re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", text)), "checks": inside["checks"]}


@pytest.fixture
def told(certherald: Certherald, estate: Estate, desk: Desk) -> Certherald:
    """A store that has something in every list."""
    certherald.environment.update(SECRETS)
    certherald.run("apply", "-f", "-", stdin=configuration(estate, desk, ("expiring", "weak"))).expect(0)
    for task in ("expiry-notification", "vulnerability-scan"):
        certherald.run("run", task, timeout=120).expect(0)
    return certherald


def test_lists(told: Certherald) -> None:
    documented = documented_lists()
    assert len(documented) == 7
    for name, keys in documented.items():
        rows = told.run("list", name, "--json").expect(0).json_lines()
        assert rows, name
        for row in rows:
            assert list(row) == keys, name


def test_no_list_is_left_out(told: Certherald) -> None:
    refused: Outcome = told.run("list", "nothing").expect(2)
    (known,) = re.findall(r"\(([a-z ]+)\)", refused.stderr)
    assert known.split() == list(documented_lists())


def test_scan(certherald: Certherald, estate: Estate) -> None:
    documented = documented_scan()
    (report,) = certherald.run("scan", "--format", "json", "--trust", estate.root, estate["weak"].target,
                               timeout=60).expect(1).json_lines()
    assert list(report) == documented[""]
    for check in report["checks"]:
        assert list(check) == documented["checks"]
    assert [list(entry) for entry in report["chain"][:1]] == [
        ["subject", "common_name", "sans", "issuer", "serial", "not_before", "not_after", "sha256", "signature_algorithm", "key"]]
    assert all(list(entry) == ["code", "name"] for suites in report["ciphers"].values() for entry in suites or [])
