"""Secrets that are entered on the command line: sealed in the store, used by connections, rotated, lost, and never shown."""

from __future__ import annotations

import os
import pty
import random
import time
from pathlib import Path

import pytest
from command import Certherald, Outcome
from configuration import SECRETS, configuration
from desk.client import SDP_TOKEN, SNOW_PASSWORD, Desk
from estate import Estate
from serving import Serving, schedule

KILLS = int(os.environ.get("CERTHERALD_KILLS", "20"))


@pytest.fixture
def key_file(certherald: Certherald) -> Path:
    """Given to every command by its environment."""
    path = certherald.folder / "keys" / "key"
    path.parent.mkdir(parents=True)
    certherald.environment["CERTHERALD_KEY_FILE"] = str(path)
    certherald.run("secret", "keygen").expect(0)
    assert path.stat().st_mode & 0o7777 == 0o600
    return path


def enter(certherald: Certherald, name: str, secret: str) -> Outcome:
    return certherald.run("secret", "set", name, stdin=secret).expect(0)


def apply(certherald: Certherald, estate: Estate, desk: Desk, more: str = "", **stored: str) -> None:
    """With the credentials named stored: `SDP_TOKEN="desk.token"`."""
    text = configuration(estate, desk, ("expiring",)) + more
    for variable, name in stored.items():
        text = text.replace(f'{{ env = "{variable}" }}', f'{{ stored = "{name}" }}')
    certherald.run("apply", "-f", "-", stdin=text).expect(0)


def assert_shown_nowhere(certherald: Certherald, *secrets: str) -> None:
    """Neither in what a command printed nor in any file of the store or beside the keys."""
    files = [path for path in certherald.folder.rglob("*") if path.is_file() and path.suffix != ".stdin"]
    assert any(path.suffix == ".stderr" for path in files) and any(path.name == "certherald.db" for path in files)
    for path in files:
        content = path.read_bytes()
        assert not any(secret.encode() in content for secret in secrets), path


def test_a_stored_secret_makes_tickets_and_is_shown_nowhere(certherald: Certherald, key_file: Path, estate: Estate,
                                                            desk: Desk) -> None:
    apply(certherald, estate, desk, SDP_TOKEN="desk.token", SNOW_PASSWORD="snow.password")
    outcome = certherald.run("run", "expiry-notification", timeout=120).expect(1)  # before they are entered
    for name in ("desk.token", "snow.password"):
        assert f"certherald secret set {name}" in outcome.stderr, outcome
    enter(certherald, "desk.token", SDP_TOKEN + "\n")
    enter(certherald, "snow.password", SNOW_PASSWORD)
    certherald.run("connection", "test", "snow").expect(0)
    certherald.run("run", "expiry-notification", timeout=120).expect(0)
    assert {ticket["system"] for ticket in desk.tickets()} == {"sdp", "snow"}
    rows = {row["name"]: row for row in certherald.run("secret", "list", "--json").expect(0).json_lines()}
    assert {name: row["used_by"] for name, row in rows.items()} == {"desk.token": ["desk"], "snow.password": ["snow"]}
    assert all(set(row) == {"name", "key_id", "created_at", "updated_at", "used_by"} for row in rows.values())
    certherald.run("secret", "list").expect(0)
    assert_shown_nowhere(certherald, SDP_TOKEN, SNOW_PASSWORD)


def test_a_lost_key_stops_only_the_connection_that_needs_it(certherald: Certherald, key_file: Path, estate: Estate,
                                                            desk: Desk) -> None:
    certherald.environment.update(SECRETS)
    enter(certherald, "desk.token", SDP_TOKEN)
    apply(certherald, estate, desk, SDP_TOKEN="desk.token")
    key_id = certherald.run("secret", "list", "--json").json_lines()[0]["key_id"]
    key_file.rename(key_file.with_name("away"))
    certherald.run("secret", "keygen").expect(0)
    outcome = certherald.run("run", "expiry-notification", timeout=120).expect(1)
    assert [ticket["system"] for ticket in desk.tickets()] == ["snow"]
    assert key_id in outcome.stderr and "certherald secret set desk.token" in outcome.stderr, outcome
    assert "1 deliveries are pending" in outcome.stderr, outcome
    assert key_id in certherald.run("connection", "test", "desk").expect(3).stdout
    key_file.unlink()
    assert "is not there" in certherald.run("connection", "test", "desk").expect(3).stdout
    certherald.run("connection", "test", "snow").expect(0)
    certherald.run("run", "expiry-notification", "--key-file", key_file.with_name("away"), timeout=120).expect(0)
    assert {ticket["system"] for ticket in desk.tickets()} == {"sdp", "snow"}
    assert_shown_nowhere(certherald, SDP_TOKEN)


