"""`python3 -m desk`: one process, one listener on loopback, both systems."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import ssl
import sys
import tomllib
from pathlib import Path

from aiohttp import web

from desk.profile import ProfileError, load_profile
from desk.server import make_app
from estate.processes import die_with_parent


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="desk", description="A strict double of ServiceDesk Plus and ServiceNow.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--port-file", type=Path, help="written once the listener is there")
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    parser.add_argument("--client-ca", type=Path, help="ask for a client certificate that ends in this root")
    parser.add_argument("--control-port-file", type=Path,
                        help="a second listener, without TLS, for the page and the control API; its port goes here")
    parser.add_argument("--state", type=Path, help="keep tickets and journal in this folder")
    parser.add_argument("--profile", type=Path, help="switches, see README.md")
    parser.add_argument("--survive-parent", action="store_true", help="go on when the process that started us ends")
    return parser.parse_args()


def _tls(arguments: argparse.Namespace) -> ssl.SSLContext | None:
    if arguments.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(arguments.tls_cert, arguments.tls_key)
    if arguments.client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(arguments.client_ca)
    return context


def _write_port(path: Path, port: int) -> None:
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(f"{port}\n", encoding="ascii")
    unfinished.replace(path)


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = make_app(load_profile(arguments.profile), arguments.state)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", arguments.port, ssl_context=_tls(arguments), backlog=512)
    await site.start()
    port = int(runner.addresses[0][1])
    if arguments.control_port_file is not None:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        _write_port(arguments.control_port_file, int(runner.addresses[1][1]))
    if arguments.port_file is not None:
        _write_port(arguments.port_file, port)
    print(f"desk listening on 127.0.0.1:{port}", flush=True)
    await stop.wait()
    # Whoever stops the desk wants it gone: open connections end with it.
    os._exit(0)


def main() -> int:
    arguments = _arguments()
    if not arguments.survive_parent:
        die_with_parent(signal.SIGTERM, os.getppid())
    try:
        asyncio.run(_serve(arguments))
    except (OSError, ProfileError, tomllib.TOMLDecodeError) as error:
        print(f"desk: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
