"""`run` is killed at random moments while both systems misbehave; after a last run each ticket is there exactly once."""

from __future__ import annotations

import os
import random
import time
from collections import Counter

from command import Certherald
from configuration import SECRETS, configuration
from desk.client import Desk
from estate import Estate

NAMES = ("expiring", "expired", "weak", "self_signed", "mismatch")
KILLS = int(os.environ.get("CERTHERALD_KILLS", "20"))
LONGEST = 1.5  # seconds a run may live before it is killed
FAULTS = ["drop_before_commit", "drop_after_commit", "status_500", "status_500_after_commit", "truncate", "delay"]


def tickets(desk: Desk) -> Counter[tuple[str, str]]:
    return Counter((ticket["system"], ticket["key"]) for ticket in desk.tickets())


def test_no_ticket_is_lost_or_doubled(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    seed = int(os.environ.get("CERTHERALD_SEED", str(random.SystemRandom().randrange(1 << 30))))
    chance = random.Random(seed)
    certherald.environment.update(SECRETS)
    # Every run has new tickets to make, so that each kill strikes work and not an idle run.
    text = configuration(estate, desk, NAMES, timeout="2s", repeat="new_ticket", every="1s")
    certherald.run("apply", "-f", "-", stdin=text).expect(0)
    desk.faults({"random": {"seed": seed, "rate": 0.3, "actions": FAULTS}})
    killed = 0
    while killed < KILLS:
        running = certherald.start("run", chance.choice(["expiry-notification", "vulnerability-scan"]))
        moment = time.monotonic() + chance.uniform(0, LONGEST)
        running_on = True
        while running_on and time.monotonic() < moment:
            running_on = running.process.poll() is None
        running.kill()
        killed += 1
        doubled = {key: count for key, count in tickets(desk).items() if count > 1}
        assert not doubled, f"seed {seed}, kill {killed}: {doubled}"
    desk.clear_faults()
    for task in ("expiry-notification", "vulnerability-scan"):
        certherald.run("run", task, "--wait", "4m", timeout=300).expect(0)
    found = tickets(desk)
    listed = {(ticket["connection"], ticket["key"]) for ticket in certherald.run("list", "tickets", "--json").json_lines()}
    assert set(found.values()) == {1}, f"seed {seed}: {found}"
    systems = {"desk": "sdp", "snow": "snow"}
    assert {(systems[connection], key) for connection, key in listed} == set(found), f"seed {seed}"
    by_system = Counter(system for system, _ in found)
    assert by_system["sdp"] == by_system["snow"] >= len(NAMES), f"seed {seed}: {by_system}"
    states = Counter(row["state"] for row in certherald.run("list", "deliveries", "--json").json_lines())
    assert states == {"done": len(found)}, f"seed {seed}: {states}"
