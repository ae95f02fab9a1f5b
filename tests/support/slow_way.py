"""A Unix socket that is a way to another, and passes bytes on late, as a slow and faltering network does."""

from __future__ import annotations

import asyncio
import random
import threading
from pathlib import Path


class SlowWay:
    """Every piece of data is `delay` seconds under way, both ends included and drawn at random; one of `rarity` takes `stall`.

    What was sent stays in order, and a stalled piece holds up what follows it on its connection alone. Runs in a thread of
    its own from `with` to its end, when every connection is cut.
    """

    def __init__(self, here: Path, there: Path, *, seed: int, delay: tuple[float, float] = (0.02, 0.08),
                 stall: tuple[float, float] = (2, 5), rarity: int = 500) -> None:
        self.pieces = 0
        self.stalls = 0
        self._here, self._there = here, there
        self._chance = random.Random(seed)
        self._delay, self._stall, self._rarity = delay, stall, rarity
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),))
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None

    def __enter__(self) -> SlowWay:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop and self._end
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_unix_server(self._join, self._here)
        self._ready.set()
        await self._end.wait()
        server.close()  # asyncio.run cancels what is under way

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await asyncio.open_unix_connection(self._there)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(self._pass_on(reader, forth), self._pass_on(back, writer))
        except asyncio.CancelledError:
            pass  # the end of the way
        finally:
            writer.close()
            forth.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                await asyncio.sleep(self._next_delay())  # what this is for
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # an end that was killed
        writer.close()  # and so the other direction ends

    def _next_delay(self) -> float:
        self.pieces += 1
        if self._chance.randrange(self._rarity) > 0:
            return self._chance.uniform(*self._delay)
        self.stalls += 1
        return self._chance.uniform(*self._stall)
