"""A place in line: the urgent go first, nobody is passed for ever, and what is given up is given back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.archives.gate import AGING_SECONDS, Gate, Patience
from proxy.archives.gentleness.bucket import TokenBucket
from proxy.errors import Overloaded
from proxy.urgency import ON_SCREEN, PREFETCH, THUMBNAIL, Demand, RequestDemand, SharedDemand, demanded
from tests.times import Hand


class Visitors:
    """Who passed a gate, in order; each holds a place until `go_on`."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.passed: list[str] = []
        self.turned_away: list[str] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leave: dict[str, asyncio.Event] = {}

    async def come(self, name: str, demand: Demand, seconds: float = 60) -> None:
        self._leave[name] = asyncio.Event()
        with demanded(demand):
            self._tasks[name] = asyncio.create_task(self._visit(name, seconds))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _visit(self, name: str, seconds: float) -> None:
        try:
            async with self.gate.place(Patience(seconds)):
                self.passed.append(name)
                await self._leave[name].wait()
        except Overloaded:
            self.turned_away.append(name)

    async def leave(self, name: str) -> None:
        self._leave[name].set()
        await self._tasks[name]
        await asyncio.sleep(0)

    async def give_up(self, name: str) -> None:
        self._tasks[name].cancel()
        await asyncio.gather(self._tasks[name], return_exceptions=True)
        await asyncio.sleep(0)

    async def drain(self) -> list[str]:
        """Let all through, one after the other, and tell in which order they came to pass."""
        for at in range(len(self._tasks)):
            if at < len(self.passed):
                await self.leave(self.passed[at])
        return self.passed


@asynccontextmanager
async def visiting(places: int = 1, line: int = 10, timer: Hand | None = None) -> AsyncIterator[Visitors]:
    visitors = Visitors(Gate(places, line, timer=timer or Hand()))
    yield visitors
    for name in tuple(visitors._tasks):
        await visitors.give_up(name)


def urgency(level: int) -> RequestDemand:
    return RequestDemand(level)


async def test_what_is_on_the_screen_passes_thumbnails_and_those_pass_what_is_fetched_ahead() -> None:
    async with visiting() as visitors:
        await visitors.come("first", urgency(PREFETCH))
        for name, level in [("ahead", PREFETCH), ("thumbnail", THUMBNAIL), ("screen", ON_SCREEN), ("too", ON_SCREEN)]:
            await visitors.come(name, urgency(level))
        assert visitors.gate.waiting == {PREFETCH: 1, THUMBNAIL: 1, ON_SCREEN: 2}
        assert await visitors.drain() == ["first", "screen", "too", "thumbnail", "ahead"]


async def test_an_emergency_passes_everybody() -> None:
    async with visiting() as visitors:
        await visitors.come("first", urgency(ON_SCREEN))
        await visitors.come("screen", urgency(0))
        await visitors.come("emergency", RequestDemand(PREFETCH, emergency=True))
        assert await visitors.drain() == ["first", "emergency", "screen"]


async def test_a_demand_that_rises_in_line_moves_up() -> None:
    shared, ahead = SharedDemand(), urgency(PREFETCH)
    shared.join(ahead)
    async with visiting() as visitors:
        await visitors.come("first", urgency(ON_SCREEN))
        await visitors.come("shared", shared)
        await visitors.come("thumbnail", urgency(THUMBNAIL))
        shared.join(urgency(ON_SCREEN))
        assert await visitors.drain() == ["first", "shared", "thumbnail"]


async def test_the_least_urgent_are_not_passed_for_ever() -> None:
    timer = Hand()
    async with visiting(line=100, timer=timer) as visitors:
        await visitors.come("0", urgency(ON_SCREEN))
        await visitors.come("ahead", urgency(PREFETCH))
        for number in range(1, 30):
            await visitors.come(str(number), urgency(ON_SCREEN))
            timer.now += 1
            await visitors.leave(visitors.passed[-1])
            if visitors.passed[-1] == "ahead":
                break
        assert visitors.passed[-1] == "ahead"
        assert timer.now <= (PREFETCH - ON_SCREEN) * AGING_SECONDS + 1


