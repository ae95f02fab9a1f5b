"""Backups: a store goes back to what it was, and no ticket is made twice for it; another store becomes another installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command import Certherald, Outcome
from configuration import SECRETS, configuration
from desk.client import Desk
from estate import Estate
from postgresql import Postgresql

SYSTEMS = ("sdp", "snow")


def apply(certherald: Certherald, estate: Estate, desk: Desk, *names: str) -> None:
    certherald.environment.update(SECRETS)
    certherald.run("apply", "-f", "-", stdin=configuration(estate, desk, names)).expect(0)


def run(certherald: Certherald, code: int = 0, *more: str) -> Outcome:
    return certherald.run("run", "expiry-notification", *more, timeout=120).expect(code)


def back_up(certherald: Certherald) -> Path:
    file = certherald.folder / "backup"
    certherald.run("backup", file).expect(0)
    assert file.stat().st_mode & 0o7777 == 0o600
    return file


def restored(certherald: Certherald, binary: Path, file: Path, *more: str) -> Certherald:
    """Into a new store."""
    other = Certherald(binary, certherald.folder / "other", dict(certherald.environment))
    other.folder.mkdir()
    other.run("restore", file, *more).expect(0)
    return other


def rows(certherald: Certherald, what: str, *where: str) -> list[dict[str, Any]]:
    return certherald.run("list", what, "--json", *where).expect(0).json_lines()


def creates(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Requests that may have made something."""
    return [entry for entry in entries if entry["method"] not in ("GET", "HEAD")]


def test_tickets_made_after_the_backup_are_not_made_twice(certherald: Certherald, certherald_binary: Path, estate: Estate,
                                                          desk: Desk) -> None:
    apply(certherald, estate, desk, "expiring")
    run(certherald)
    file = back_up(certherald)
    apply(certherald, estate, desk, "expiring", "expired")
    run(certherald)
    made = {system: sorted(ticket["key"] for ticket in desk.tickets(system)) for system in SYSTEMS}
    assert [len(keys) for keys in made.values()] == [2, 2]
    known = {row["connection"]: row["key"] for row in rows(certherald, "tickets") if estate["expiring"].host in row["subject"]}
    closed = {}
    for system, name, action in zip(SYSTEMS, ("desk", "snow"), ("close", "resolve"), strict=True):
        (closed[name],) = [ticket for ticket in desk.tickets(system) if ticket["key"] == known[name]]
        desk.act(system, closed[name]["id"], action)

    other = restored(certherald, certherald_binary, file)
    before = len(desk.journal())
    apply(other, estate, desk, "expiring", "expired")
    outcome = run(other)
    assert "2 open keys looked up" in outcome.stderr, outcome  # of the ticket, and of what this run decided
    assert {system: sorted(ticket["key"] for ticket in desk.tickets(system)) for system in SYSTEMS} == made
    assert creates(desk.journal(after=before)) == []
    seen = {row["connection"]: row["open"] for row in rows(other, "tickets") if row["key"] == known[row["connection"]]}
    assert seen == {"desk": False, "snow": False}


def test_every_open_key_is_looked_up_before_anything_is_sent(certherald: Certherald, certherald_binary: Path, estate: Estate,
                                                             desk: Desk) -> None:
    apply(certherald, estate, desk, "expiring", "expired")
    run(certherald)
    keys = {row["key"] for row in rows(certherald, "tickets")}
    other = restored(certherald, certherald_binary, back_up(certherald))
    before = len(desk.journal())
    apply(other, estate, desk, "expiring", "expired", "weak")
    other.run("run", "vulnerability-scan", timeout=120).expect(0)
    for system, name in zip(SYSTEMS, ("desk", "snow"), strict=True):
        entries = desk.journal(system, before)
        first = min(entry["n"] for entry in creates(entries))
        asked = json.dumps([entry for entry in entries if entry["n"] < first])
        missing = [row["key"] for row in rows(other, "tickets")
                   if row["connection"] == name and row["key"] in keys and row["key"] not in asked]
        assert missing == []


def test_a_desk_that_does_not_answer_keeps_the_hold(certherald: Certherald, certherald_binary: Path, estate: Estate,
                                                    desk: Desk) -> None:
    apply(certherald, estate, desk, "expiring")
    run(certherald)
    other = restored(certherald, certherald_binary, back_up(certherald))
    apply(other, estate, desk, "expiring", "expired")
    desk.faults([{"match": {}, "action": "status_503", "times": 1000}])
    before = len(desk.journal())
    outcome = run(other, 1, "--wait", "3s")
    assert "nothing is sent before every open key was looked up" in outcome.stderr, outcome
    assert "held: desk:" in outcome.stderr and "held: snow:" in outcome.stderr, outcome
    assert creates(desk.journal(after=before)) == []
    desk.clear_faults()
    run(other)
    assert [len(desk.tickets(system)) for system in SYSTEMS] == [2, 2]


def test_another_installation_makes_tickets_of_its_own(certherald: Certherald, certherald_binary: Path, estate: Estate,
                                                       desk: Desk) -> None:
    apply(certherald, estate, desk, "expiring")
    run(certherald)
    other = restored(certherald, certherald_binary, back_up(certherald), "--as-new")
    assert rows(other, "tickets") == [] and rows(other, "deliveries") == []
    run(other)
    for system in SYSTEMS:
        assert len({ticket["key"] for ticket in desk.tickets(system)}) == 2


def test_a_store_moves_to_postgresql(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, estate, desk, "expiring")
    run(certherald)
    file = back_up(certherald)
    with Postgresql() as server:
        where = ("--database", server.make_database("moved"))
        certherald.run("restore", file, *where).expect(0)
        for what in ("endpoints", "certificates", "findings", "tickets", "deliveries", "runs", "policies"):
            assert rows(certherald, what, *where) == rows(certherald, what), what
        certherald.run("run", "expiry-notification", *where, timeout=120).expect(0)
    assert [len(desk.tickets(system)) for system in SYSTEMS] == [1, 1]


@pytest.mark.parametrize("spoil", ["cut", "changed"])
def test_a_damaged_file_is_refused_and_makes_no_store(certherald: Certherald, spoil: str) -> None:
    certherald.run("migrate").expect(0)
    file = back_up(certherald)
    text = file.read_text()
    file.write_text(text[:-9] if spoil == "cut" else text.replace("default expiry", "default expirY", 1))
    outcome = certherald.run("restore", file, "--data", certherald.folder / "other").expect(2)
    assert f"{file}: line {text.count(chr(10))}: " in outcome.stderr, outcome
    assert not (certherald.folder / "other").exists()


def test_a_store_in_use_and_a_stream_are_refused(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, estate, desk, "expiring")
    file = back_up(certherald)
    assert "the store is in use" in certherald.run("restore", file).expect(2).stderr
    assert "name a file" in certherald.run("backup", "-").expect(2).stderr
