"""Several streams read at once as one."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
import contextlib
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

_WAITING = 2
"""How many items wait to be taken; no stream is read faster than that."""


@dataclass(frozen=True, slots=True)
class _End(Generic[Item]):
    """Of a stream; `failure` is why, unless it simply ended."""

    failure: Exception | None = None


def interleaved(streams: Sequence[AsyncGenerator[Item]]) -> AsyncGenerator[Item]:
    """The items of all `streams` as they come. The first failure is raised, after what came before it."""
    return streams[0] if len(streams) == 1 else _interleaved(streams)


async def _interleaved(streams: Sequence[AsyncGenerator[Item]]) -> AsyncGenerator[Item]:
    arrivals: asyncio.Queue[Item | _End[Item]] = asyncio.Queue(_WAITING)
    tasks = [asyncio.create_task(_pump(stream, arrivals)) for stream in streams]
    reading = len(tasks)
    try:
        while reading:
            arrival = await arrivals.get()
            if not isinstance(arrival, _End):
                yield arrival
            elif arrival.failure is not None:
                raise arrival.failure
            else:
                reading -= 1
    finally:
        for task in tasks:
            task.cancel()


async def _pump(stream: AsyncGenerator[Item], arrivals: "asyncio.Queue[Item | _End[Item]]") -> None:
    failure = None
    try:
        async with contextlib.aclosing(stream) as items:
            async for item in items:
                await arrivals.put(item)
    except Exception as error:
        failure = error
    await arrivals.put(_End(failure))
