"""Fetching ahead: in the order told, a few at a time, as far as allowed, and no longer than somebody goes there."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from proxy.errors import NotFound, Overloaded
from proxy.resources import FramesRef, Uid
from proxy.retrieval.ahead import LASTING_SECONDS, MOST_AHEAD, MOST_BYTES, Ahead
from proxy.urgency import LEAST_URGENT, RequestDemand, current_demand, demanded


@dataclass
class Slow:
    """Frames that come when they are let go, and what was asked for and given up."""

    size: int = 1000
    failure: Exception | None = None
    asked: list[int] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    urgencies: set[int] = field(default_factory=set)
    persons: set[str] = field(default_factory=set)
    gates: dict[int, asyncio.Event] = field(default_factory=dict)
    now: float = 0.0

    async def ahead(self, _: Any, number: int) -> int:
        self.asked.append(number)
        self.urgencies.add(current_demand().urgency)
        self.persons.add(current_demand().person)
        try:
            await self.gates.setdefault(number, asyncio.Event()).wait()
        except asyncio.CancelledError:
            self.given_up.append(number)
            raise
        if self.failure is not None:
            raise self.failure
        return self.size

    async def let_go(self, *numbers: int) -> None:
        for number in numbers:
            self.gates[number].set()
        await asyncio.sleep(0.01)


def targets(*numbers: int) -> Sequence[FramesRef]:
    return [FramesRef(Uid("1"), Uid("2"), Uid("3"), (number,)) for number in numbers]


async def admit(target: FramesRef) -> Any:
    return target


def ahead_of(slow: Slow) -> Ahead:
    return Ahead(cast("Any", slow), lambda: slow.now)


async def head_for(ahead: Ahead, *numbers: int, view: str = "view") -> None:
    ahead.head_for(view, targets(*numbers), admit)
    await asyncio.sleep(0.01)


async def test_nearest_first_two_at_a_time_and_least_urgent() -> None:
    slow = Slow()
    ahead = ahead_of(slow)
    await head_for(ahead, 5, 6, 7, 8)
    assert slow.asked == [5, 6]
    await slow.let_go(6)
    assert slow.asked == [5, 6, 7]
    assert slow.urgencies == {LEAST_URGENT}
    await ahead.close()


async def test_a_jump_cancels_and_going_on_does_not() -> None:
    slow = Slow()
    ahead = ahead_of(slow)
    await head_for(ahead, 1, 2, 3)
    await head_for(ahead, 2, 3, 4)
    assert (slow.asked, slow.given_up) == ([1, 2, 3], [1])
    await head_for(ahead, 50)
    assert (slow.asked, sorted(slow.given_up)) == ([1, 2, 3, 50], [1, 2, 3])
    await ahead.close()


async def test_the_views_of_others_go_on() -> None:
    slow = Slow()
    ahead = ahead_of(slow)
    await head_for(ahead, 1, 2)
    await head_for(ahead, 50, view="another")
    assert (slow.asked, slow.given_up) == ([1, 2, 50], [])
    await ahead.close()


async def test_never_more_than_so_many_frames_and_bytes() -> None:
    slow = Slow()
    ahead = ahead_of(slow)
    slow.gates = {number: asyncio.Event() for number in range(100)}
    await slow.let_go(*range(100))
    await head_for(ahead, *range(100))
    assert slow.asked == list(range(MOST_AHEAD))
    large = Slow(size=MOST_BYTES // 4, gates=slow.gates)
    await head_for(ahead_of(large), *range(100))
    assert len(large.asked) <= 5


async def test_nothing_more_is_begun_for_who_has_gone() -> None:
    slow = Slow()
    ahead = ahead_of(slow)
    await head_for(ahead, 1, 2, 3, 4)
    slow.now = LASTING_SECONDS + 1
    await slow.let_go(1, 2)
    assert slow.asked == [1, 2]


async def test_an_archive_that_is_busy_or_an_access_that_ended_ends_it_quietly() -> None:
    for failure in (Overloaded("busy"), NotFound()):
        slow = Slow(failure=failure)
        ahead = ahead_of(slow)
        await head_for(ahead, 1, 2, 3, 4)
        await slow.let_go(1)
        assert slow.asked == [1, 2]
        await ahead.close()


async def test_what_nobody_foresaw_ends_it_too_and_names_nothing(caplog: pytest.LogCaptureFixture) -> None:
    slow = Slow(failure=ZeroDivisionError("1.2.840"))
    ahead = ahead_of(slow)
    await head_for(ahead, 1, 2, 3)
    await slow.let_go(1)
    assert slow.asked == [1, 2]
    assert [record.message for record in caplog.records] == ["fetching ahead failed"]
    await ahead.close()


async def test_what_is_fetched_ahead_is_on_behalf_of_who_looks() -> None:
    slow = Slow()
    ahead = ahead_of(slow)
    with demanded(RequestDemand(person="demo:clark")):
        await head_for(ahead, 1, 2, 3)
    await slow.let_go(1)
    assert slow.asked == [1, 2, 3]
    assert slow.persons == {"demo:clark"}
    await ahead.close()


async def test_at_the_end_of_the_service_nothing_is_under_way() -> None:
    slow = Slow()
    ahead = ahead_of(slow)
    await head_for(ahead, 1, 2, 3)
    await ahead.close()
    assert (slow.asked, slow.given_up) == ([1, 2], [1, 2])


async def test_views_are_bounded_in_number() -> None:
    slow = Slow()
    ahead = ahead_of(slow)
    for view in range(300):
        await head_for(ahead, view, view=str(view))
    assert len(slow.given_up) == 300 - 256
    await ahead.close()
