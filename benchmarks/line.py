"""A slow or bad line in user space: a relay on loopback with a delay and a rate, shared by all its connections.

It delays and paces bytes, not packets: no loss, no congestion control. TCP's three-way handshake costs one round trip.
Each connection may fall silent, or be reset, after so many bytes from the target.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
import socket
import struct
import threading
import time

_PIECE = 16 * 1024
_PIECES_ON_THE_WAY = 256
_SILENCE = 3600


@dataclass(frozen=True, slots=True)
class Line:
    """Megabits for each second in each direction, and milliseconds there and back.

    `stalls_after` and `breaks_after` are bytes that come down a connection before it falls silent or is reset.
    """

    name: str
    megabits: float
    round_trip: float
    stalls_after: int | None = None
    breaks_after: int | None = None


class _Direction:
    """When a piece that is sent now has wholly arrived: pieces queue for the rate, then travel."""

    def __init__(self, line: Line) -> None:
        self._bytes_per_second = line.megabits * 1e6 / 8
        self._delay = line.round_trip / 2000
        self._free = 0.0
        self.bytes = 0

    def arrival(self, size: int) -> float:
        self.bytes += size
        self._free = max(self._free, time.monotonic()) + size / self._bytes_per_second
        return self._free + self._delay


class Relay:
    """Carries connections to `target` over `line`; counts the bytes that came down it."""

    def __init__(self, line: Line, target: int) -> None:
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._set(line)
        self.port = 0

    def _set(self, line: Line) -> None:
        self._line, self._handshake = line, line.round_trip / 1000
        self._up, self._down = _Direction(line), _Direction(line)
        for writer in self._writers:
            writer.transport.abort()

    @property
    def down_bytes(self) -> int:
        return self._down.bytes

    async def serve(self, listening: threading.Event) -> None:
        """Carry until `end`; `listening` is set when `port` is known."""
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        async with server:
            await self._ended.wait()

    def change(self, line: Line) -> None:
        """Have another line from now on, by new connections; from another thread."""
        self._loop.call_soon_threadsafe(self._set, line)

    def end(self) -> None:
        """End `serve`, from another thread."""
        self._loop.call_soon_threadsafe(self._ended.set)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(asyncio.CancelledError):  # the relay ended before the connection did
            try:
                await self._relay(reader, writer)
            except* ConnectionError:
                pass  # either end has hung up, or there is none
        self._writers.discard(writer)
        writer.close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, up, down = self._line, self._up, self._down
        await asyncio.sleep(self._handshake)
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_carry(reader, back, up))
            tasks.create_task(_carry(_Failing(there, writer, line), writer, down))


class _Failing:
    """What comes from the target, until the line fails."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: Line) -> None:
        self._reader, self._writer, self._line = reader, writer, line
        self._left = line.stalls_after if line.breaks_after is None else line.breaks_after

    async def read(self, most: int) -> bytes:
        if self._left is None:
            return await self._reader.read(most)
        if self._left == 0:
            await self._fail()
            return b""
        piece = await self._reader.read(min(most, self._left))
        self._left -= len(piece)
        return piece

    async def _fail(self) -> None:
        if self._line.breaks_after is None:
            await asyncio.sleep(_SILENCE)
        at_once = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self._writer.transport.abort()


async def _carry(
    reader: "asyncio.StreamReader | _Failing", writer: asyncio.StreamWriter, direction: _Direction
) -> None:
    """Read ahead of the line by a bounded number of pieces; write each when it would have arrived."""
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_PIECES_ON_THE_WAY)

    async def deliver() -> None:
        while True:
            at, piece = await pieces.get()
            await asyncio.sleep(max(0, at - time.monotonic()))
            if not piece:
                return
            writer.write(piece)
            await writer.drain()

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(deliver())
            while piece := await reader.read(_PIECE):
                await pieces.put((direction.arrival(len(piece)), piece))
            await pieces.put((0, b""))
    finally:
        writer.close()


@contextmanager
def relayed(line: Line, target: int) -> Iterator[Relay]:
    """A relay in a thread of its own while the context lasts."""
    relay, listening = Relay(line, target), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(relay.serve(listening)), daemon=True)
    thread.start()
    if not listening.wait(10):
        raise RuntimeError("the relay did not start")
    try:
        yield relay
    finally:
        relay.end()
        thread.join(10)
