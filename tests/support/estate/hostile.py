"""Servers that behave badly, each on its own port: `python3 -m estate.hostile NAME...` prints "ready NAME PORT" lines."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from estate.processes import Child

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_RECORD_LIMIT = 16384  # RFC 5246 section 6.2.1
_PREFERRED_SUITE = 0xC02F


async def ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")
    await reader.read(65536)


async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65536)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
                 b"<html><head><title>400 The plain HTTP request</title></head></html>\r\n")
    await writer.drain()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A real handshake, only slow: deadlines for each read never fire, one for the whole must."""
    for byte in server_hello(await reader.read(65536)):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A Certificate message of the greatest length that its 24 bits can say."""
    writer.write(server_hello(await reader.read(65536)))
    body = b"\x0b\xff\xff\xff" + b"\xff\xff\xfc" + b"\x00\x40\x00"
    left = 0xFFFFFF + 4
    while left > 0:
        fragment = body.ljust(min(left, _RECORD_LIMIT), b"\x30")
        writer.write(_record(fragment))
        await writer.drain()
        left -= len(fragment)
        body = b""
    await reader.read(65536)


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(65536):
        pass


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


BEHAVIOURS: dict[str, Behaviour] = {"ssh": ssh, "http": http, "drip": drip, "flood": flood, "mute": mute,
                                    "reset": reset}
REFUSED = "refused"  # a port that is taken, so that nobody else gets it, but where nobody listens
KINDS = frozenset({*BEHAVIOURS, REFUSED})


def start(kinds: Sequence[str], folder: Path) -> Child:
    support = str(Path(__file__).resolve().parent.parent)
    return Child("hostile", [sys.executable, "-m", "estate.hostile", *kinds], folder / "hostile.log",
                 env={"PYTHONPATH": support})


def port_of(child: Child, kind: str) -> int:
    return int(child.await_line(rf"^ready {kind} (\d+)$")[1])


def server_hello(client_hello: bytes) -> bytes:
    """A TLS 1.2 ServerHello record with a suite that the client offers (RFC 5246 section 7.4.1.3)."""
    body = b"\x03\x03" + bytes(range(32)) + b"\x00" + struct.pack(">H", _suite(client_hello)) + b"\x00"
    return _record(b"\x02" + struct.pack(">I", len(body))[1:] + body)


def _suite(client_hello: bytes) -> int:
    session_at = 5 + 4 + 2 + 32  # record header, message header, version, random
    try:
        suites_at = session_at + 1 + client_hello[session_at]
        (length,) = struct.unpack_from(">H", client_hello, suites_at)
        offered = struct.unpack_from(f">{length // 2}H", client_hello, suites_at + 2)
    except (IndexError, struct.error):
        return _PREFERRED_SUITE
    return _PREFERRED_SUITE if _PREFERRED_SUITE in offered or not offered else offered[0]


def _record(fragment: bytes) -> bytes:
    return b"\x16\x03\x03" + struct.pack(">H", len(fragment)) + fragment


def _closing(behaviour: Behaviour) -> Behaviour:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behaviour(reader, writer)
        except OSError:
            pass  # the client has gone
        finally:
            writer.close()
    return handle


async def _serve(names: list[str]) -> None:
    held = []
    for name in names:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256) if name != REFUSED else socket.socket()
        if name == REFUSED:
            listener.bind(("127.0.0.1", 0))
            held.append(listener)
        else:
            held.append(await asyncio.start_server(_closing(BEHAVIOURS[name]), sock=listener))
        print("ready", name, listener.getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1:]))