def test_a_rotation_leaves_one_new_key_that_opens_everything(certherald: Certherald, key_file: Path, estate: Estate,
                                                             desk: Desk) -> None:
    enter(certherald, "desk.token", SDP_TOKEN)
    enter(certherald, "snow.password", SNOW_PASSWORD)
    apply(certherald, estate, desk, SDP_TOKEN="desk.token", SNOW_PASSWORD="snow.password")
    old = key_file.read_text()
    outcome = certherald.run("secret", "rotate").expect(0)
    rows = certherald.run("secret", "list", "--json").json_lines()
    assert len(rows) == 2 and all(row["key_id"] in outcome.stdout for row in rows)
    assert key_file.read_text() != old and len(key_file.read_text().splitlines()) == 1
    assert key_file.stat().st_mode & 0o7777 == 0o600 and os.listdir(key_file.parent) == ["key"]
    certherald.run("run", "expiry-notification", timeout=120).expect(0)
    assert len(desk.tickets()) == 2
    printed = "".join(path.read_text() for path in (certherald.folder / "output").glob("*.std[oe]*"))
    assert not any(line.split(":")[1] in printed for line in (old + key_file.read_text()).splitlines())


def test_a_server_goes_on_while_its_key_is_rotated(certherald: Certherald, key_file: Path, estate: Estate, desk: Desk) -> None:
    enter(certherald, "desk.token", SDP_TOKEN)
    enter(certherald, "snow.password", "an old one")
    server = Serving(certherald).await_ready()
    enter(certherald, "snow.password", SNOW_PASSWORD)
    certherald.run("secret", "rotate").expect(0)
    apply(certherald, estate, desk, schedule("often", "expiry_notification"), SDP_TOKEN="desk.token",
          SNOW_PASSWORD="snow.password")
    server.running.await_true(lambda: {ticket["system"] for ticket in desk.tickets()} == {"sdp", "snow"}, 90)
    server.stop()
    assert_shown_nowhere(certherald, SDP_TOKEN, SNOW_PASSWORD)


def test_a_rotation_may_be_killed_at_any_moment(certherald: Certherald, key_file: Path, estate: Estate, desk: Desk) -> None:
    seed = int(os.environ.get("CERTHERALD_SEED", str(random.SystemRandom().randrange(1 << 30))))
    chance = random.Random(seed)
    apply(certherald, estate, desk, SDP_TOKEN="desk.token", SNOW_PASSWORD="snow.password")
    enter(certherald, "desk.token", SDP_TOKEN)
    enter(certherald, "snow.password", SNOW_PASSWORD)
    begun = time.monotonic()
    certherald.run("secret", "rotate").expect(0)
    longest = time.monotonic() - begun
    for kill in range(KILLS):
        running = certherald.start("secret", "rotate")
        moment = time.monotonic() + chance.uniform(0, longest)
        while running.process.poll() is None and time.monotonic() < moment:
            pass
        running.kill()
        outcome = certherald.run("connection", "test", "snow")
        assert outcome.code == 0, f"seed {seed}, kill {kill}: {outcome}"
    certherald.run("secret", "rotate").expect(0)
    assert len(key_file.read_text().splitlines()) == 1 and os.listdir(key_file.parent) == ["key"]
    certherald.run("run", "expiry-notification", timeout=120).expect(0)
    assert len(desk.tickets()) == 2


def test_what_cannot_be_done_is_refused_with_its_mend(certherald: Certherald, key_file: Path, estate: Estate,
                                                      desk: Desk) -> None:
    apply(certherald, estate, desk, SDP_TOKEN="desk.token")
    enter(certherald, "desk.token", SDP_TOKEN)
    assert "used by desk" in certherald.run("secret", "remove", "desk.token").expect(2).stderr
    certherald.run("secret", "remove", "desk.token", "--force").expect(0)
    assert certherald.run("secret", "list", "--json").expect(0).stdout == ""
    assert "no secret desk.token" in certherald.run("secret", "remove", "desk.token").expect(2).stderr
    assert "there already" in certherald.run("secret", "keygen").expect(2).stderr
    assert "is empty" in certherald.run("secret", "set", "x", stdin="\n").expect(2).stderr
    assert "larger than" in certherald.run("secret", "set", "x", stdin="y" * 70_000).expect(2).stderr
    assert "cannot name a secret" in certherald.run("secret", "set", "a b", stdin="y").expect(2).stderr
    outcome = certherald.run("secret", "set", "x", "hunter2hunter2").expect(2)
    assert "never an argument" in outcome.stderr and "hunter2" not in outcome.stdout + outcome.stderr, outcome
    key_file.chmod(0o644)
    assert "chmod 600" in certherald.run("secret", "set", "x", stdin="y").expect(2).stderr
    without = {"CERTHERALD_KEY_FILE": ""}
    assert "secret keygen" in certherald.run("secret", "set", "x", stdin="y", environment=without).expect(2).stderr


def test_a_terminal_does_not_show_what_is_typed(certherald: Certherald, key_file: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        environment = {**os.environ, "CERTHERALD_DATA": str(certherald.data), "CERTHERALD_KEY_FILE": str(key_file)}
        os.execve(certherald.binary, [str(certherald.binary), "secret", "set", "typed"], environment)
    shown = b""
    while b"Secret typed: " not in shown:
        shown += os.read(terminal, 1000)
    os.write(terminal, b"open sesame 77\n")
    try:
        while part := os.read(terminal, 1000):
            shown += part
    except OSError:  # how Linux says that the other side is closed
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, shown
    os.close(terminal)
    assert b"created secret typed" in shown and b"sesame" not in shown
    assert [row["name"] for row in certherald.run("secret", "list", "--json").json_lines()] == ["typed"]
