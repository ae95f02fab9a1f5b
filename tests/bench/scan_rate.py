#!/usr/bin/python3
"""Certificates collected per second and CPU per 1,000 endpoints, over local nginx ports.

The contenders take turns, each round in another order, and are compared round by round: whatever else the machine does
then strikes all of them. The server runs on the same machine, so ratios matter and figures do not.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

import contenders  # noqa: E402
from contenders import BenchError, Contender, Sample  # noqa: E402
from estate import many_listeners  # noqa: E402
from estate.processes import StartError  # noqa: E402

Samples = dict[str, list[Sample]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--certherald", type=Path, default=ROOT / "build/release/certherald")
    parser.add_argument("--rivals-only", action="store_true", help="leave Certherald out")
    parser.add_argument("--endpoints", type=int, default=1000)
    parser.add_argument("--leaves", type=int, default=1, help="different certificates among them")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write every sample there")
    arguments = parser.parse_args()
    if not arguments.rivals_only and not os.access(arguments.certherald, os.X_OK):
        parser.error(f"{arguments.certherald} is not there; `make build` makes it")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with ExitStack() as stack:
            samples = measure(arguments, stack)
    except KeyboardInterrupt:
        return 130
    except (BenchError, StartError) as error:
        print(f"scan_rate: {error}", file=sys.stderr)
        return 3
    print(table(samples, arguments.endpoints, arguments.leaves))
    if arguments.json:
        arguments.json.write_text(json.dumps({name: [vars(s) for s in of] for name, of in samples.items()}, indent=1))
    return 0 if all(s.certificates == arguments.endpoints for of in samples.values() for s in of) else 1


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def measure(arguments: argparse.Namespace, stack: ExitStack) -> Samples:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scan-rate-")))
    listeners = stack.enter_context(many_listeners(folder, arguments.endpoints, arguments.leaves))
    field: list[Contender] = []
    if not arguments.rivals_only:
        field.append(contenders.certherald(arguments.certherald, listeners, folder))
    field.append(stack.enter_context(contenders.blackbox(listeners, folder)))
    field.append(contenders.nmap(listeners, folder))
    for contender in field:
        contender.measure()  # warms caches; not counted
    samples: Samples = {contender.name: [] for contender in field}
    for turn in range(arguments.rounds):
        first = turn % len(field)
        for contender in field[first:] + field[:first]:
            samples[contender.name].append(contender.measure())
    return samples


def table(samples: Samples, endpoints: int, leaves: int) -> str:
    """Medians, with least and greatest; ratios are medians of the ratios of each round, to the first row."""
    base = next(iter(samples))
    rounds = len(samples[base])
    lines = [f"{endpoints} nginx endpoints with {leaves} certificates, {rounds} rounds, {os.cpu_count()} cores, "
             f"{platform.system()} {platform.release()}",
             f"{'':18} {'found':>6} {'certificates/s':>24} {'x':>6} {'CPU-s per 1,000':>22} {'x':>6}"]
    for name, of in samples.items():
        lines.append(f"{name:18} {min(s.certificates for s in of):6} "
                     f"{spread([s.rate for s in of], '.0f'):>24} {ratio(of, samples[base], rate):6.2f} "
                     f"{spread([cpu(s) for s in of], '.2f'):>22} {ratio(of, samples[base], cpu):6.2f}")
    return "\n".join([*lines, f"x: compared with {base}, round by round"])


def rate(sample: Sample) -> float:
    return sample.rate


def cpu(sample: Sample) -> float:
    """Seconds for 1,000 certificates."""
    return sample.cpu_seconds * 1000 / max(sample.certificates, 1)


def ratio(of: Sequence[Sample], base: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    return statistics.median(value(a) / (value(b) or math.nan) for a, b in zip(of, base, strict=True))


def spread(values: Sequence[float], style: str) -> str:
    return f"{statistics.median(values):{style}} ({min(values):{style}} to {max(values):{style}})"


if __name__ == "__main__":
    sys.exit(main())
