"""What holds a ticket back, and how it gets on its way: a limit, a refusal, a full disk."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from command import Certherald
from configuration import SECRETS, configuration
from desk.client import Desk
from estate import Estate

EXPIRY = ("run", "expiry-notification")


def apply(certherald: Certherald, text: str) -> None:
    certherald.environment.update(SECRETS)
    certherald.run("apply", "-f", "-", stdin=text).expect(0)


def parked_delivery(certherald: Certherald) -> str:
    rows = certherald.run("list", "deliveries", "--json").expect(0).json_lines()
    (parked,) = [row for row in rows if row["state"] == "parked"]
    return str(parked["id"])


def test_max_new_holds_the_rest_until_the_next_run_or_all(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, configuration(estate, desk, ("expiring", "expired"), max_new=1))
    first = certherald.run(*EXPIRY, timeout=120).expect(0)
    assert len(desk.tickets()) == 1  # of four: two problems in two systems
    assert "3 more wait: max_new was reached" in first.stdout, first
    certherald.run(*EXPIRY, timeout=120).expect(0)
    assert len(desk.tickets()) == 2
    certherald.run(*EXPIRY, "--all", timeout=120).expect(0)
    for system in ("sdp", "snow"):
        assert len({ticket["key"] for ticket in desk.tickets(system)}) == len(desk.tickets(system)) == 2


def test_what_a_system_refuses_is_parked_until_a_person_decides(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, configuration(estate, desk, ("expiring",)))
    desk.profile({"sdp": {"mandatory": ["subject", "site"]}})
    outcome = certherald.run(*EXPIRY, timeout=120).expect(1)
    assert "parked: desk: " in outcome.stderr and "site" in outcome.stderr, outcome
    assert len(desk.tickets("snow")) == 1 and desk.tickets("sdp") == []  # the other system is not held up
    parked = parked_delivery(certherald)
    certherald.run(*EXPIRY, timeout=120).expect(1)  # it stays so by itself
    desk.profile({"sdp": {"mandatory": ["subject"]}})
    certherald.run("delivery", "retry", parked).expect(0)
    certherald.run(*EXPIRY, timeout=120).expect(0)
    assert len(desk.tickets("sdp")) == len(desk.tickets("snow")) == 1


def test_a_dropped_delivery_makes_no_ticket(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, configuration(estate, desk, ("expiring",), every="1s"))
    desk.profile({"sdp": {"mandatory": ["subject", "site"]}})
    certherald.run(*EXPIRY, timeout=120).expect(1)
    parked = parked_delivery(certherald)
    certherald.run("delivery", "drop", parked).expect(0)
    desk.profile({"sdp": {"mandatory": ["subject"]}})
    again = certherald.run("delivery", "drop", parked).expect(2)
    assert "is dropped already" in again.stderr and "list deliveries" in again.stderr, again
    before = len(desk.tickets("snow")[0]["notes"])
    while len(desk.tickets("snow")[0]["notes"]) == before:  # until the next notice is due
        certherald.run(*EXPIRY, timeout=120).expect(0)
    assert desk.tickets("sdp") == []


def test_what_waits_for_a_connection_that_is_out_of_use_can_be_dropped(
        certherald: Certherald, estate: Estate, desk: Desk) -> None:
    text = configuration(estate, desk, ("expiring",))
    apply(certherald, text)
    wrong = {"SDP_TOKEN": "not-the-token-77", "SNOW_PASSWORD": "not-the-password-77"}
    certherald.run(*EXPIRY, timeout=120, environment=wrong).expect(1)
    head, desk_block, snow_block = re.split(r"(?=\[\[connection\]\])", text)
    snow_block, policies = re.split(r"(?=\[\[policy\]\])", snow_block, maxsplit=1)
    off = snow_block.replace("[[connection]]\n", "[[connection]]\nenabled = false\n")
    certherald.run("apply", "--prune", "-f", "-", stdin=head + off + policies).expect(0)
    left = certherald.run(*EXPIRY, timeout=120).expect(1)
    assert "pending: desk: " in left.stderr and "the connection was removed" in left.stderr, left
    assert "pending: snow: " in left.stderr and "the connection is disabled" in left.stderr, left
    for row in certherald.run("list", "deliveries", "--json").expect(0).json_lines():
        assert f"certherald delivery drop {row['id']}" in left.stderr, left
        certherald.run("delivery", "drop", str(row["id"])).expect(0)
    certherald.run(*EXPIRY, timeout=120).expect(0)
    assert desk.tickets() == []


def test_the_owner_of_an_endpoint_reaches_the_fields_of_the_ticket(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    text = configuration(estate, desk, ("expiring",))
    text = text.replace("[[endpoint]]\n", '[[endpoint]]\nowner = "web-team"\n')
    text = text.replace('name = "desk"\n', 'name = "desk"\nudf_sline_302 = "{{owner}}"\n')
    apply(certherald, text)
    desk.profile({"sdp": {"udf_fields": {"udf_sline_301": [], "udf_sline_302": []}}})
    certherald.run(*EXPIRY, timeout=120).expect(0)
    (ticket,) = desk.tickets("sdp")
    assert "web-team" in str(ticket), ticket


def test_a_full_disk_loses_nothing(certherald: Certherald, estate: Estate, desk: Desk, tmp_path: Path) -> None:
    """The store is on a small file system of its own, which is full while a run wants to write."""
    disk = tmp_path / "disk"
    disk.mkdir()
    certherald.environment["CERTHERALD_DATA"] = str(disk / "data")
    certherald.environment.update(SECRETS)
    configured = tmp_path / "certherald.toml"
    configured.write_text(configuration(estate, desk, ("expiring", "expired")))
    script = f"""
        set -eu
        mount -t tmpfs -o size=1m tmpfs {disk}
        "$0" apply -f {configured}
        dd if=/dev/zero of={disk}/filler bs=4k 2>/dev/null || true
        code=0; "$0" run expiry-notification || code=$?
        echo "full: $code"
        rm {disk}/filler
        "$0" run expiry-notification
        echo "free: $?"
        "$0" run expiry-notification
    """
    namespace = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    outcome = subprocess.run([*namespace, "sh", "-c", script, str(certherald.binary)], capture_output=True, text=True,
                             timeout=300, env={**os.environ, **certherald.environment}, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "full: 3" in outcome.stdout and "free: 0" in outcome.stdout, outcome
    assert "full" in outcome.stderr, outcome
    for system in ("sdp", "snow"):
        assert len({ticket["key"] for ticket in desk.tickets(system)}) == len(desk.tickets(system)) == 2
