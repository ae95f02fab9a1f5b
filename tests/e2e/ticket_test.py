"""From certificate to ticket: real servers are scanned, policies decide, and tickets appear in both systems, once."""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Callable

from command import Certherald
from configuration import PUBLIC_URL, SECRETS, configuration
from desk.client import Desk
from estate import Estate

SYSTEMS = ("sdp", "snow")
NAMES = ("healthy", "expiring", "expired", "weak")
UTC = r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC"


def apply(certherald: Certherald, text: str) -> None:
    certherald.environment.update(SECRETS)
    certherald.run("apply", "-f", "-", stdin=text).expect(0)


def run_both(certherald: Certherald) -> None:
    certherald.run("run", "expiry-notification", timeout=120).expect(0)
    certherald.run("run", "vulnerability-scan", timeout=120).expect(0)


def subjects(desk: Desk, system: str) -> Counter[str]:
    return Counter(ticket["subject"] for ticket in desk.tickets(system))


def expected(estate: Estate) -> Counter[str]:
    return Counter({f"SSL Certificate {estate['expiring'].host} expiry": 1,
                    f"SSL Certificate {estate['expired'].host} expiry": 1,
                    f"Vulnerabilities for {estate['weak'].host}": 2})  # a weak key and a weak signature


def test_each_problem_is_one_ticket_in_both_systems(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, configuration(estate, desk, NAMES))
    run_both(certherald)
    for system in SYSTEMS:
        assert subjects(desk, system) == expected(estate)
        keys = [ticket["key"] for ticket in desk.tickets(system)]
        assert len(set(keys)) == len(keys) and all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)
    run_both(certherald)  # nothing changed
    for system in SYSTEMS:
        assert subjects(desk, system) == expected(estate)
    assert not any(ticket["notes"] for ticket in desk.tickets("sdp"))


def test_bodies_are_the_references_word_for_word(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, configuration(estate, desk, NAMES, template="reference"))
    run_both(certherald)
    host = estate["expiring"].host
    vulnerability = re.compile(rf"""{re.escape(estate["weak"].host)}
Vulnerability: Weak certificate (key|signature)
Signature Algorithm: sha1WithRSAEncryption
Expiry Date: {UTC}
Scan Time: {UTC}
Scanned by: Certherald running at {re.escape(PUBLIC_URL)}""")
    for system in SYSTEMS:
        bodies = [(ticket["subject"], ticket["body"].strip()) for ticket in desk.tickets(system)]
        assert (f"SSL Certificate {host} expiry", f"The SSL Certificate {host} expiring soon, please take care") in bodies
        about_weak = [body for subject, body in bodies if subject.startswith("Vulnerabilities for")]
        assert len(about_weak) == 2 and all(vulnerability.fullmatch(body) for body in about_weak), about_weak


def test_a_new_ticket_for_each_interval_where_the_policy_says_so(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    text = configuration(estate, desk, ("expiring",), repeat="new_ticket", every="1s", template="reference")
    apply(certherald, text)
    subject = f"SSL Certificate {estate['expiring'].host} expiry"
    made = 0
    for _ in range(100):  # a run inside the interval makes none, one after it exactly one
        certherald.run("run", "expiry-notification", timeout=120).expect(0)
        counts = [subjects(desk, system) for system in SYSTEMS]
        assert counts[0] == counts[1] and counts[0][subject] in (made, made + 1)
        made = counts[0][subject]
        if made == 3:
            break
    assert made == 3


def test_a_renewed_certificate_is_not_told_about(certherald: Certherald, start_estate: Callable[..., Estate], desk: Desk) -> None:
    estate = start_estate("expiring")
    apply(certherald, configuration(estate, desk, ("expiring",)))
    certherald.run("run", "vulnerability-scan", timeout=120).expect(0)  # the inventory knows the old certificate
    estate.renew("expiring")
    certherald.run("run", "expiry-notification", timeout=120).expect(0)
    assert desk.tickets() == []


def test_wrong_credentials_are_said_and_nothing_is_lost(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, configuration(estate, desk, ("expiring",)))
    wrong = {"SDP_TOKEN": "not-the-token-77", "SNOW_PASSWORD": "not-the-password-77"}
    outcome = certherald.run("run", "expiry-notification", timeout=120, environment=wrong).expect(1)
    assert "2 deliveries are pending or parked" in outcome.stderr and "check auth_token" in outcome.stderr, outcome
    assert not any(secret in outcome.stdout + outcome.stderr for secret in wrong.values())
    assert desk.tickets() == []
    certherald.run("run", "expiry-notification", timeout=120).expect(0)  # mended: what waited goes out
    assert len(desk.tickets()) == 2


def test_a_system_that_answers_html_is_said_and_nothing_is_doubled(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, configuration(estate, desk, ("expiring",)))
    desk.faults([{"match": {}, "action": "html_200", "times": 1000}])
    outcome = certherald.run("run", "expiry-notification", timeout=120).expect(1)
    assert "instead of JSON" in outcome.stderr or "HTML" in outcome.stderr, outcome
    assert desk.tickets() == []


def test_a_note_goes_to_an_open_ticket_only(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, configuration(estate, desk, ("expiring",), every="1s"))

    def run_until(done: Callable[[], bool]) -> None:
        for _ in range(30):  # a run inside the interval has nothing to tell
            certherald.run("run", "expiry-notification", timeout=120).expect(0)
            if done():
                return
        raise AssertionError("never")

    def notes() -> list[int]:
        return [len(ticket["notes"]) for system in SYSTEMS for ticket in desk.tickets(system)]

    def open_tickets() -> list[bool]:
        return [row["open"] for row in certherald.run("list", "tickets", "--json").expect(0).json_lines()]

    run_until(lambda: len(desk.tickets()) == 2)
    before = notes()
    run_until(lambda: all(now > then for now, then in zip(notes(), before, strict=True)))
    for system, action in zip(SYSTEMS, ("close", "resolve"), strict=True):
        (ticket,) = desk.tickets(system)
        desk.act(system, ticket["id"], action)
    closed = notes()
    run_until(lambda: open_tickets() == [False, False])
    told = certherald.run("list", "deliveries", "--json").expect(0).json_lines()
    assert {row["state"] for row in told} == {"done"}
    assert any("the ticket is closed there (Resolved)" in (row["last_error"] or "") for row in told)
    assert notes() == closed
    for system in SYSTEMS:
        (ticket,) = desk.tickets(system)
        desk.act(system, ticket["id"], "reopen")
    run_until(lambda: open_tickets() == [True, True])
    run_until(lambda: all(now > then for now, then in zip(notes(), closed, strict=True)))


def test_what_a_run_cannot_scan_is_named_and_the_rest_is_told(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    with socket.socket() as bound:  # nobody listens there
        bound.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{bound.getsockname()[1]}"
        host, port = closed.split(":")
        text = configuration(estate, desk, ("expiring",)) + f'[[endpoint]]\nhost = "{host}"\nport = {port}\n'
        apply(certherald, text)
        outcome = certherald.run("run", "expiry-notification", timeout=120).expect(3)
        listed = {f"{row['host']}:{row['port']}": row for row in
                  certherald.run("list", "endpoints", "--json").expect(0).json_lines()}
        shown = certherald.run("list", "endpoints").expect(0).stdout
    error = listed.pop(closed)["error"]
    assert error and f"{closed}: {error}\n" in outcome.stderr, outcome
    assert f"unreachable: {error}" in shown
    assert [row["error"] for row in listed.values()] == [None]
    assert len(desk.tickets()) == 2
