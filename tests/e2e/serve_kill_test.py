"""Two servers on one store are killed at random moments while the ticketing systems, and the database, misbehave."""

from __future__ import annotations

import os
import random
import shutil
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from command import Certherald
from configuration import PUBLIC_URL, SECRETS, connections, policies
from desk.client import Desk
from many_certificates import write_expired
from postgresql import Postgresql
from serving import Serving, schedule
from slow_way import SlowWay

KILLS = int(os.environ.get("CERTHERALD_KILLS", "20"))
CERTIFICATES = 250  # each told in two systems
OUTAGE = 60 if KILLS > 20 else 5  # seconds that the database is away
FAULTS = ["drop_before_commit", "drop_after_commit", "status_500", "status_500_after_commit", "truncate", "delay"]
# A process elsewhere: the other cannot see whether it lives, and waits for its leases to end.
ELSEWHERE = ("unshare", *(() if os.geteuid() == 0 else ("--user", "--map-root-user")), "--pid", "--fork", "--kill-child")


@pytest.fixture
def database() -> Iterator[Postgresql]:
    with Postgresql() as server:
        yield server


class Site:
    """Two servers, and what they share."""

    def __init__(self, certherald: Certherald, desk: Desk, store: tuple[str, ...],
                 certificates: int = CERTIFICATES) -> None:
        self.certherald = certherald
        self.desk = desk
        self.store = store
        self.certificates = certificates
        self.seed = int(os.environ.get("CERTHERALD_SEED", str(random.SystemRandom().randrange(1 << 30))))
        self.chance = random.Random(self.seed)
        self.servers: list[Serving] = []

    def prepare(self, more: str = "") -> None:
        self.certherald.environment.update(SECRETS)
        text = (f'[server]\npublic_url = "{PUBLIC_URL}"\n' + connections(self.desk.url, settle="1s", timeout="2s")
                + policies(every="52w", max_new=10_000) + schedule("often", "expiry_notification") + more)
        self.certherald.run("apply", "-f", "-", *self.store, stdin=text).expect(0)
        bundle = self.certherald.folder / "expired.pem"
        write_expired(bundle, self.certificates)
        self.certherald.run("import", bundle, *self.store).expect(0)
        self.desk.faults({"random": {"seed": self.seed, "rate": 0.2, "actions": FAULTS}})

    def start_both(self) -> None:
        self.servers = [self.start(n) for n in range(2)]

    def start(self, number: int) -> Serving:
        return Serving(self.certherald, *self.store, prefix=ELSEWHERE if number == 1 else ())

    def kill_one(self) -> None:
        number = self.chance.randrange(2)
        self.servers[number].running.kill()
        self.expect_none_doubled()
        self.servers[number] = self.start(number)

    def tickets(self) -> Counter[tuple[str, str]]:
        return Counter((ticket["system"], ticket["key"]) for ticket in self.desk.tickets())

    def expect_none_doubled(self) -> None:
        doubled = {key: count for key, count in self.tickets().items() if count > 1}
        assert not doubled, f"seed {self.seed}: {doubled}"

    def rows(self, what: str) -> list[dict]:
        return self.certherald.run("list", what, "--json", *self.store).json_lines()

    def let_time_pass(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        for server in self.servers:
            while time.monotonic() < until:
                assert server.running.process.poll() is None, server.log
                time.sleep(0.02)  # between two looks at whether it lives

    def await_all_delivered(self, seconds: float) -> None:
        self.desk.clear_faults()
        wanted = 2 * self.certificates
        self.servers[0].running.await_true(lambda: sum(self.tickets().values()) >= wanted, seconds)
        self.servers[0].running.await_true(
            lambda: Counter(row["state"] for row in self.rows("deliveries")) == {"done": wanted}, seconds)
        for server in self.servers:
            server.stop()
        found = self.tickets()
        assert len(found) == wanted and set(found.values()) == {1}, f"seed {self.seed}"
        outcomes = Counter(run["outcome"] for run in self.rows("runs"))
        assert set(outcomes) <= {"succeeded", "running"} and outcomes["running"] <= 1, f"seed {self.seed}: {outcomes}"


def kill_and_count(site: Site) -> None:
    site.prepare()
    site.start_both()
    for _ in range(KILLS):
        site.let_time_pass(site.chance.uniform(0, 1.5))
        site.kill_one()
    site.await_all_delivered(300)


def test_two_servers_on_sqlite(certherald: Certherald, desk: Desk) -> None:
    kill_and_count(Site(certherald, desk, ()))


def test_two_servers_on_postgresql(certherald: Certherald, desk: Desk, database: Postgresql) -> None:
    kill_and_count(Site(certherald, desk, ("--database", database.make_database("certherald"))))


def test_the_database_goes_away_and_comes_back(certherald: Certherald, desk: Desk, database: Postgresql) -> None:
    site = Site(certherald, desk, ("--database", database.make_database("certherald")))
    site.prepare()
    site.start_both()
    site.servers[0].running.await_true(lambda: sum(site.tickets().values()) > 10, 60)
    database.kill()
    site.let_time_pass(OUTAGE)
    database.start()
    for _ in range(3):
        site.let_time_pass(1)
        database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'certherald'")
    site.await_all_delivered(300)


def test_the_network_to_the_database_is_slow_and_falters(certherald: Certherald, desk: Desk, database: Postgresql) -> None:
    """What the servers say and hear is late; in the long runs now and then later than their leases end."""
    long = KILLS > 20
    straight = database.make_database("certherald")
    site = Site(certherald, desk, ("--database", straight), CERTIFICATES if long else 60)
    site.prepare()
    folder = Path(tempfile.mkdtemp(prefix="certherald-"))  # the path of a socket may have 107 bytes only
    name = ".s.PGSQL.5432"
    try:
        with SlowWay(folder / name, database.folder / name, seed=site.seed, delay=(0.001, 0.02 if long else 0.008),
                     stall=(2, 40) if long else (2, 5), rarity=2000) as way:
            late = ("--database", straight.replace(str(database.folder), str(folder)))
            site.servers = [Serving(certherald, *late, prefix=ELSEWHERE), Serving(certherald, *late)]
            site.servers[0].running.await_true(lambda: sum(site.tickets().values()) >= site.certificates, 600)
            site.expect_none_doubled()
            site.await_all_delivered(1200)
            assert way.stalls > 0, way.pieces
    finally:
        shutil.rmtree(folder)


def test_a_run_is_taken_over_within_its_lease(certherald: Certherald, desk: Desk) -> None:
    """The dead one was elsewhere: only its silence tells. A server that never answers keeps the run under way."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        site = Site(certherald, desk, ())
        site.prepare(f'\n[[endpoint]]\nhost = "127.0.0.1"\nport = {mute.getsockname()[1]}\n')
        dead = Serving(certherald, prefix=ELSEWHERE)
        dead.await_log("run begins", 60)
        dead.running.kill()
        begun = time.monotonic()
        heir = Serving(certherald)
        heir.await_log("run taken over", 60)
        assert time.monotonic() - begun < 45  # the lease of 30 s, and what starting takes
        heir.stop()
    assert max(run["attempts"] for run in site.rows("runs")) == 2


def test_support_writes_as_many_as_asked(tmp_path: Path) -> None:
    write_expired(tmp_path / "bundle.pem", 3)
    assert (tmp_path / "bundle.pem").read_text().count("BEGIN CERTIFICATE") == 3
