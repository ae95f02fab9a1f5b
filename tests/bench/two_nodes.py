#!/usr/bin/python3
"""What a second `certherald serve` on the same store is worth, where neither the database nor the desk is the limit.

Every endpoint is behind a slow network and every answer of the desk takes its time: a node is limited by the connections
and deliveries it has at once, and not by the CPU that all of them share here. One node and two take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tests/bench")]

from command import Certherald  # noqa: E402
from configuration import SECRETS  # noqa: E402
from desk.client import SNOW_USER, Desk, running_desk  # noqa: E402
from estate import many_listeners  # noqa: E402
from estate.many import Listeners  # noqa: E402
from many_certificates import write_expired  # noqa: E402
from postgresql import Postgresql  # noqa: E402
from serving import Serving, schedule  # noqa: E402
from slow_network import SlowNetwork  # noqa: E402


@dataclass
class Sample:
    engine: str
    nodes: int
    scans: float       # endpoints a second
    deliveries: float  # a second


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--certherald", type=Path, default=ROOT / "build/release/certherald")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--endpoints", type=int, default=1024)
    parser.add_argument("--deliveries", type=int, default=300)
    parser.add_argument("--connections", type=int, default=16, help="of each node to all endpoints at once")
    parser.add_argument("--delay", type=float, default=0.2, help="seconds, each way")
    parser.add_argument("--desk-ms", type=int, default=100, help="more for each request to the desk")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write every sample there")
    arguments = parser.parse_args()
    if not os.access(arguments.certherald, os.X_OK):
        parser.error(f"{arguments.certherald} is not there; `make build` makes it")
    samples = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="two-nodes-")))
        listeners = stack.enter_context(many_listeners(folder, 1))
        network = stack.enter_context(SlowNetwork(listeners.address, listeners.ports[0], arguments.endpoints, arguments.delay))
        write_expired(folder / "expired.pem", arguments.deliveries)
        server = stack.enter_context(Postgresql())
        for turn in range(arguments.rounds):
            for engine in arguments.engine or ("sqlite", "postgresql"):
                for nodes in (1, 2) if turn % 2 == 0 else (2, 1):
                    place = folder / f"{engine}-{turn}-{nodes}"
                    place.mkdir()
                    store = f"sqlite:{place}/data" if engine == "sqlite" else server.make_database(f"bench_{turn}_{nodes}")
                    sample = measure(arguments, place, store, listeners, network, nodes, engine)
                    print(f"{engine}, {nodes} at work: {sample.scans:.1f} endpoints/s, {sample.deliveries:.1f} deliveries/s",
                          flush=True)
                    samples.append(sample)
    print(table(samples))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(sample) for sample in samples], indent=1))
    return 0


def measure(arguments: argparse.Namespace, place: Path, store: str, listeners: Listeners, network: SlowNetwork,
            nodes: int, engine: str) -> Sample:
    """A new store, one run over all endpoints, and the tickets that it decides."""
    with running_desk() as desk, at_work(arguments.certherald, place, nodes) as worlds:
        desk.faults({"random": {"seed": 1, "rate": 1, "actions": ["delay"], "ms": arguments.desk_ms}})
        file = place / "certherald.toml"
        file.write_text(configuration(arguments, desk, listeners, network))
        worlds[0].run("apply", "--database", store, "-f", file, timeout=300).expect(0)
        worlds[0].run("import", "--database", store, place.parent / "expired.pem", timeout=300).expect(0)
        serving = [Serving(world, "--database", store).await_ready() for world in worlds]
        # Now that every node waits: it is due within ten seconds.
        file.write_text(schedule("once", "expiry_notification"))
        worlds[0].run("apply", "--database", store, "-f", file, timeout=300).expect(0)
        took = scan_seconds(serving)
        speed = deliveries_per_second(serving[0], desk, arguments.deliveries)
        runs = worlds[0].run("list", "runs", "--database", store, "--json").expect(0).json_lines()
        for server in serving:
            server.stop()
        first = min((run for run in runs if run["outcome"] == "succeeded"), key=lambda run: run["started_at"])
        assert first["scanned"] == arguments.endpoints, first
        return Sample(engine, nodes, arguments.endpoints / took, speed)


@contextmanager
def at_work(binary: Path, place: Path, nodes: int) -> Iterator[list[Certherald]]:
    worlds = [Certherald(binary.resolve(), place / f"node-{n}", dict(SECRETS)) for n in range(nodes)]
    for world in worlds:
        world.folder.mkdir()
    try:
        yield worlds
    finally:
        for world in worlds:
            world.close()


def configuration(arguments: argparse.Namespace, desk: Desk, listeners: Listeners, network: SlowNetwork) -> str:
    blocks = [f'''[scan]
trust = ["{listeners.root}"]
connections = {arguments.connections}
host_connections = {arguments.connections}
host_rate = 0

[[connection]]
name = "snow"
type = "servicenow"
url = "{desk.snow_url}"
username = "{SNOW_USER}"
password = {{ env = "SNOW_PASSWORD" }}

[[policy]]
name = "expiring soon"
kind = "expiry"
within = "30d"
max_new = {arguments.deliveries}
''']
    blocks += [f'[[endpoint]]\nhost = "{listeners.host}"\nport = {port}\naddress = "{listeners.address}"\n'
               for port in network.ports]
    return "\n".join(blocks)


def scan_seconds(serving: list[Serving]) -> float:
    """From the start of the run to its end, in the log of whoever carries it."""
    def await_any(words: str, seconds: float) -> float:
        serving[0].running.await_true(lambda: any(words in server.log for server in serving), seconds)
        return time.monotonic()

    begun = await_any("run begins", 60)
    return await_any("run ended", 900) - begun


def deliveries_per_second(server: Serving, desk: Desk, wanted: int) -> float:
    """Between the first ticket and the last: what the scan took does not count."""
    def made() -> int:
        return int(desk.counts()["snow"]["tickets"])

    server.running.await_true(lambda: made() > 0, 900)
    first, begun = made(), time.monotonic()
    server.running.await_true(lambda: made() >= wanted, 900)
    return (wanted - first) / (time.monotonic() - begun)


def table(samples: list[Sample]) -> str:
    """Medians; ratios are medians of the ratios of each round."""
    lines = [f"{'':12} {'endpoints/s: one':>18} {'two':>8} {'x':>6} {'deliveries/s: one':>20} {'two':>8} {'x':>6}"]
    for engine in dict.fromkeys(sample.engine for sample in samples):
        one, two = ([s for s in samples if s.engine == engine and s.nodes == nodes] for nodes in (1, 2))
        row = f"{engine:12}"
        for value, widths in ((lambda s: s.scans, (18, 8)), (lambda s: s.deliveries, (20, 8))):
            ratio = statistics.median(value(b) / value(a) for a, b in zip(one, two, strict=True))
            row += (f" {statistics.median(map(value, one)):{widths[0]}.1f} {statistics.median(map(value, two)):{widths[1]}.1f}"
                    f" {ratio:6.2f}")
        lines.append(row)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
