"""From certificate to ticket: real servers are scanned, policies decide, and tickets appear in both systems, once."""

from __future__ import annotations

import hashlib
import re
import socket
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from command import Certherald
from configuration import PUBLIC_URL, SECRETS, configuration
from desk.client import Desk
from estate import Estate

SYSTEMS = ("sdp", "snow")
NAMES = ("healthy", "expiring", "expired", "weak", "legacy")
UTC = r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC"
LONGEST_COMMENT = 4000  # of ServiceNow
SUITE = r"(?:SSL 3\.0|TLS 1\.[0-2]) TLS_\w+"
WEAK = re.compile(r"NULL|anon|EXPORT|_DES_|3DES|IDEA|RC4|RC2")
MORE = rf"and \d+ more: {re.escape(PUBLIC_URL)}/findings/\d+"


@dataclass(frozen=True)
class Problem:
    """One that must be told: what its key is made of, and what its ticket says."""

    check: str
    subject: str
    title: str  # "" for expiry
    name: str   # common name or domain name

    def key(self, installation: str, period: int = 0) -> str:
        text = f"v1\n{installation}\n{self.check}\n{self.subject}\n1\n{period}"
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def ticket_subject(self) -> str:
        return f"Vulnerabilities for {self.name}" if self.title else f"SSL Certificate {self.name} expiry"

    @property
    def reference(self) -> re.Pattern[str]:
        """The reference's body, word for word."""
        if not self.title:
            return re.compile(re.escape(f"The SSL Certificate {self.name} expiring soon, please take care"))
        suites = rf"(?:{SUITE}\n)+(?:{MORE}\n)?" if self.check == "weak_ciphers" else ""
        return re.compile(rf"""{re.escape(self.name)}
Vulnerability: {re.escape(self.title)}
{suites}Signature Algorithm: (sha1|sha256)WithRSAEncryption
Expiry Date: {UTC}
Scan Time: {UTC}
Scanned by: Certherald running at {re.escape(PUBLIC_URL)}""")


def problems(estate: Estate) -> list[Problem]:
    """Of NAMES, told from severity low on. What else is wrong with `legacy` these tickets of its list."""
    def of_certificate(name: str, check: str, title: str = "") -> Problem:
        return Problem(check, f"cert:{estate[name].fingerprint}", title, estate[name].host)

    def of_endpoint(name: str, check: str, title: str) -> Problem:
        server = estate[name]
        return Problem(check, f"endpoint:-:{server.host}:{server.port}:{server.host}:{server.address}", title, server.host)

    return [of_certificate("expiring", "expiry"), of_certificate("expired", "expiry"),
            of_certificate("weak", "weak_key", "Weak certificate key"),
            of_certificate("weak", "weak_signature", "Weak certificate signature"),
            of_endpoint("weak", "deprecated_protocol", "Deprecated protocol version"),
            of_endpoint("weak", "chain_order", "Certificate chain out of order"),
            of_endpoint("weak", "beast", "BEAST (CBC in SSL 3.0 or TLS 1.0)"),
            of_endpoint("weak", "cipher_order", "Client's order of cipher suites counts"),
            of_endpoint("legacy", "poodle_sslv3", "POODLE (SSL 3.0 with CBC)"),
            of_endpoint("legacy", "weak_ciphers", "Weak Cipher Suites"),
            of_endpoint("legacy", "freak", "FREAK (RSA EXPORT suites)"),
            of_endpoint("legacy", "logjam", "LOGJAM (breakable Diffie-Hellman)"),
            of_endpoint("legacy", "beast", "BEAST (CBC in SSL 3.0 or TLS 1.0)"),
            of_endpoint("legacy", "lucky13", "LUCKY13 (CBC without encrypt-then-MAC)"),
            of_endpoint("legacy", "client_renegotiation", "Renegotiation at the client's wish")]


def configured(estate: Estate, desk: Desk, **mode: str) -> str:
    text = configuration(estate, desk, NAMES, **mode)
    return text.replace('min_severity = "medium"', 'min_severity = "low"')


def apply(certherald: Certherald, text: str) -> None:
    certherald.environment.update(SECRETS)
    certherald.run("apply", "-f", "-", stdin=text).expect(0)


def run_both(certherald: Certherald) -> None:
    certherald.run("run", "expiry-notification", timeout=120).expect(0)
    certherald.run("run", "vulnerability-scan", timeout=120).expect(0)


