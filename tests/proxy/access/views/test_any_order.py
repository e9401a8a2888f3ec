"""Whatever happens in whatever order, exactly what left is on record, and every view is over in the end."""

import asyncio
from collections import Counter, defaultdict
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.access.permit import Obligations
from proxy.access.views.views import IDLE_SECONDS, TELLING_SECONDS
from proxy.audit.event import EventKind
from proxy.audit.reading import Record
from proxy.audit.views.view import Ended, views_of
from proxy.errors import AuditUnavailable
from tests.proxy.access.gate import SERIES
from tests.proxy.access.views.test_views import OWED, Room
from tests.proxy.audit.logs import NOON

MASKED = Obligations(masked=True)
SESSIONS = st.sampled_from(["v-1", "v-2", "v-3"])
SEE = st.tuples(
    *(st.just("see"), SESSIONS, st.integers(1, 3), st.integers(1, 40), st.sampled_from([OWED, MASKED])),
    st.sampled_from([1, 250]),
)
STEPS = st.one_of(
    SEE,
    st.tuples(st.just("wait"), st.sampled_from([1.0, TELLING_SECONDS, IDLE_SECONDS + 1])),
    st.tuples(st.just("end"), SESSIONS, st.sampled_from(Ended)),
    st.tuples(st.just("log"), st.booleans()),
    st.just(("look",)),
)
Shown = dict[str, Counter[tuple[int, int]]]


async def happen(room: Room, shown: Shown, step: tuple) -> None:
    match step:
        case ["see", session, instance, frame, obligations, times]:
            for _ in range(times):
                with suppress(AuditUnavailable):
                    room.see(frame, instance, session, octets=10, obligations=obligations)
                    shown[session][instance, frame] += 1
        case ["wait", seconds]:
            await room.after(seconds)
        case ["end", session, why]:
            room.views.ended(session, why)
        case ["log", works]:
            room.log.failing = not works
        case ["look"]:
            await room.views.look()


async def life(steps: list[tuple]) -> tuple[Room, Shown]:
    room = Room()
    shown: Shown = defaultdict(Counter)
    for step in steps:
        await happen(room, shown, step)
    room.log.failing = False
    room.views.end_all(lambda _: True, Ended.STOPPED)
    await room.views.look()
    return room, shown


@settings(deadline=None)
@given(steps=st.lists(STEPS, max_size=40))
def test_exactly_what_left_is_on_record(steps: list[tuple]) -> None:
    room, shown = asyncio.run(life(steps))
    views = views_of(Record(number, NOON, event) for number, event in enumerate(room.log.kept, start=1))

    assert (room.views.open, room.views.unrecorded) == (0, 0)
    assert {view.session for view in views} == {*shown}
    for view in views:
        left = shown[view.session]
        told = {
            (int(uid.rpartition(".")[2]), number)
            for uid, runs in view.rendered[SERIES].items()
            for first, last in runs
            for number in range(first, last + 1)
        }
        assert told == {*left}
        assert view.delivered == left.total()
        assert view.octets == 10 * left.total()
        assert view.ended is not None


@settings(deadline=None)
@given(steps=st.lists(STEPS, max_size=40))
def test_each_event_tells_what_left_under_one_set_of_obligations(steps: list[tuple]) -> None:
    room, shown = asyncio.run(life(steps))
    under: Counter[bool] = Counter()
    for event in room.log.kept:
        assert event.kind in {EventKind.VIEW_PROGRESS, EventKind.VIEW_CLOSED}
        under["masked" in event.detail] += int(event.detail.get("delivered", 0))
    assert under.total() == sum(left.total() for left in shown.values())
