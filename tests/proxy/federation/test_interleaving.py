"""Streams read at once: whatever comes is given as it comes, and whatever fails ends them all."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from proxy.federation.interleaving import interleaved


async def counting(first: int, *, pause: float, fails: bool = False) -> AsyncGenerator[int]:
    for number in range(first, first + 5):
        await asyncio.sleep(pause)
        yield number
    if fails:
        raise LookupError


async def test_all_items_come_and_the_quick_do_not_wait_for_the_slow() -> None:
    found = [item async for item in interleaved([counting(0, pause=0.02), counting(10, pause=0)])]
    assert sorted(found) == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]
    assert found[:4] == [10, 11, 12, 13]


@pytest.mark.parametrize("count", [0, 1, 2])
async def test_any_number_of_streams(count: int) -> None:
    found = [item async for item in interleaved([counting(10 * one, pause=0) for one in range(count)])]
    assert len(found) == 5 * count


async def test_what_came_before_a_failure_is_given() -> None:
    reading = interleaved([counting(0, pause=0, fails=True), counting(10, pause=60)])
    assert [await anext(reading) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(LookupError):
        await anext(reading)


async def test_who_stops_reading_ends_every_stream() -> None:
    ended: list[int] = []

    async def endless(number: int) -> AsyncGenerator[int]:
        try:
            while True:
                yield number
                await asyncio.sleep(0)
        finally:
            ended.append(number)

    reading = interleaved([endless(1), endless(2)])
    await anext(reading)
    await reading.aclose()
    await asyncio.sleep(0.01)
    assert sorted(ended) == [1, 2]


async def test_no_stream_is_read_much_faster_than_its_items_are_taken() -> None:
    made = 0

    async def endless() -> AsyncGenerator[int]:
        nonlocal made
        while True:
            made += 1
            yield made

    reading = interleaved([endless(), endless()])
    for _ in range(10):
        await anext(reading)
        await asyncio.sleep(0.001)
    await reading.aclose()
    assert made < 20
