"""Long work has its turn, a line with an end, and gives its turn back however it goes."""

import asyncio

import pytest

from proxy.errors import Overloaded
from proxy.retrieval.turns import Turns


async def test_who_comes_after_the_line_is_told_so_at_once() -> None:
    turns, leave = Turns(1, 1), asyncio.Event()
    done: list[str] = []

    async def work(name: str) -> None:
        async with turns.one():
            await leave.wait()
            done.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(work("first"))
        group.create_task(work("second"))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded) as refused:
            await work("third")
        assert refused.value.retry_after > 0
        leave.set()
    assert done == ["first", "second"]


async def test_who_leaves_or_fails_gives_the_turn_back() -> None:
    turns = Turns(1, 1)
    with pytest.raises(ValueError, match="failed"):
        async with turns.one():
            raise ValueError("failed")
    async with turns.one():
        waiting = asyncio.create_task(turns.one().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(1), turns.one():
        pass
