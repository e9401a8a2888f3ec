"""One archive, asked as its owner allows and as it says itself; whatever is refused never reaches it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
import pytest

from proxy.archives.client import ArchiveClient
from proxy.archives.gentleness.tally import Reason
from proxy.archives.gentleness.turnstile import Turnstile
from proxy.archives.reports import Condition, report
from proxy.errors import ArchiveFailed, ArchiveResting, ArchiveTimedOut, OutsideHours, Overloaded, RenderedOnly
from proxy.settings.archives import Archive, Institution
from proxy.settings.gentleness import Gentleness
from proxy.urgency import RequestDemand, demanded
from tests.proxy.archives.fakes import BASE, frames, limits
from tests.times import Hand

FRIDAY_NOON = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()
ROW = b'[{"0020000D": {"vr": "UI", "Value": ["1.2.3"]}}]'
EMERGENCY = RequestDemand(emergency=True)


@dataclass
class Peer(httpx.AsyncBaseTransport):
    """An archive that answers with `status`, or not at all, and counts what reaches it."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"[]"
    silent: bool = False
    cut: bool = False
    requests: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.silent:
            await asyncio.sleep(60)
        body = _cut() if self.cut else None
        headers = {"Content-Type": "application/dicom+json", **self.headers}
        return httpx.Response(self.status, headers=headers, content=self.body if body is None else body)


async def _cut():
    yield b"["
    raise httpx.ReadError("broken off")


@dataclass
class Line:
    """A client of `peer`, with time that the test moves."""

    client: ArchiveClient
    peer: Peer
    clock: Hand
    timer: Hand

    def later(self, seconds: float) -> None:
        self.clock.now += seconds
        self.timer.now += seconds

    async def refused(self, kind: type[ArchiveFailed] = ArchiveFailed) -> ArchiveFailed:
        """The error of a search that does not reach the archive."""
        before = self.peer.requests
        with pytest.raises(kind) as caught:
            await self.client.search("studies")
        assert type(caught.value) is kind
        assert self.peer.requests == before
        assert caught.value.institution == "General Hospital"
        return caught.value

    async def failed(self) -> None:
        """A search that reaches the archive and fails."""
        before = self.peer.requests
        with pytest.raises((ArchiveFailed, Overloaded)):
            await self.client.search("studies")
        assert self.peer.requests == before + 1

    @property
    def condition(self) -> Condition:
        return report(self.client).condition


def line(**gentleness: object) -> Line:
    archive = Archive(id="main", base_url=BASE, limits=limits(search_seconds=0.1), gentleness=Gentleness(**gentleness))
    institution = Institution(id="general", name="General Hospital", archives=(archive,))
    clock, timer, peer = Hand(FRIDAY_NOON), Hand(1000.0), Peer()
    turnstile = Turnstile(archive, institution.name, clock, timer)
    return Line(ArchiveClient(archive, institution, peer, turnstile=turnstile), peer, clock, timer)


@contextmanager
def emergency() -> Iterator[None]:
    with demanded(EMERGENCY):
        yield


async def test_outside_its_hours_only_emergencies_reach_an_archive() -> None:
    asked = line(hours=("mon-fri 07:00-12:00",), time_zone="UTC")
    assert not asked.client.is_well
    error = await asked.refused(OutsideHours)
    assert error.retry_after == 3 * 86400 - 5 * 3600
    with emergency():
        assert asked.client.is_well
        assert await asked.client.search("studies") == []
    assert (asked.peer.requests, asked.condition) == (1, Condition.OUTSIDE_HOURS)
    asked.later(error.retry_after)
    await asked.client.search("studies")


