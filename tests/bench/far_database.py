#!/usr/bin/python3
"""How long a run takes to decide where the PostgreSQL of a `certherald serve` is far away.

Every piece of data is 20 to 80 ms under way, each way: what counts is how often the store is asked, and not the CPU. The
run has nothing to scan; it finds expired certificates, each told to two desks.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from command import Certherald  # noqa: E402
from configuration import PUBLIC_URL, SECRETS, connections, policies  # noqa: E402
from many_certificates import write_expired  # noqa: E402
from postgresql import Postgresql  # noqa: E402
from serving import Serving, schedule  # noqa: E402
from slow_way import SlowWay  # noqa: E402

NOBODY = "http://127.0.0.1:1"  # deliveries are queued, and cost the run nothing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--certherald", type=Path, default=ROOT / "build/release/certherald")
    parser.add_argument("--certificates", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if not os.access(arguments.certherald, os.X_OK):
        parser.error(f"{arguments.certherald} is not there; `make build` makes it")
    taken = []
    with Postgresql() as server, tempfile.TemporaryDirectory(prefix="far-database-") as folder:
        for turn in range(arguments.rounds):
            place = Path(folder) / str(turn)
            place.mkdir()
            taken.append(measure(arguments, server, server.make_database(f"far_{turn}"), place))
            print(f"{arguments.certificates} findings: {taken[-1]:.1f} s", flush=True)
    print(f"median {statistics.median(taken):.1f} s, {min(taken):.1f} to {max(taken):.1f}")
    return 0


def measure(arguments: argparse.Namespace, server: Postgresql, store: str, place: Path) -> float:
    """Seconds from the start of the run to its end, in the log of the server that carries it."""
    world = Certherald(arguments.certherald.resolve(), place, dict(SECRETS))
    sockets = Path(tempfile.mkdtemp(prefix="certherald-"))  # the path of a socket may have 107 bytes only
    name = ".s.PGSQL.5432"
    try:
        text = (f'[server]\npublic_url = "{PUBLIC_URL}"\n' + connections(NOBODY)
                + policies(every="52w", max_new=10_000) + schedule("often", "expiry_notification"))
        world.run("apply", "-f", "-", "--database", store, stdin=text).expect(0)
        write_expired(place / "expired.pem", arguments.certificates)
        world.run("import", place / "expired.pem", "--database", store).expect(0)
        with SlowWay(sockets / name, server.folder / name, seed=1, rarity=1 << 30):
            serving = Serving(world, "--database", store.replace(str(server.folder), str(sockets)))
            serving.await_log("run begins", 120)
            begun = time.monotonic()
            ended = serving.await_log(r"run ended.*", 600)
            took = time.monotonic() - begun
            serving.running.kill()
        notices = int(server.sql("SELECT count(*) FROM deliveries", store.partition("///")[2].partition("?")[0]))
        assert notices == 2 * arguments.certificates, (notices, ended.group())
        return took
    finally:
        shutil.rmtree(sockets)
        world.close()


if __name__ == "__main__":
    sys.exit(main())
