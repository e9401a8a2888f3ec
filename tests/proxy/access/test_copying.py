"""Viewing is never disturbed, however much one study is looked at; taking one study after the other is."""

from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from policy.request import PurposeOfUse
from proxy.access.copying import DAY_SECONDS, Copying
from proxy.access.coverage import BITS, Coverage, Taken
from proxy.access.permit import Obligations, Permit
from proxy.audit.event import Event, EventKind, Outcome
from proxy.errors import AuditUnavailable, FullFidelityUnconfirmed, Overloaded
from proxy.resources import FramesRef, Uid
from proxy.settings.retrieval import Copying as Budget
from tests.proxy.access.gate import HELD, Log
from tests.proxy.access.people import caller_of

CLINICIAN = caller_of()
NEARLY = Budget(ask_after=79.85, report_after=119.85)  # frames that share a place of the bitmap count once
EMERGENCY = caller_of(purpose=PurposeOfUse.ETREAT)


class Reader:
    """Somebody who takes frames; time passes only while they wait, or when they let it."""

    def __init__(self, budget: Budget | None = None, log: Log | None = None) -> None:
        self.now = 1000.0
        self.waited = 0.0
        self.log = log or Log()
        self.copying = Copying(budget or Budget(), self.log, lambda: self.now, self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waited += seconds

    async def take(self, study: str, number: int, instances: int, caller: Any = CLINICIAN, **client: Any) -> None:
        """Slice `number` of a study of single-frame `instances`."""
        held = replace(HELD, study=Uid(study))
        target = FramesRef(Uid(study), Uid(f"{study}.1"), Uid(f"{study}.1.{number}"), (1,))
        permit = Permit(target, held, Obligations(rendered_only=False), f"session-{study}")
        taken = Taken(target.instance, (1,), 1, instances)
        await self.copying.admit(caller, permit, taken, **client)
        await self.copying.take(caller, permit, taken)

    async def scroll(self, study: str, instances: int, per_second: float, **more: Any) -> None:
        for number in range(1, instances + 1):
            await self.take(study, number, instances, **more)
            self.now += 1 / per_second

    async def read(self, first: int, last: int, **more: Any) -> None:
        """Studies of ten images, whole, within half a minute each."""
        for number in range(first, last + 1):
            await self.scroll(f"1.{number}", 10, 10, **more)
            self.now += 30

    @property
    def events(self) -> list[Event]:
        return self.log.kept


@pytest.mark.parametrize("per_second", [10, 60, 119])
async def test_a_whole_ct_in_full_fidelity_is_never_disturbed(per_second: int) -> None:
    reader = Reader()
    for _ in range(3):
        await reader.scroll("1.2", 2000, per_second)
    assert (reader.waited, reader.events) == (0, [])


async def test_a_viewer_may_fetch_the_beginning_ahead_at_once() -> None:
    reader = Reader()
    await reader.scroll("1.2", 600, 1e6)
    assert reader.waited == 0


async def test_forty_studies_a_day_are_read_in_peace() -> None:
    reader = Reader()
    await reader.read(1, 40)
    await reader.read(1, 40)
    assert (reader.waited, reader.events) == (0, [])


async def test_frames_come_no_faster_than_a_display_shows_them() -> None:
    for viewports, per_second in ((0, 120), (2, 120), (4, 240), (10**6, 480)):
        reader = Reader(Budget(slow_after=1e4, ask_after=1e5, report_after=1e6))
        begun = reader.now
        for study in range(4):
            await reader.scroll(f"1.{study}", 2000, 1e6, viewports=viewports)
        at_once = 5 * per_second
        assert reader.now - begun == pytest.approx((8000 - at_once) / per_second, rel=0.03)


async def test_who_asks_for_everything_at_the_same_time_is_told_to_come_back() -> None:
    reader = Reader()
    reader.copying = Copying(Budget(), reader.log, lambda: reader.now, no_time)
    with pytest.raises(Overloaded) as caught:
        await reader.scroll("1.2", 5000, 1e9)
    assert 0 < caught.value.retry_after <= 2


async def no_time(_: float) -> None:
    """What a thousand requests at the same time do: none waits for another."""


async def test_the_pace_falls_before_anybody_is_asked() -> None:
    reader, waited = Reader(Budget(slow_after=2, ask_after=6, report_after=9, burst=10)), []
    for study in range(5):
        before = reader.waited
        await reader.scroll(f"1.{study}", 300, 1e6)
        waited.append(reader.waited - before)
    assert waited[0] < waited[2] < waited[3] < waited[4]
    assert waited[4] > 4 * waited[1]
    assert reader.events == []


async def test_at_last_the_person_is_asked_and_officers_see_it() -> None:
    reader = Reader(NEARLY)
    await reader.read(1, 80)
    for _ in range(2):
        with pytest.raises(FullFidelityUnconfirmed, match=r"(79|80) studies"):
            await reader.take("1.100", 1, 10)
    (event,) = reader.events
    assert (event.kind, event.outcome) == (EventKind.COPYING_SUSPECTED, Outcome.REFUSED)
    assert (event.subject, event.study, event.view_session) == (CLINICIAN.subject, "1.100", "session-1.100")
    assert event.patient == "LAKESIDE|77-201"
    assert event.detail["stage"] == "asked"
    assert event.detail["studies"] in {79, 80}
    assert event.detail["percent-of-study"] == 0


async def test_what_was_taken_may_be_looked_at_again_while_the_question_stands() -> None:
    reader = Reader(NEARLY)
    await reader.read(1, 80)
    await reader.scroll("1.7", 10, 1e6)
    assert reader.events == []


async def test_confirming_is_recorded_once_and_gives_as_much_again() -> None:
    reader = Reader(NEARLY)
    await reader.read(1, 80)
    await reader.read(81, 110, confirmed=True)
    assert [event.detail["stage"] for event in reader.events] == ["confirmed"]
    assert reader.events[0].outcome is Outcome.SUCCESS
    await reader.read(111, 158)
    assert [event.detail["stage"] for event in reader.events] == ["confirmed", "reported"]
    with pytest.raises(FullFidelityUnconfirmed):
        await reader.read(159, 161)
    await reader.take("1.200", 1, 10, confirmed=True)
    assert [event.detail["stage"] for event in reader.events] == ["confirmed", "reported", "asked", "confirmed"]


async def test_an_emergency_is_neither_slowed_nor_asked_but_told_of() -> None:
    reader = Reader()
    for number in range(130):
        await reader.scroll(f"1.{number}", 50, 1e6, caller=EMERGENCY)
    assert reader.waited == 0
    (event,) = reader.events
    assert (event.detail["stage"], event.detail["studies"], event.purpose) == ("reported", 120, "ETREAT")


async def test_a_slow_scraper_is_asked_as_well() -> None:
    reader = Reader()
    with pytest.raises(FullFidelityUnconfirmed, match="80 studies"):
        await reader.read(1, 500)
    assert reader.waited == 0


async def test_the_next_day_begins_anew_and_nobody_pays_for_another() -> None:
    reader = Reader(NEARLY)
    await reader.read(1, 80)
    await reader.read(81, 90, caller=caller_of(subject="exchange:0815"))
    reader.now += DAY_SECONDS
    await reader.read(91, 100)
    assert reader.events == []


async def test_nobody_goes_on_without_a_record_of_the_confirmation() -> None:
    log = Log()
    reader = Reader(NEARLY, log)
    await reader.read(1, 80)
    log.failing = True
    with pytest.raises(AuditUnavailable):
        await reader.take("1.100", 1, 10, confirmed=True)
    log.failing = False
    await reader.take("1.100", 1, 10, confirmed=True)
    assert [event.detail["stage"] for event in reader.events] == ["confirmed"]


def test_the_share_of_a_study_counts_each_frame_once_and_instances_alike() -> None:
    coverage = Coverage()
    assert coverage.add(Taken(Uid("1.1"), (1, 2), 4, 2)) == 0.25
    assert coverage.add(Taken(Uid("1.1"), (2, 3), 4, 2)) == 0.125
    assert coverage.new(Taken(Uid("1.2"), (1,), 1, 2)) == 1
    assert coverage.add(Taken(Uid("1.2"), (1,), 1, 2)) == 0.5
    assert coverage.share == 0.875


@pytest.mark.parametrize("count", [1, 3, 4096, 4097, 500_000])
def test_all_frames_of_all_instances_are_a_whole_study(count: int) -> None:
    coverage = Coverage()
    coverage.add(Taken(Uid("1.1"), range(1, count + 1), count, 1))
    one_by_one = Coverage()
    one_by_one.add(Taken(Uid("1.1"), tuple(range(1, count + 1)), count, 1))
    assert one_by_one._bitmap == coverage._bitmap
    assert 0.95 < coverage.share <= 1


def test_a_number_of_frames_that_cannot_be_costs_neither_memory_nor_time_nor_the_pace_of_years() -> None:
    count = 2**31 - 1
    coverage, taken = Coverage(), Taken(Uid("1.1"), range(1, count + 1), count, 1)
    assert coverage.new(taken) <= 4100
    coverage.add(taken)
    assert 0.95 < coverage.share <= 1
    assert coverage.new(Taken(Uid("1.1"), (1, 10**9, count), count, 1)) == 0


def test_a_study_takes_the_same_memory_however_large_it_is() -> None:
    coverage = Coverage()
    for number in range(20_000):
        coverage.add(Taken(Uid(f"1.{number}"), (1,), 1, 20_000))
    assert len(coverage._bitmap) == BITS // 8
    assert coverage.share > 0.85


def traces(count: int) -> list[list[tuple[int, float, float]]]:
    """Days of clinicians: of each study its images, how fast they are scrolled, and the seconds before the next one."""
    random = Random(7)
    days = []
    for _ in range(count):
        studies = random.randint(1, 35)
        sizes = [random.choice((1, 2, 4, 24, 60, 120)) for _ in range(studies)]
        days.append([(size, random.uniform(2, 110), random.uniform(5, 600)) for size in sizes])
    return days


async def test_none_of_two_hundred_clinicians_is_disturbed() -> None:
    for day in traces(200):
        reader = Reader()
        for number, (size, per_second, pause) in enumerate(day):
            await reader.scroll(f"1.{number}", size, per_second)
            reader.now += pause
        assert (reader.waited, reader.events) == (0, [])


@pytest.mark.parametrize("per_second", [0.5, 5, 60, 1e6])
async def test_a_scraper_is_stopped_before_a_third_of_what_it_is_after(per_second: float) -> None:
    """Three hundred studies of a hundred images, in whatever order and however slowly."""
    reader, random = Reader(), Random(3)
    slices = [(study, number) for study in range(300) for number in range(1, 101)]
    random.shuffle(slices)
    taken = 0
    with suppress(FullFidelityUnconfirmed):
        for study, number in slices:
            await reader.take(f"1.{study}", number, 100)
            taken += 1
            reader.now += 1 / per_second
    assert taken <= 0.3 * len(slices)
    assert [event.detail["stage"] for event in reader.events] == ["asked"]
