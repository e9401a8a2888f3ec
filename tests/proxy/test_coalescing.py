"""One answer for all who ask at once; nobody waiting means nobody working."""

import asyncio

import pytest

from proxy.coalescing import Coalesced


class Work:
    """Counts how often it was started and whether it was cancelled; goes on when released."""

    def __init__(self) -> None:
        self.started = 0
        self.cancelled = 0
        self.release = asyncio.Event()

    async def __call__(self) -> int:
        self.started += 1
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return 42


async def test_many_askers_share_one_work() -> None:
    coalesced: Coalesced[str, int] = Coalesced()
    work = Work()
    asking = [asyncio.create_task(coalesced.ask("a", work)) for _ in range(50)]
    await asyncio.sleep(0)
    work.release.set()
    assert await asyncio.gather(*asking) == [42] * 50
    assert work.started == 1


async def test_a_leaver_does_not_disturb_the_others() -> None:
    coalesced: Coalesced[str, int] = Coalesced()
    work = Work()
    first, second = (asyncio.create_task(coalesced.ask("a", work)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    work.release.set()
    assert await second == 42
    assert work.cancelled == 0


async def test_the_last_leaver_ends_the_work() -> None:
    coalesced: Coalesced[str, int] = Coalesced()
    work = Work()
    asking = [asyncio.create_task(coalesced.ask("a", work)) for _ in range(3)]
    await asyncio.sleep(0)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    await asyncio.sleep(0)
    assert work.cancelled == 1


async def test_a_failure_reaches_everybody_and_the_next_asker_starts_anew() -> None:
    coalesced: Coalesced[str, int] = Coalesced()

    async def fail() -> int:
        await asyncio.sleep(0)
        raise ValueError

    results = await asyncio.gather(*(coalesced.ask("a", fail) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [ValueError] * 3
    work = Work()
    work.release.set()
    assert await coalesced.ask("a", work) == 42


async def test_after_all_left_a_new_asker_gets_a_fresh_answer() -> None:
    coalesced: Coalesced[str, int] = Coalesced()
    stuck, fresh = Work(), Work()
    leaving = asyncio.create_task(coalesced.ask("a", stuck))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    fresh.release.set()
    assert await coalesced.ask("a", fresh) == 42
