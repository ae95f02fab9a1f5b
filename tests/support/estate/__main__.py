"""`python3 -m estate up --dir DIR [--only NAME,...]`: the estate in the foreground, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from estate.estate import running_estate
from estate.processes import StartError, die_with_parent
from estate.specs import SERVERS


def main() -> int:
    parser = argparse.ArgumentParser(prog="estate", description="Real TLS servers on loopback.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="name the servers")
    up = commands.add_parser("up", help="start servers and stay until a signal comes")
    up.add_argument("--dir", type=Path, required=True, help="for certificates, logs and estate.json")
    up.add_argument("--only", default="", help="names, separated by commas; all when left out")
    up.add_argument("--survive-parent", action="store_true", help="go on when the process that started us ends")
    arguments = parser.parse_args()
    if arguments.command == "list":
        print(*(f"{spec.name:14} {spec.kind:9} {spec.note}".rstrip() for spec in SERVERS), sep="\n")
        return 0
    return run(arguments)


def run(arguments: argparse.Namespace) -> int:
    # SIGINT too: a shell script starts its background commands with it ignored.
    # The pipe closes the gap between the last look for a signal and the wait for one.
    awakened, awaken = os.pipe()
    os.set_blocking(awaken, False)
    signal.set_wakeup_fd(awaken)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    if not arguments.survive_parent:
        die_with_parent(signal.SIGTERM, os.getppid())
    try:
        with running_estate(arguments.dir, list(filter(None, arguments.only.split(",")))) as estate:
            print(f"estate ready: {len(estate.servers)} servers, {arguments.dir}/estate.json", flush=True)
            os.read(awakened, 1)
        return 0
    except KeyboardInterrupt:
        return 0
    except StartError as error:
        print(f"estate: {error}", file=sys.stderr)
        return 3


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
