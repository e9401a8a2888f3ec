"""Everything on record reaches a repository, in order and at least once, whatever it does meanwhile."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from proxy.audit.chain import Entry
from proxy.audit.event import EventKind
from proxy.audit.reading import Readings, Record
from proxy.repositories.delivery import LONGEST_PAUSE, Delivery
from proxy.repositories.way import Refused, RepositoryFailed
from tests.proxy.audit.logs import MemoryEvents, chained, view
from tests.proxy.repositories.logs import Positions, Recorded

BEGIN = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class Repository:
    """A way to a repository that takes what it is sent while it is `there`, except the records in `never`."""

    there: bool = True
    never: frozenset[int] = frozenset()
    most: int = 10
    settle_seconds: float = 5.0
    received: list[int] = field(default_factory=list)
    hung_up: int = 0
    fault: Exception | None = None

    async def send(self, records: Sequence[Record]) -> Sequence[Refused]:
        if self.fault is not None:
            raise self.fault
        self.require_standing()
        self.received += [one.sequence for one in records if one.sequence not in self.never]
        return [Refused(one, 422) for one in records if one.sequence in self.never]

    def require_standing(self) -> None:
        if not self.there:
            raise RepositoryFailed("it is gone")

    async def hang_up(self) -> None:
        self.hung_up += 1

    async def close(self) -> None: ...


@dataclass
class Service:
    """A service with a log of `number` events, one each second, and a clock that stands unless it is moved."""

    repository: Repository
    number: int = 0
    now: float = BEGIN.timestamp()
    events: MemoryEvents = field(default_factory=MemoryEvents)
    audit: Recorded = field(default_factory=Recorded)
    positions: Positions = field(default_factory=Positions)
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log(self.number)

    def log(self, number: int) -> None:
        events = [view(one) for one in range(1, number + 1)]
        self.events.kept = chained(*events, at=lambda index: BEGIN + timedelta(seconds=index))

    def delivery(self) -> Delivery:
        times = (lambda: self.now, lambda: self.now)
        readings = Readings(self.events)
        return Delivery("arr", self.repository, readings, self.positions, self.audit, times, 300, self._sleep)

    async def run(self, delivery: Delivery, seconds: float) -> None:
        """Let it work until the clock is so much further."""
        self._until = self.now + seconds
        with suppress(asyncio.CancelledError):
            await delivery.work()

    async def _sleep(self, pause: float) -> None:
        self.pauses.append(pause)
        self.now += pause
        if self.now >= self._until:
            raise asyncio.CancelledError


async def test_all_comes_in_order_and_is_kept_when_it_has_settled() -> None:
    service = Service(Repository(), 95)
    await service.run(service.delivery(), 3)
    assert service.repository.received == list(range(1, 96))
    assert service.positions.kept == {}
    await service.run(service.delivery(), 10)
    assert service.positions.kept == {"arr": 95}


async def test_where_it_stopped_is_where_it_goes_on() -> None:
    service = Service(Repository(settle_seconds=0), 30)
    await service.run(service.delivery(), 3)
    service.repository.received.clear()
    service.log(40)
    await service.run(service.delivery(), 3)
    assert service.repository.received == list(range(31, 41))


async def test_a_connection_that_ends_before_it_has_settled_is_made_up_for() -> None:
    service = Service(Repository(settle_seconds=60), 30)
    delivery = service.delivery()
    await service.run(delivery, 10)
    service.repository.there = False
    await service.run(delivery, 10)
    assert service.repository.hung_up
    service.repository.there = True
    await service.run(delivery, 100)
    assert service.repository.received == [*range(1, 31), *range(1, 31)]
    assert service.positions.kept == {"arr": 30}


async def test_an_hour_away_is_on_record_and_drains_afterwards() -> None:
    """It is not asked all the time, and the alarm is given once and taken back once."""
    service = Service(Repository(settle_seconds=0, most=200), 10)
    delivery = service.delivery()
    await service.run(delivery, 2)
    service.repository.there = False
    service.log(1200)
    await service.run(delivery, 3600)
    assert delivery.is_behind
    assert delivery.backlog == 1190
    assert delivery.behind_seconds > 3000
    assert max(service.pauses) == LONGEST_PAUSE
    assert [(one.kind, one.outcome) for one in service.audit.events] == [(EventKind.REPOSITORY_BEHIND, "failed")]
    service.repository.there = True
    await service.run(delivery, 120)
    assert service.repository.received == list(range(1, 1201))
    assert (delivery.backlog, delivery.behind_seconds, delivery.is_behind) == (0, 0, False)
    assert [one.outcome for one in service.audit.events] == ["failed", "success"]


async def test_what_is_never_taken_holds_up_nothing_and_is_on_record() -> None:
    service = Service(Repository(settle_seconds=0, never=frozenset({7})), 20)
    await service.run(service.delivery(), 3)
    assert service.repository.received == [*range(1, 7), *range(8, 21)]
    (told,) = service.audit.events
    assert (told.kind, dict(told.detail)) == (
        EventKind.REPOSITORY_REFUSED,
        {"repository": "arr", "record": 7, "status": 422},
    )
    assert service.positions.kept == {"arr": 20}


async def test_a_fault_of_our_own_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    service = Service(Repository(settle_seconds=0), 5)
    service.repository.fault = ValueError("secret")
    delivery = service.delivery()
    await service.run(delivery, 10)
    assert {one.message for one in caplog.records} == {"an audit repository could not be sent to"}
    service.repository.fault = None
    await service.run(delivery, 100)
    assert service.positions.kept == {"arr": 5}


async def test_a_log_that_was_begun_anew_is_told_from_its_start() -> None:
    service = Service(Repository(settle_seconds=0), 5)
    service.positions.keep("arr", 1000)
    await service.run(service.delivery(), 3)
    assert service.repository.received == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("failing", ["readings", "recording"])
async def test_a_log_that_fails_is_tried_again(failing: str) -> None:
    service = Service(Repository(settle_seconds=0, never=frozenset({1})), 5)
    delivery = service.delivery()
    if failing == "recording":
        service.audit.failing = True
    else:
        kept, service.events.kept = service.events.kept, [*service.events.kept[:2], *damaged(service)]
    await service.run(delivery, 10)
    assert service.positions.kept == {}
    if failing == "recording":
        service.audit.failing = False
    else:
        service.events.kept = kept
    await service.run(delivery, 100)
    assert service.positions.kept == {"arr": 5}


def damaged(service: Service) -> list[Entry]:
    return [replace(service.events.kept[2], body=b"{")]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 12)), max_size=12))
def test_nothing_is_left_out_whatever_happens(steps: list[tuple[bool, bool, int]]) -> None:
    """The repository comes and goes, the service is begun anew, events come: all arrive, each first in its turn."""

    async def happen() -> list[int]:
        service = Service(Repository(settle_seconds=3))
        delivery = service.delivery()
        for there, anew, more in steps:
            service.repository.there = there
            service.log(len(service.events.kept) + more)
            delivery = service.delivery() if anew else delivery
            await service.run(delivery, 2)
        service.repository.there = True
        await service.run(delivery, 200)
        assert service.positions.read("arr") == len(service.events.kept)
        return list(dict.fromkeys(service.repository.received))

    assert asyncio.run(happen()) == list(range(1, sum(more for _, _, more in steps) + 1))