async def test_a_full_line_turns_the_least_urgent_away_who_came_last() -> None:
    async with visiting(line=2) as visitors:
        await visitors.come("first", urgency(ON_SCREEN))
        await visitors.come("ahead", urgency(PREFETCH))
        await visitors.come("later", urgency(PREFETCH))
        await visitors.come("screen", urgency(ON_SCREEN))
        assert visitors.turned_away == ["later"]
        await visitors.come("last", urgency(PREFETCH))
        assert visitors.turned_away == ["later", "last"]
        assert visitors.gate.turned_away == 2
        assert await visitors.drain() == ["first", "screen", "ahead"]


async def test_who_gives_up_in_line_leaves_no_place_taken() -> None:
    async with visiting() as visitors:
        await visitors.come("first", urgency(ON_SCREEN))
        await visitors.come("second", urgency(ON_SCREEN))
        await visitors.come("third", urgency(PREFETCH))
        await visitors.give_up("second")
        await visitors.leave("first")
        assert visitors.passed == ["first", "third"]


async def test_who_gives_up_at_the_moment_of_passing_gives_the_place_back() -> None:
    async with visiting() as visitors:
        await visitors.come("first", urgency(ON_SCREEN))
        await visitors.come("second", urgency(ON_SCREEN))
        visitors._leave["first"].set()
        await asyncio.sleep(0)
        await visitors.give_up("second")
        await visitors.leave("first")
        await visitors.come("third", urgency(PREFETCH))
        assert visitors.passed[-1] == "third"


async def test_who_waits_too_long_is_told_so() -> None:
    async with visiting() as visitors:
        await visitors.come("first", urgency(ON_SCREEN))
        await visitors.come("second", urgency(ON_SCREEN), seconds=0.01)
        await asyncio.sleep(0.05)
        assert visitors.turned_away == ["second"]
        assert visitors.gate.waiting == {}


async def test_the_pace_holds_back_whoever_finds_a_free_place() -> None:
    gate, passed = Gate(8, 100, TokenBucket(50, 2, asyncio.get_running_loop().time)), []

    async def visit() -> None:
        async with gate.place(Patience(10)):
            passed.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(visit() for _ in range(12)))
    assert passed[-1] - passed[0] >= 10 / 50 - 0.01


@given(st.data(), st.integers(1, 3), st.integers(1, 6))
def test_never_more_than_its_places_and_its_line(data: st.DataObject, places: int, line: int) -> None:
    asyncio.run(_play(data, places, line))


async def _play(data: st.DataObject, places: int, line: int) -> None:
    async with visiting(places, line) as visitors:
        inside: list[str] = []
        for step in range(data.draw(st.integers(1, 25))):
            inside = [name for name in visitors.passed if not visitors._tasks[name].done()]
            match data.draw(st.sampled_from(["come", "leave", "give up"])):
                case "leave" if inside:
                    await visitors.leave(data.draw(st.sampled_from(inside)))
                case "give up" if visitors._tasks:
                    await visitors.give_up(data.draw(st.sampled_from(sorted(visitors._tasks))))
                case _:
                    await visitors.come(str(step), urgency(data.draw(st.integers(0, 7))))
            inside = [name for name in visitors.passed if not visitors._tasks[name].done()]
            waiting = sum(visitors.gate.waiting.values())
            assert len(inside) <= places
            assert waiting <= line
            assert waiting == 0 or len(inside) == places


@pytest.mark.parametrize("spent", [False, True])
async def test_patience_is_ample_while_most_of_it_is_left(spent: bool) -> None:
    patience = Patience(0.1)
    if spent:
        await patience.wait(asyncio.sleep(0.07))
    assert patience.is_ample is not spent
