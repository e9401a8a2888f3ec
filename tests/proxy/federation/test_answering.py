"""Answers as they arrive: pieces at once, failures by name, nothing late, nothing faster than it is taken."""

import asyncio
from collections.abc import AsyncGenerator
import time

import pytest

from proxy.errors import ArchiveFailed
from proxy.federation.answering import Piece, as_they_answer
from proxy.federation.sources import SourceAnswer, SourceState
from tests.proxy.federation.paper import PaperArchive


async def test_pieces_come_before_the_slow_and_the_broken_are_named() -> None:
    async def pieces(archive: PaperArchive) -> AsyncGenerator[Piece[int]]:
        yield Piece(archive, [1])
        await asyncio.sleep(archive.delay)
        if archive.failing:
            raise ArchiveFailed("broke down", archive.institution.name)
        yield Piece(archive, [2], truncated=archive.more)

    archives = [
        PaperArchive("well"),
        PaperArchive("slow", delay=9),
        PaperArchive("broken", failing=True),
        PaperArchive("capped", more=True),
    ]
    started = time.monotonic()
    arrivals = [one async for one in as_they_answer(archives, pieces, 0.1)]
    assert time.monotonic() - started < 1
    states = {one.archive.name: one.state for one in arrivals if isinstance(one, SourceAnswer)}
    assert states == {
        "well": SourceState.ANSWERED,
        "slow": SourceState.TIMED_OUT,
        "broken": SourceState.FAILED,
        "capped": SourceState.TRUNCATED,
    }
    items = [(one.archive.name, *one.items) for one in arrivals if isinstance(one, Piece)]
    assert sorted(items) == [("broken", 1), ("capped", 1), ("capped", 2), ("slow", 1), ("well", 1), ("well", 2)]


async def test_archives_are_not_read_faster_than_their_rows_are_taken() -> None:
    read = 0

    async def endless(archive: PaperArchive) -> AsyncGenerator[Piece[int]]:
        nonlocal read
        while True:
            read += 1
            yield Piece(archive, [read])

    taken = 0
    async for arrival in as_they_answer([PaperArchive("one"), PaperArchive("two")], endless, 0.2):
        if isinstance(arrival, Piece):
            taken += 1
            await asyncio.sleep(0.01)
    assert 0 < read - taken < 50


async def test_who_stops_listening_stops_the_asking() -> None:
    ended = asyncio.Event()

    async def pieces(archive: PaperArchive) -> AsyncGenerator[Piece[int]]:
        try:
            yield Piece(archive, [1])
            await asyncio.sleep(60)
        finally:
            ended.set()

    arriving = as_they_answer([PaperArchive("slow")], pieces, 5)
    await anext(arriving)
    await arriving.aclose()
    await asyncio.wait_for(ended.wait(), 1)


async def test_a_fault_of_this_service_is_not_laid_on_an_archive() -> None:
    async def faulty(archive: PaperArchive) -> AsyncGenerator[Piece[int]]:
        yield Piece(archive, [1])
        raise LookupError

    with pytest.raises(LookupError):
        [one async for one in as_they_answer([PaperArchive("well")], faulty, 5)]
