"""The relay delays, paces and fails as its line says, and carries every byte of what it carries."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
import time

import pytest

from benchmarks.line import Line, Relay, relayed

SIZE = 200_000


@asynccontextmanager
async def behind(line: Line) -> AsyncIterator[Relay]:
    """A relay to a server that answers every byte with `SIZE` of them."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while await reader.read(1):
                writer.write(bytes(SIZE))
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        with relayed(line, server.sockets[0].getsockname()[1]) as relay:
            yield relay
        await asyncio.sleep(0.05)  # until the server has seen its connections end


async def exchanged(relay: Relay, size: int = SIZE) -> tuple[int, float]:
    """How many bytes came of one answer, and within how many seconds; at most a second is waited for each."""
    began, count = time.monotonic(), 0
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    writer.write(b"?")
    try:
        while count < size and (piece := await asyncio.wait_for(reader.read(2**16), 1)):
            count += len(piece)
    finally:
        writer.transport.abort()
    return count, time.monotonic() - began


@pytest.mark.parametrize(("megabits", "round_trip", "least"), [(1000, 0, 0.0), (1000, 100, 0.2), (4, 0, 0.4)])
async def test_every_byte_comes_and_not_too_early(megabits: float, round_trip: float, least: float) -> None:
    """A round trip to connect and one to ask; then the rate."""
    async with behind(Line("a line", megabits, round_trip)) as relay:
        count, seconds = await exchanged(relay)
    assert count == SIZE
    assert least * 0.95 <= seconds < least + 1
    assert relay.down_bytes == SIZE


async def test_it_falls_silent_after_so_many_bytes() -> None:
    async with behind(Line("a line", 1000, 0, stalls_after=50_000)) as relay:
        with pytest.raises(TimeoutError):
            await exchanged(relay)
        assert relay.down_bytes == 50_000


@pytest.mark.parametrize("after", [0, 50_000])
async def test_it_is_reset_after_so_many_bytes(after: int) -> None:
    async with behind(Line("a line", 1000, 0, breaks_after=after)) as relay:
        with pytest.raises(ConnectionResetError):
            await exchanged(relay)


async def test_it_may_become_another_line_for_new_connections() -> None:
    async with behind(Line("a line", 1000, 0, stalls_after=0)) as relay:
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        await asyncio.sleep(0.05)
        relay.change(Line("another", 1000, 0))
        assert await asyncio.wait_for(reader.read(), 1) == b""
        writer.close()
        assert (await exchanged(relay))[0] == SIZE
