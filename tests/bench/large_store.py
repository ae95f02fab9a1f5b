#!/usr/bin/python3
"""A store of very many certificates, in SQLite and in PostgreSQL: import, a decision over all, and an idle server's memory.

Prints what `store_bench` measures and the resident memory of `certherald serve` on that store, after a while and after
scrapes. Exit code 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from command import Certherald  # noqa: E402
from postgresql import Postgresql  # noqa: E402
from serving import Serving  # noqa: E402

IMPORTS_A_SECOND = 10_000
DECISION_SECONDS = 5.0
DECISION_MEBIBYTES = 500
IDLE_MEBIBYTES = 100


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build/release", help="holds certherald and store_bench")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--certificates", type=int, default=1_000_000)
    parser.add_argument("--idle", type=float, default=60, help="seconds that the server idles")
    arguments = parser.parse_args()
    missed = []
    for engine in arguments.engine or ("sqlite", "postgresql"):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="large-store-")))
            place = f"{folder}/store"
            if engine == "postgresql":
                place = stack.enter_context(Postgresql()).make_database("large")
            print(f"{engine}:")
            missed += [f"{engine}: {what}" for what in fill(arguments, place) + idle(arguments, folder, place)]
    for what in missed:
        print(f"missed: {what}", file=sys.stderr)
    return 1 if missed else 0


def fill(arguments: argparse.Namespace, place: str) -> list[str]:
    """Runs store_bench; returns the limits that it missed."""
    done = subprocess.run([arguments.build / "store_bench", str(arguments.certificates), place, "keep"], check=True,
                          stdout=subprocess.PIPE, text=True)
    print(done.stdout, end="", flush=True)
    imported = number(r"import: .* s, (\d+) a second", done.stdout)
    seconds = number(r"decision: .* findings in ([\d.]+) s", done.stdout)
    memory = number(r"decision: .* peak memory (\d+) MiB", done.stdout)
    limits = {f"{imported:.0f} imports a second": imported >= IMPORTS_A_SECOND,
              f"a decision in {seconds:.1f} s": seconds < DECISION_SECONDS,
              f"a decision in {memory:.0f} MiB": memory < DECISION_MEBIBYTES}
    return [what for what, kept in limits.items() if not kept]


def idle(arguments: argparse.Namespace, folder: Path, place: str) -> list[str]:
    world = Certherald((arguments.build / "certherald").resolve(), folder)
    try:
        server = Serving(world, "--database", place if "://" in place else f"sqlite:{place}").await_ready()
        time.sleep(arguments.idle)  # what is measured is how it idles
        before = resident(server)
        server.metric("certherald_certificates")
        time.sleep(11)  # then it counts anew
        counted = server.metric("certherald_certificates")
        after = resident(server)
        server.stop()
    finally:
        world.close()
    print(f"serve with {counted:.0f} certificates: {before:.0f} MiB after {arguments.idle:.0f} s, {after:.0f} MiB after scrapes")
    return [] if max(before, after) < IDLE_MEBIBYTES else [f"an idle server has {max(before, after):.0f} MiB"]


def resident(server: Serving) -> float:
    """MiB of the process itself."""
    status = Path(f"/proc/{server.running.process.pid}/status").read_text(encoding="ascii")
    return number(r"VmRSS:\s+(\d+) kB", status) / 1024


def number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found is not None, text
    return float(found.group(1))


if __name__ == "__main__":
    sys.exit(main())
