"""Listeners that pass bytes on late, as peers behind a slow network do."""

from __future__ import annotations

import asyncio
import threading


class SlowNetwork:
    """`count` ports of loopback, each the way to one server; every piece of data is `delay` seconds under way.

    Runs in a thread of its own until the block ends: `with SlowNetwork(...) as network: network.ports`.
    """

    def __init__(self, address: str, port: int, count: int, delay: float) -> None:
        self._server = (address, port)
        self._count = count
        self._delay = delay
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.ports: list[int] = []

    def __enter__(self) -> SlowNetwork:
        self._thread.start()
        self.ports = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _listen(self) -> list[int]:
        ports = []
        for _ in range(self._count):
            server = await self._loop.create_server(self._way, self._server[0], 0, backlog=64)
            ports.append(server.sockets[0].getsockname()[1])
        return ports

    def _way(self) -> _Way:
        return _Way(self._loop, self._server, self._delay)


class _Way(asyncio.Protocol):
    """From whoever connects to the server; its other half brings back what the server says."""

    def __init__(self, loop: asyncio.AbstractEventLoop, server: tuple[str, int], delay: float) -> None:
        self._loop, self._server, self._delay = loop, server, delay
        self._task: asyncio.Task[None] | None = None
        self._there: asyncio.Transport | None = None
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._task = self._loop.create_task(self._connect(transport))

    async def _connect(self, here: asyncio.Transport) -> None:
        await asyncio.sleep(self._delay)  # the delay that is asked for
        try:
            there, _ = await self._loop.create_connection(lambda: _Back(self._loop, here, self._delay), *self._server)
        except OSError:
            here.close()
            return
        self._there = there
        there.writelines(self._early)

    def data_received(self, data: bytes) -> None:
        self._loop.call_later(self._delay, self._pass_on, data)

    def _pass_on(self, data: bytes) -> None:
        if self._there is None:
            self._early.append(data)
        else:
            self._there.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._loop.call_later(self._delay, self._close)

    def _close(self) -> None:
        if self._there is not None:
            self._there.close()


class _Back(asyncio.Protocol):
    def __init__(self, loop: asyncio.AbstractEventLoop, to: asyncio.Transport, delay: float) -> None:
        self._loop, self._to, self._delay = loop, to, delay

    def data_received(self, data: bytes) -> None:
        self._loop.call_later(self._delay, self._to.write, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._loop.call_later(self._delay, self._to.close)