async def test_full_fidelity_ends_before_searches_and_those_before_emergencies() -> None:
    asked = line(daily_bytes=1000, full_fidelity_share=0.5, emergency_share=0.2)
    asked.peer.body = b" " * 598 + b"[]"
    await asked.client.search("studies")
    assert asked.condition is Condition.RENDERED_ONLY
    with pytest.raises(RenderedOnly, match="rendered images only until midnight") as caught:
        async with asked.client.frames(frames(1)):
            pass
    assert caught.value.retry_after == 12 * 3600
    await asked.client.search("studies")
    assert asked.condition is Condition.BUDGET_SPENT
    assert (await asked.refused(ArchiveResting)).retry_after == 12 * 3600
    with emergency():
        await asked.client.search("studies")
        assert (await asked.refused(ArchiveResting)).retry_after == 12 * 3600
    assert asked.peer.requests == 3
    asked.later(12 * 3600)
    await asked.client.search("studies")
    assert (asked.condition, report(asked.client).bytes_today) == (Condition.RENDERED_ONLY, 600)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_pause_that_the_archive_asks_for_counts_for_everybody(status: int) -> None:
    asked = line()
    asked.peer.status, asked.peer.headers = status, {"Retry-After": "Fri, 27 Nov 2026 12:00:40 GMT"}
    await asked.failed()
    asked.peer.status = 200
    asked.later(39.5)
    assert (await asked.refused(ArchiveResting)).retry_after == 1
    with emergency():
        await asked.refused(ArchiveResting)
    assert asked.condition is Condition.RESTING
    asked.later(0.5)
    await asked.client.search("studies")
    assert asked.condition is Condition.OPEN


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"status": 401}, {"cut": True}, {"silent": True}])
async def test_an_archive_that_keeps_failing_is_left_alone_and_then_tried_by_one(fault: dict[str, object]) -> None:
    asked = line(failures=3, pause_seconds=10)
    for name, value in fault.items():
        setattr(asked.peer, name, value)
    for _ in range(3):
        await asked.failed()
    for wait in (10, 20, 40):
        assert asked.condition is Condition.FAILING
        assert (await asked.refused()).retry_after == wait
        with emergency():
            await asked.refused()
        asked.later(wait)
        assert asked.condition is Condition.HALF_OPEN
        await asked.failed()
    asked.later(80)
    asked.peer.status, asked.peer.cut, asked.peer.silent = 200, False, False
    await asked.client.search("studies")
    assert asked.condition is Condition.OPEN
    assert report(asked.client).refusals[Reason.FAILING] == 6


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 403}, {"cut": True}])
async def test_one_person_whose_questions_the_archive_fails_at_does_not_shut_it_for_the_others(
    fault: dict[str, object],
) -> None:
    asked = line(failures=4, pause_seconds=10)
    for name, value in fault.items():
        setattr(asked.peer, name, value)
    with demanded(RequestDemand(person="one")):
        for _ in range(20):
            await asked.failed()
    assert asked.condition is Condition.OPEN
    with demanded(RequestDemand(person="other")):
        await asked.failed()
        await asked.failed()
    assert asked.condition is Condition.FAILING, "several people say that it is the archive"
    asked.later(10)
    with demanded(RequestDemand(person="one")):
        for _ in range(3):
            await asked.failed()
    assert asked.condition is Condition.HALF_OPEN, "whoever comes next may try"
    asked.peer.status, asked.peer.cut = 200, False
    with demanded(RequestDemand(person="other")):
        await asked.client.search("studies")
    assert asked.condition is Condition.OPEN


async def test_one_person_who_gives_up_early_again_and_again_does_not_shut_it_either() -> None:
    asked = line(failures=4)
    asked.peer.silent = True
    for _ in range(10):
        with demanded(RequestDemand(person="one")):
            task = asyncio.create_task(asked.client.search("studies"))
        await asyncio.sleep(0.01)
        asked.later(3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert asked.condition is Condition.OPEN


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 401}, {"silent": True}])
async def test_an_archive_that_is_away_is_left_alone_whoever_finds_it_so(fault: dict[str, object]) -> None:
    asked = line(failures=4)
    for name, value in fault.items():
        setattr(asked.peer, name, value)
    with demanded(RequestDemand(person="one")):
        for _ in range(4):
            await asked.failed()
    assert asked.condition is Condition.FAILING


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.booleans()), min_size=1, max_size=25))
@hypothesis_settings(deadline=None, max_examples=60)
def test_whatever_fails_or_is_given_up_every_turn_is_given_back(asks: list[tuple[int, int, bool]]) -> None:
    asyncio.run(_given_back(asks))


