"""Many archives answering one question in pieces: what has come by the deadline counts, and each failure is named."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
import contextlib
from dataclasses import dataclass
from typing import Generic, TypeVar

from proxy.archives.client import ArchiveClient
from proxy.archives.hubs.beyond import Beyond
from proxy.errors import VitrineError
from proxy.federation.sources import SourceAnswer, SourceState, without_answer

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Piece(Generic[Item]):
    """Some items of one archive; `truncated` when it has others that nobody gets, the others as `Rows` has them."""

    archive: ArchiveClient
    items: Sequence[Item]
    truncated: bool = False
    literal: bool = False
    beyond: tuple[Beyond, ...] = ()


_IN_FLIGHT = 32
"""How many pieces wait to be taken; archives are not read faster than that."""

_Arrival = Piece[Item] | SourceAnswer | Exception | None
Pieces = Callable[[ArchiveClient], AsyncGenerator[Piece[Item]]]


async def as_they_answer(
    archives: Sequence[ArchiveClient], pieces: Pieces[Item], deadline_seconds: float
) -> AsyncGenerator[Piece[Item] | SourceAnswer]:
    """Every piece when it arrives, and once for each archive a `SourceAnswer` without rows that says how it ended.

    After `deadline_seconds` those that have not ended are no longer asked; what they gave before stands.
    """
    arrivals: asyncio.Queue[_Arrival[Item]] = asyncio.Queue()
    alarm = asyncio.get_running_loop().call_later(deadline_seconds, arrivals.put_nowait, None)
    room = asyncio.Semaphore(_IN_FLIGHT)
    tasks = [asyncio.create_task(_collect(archive, pieces, arrivals, room)) for archive in archives]
    silent = {archive.archive.id: archive for archive in archives}
    try:
        while silent and (arrival := await arrivals.get()) is not None:
            if isinstance(arrival, Exception):
                raise arrival
            yield arrival
            if isinstance(arrival, SourceAnswer):
                del silent[arrival.archive.archive.id]
            else:
                room.release()
        for archive in silent.values():
            yield SourceAnswer(archive, SourceState.TIMED_OUT)
    finally:
        alarm.cancel()
        for task in tasks:
            task.cancel()


async def _collect(
    archive: ArchiveClient,
    pieces: Pieces[Item],
    arrivals: "asyncio.Queue[_Arrival[Item]]",
    room: asyncio.Semaphore,
) -> None:
    truncated = literal = False
    beyond: tuple[Beyond, ...] = ()
    try:
        async with contextlib.aclosing(pieces(archive)) as arriving:
            async for piece in arriving:
                truncated, literal = truncated or piece.truncated, literal or piece.literal
                beyond += piece.beyond
                if piece.items:
                    await room.acquire()
                    arrivals.put_nowait(piece)
        state = SourceState.TRUNCATED if truncated else SourceState.ANSWERED
        ended = SourceAnswer(archive, state, literal=literal, beyond=beyond)
    except VitrineError as error:
        ended = without_answer(archive, error)
    except Exception as fault:  # this service's own, which is nothing to say of an archive
        arrivals.put_nowait(fault)
        return
    arrivals.put_nowait(ended)
