"""Archives asked the same question in waves: the likeliest first, few at once, and no more than have to be asked."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from proxy.archives.client import ArchiveClient
from proxy.archives.search.paging import Rows
from proxy.federation.sources import SourceAnswer, SourceState, ask_one

PATIENCE_SECONDS: Final = 0.5
"""How long a wave is waited for at most before the next one follows: a slow archive must not keep others waiting."""

Ask = Callable[[ArchiveClient], Awaitable[Rows]]
Rest = Callable[[Sequence[SourceAnswer], Sequence[ArchiveClient]], Awaitable[Sequence[ArchiveClient]]]


@dataclass(frozen=True, slots=True)
class Waves:
    """`first` is asked at once, `rest` after it, at most `width` in a wave; in all no longer than `seconds`."""

    first: Sequence[ArchiveClient]
    rest: Sequence[ArchiveClient]
    width: int
    seconds: float

    @property
    def patience(self) -> float:
        """How long a wave is waited for: so short that the last one is asked when half of the time is left."""
        return min(PATIENCE_SECONDS, self.seconds / 2 / max(1, ceil(len(self.rest) / self.width)))


async def ask_in_waves(waves: Waves, ask: Ask, still: Rest) -> list[SourceAnswer]:
    """The answers of all that were asked, in the order of asking.

    Before each wave `still` is told what has come so far, and says which archives have to be asked all the same. Those
    for which no time is left have timed out, like those that are silent.
    """
    end = asyncio.get_running_loop().time() + waves.seconds
    tasks: dict[ArchiveClient, asyncio.Task[SourceAnswer]] = {}
    wave, waiting = waves.first, waves.rest
    try:
        while True:
            tasks |= {one: asyncio.create_task(ask_one(one, ask)) for one in wave}
            await _wait([tasks[one] for one in wave], min(waves.patience, _left(end)) if waiting else 0)
            waiting = await still(_come(tasks), waiting) if waiting else ()
            if not waiting or not _left(end):
                break
            wave, waiting = waiting[: waves.width], waiting[waves.width :]
        await _wait([*tasks.values()], _left(end))
        answers = [task.result() if task.done() else _late(one) for one, task in tasks.items()]
        return [*answers, *map(_late, waiting)]
    finally:
        for task in tasks.values():
            task.cancel()


def _left(end: float) -> float:
    return max(0.0, end - asyncio.get_running_loop().time())


async def _wait(tasks: Sequence[asyncio.Task[SourceAnswer]], seconds: float) -> None:
    if tasks and seconds:
        await asyncio.wait(tasks, timeout=seconds)


def _come(tasks: dict[ArchiveClient, asyncio.Task[SourceAnswer]]) -> list[SourceAnswer]:
    return [task.result() for task in tasks.values() if task.done()]


def _late(archive: ArchiveClient) -> SourceAnswer:
    return SourceAnswer(archive, SourceState.TIMED_OUT)