async def _given_back(asks: list[tuple[int, int, bool]]) -> None:
    asked = line(failures=2, pause_seconds=1, requests_per_second=100_000)
    tasks = []
    for fault, steps, cancel in asks:
        asked.peer.status, asked.peer.cut, asked.peer.silent = (200, 500, 502, 200, 200)[fault], fault == 3, fault == 4
        with demanded(RequestDemand(steps, person=f"person {steps % 3}")):
            tasks.append(asyncio.create_task(asked.client.search("studies")))
        for _ in range(steps):
            await asyncio.sleep(0)
        if cancel:
            asked.later(3)
            tasks[steps % len(tasks)].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    turnstile = asked.client.turnstile
    assert (turnstile.standing.tally.in_use, turnstile.standing.breaker._probing) == (0, False)
    assert turnstile.line._free == asked.client.archive.limits.connections
    assert not turnstile.line._held
    asked.later(1000)
    asked.peer.status, asked.peer.cut, asked.peer.silent = 200, False, False
    assert await asked.client.search("studies") == []


async def test_while_one_tries_the_others_are_told_at_once() -> None:
    asked = line(failures=1, pause_seconds=10)
    asked.peer.status = 500
    await asked.failed()
    asked.later(10)
    asked.peer.status, asked.peer.silent = 200, True
    trying = asyncio.create_task(asked.client.search("studies"))
    await asyncio.sleep(0.01)
    assert (await asked.refused()).retry_after == 1
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)
    asked.peer.silent = False
    await asked.client.search("studies")
    assert asked.condition is Condition.OPEN


@pytest.mark.parametrize("status", [400, 404, 406, 410, 413, 501])
async def test_answers_that_a_healthy_archive_gives_are_no_failures(status: int) -> None:
    asked = line(failures=2)
    asked.peer.status = status
    for _ in range(5):
        with pytest.raises(Exception):  # noqa: B017, PT011 - which one is tested elsewhere
            await asked.client.search("studies/1.2.3/series")
    assert (asked.peer.requests, asked.condition) == (5, Condition.OPEN)


async def test_a_search_that_nobody_waits_for_any_longer_tells_that_the_archive_is_silent() -> None:
    asked = line(failures=2)
    asked.peer.silent = True
    for given_up_after in (0.5, 3.0, 0.5, 3.0):
        task = asyncio.create_task(asked.client.search("studies"))
        await asyncio.sleep(0.01)
        asked.later(given_up_after)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert asked.condition is Condition.FAILING


async def test_who_waited_long_in_line_does_not_blame_the_archive() -> None:
    asked = line(failures=1)
    places = asked.client.archive.limits.connections
    asked.peer.silent = True
    holding = [asyncio.create_task(asked.client.metadata(frames(1).of)) for _ in range(places)]
    await asyncio.sleep(0)
    late = asyncio.create_task(asked.client.search("studies"))
    await asyncio.sleep(0.08)
    holding[0].cancel()
    with pytest.raises(ArchiveTimedOut):
        await late
    assert asked.condition is Condition.OPEN
    for task in holding:
        task.cancel()
    await asyncio.gather(*holding, return_exceptions=True)


async def test_when_the_archive_begins_to_fail_those_in_line_are_told_at_once() -> None:
    asked = line(failures=1)
    asked.peer.status = 500
    places = asked.client.archive.limits.connections
    answers = await asyncio.gather(*(asked.client.search("studies") for _ in range(5 * places)), return_exceptions=True)
    assert all(isinstance(answer, ArchiveFailed) for answer in answers)
    assert asked.peer.requests <= places


async def test_the_report_tells_amounts_times_and_the_last_failure() -> None:
    asked = line()
    asked.peer.body = ROW
    for _ in range(2):
        await asked.client.search("studies")
    asked.peer.status = 502
    await asked.failed()
    told = report(asked.client)
    assert (told.requests, told.in_use, told.bytes, told.bytes_today) == (3, 0, 2 * len(ROW), 2 * len(ROW))
    assert (told.median_seconds, told.p95_seconds) == (0, 0)
    assert told.last_failure is not None
    assert (told.last_failure.words, told.last_failure.at) == ("the archive answered with status 502", FRIDAY_NOON)
    assert (told.condition, told.since, told.seconds_left) == (Condition.OPEN, None, None)
