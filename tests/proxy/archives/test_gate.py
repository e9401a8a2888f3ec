"""A place in line: the urgent go first, nobody is passed for ever, and what is given up is given back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from proxy.archives.gate import AGING_SECONDS, Gate, Patience
from proxy.archives.gentleness.bucket import TokenBucket
from proxy.coalescing import Coalesced
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
async def visiting(
    places: int = 1, line: int = 10, timer: Hand | None = None, most_each: int | None = None
) -> AsyncIterator[Visitors]:
    visitors = Visitors(Gate(places, line, timer=timer or Hand(), most_each=most_each))
    yield visitors
    for name in tuple(visitors._tasks):
        await visitors.give_up(name)


def urgency(level: int, person: str = "") -> RequestDemand:
    return RequestDemand(level, person=person)


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


async def test_who_says_that_everything_is_most_urgent_does_not_keep_the_others_out() -> None:
    async with visiting(places=2, line=8) as visitors:
        for number in range(12):
            await visitors.come(f"mine {number}", urgency(0, "greedy"))
        assert len(visitors.turned_away) == 2
        await visitors.come("screen", urgency(ON_SCREEN, "modest"))
        await visitors.come("other", urgency(ON_SCREEN, "patient"))
        assert not {"screen", "other"} & set(visitors.turned_away)
        await visitors.leave("mine 0")
        await visitors.leave("screen")
        assert visitors.passed[2:] == ["screen", "other"]


async def test_one_person_s_own_order_is_kept_and_an_emergency_yields_to_nobody() -> None:
    async with visiting(places=2) as visitors:
        for name, level in [("0", ON_SCREEN), ("1", ON_SCREEN), ("thumbnail", THUMBNAIL), ("screen", ON_SCREEN)]:
            await visitors.come(name, urgency(level, "alone"))
        await visitors.come("modest", urgency(ON_SCREEN, "modest"))
        await visitors.come("emergency", RequestDemand(PREFETCH, emergency=True, person="alone"))
        for name in ("0", "1", "emergency", "modest", "screen"):
            await visitors.leave(name)
        assert visitors.passed[2:] == ["emergency", "modest", "screen", "thumbnail"]


async def test_nobody_holds_more_places_than_one_person_may_but_in_an_emergency() -> None:
    async with visiting(places=3, most_each=2) as visitors:
        for number in range(4):
            await visitors.come(f"mine {number}", urgency(0, "greedy"))
        assert visitors.passed == ["mine 0", "mine 1"]
        await visitors.come("other", urgency(PREFETCH, "modest"))
        assert visitors.passed[-1] == "other"
        await visitors.leave("other")
        await visitors.come("emergency", RequestDemand(emergency=True, person="greedy"))
        assert visitors.passed[-1] == "emergency"
        await visitors.leave("emergency")
        await visitors.leave("mine 0")
        assert visitors.passed[-1] == "mine 2"


async def test_shared_work_is_of_one_person_only_while_nobody_else_waits_for_it() -> None:
    shared, one, other = SharedDemand(), urgency(ON_SCREEN, "one"), urgency(ON_SCREEN, "other")
    assert shared.person == ""
    shared.join(one)
    shared.join(one)
    assert shared.person == "one"
    shared.join(other)
    assert shared.person == ""
    shared.leave(other)
    assert shared.person == "one"


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
                    person = data.draw(st.sampled_from(["", "one", "other"]))
                    await visitors.come(str(step), urgency(data.draw(st.integers(0, 7)), person))
            inside = [name for name in visitors.passed if not visitors._tasks[name].done()]
            waiting = sum(visitors.gate.waiting.values())
            assert len(inside) <= places
            assert waiting <= line
            assert waiting == 0 or len(inside) == places
    gate = visitors.gate
    assert (gate._free, dict(gate._held), gate._line) == (places, {}, [])


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans()), min_size=1, max_size=20))
@settings(deadline=None, max_examples=150)
def test_whenever_somebody_is_cancelled_or_loses_patience_all_places_come_back(
    visits: list[tuple[int, int, bool]],
) -> None:
    """Through shared work too, which ends with the last who waits for it, and at whatever step of the loop."""
    asyncio.run(_cancelled(visits))


async def _cancelled(visits: list[tuple[int, int, bool]]) -> None:
    gate, coalesced, tasks = Gate(2, 5, most_each=1), Coalesced[int, None](), []

    async def visit() -> None:
        async with gate.place(Patience(0.002)):
            await asyncio.sleep(0)
            await asyncio.sleep(0.001)

    for key, steps, cancel in visits:
        with demanded(urgency(key, f"person {key % 3}")):
            tasks.append(asyncio.create_task(coalesced.ask(key % 4, visit)))
        for _ in range(steps):
            await asyncio.sleep(0)
        if cancel:
            tasks[steps % len(tasks)].cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
    assert all(one is None or isinstance(one, Overloaded | asyncio.CancelledError) for one in ended)
    assert (gate._free, dict(gate._held), gate._line, coalesced._running) == (2, {}, [], {})
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("spent", [False, True])
async def test_patience_is_ample_while_most_of_it_is_left(spent: bool) -> None:
    patience = Patience(0.1)
    if spent:
        await patience.wait(asyncio.sleep(0.07))
    assert patience.is_ample is not spent
