"""Certificates of the inventory that have in common what they must not: told once each, and closed once it is mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from command import Certherald
from configuration import SECRETS, configuration
from desk.client import Desk
from estate import Estate
from estate.pki import make_key, rsa_keys_with_a_prime_in_common

SHARING = ("healthy", "healthy_rsa")  # a key
RELATED = ("expiring", "mismatch")    # a prime
NAMES = SHARING + RELATED
SYSTEMS = ("sdp", "snow")


def findings(certherald: Certherald) -> dict[tuple[str, str], str]:
    """Status by check and subject."""
    rows = certherald.run("list", "findings", "--json").expect(0).json_lines()
    return {(row["check"], row["subject"]): row["status"] for row in rows}


def test_keys_and_primes_in_common_are_told_once_and_closed_when_mended(
        certherald: Certherald, start_estate: Callable[..., Estate], desk: Desk) -> None:
    estate = start_estate(*NAMES)
    shared = make_key("p256")
    for name, key in zip(NAMES, (shared, shared, *rsa_keys_with_a_prime_in_common()), strict=True):
        estate.renew(name, key=key)
    checks = {name: "shared_key" if name in SHARING else "batch_gcd" for name in NAMES}
    problem = {name: (checks[name], f"cert:{estate[name].fingerprint}") for name in NAMES}
    text = configuration(estate, desk, NAMES).replace('min_severity = "medium"', 'min_severity = "low"')
    certherald.environment.update(SECRETS)
    certherald.run("apply", "-f", "-", stdin=text.replace("[scan]\n", '[scan]\nverify_after = "0s"\n')).expect(0)

    def scan() -> dict[tuple[str, str], str]:
        certherald.run("run", "vulnerability-scan", timeout=120).expect(0)
        for system in SYSTEMS:
            told = Counter(ticket["subject"] for ticket in desk.tickets(system))
            assert told == {f"Vulnerabilities for {estate[name].host}": 1 for name in NAMES}
        return findings(certherald)

    for _ in range(2):  # the second time nothing changed
        assert scan() == {problem[name]: "open" for name in NAMES}
    estate.renew(SHARING[0])
    estate.renew(RELATED[0])
    # Whoever saw the other key of the pair knows this one, though that other key is served no more.
    assert scan() == {problem[name]: "open" if name == RELATED[1] else "resolved" for name in NAMES}
    estate.renew(RELATED[1])
    assert scan() == {problem[name]: "resolved" for name in NAMES}