def installation(certherald: Certherald) -> str:
    with closing(sqlite3.connect(f"file:{certherald.data / 'certherald.db'}?mode=ro", uri=True)) as store:
        return str(store.execute("SELECT uuid FROM installation").fetchone()[0])


def by_key(desk: Desk, system: str) -> dict[str, dict[str, Any]]:
    tickets = desk.tickets(system)
    keyed = {ticket["key"]: ticket for ticket in tickets}
    assert len(keyed) == len(tickets), [(ticket["subject"], ticket["key"]) for ticket in tickets]
    return keyed


def check_suites(problem: Problem, body: str) -> None:
    """Each once, and never a healthy one."""
    suites = re.findall(rf"^{SUITE}$", body, re.MULTILINE)
    assert bool(suites) == (problem.check == "weak_ciphers"), body
    assert len(set(suites)) == len(suites) and all(map(WEAK.search, suites)), body


def subjects(desk: Desk, system: str) -> Counter[str]:
    return Counter(ticket["subject"] for ticket in desk.tickets(system))


def test_each_problem_is_one_ticket_in_both_systems(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, configured(estate, desk))
    for _ in range(2):  # the second time nothing changed
        run_both(certherald)
        expected = {problem.key(installation(certherald)): problem for problem in problems(estate)}
        for system in SYSTEMS:
            told = {key: ticket["subject"] for key, ticket in by_key(desk, system).items()}
            assert told == {key: problem.ticket_subject for key, problem in expected.items()}
    assert not any(ticket["notes"] for ticket in desk.tickets("sdp"))


def test_bodies_are_the_references_word_for_word(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, configured(estate, desk, template="reference"))
    run_both(certherald)
    for system in SYSTEMS:
        tickets = by_key(desk, system)
        for problem in problems(estate):
            body = tickets[problem.key(installation(certherald))]["body"].strip()
            assert problem.reference.fullmatch(body), body
            check_suites(problem, body)


def test_detailed_bodies_start_so_and_say_where_and_what_to_do(certherald: Certherald, estate: Estate, desk: Desk) -> None:
    apply(certherald, configured(estate, desk))
    run_both(certherald)
    for system in SYSTEMS:
        tickets = by_key(desk, system)
        for problem in problems(estate):
            body = tickets[problem.key(installation(certherald))]["body"].strip()
            assert len(body) <= LONGEST_COMMENT or system == "sdp"
            assert problem.reference.match(body), body
            place = "Where it is deployed" if problem.subject.startswith("cert:") else "Where it was seen"
            for heading in ("Certificate", place, "What was seen", "What to do"):
                assert f"\n\n{heading}\n  " in body, body
            assert re.search(rf"\n\nMore: {re.escape(PUBLIC_URL)}/findings/\d+\Z", body), body
            check_suites(problem, body)
            assert system == "snow" or not re.search(MORE, body), body
            assert f"\n  {problem.name}:" in body, body  # the place
            subsumed = "\n\nFurther problems there\n  Deprecated protocol version (low)\n" in body
            assert subsumed == (problem.check == "poodle_sslv3"), body


@pytest.mark.parametrize("task", ["expiry-notification", "vulnerability-scan"])
def test_a_new_ticket_for_each_interval_where_the_policy_says_so(
        certherald: Certherald, estate: Estate, desk: Desk, task: str) -> None:
    apply(certherald, configured(estate, desk, repeat="new_ticket", every="1s", template="reference"))
    told = [problem for problem in problems(estate) if (problem.check == "expiry") == (task == "expiry-notification")]
    made = 0
    for _ in range(100):  # a run inside the interval makes none, one after it exactly one
        certherald.run("run", task, timeout=120).expect(0)
        found = [set(by_key(desk, system)) for system in SYSTEMS]
        expected = [{problem.key(installation(certherald), period) for problem in told for period in range(1, last + 1)}
                    for last in (made, made + 1)]
        assert found[0] == found[1] and found[0] in expected
        made = len(found[0]) // len(told)
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


@pytest.mark.parametrize("renamed", [False, True])
def test_a_note_goes_to_an_open_ticket_only(certherald: Certherald, estate: Estate, desk: Desk, renamed: bool) -> None:
    text = configuration(estate, desk, ("expiring",), every="1s")
    # Without a field for the key a look-up goes by the subject, which people edit.
    apply(certherald, text.replace('key_field = "udf_sline_301"\n', "") if renamed else text)

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
        if renamed:
            desk.act(system, ticket["id"], "edit", fields={"subject" if system == "sdp" else "short_description": "renewed"})
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
