"""A view session's frames on record: exactly those that left, in few events, whatever clock and log do meanwhile."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from proxy.access.enforcement import MAXIMUM_VIEWS
from proxy.access.permit import Obligations, Permit
from proxy.access.views.shown import Shown, frames, whole
from proxy.access.views.stretch import LONGEST_TEXT
from proxy.access.views.views import (
    IDLE_SECONDS,
    LATEST_SECONDS,
    MOST_AT_ONCE,
    MOST_DELIVERIES,
    MOST_UNRECORDED,
    TELLING_SECONDS,
    Views,
)
from proxy.audit.canonical import to_event_json
from proxy.audit.event import Event, EventKind
from proxy.audit.reading import Record
from proxy.audit.views.view import Ended, View, views_of
from proxy.errors import AuditUnavailable, NotPermitted
from proxy.resources import FramesRef, InstanceRef, Uid
from tests.proxy.access.gate import FRAME, HELD, SERIES, STUDY, Log, gate_of
from tests.proxy.access.people import caller_of
from tests.proxy.audit.logs import NOON

CHEN = caller_of()
OWED = Obligations()


def permit_of(
    frame: int = 1, instance: int = 1, session: str = "v-1", obligations: Obligations = OWED
) -> Permit[FramesRef]:
    target = FramesRef(STUDY, SERIES, Uid(f"1.2.3.{instance}"), (frame,))
    return Permit(target, HELD, obligations, session, ("hie-treating",), "sha256:abc")


class Room:
    """View sessions with a clock that a test turns and a log that it reads."""

    def __init__(self) -> None:
        self.now = 5000.0
        self.log = Log()
        self.views = Views(self.log, lambda: self.now)

    def see(self, frame: int, instance: int = 1, session: str = "v-1", octets: int = 100, **more: Any) -> None:
        permit = permit_of(frame, instance, session, **more)
        self.views.admitted(CHEN, permit)
        self.views.show(CHEN, frames(permit, (frame,)))
        self.views.sent(session, octets)

    async def after(self, seconds: float) -> None:
        self.now += seconds
        await self.views.look()

    @property
    def kinds(self) -> list[EventKind]:
        return [event.kind for event in self.log.kept]

    def view(self) -> View:
        (view,) = views_of(Record(number, NOON, event) for number, event in enumerate(self.log.kept, start=1))
        return view


async def test_a_short_view_is_one_event_when_it_is_over() -> None:
    room = Room()
    for frame in (1, 2, 3, 2):
        room.see(frame)
    room.now += 5
    room.views.ended("v-1", Ended.SIGNED_OUT)
    await room.views.look()

    (event,) = room.log.kept
    assert (event.kind, event.subject, event.study, event.patient) == (
        *(EventKind.VIEW_CLOSED, CHEN.subject, STUDY, "LAKESIDE|77-201"),
    )
    assert (event.reasons, event.policy) == (("hie-treating",), "sha256:abc")
    view = room.view()
    assert view.rendered == {SERIES: {"1.2.3.1": ((1, 3),)}}
    assert (view.delivered, view.octets, view.seen, view.ended) == (4, 400, 3, Ended.SIGNED_OUT)
    assert view.obligations == {"rendered-only": 1}
    assert room.views.open == 0


async def test_what_left_is_told_after_half_a_minute_and_never_twice() -> None:
    room = Room()
    room.see(1)
    await room.after(TELLING_SECONDS - 1)
    assert room.log.kept == []
    await room.after(1)
    assert room.kinds == [EventKind.VIEW_PROGRESS]
    await room.after(TELLING_SECONDS)
    assert room.kinds == [EventKind.VIEW_PROGRESS]
    room.see(7)
    await room.after(TELLING_SECONDS)

    assert room.kinds == [EventKind.VIEW_PROGRESS] * 2
    assert [event.detail["delivered"] for event in room.log.kept] == [1, 1]
    assert [event.detail["first-second"] for event in room.log.kept] == [0, 60]
    assert room.view().rendered == {SERIES: {"1.2.3.1": ((1, 1), (7, 7))}}


async def test_many_frames_are_told_before_the_time_has_come() -> None:
    room = Room()
    for frame in range(1, MOST_DELIVERIES):
        room.see(frame)
    await room.views.look()
    assert room.log.kept == []
    room.see(MOST_DELIVERIES)
    await room.views.look()

    assert room.kinds == [EventKind.VIEW_PROGRESS]
    assert room.view().rendered == {SERIES: {"1.2.3.1": ((1, MOST_DELIVERIES),)}}


async def test_what_left_under_other_obligations_is_told_apart() -> None:
    room = Room()
    room.see(1)
    room.see(2, obligations=replace(OWED, masked=True))
    room.views.ended("v-1", Ended.STOPPED)
    await room.views.look()

    assert room.kinds == [EventKind.VIEW_PROGRESS, EventKind.VIEW_CLOSED]
    assert [event.detail.get("masked") for event in room.log.kept] == [None, 1]
    assert [event.detail["delivered"] for event in room.log.kept] == [1, 1]


async def test_full_fidelity_is_counted_apart_from_rendered_images() -> None:
    room = Room()
    permit = permit_of(1)
    room.views.show(CHEN, frames(permit, (1,)))
    room.views.show(CHEN, [Shown(permit, ((1, 3),), native=True, frame_pixels=512 * 512)])
    report = Permit(InstanceRef(STUDY, SERIES, Uid("1.2.3.9")), HELD, OWED, "v-1")
    room.views.show(CHEN, whole(report, {}))
    room.views.ended("v-1", Ended.IDLE)
    await room.views.look()

    view = room.view()
    assert (view.delivered, view.native_delivered, view.native_pixels) == (2, 3, 3 * 512 * 512)
    assert view.native == {SERIES: {"1.2.3.1": ((1, 3),)}}
    assert view.rendered == {SERIES: {"1.2.3.1": ((1, 1),), "1.2.3.9": ((0, 0),)}}
    assert view.seen == 4


async def test_a_view_that_nobody_used_is_over_and_one_in_use_is_not() -> None:
    room = Room()
    room.see(1)
    room.see(1, session="v-2")
    for _ in range(4):
        await room.after(IDLE_SECONDS / 3)
        room.views.admitted(CHEN, permit_of(session="v-2"))

    closed = [event for event in room.log.kept if event.kind is EventKind.VIEW_CLOSED]
    assert [(event.view_session, event.detail["ended"]) for event in closed] == [("v-1", "idle")]
    assert room.views.open == 1


async def test_an_answer_that_takes_long_keeps_its_view_open() -> None:
    room = Room()
    room.see(1)
    for _ in range(4):
        await room.after(IDLE_SECONDS / 3)
        room.views.sent("v-1", 10)
    assert EventKind.VIEW_CLOSED not in room.kinds


async def test_what_leaves_after_the_end_is_told_too() -> None:
    """A stream that began before access was revoked may still bring a frame."""
    room = Room()
    room.see(1)
    room.views.ended("v-1", Ended.REVOKED)
    room.log.committing = lambda: (setattr(room.log, "committing", lambda: None), room.see(2))[0]
    await room.views.look()
    await room.after(TELLING_SECONDS)
    room.see(3)
    await room.after(IDLE_SECONDS + 1)

    assert room.kinds[0] is EventKind.VIEW_CLOSED
    assert room.view().rendered == {SERIES: {"1.2.3.1": ((1, 3),)}}
    assert room.view().ended is Ended.IDLE
    assert room.views.open == 0


async def test_bytes_that_are_sent_after_their_frame_was_told_of_are_told_at_the_end() -> None:
    room = Room()
    room.see(1, octets=10)
    await room.after(TELLING_SECONDS)
    room.views.sent("v-1", 90)
    room.views.ended("v-1", Ended.IDLE)
    await room.views.look()
    assert [event.detail.get("bytes") for event in room.log.kept] == [10, 90]
    assert room.log.kept[-1].detail["total-bytes"] == room.view().octets == 100


async def test_a_frame_that_leaves_while_the_end_waits_for_the_log_is_told_before_another_end() -> None:
    room = Room()
    room.see(1)
    room.views.ended("v-1", Ended.REVOKED)
    room.log.failing = True
    await room.views.look()
    room.see(2)
    room.log.failing = False
    await room.after(IDLE_SECONDS + 1)
    assert room.kinds == [EventKind.VIEW_CLOSED, EventKind.VIEW_CLOSED]
    assert (room.view().ended, room.view().seen, room.views.open) == (Ended.IDLE, 2, 0)


async def test_while_the_log_fails_what_left_waits_and_is_told_once() -> None:
    room = Room()
    room.see(1)
    room.log.failing = True
    await room.after(TELLING_SECONDS)
    room.see(2)
    await room.after(1)
    assert room.views.unrecorded == 2
    room.log.failing = False
    await room.after(1)

    assert room.view().delivered == 2
    assert room.view().rendered == {SERIES: {"1.2.3.1": ((1, 2),)}}
    assert room.views.unrecorded == 0


async def test_nobody_is_given_a_permit_while_too_much_is_not_on_record() -> None:
    room = Room()
    room.log.failing = True
    for frame in range(1, MOST_UNRECORDED + 2):
        room.see(frame)
        if frame % MOST_DELIVERIES == 0:
            await room.views.look()
    with pytest.raises(AuditUnavailable):
        room.see(1)
    room.see(1, session="v-2")

    room.log.failing = False
    await room.views.look()
    room.see(1)
    assert sum(event.detail["delivered"] for event in room.log.kept if event.view_session == "v-1") == (
        MOST_UNRECORDED + 1
    )


async def test_nor_when_something_is_not_on_record_for_too_long() -> None:
    room = Room()
    room.see(1)
    room.log.failing = True
    await room.after(LATEST_SECONDS + 1)
    with pytest.raises(AuditUnavailable):
        room.see(2)
    room.log.failing = False
    await room.views.look()
    room.see(2)


async def test_two_thousand_frames_a_second_are_fewer_than_a_hundred_events_a_second() -> None:
    """Six hundred people scroll at once for two minutes, each through a study of single-frame instances."""
    room = Room()
    seconds, views, per_second = 120, 600, 2000
    left = 0
    for _ in range(seconds):
        before = len(room.log.kept)
        for _ in range(per_second):
            room.see(1, instance=left // views % 400, session=f"v-{left % views}")
            left += 1
        await room.after(1)
        assert len(room.log.kept) - before < 100

    assert len(room.log.kept) / seconds < 50
    told = sum(int(event.detail["delivered"]) for event in room.log.kept)
    assert told + room.views.unrecorded == left


async def test_at_one_look_time_alone_makes_few_events() -> None:
    room = Room()
    for session in range(3 * MOST_AT_ONCE):
        room.see(1, session=f"v-{session}")
    counts = []
    await room.after(TELLING_SECONDS)
    for _ in range(4):
        counts.append(len(room.log.kept))
        await room.after(1)
    assert counts == [MOST_AT_ONCE, 2 * MOST_AT_ONCE, 3 * MOST_AT_ONCE, 3 * MOST_AT_ONCE]


async def test_a_view_of_more_than_one_event_holds_is_told_in_several() -> None:
    room = Room()
    uids = [Uid(f"2.25.{10**38 + 7919 * number}") for number in range(2 * MOST_DELIVERIES)]
    for number, uid in enumerate(uids):
        target = FramesRef(STUDY, SERIES, uid, (1,))
        permit = Permit(target, HELD, OWED, "v-1")
        room.views.show(CHEN, [Shown(permit, ((1 + number % 7, 10_000),))])
    room.views.ended("v-1", Ended.IDLE)
    await room.views.look()

    assert len(room.log.kept) > 1
    assert all(len(str(event.detail.get("frames", ""))) <= LONGEST_TEXT for event in room.log.kept)
    assert [to_event_json(event) for event in room.log.kept]
    assert room.kinds == [EventKind.VIEW_PROGRESS] * (len(room.kinds) - 1) + [EventKind.VIEW_CLOSED]
    view = room.view()
    assert {*view.rendered[SERIES]} == {*uids}
    assert view.delivered == sum(10_000 - number % 7 for number in range(2 * MOST_DELIVERIES))


async def test_when_the_service_stops_all_views_are_over() -> None:
    room = Room()
    async with room.views.running():
        for session in range(120):
            room.see(1, session=f"v-{session}")
    assert {event.detail["ended"] for event in room.log.kept} == {"stopped"}
    assert len({event.view_session for event in room.log.kept}) == 120


async def test_a_view_ends_with_the_right_to_it() -> None:
    """The enforcement point finds it when it decides anew: what left before is told, and nothing else leaves."""
    gate, room = gate_of(until="2026-11-24T12:05:00Z"), Room()
    gate.enforcement.watched_by(room.views)
    permit = await gate.enforcement.admit(CHEN, HELD, FRAME)
    room.views.show(CHEN, frames(permit, (1,)))
    gate.clock.now += 400
    with pytest.raises(NotPermitted):
        await gate.enforcement.admit(CHEN, HELD, FRAME)
    await room.views.look()

    (event,) = room.log.kept
    assert (event.view_session, event.detail["ended"], event.detail["delivered"]) == (permit.view_session, "revoked", 1)
    assert event.reasons == permit.rules != ()
    assert event.policy == permit.policy == gate.engine.version


@pytest.mark.parametrize("jump", [-36_000, -600, 600, 86_400])
async def test_a_clock_that_is_set_changes_no_period_and_loses_no_frame(jump: int) -> None:
    gate, room = gate_of(), Room()
    gate.enforcement.watched_by(room.views)
    caller = replace(CHEN, expires=CHEN.expires + 10 * 86_400)
    sessions = []
    for frame in range(1, 21):
        permit = await gate.enforcement.admit(caller, HELD, replace(FRAME, frames=(frame,)))
        room.views.show(caller, frames(permit, (frame,)))
        sessions.append(permit.view_session)
        await room.after(10)
        gate.clock.now += 10
        if frame == 10:
            gate.clock.now += jump
    await room.after(IDLE_SECONDS + 10)

    views = views_of(Record(number, NOON, event) for number, event in enumerate(room.log.kept, start=1))
    assert {view.session for view in views} == {*sessions}
    assert sum(view.seen for view in views) == 20
    assert {view.ended for view in views} == {Ended.IDLE}
    assert all(timedelta(0) <= view.until - view.opened <= timedelta(seconds=190) for view in views)
    assert room.views.open == 0


async def test_of_too_many_views_the_one_that_was_not_used_for_longest_is_over() -> None:
    room = Room()
    for number in range(MAXIMUM_VIEWS):
        room.views.admitted(CHEN, permit_of(session=f"v-{number}"))
    room.views.admitted(CHEN, permit_of(session="v-0"))
    room.see(1, session="another")
    await room.views.look()
    (event,) = room.log.kept
    assert (event.kind, event.view_session, event.detail["ended"]) == (EventKind.VIEW_CLOSED, "v-1", "displaced")


async def test_what_cannot_be_told_at_the_end_is_said(caplog: pytest.LogCaptureFixture) -> None:
    room = Room()
    async with room.views.running():
        room.see(1)
        room.log.failing = True
    assert "could be told to be over" in caplog.text
    assert room.log.kept == []


async def test_all_views_of_whoever_signs_out_are_over() -> None:
    room = Room()
    other = caller_of(subject="exchange:0815", token_id="token-2")
    room.see(1)
    room.views.show(other, frames(permit_of(session="v-2"), (1,)))
    room.views.end_all(lambda caller: caller.subject == CHEN.subject, Ended.SIGNED_OUT)
    await room.views.look()
    assert [event.view_session for event in room.log.kept] == ["v-1"]


async def test_callers_and_looks_may_come_in_any_order() -> None:
    room = Room()

    async def scroll(session: str) -> None:
        for frame in range(1, 1201):
            room.see(frame, session=session)
            if frame % 50 == 0:
                await asyncio.sleep(0)

    async def look() -> None:
        for _ in range(60):
            await room.after(1)
            await asyncio.sleep(0)

    await asyncio.gather(*(scroll(f"v-{number}") for number in range(5)), look())
    room.views.end_all(lambda _: True, Ended.STOPPED)
    await room.views.look()
    records = (Record(number, NOON, event) for number, event in enumerate(room.log.kept, start=1))
    for view in views_of(records):
        assert view.rendered == {SERIES: {"1.2.3.1": ((1, 1200),)}}
        assert (view.delivered, view.octets) == (1200, 120_000)


def test_the_events_name_the_study_and_nobody() -> None:
    room = Room()
    room.see(1)
    room.views.ended("v-1", Ended.IDLE)
    asyncio.run(room.views.look())
    (event,) = room.log.kept
    assert isinstance(event, Event)
    assert (event.detail["study-date"], event.detail["modalities"]) == ("20261112", "CT")
