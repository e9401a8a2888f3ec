"""The journal: callers wait for their own commit, many share one, and nothing is acknowledged that is not kept."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
import threading

import pytest

from proxy.audit.event import EventKind
from proxy.audit.journal import RETRY_SECONDS, Journal
from proxy.audit.reading import Record, read_record
from proxy.audit.verification import verify_chain
from proxy.errors import AuditUnavailable, ConfigurationError
from proxy.storage.sqlite import SqliteEvents
from tests.proxy.audit.logs import NOON, MemoryEvents, view


class Clock:
    def __init__(self) -> None:
        self.now = NOON.timestamp()

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def running(store, clock=None, **limits) -> AsyncGenerator[Journal]:
    journal = Journal(store, clock or Clock(), **limits)
    await journal.start()
    try:
        yield journal
    finally:
        await journal.close()


class Held:
    """Keeps the store's thread inside `append` until it is let go."""

    def __init__(self, store: MemoryEvents) -> None:
        self.entered = threading.Event()
        self.release = threading.Event()
        store.before_append = self._hold

    def _hold(self) -> None:
        self.entered.set()
        assert self.release.wait(20)

    async def reached(self) -> None:
        assert await asyncio.to_thread(self.entered.wait, 20)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def records(store: MemoryEvents) -> list[Record]:
    return [read_record(entry) for entry in store.entries()]


async def test_two_hundred_concurrent_callers_share_commits_in_the_order_they_came(tmp_path):
    store = SqliteEvents(tmp_path)
    async with running(store) as journal:
        sequences = await asyncio.gather(*(journal.record(view(number)) for number in range(1, 201)))
    assert sequences == list(range(1, 201))
    entries = list(store.entries())
    assert [read_record(entry).event.study for entry in entries] == [f"1.2.{number}" for number in range(1, 201)]
    assert verify_chain(entries).valid


async def test_what_comes_during_a_commit_goes_into_the_next_one_together():
    store = MemoryEvents()
    held = Held(store)
    async with running(store, batch=8) as journal:
        recording = [asyncio.create_task(journal.record(view(1)))]
        await held.reached()
        recording += [asyncio.create_task(journal.record(view(number))) for number in range(2, 12)]
        await until(lambda: journal.waiting == 10)
        assert not any(task.done() for task in recording)
        held.release.set()
        assert await asyncio.gather(*recording) == list(range(1, 12))
    assert store.commits == [1, 8, 2]


async def test_nobody_hears_of_success_before_the_commit():
    store = MemoryEvents()
    held = Held(store)
    async with running(store) as journal:
        recording = asyncio.create_task(journal.record(view()))
        await held.reached()
        assert not recording.done()
        assert store.kept == []
        held.release.set()
        assert await recording == 1
        assert len(store.kept) == 1


async def test_a_log_goes_on_where_it_ended():
    store = MemoryEvents()
    for _ in range(3):
        async with running(store) as journal:
            await journal.record(view())
    assert verify_chain(store.entries()).head.sequence == 3


async def test_closing_commits_what_waits():
    store = MemoryEvents()
    held = Held(store)
    journal = Journal(store, Clock())
    await journal.start()
    recording = [asyncio.create_task(journal.record(view())) for _ in range(5)]
    await held.reached()
    closing = asyncio.create_task(journal.close())
    held.release.set()
    await closing
    assert await asyncio.gather(*recording) == [1, 2, 3, 4, 5]
    with pytest.raises(AuditUnavailable):
        await journal.record(view())
    await journal.close()


async def test_a_journal_that_was_not_started_records_nothing():
    journal = Journal(MemoryEvents(), Clock())
    assert not journal.available
    with pytest.raises(AuditUnavailable):
        await journal.record(view())


async def test_a_full_queue_refuses_at_once():
    store = MemoryEvents()
    held = Held(store)
    async with running(store, queue=3) as journal:
        committing = asyncio.create_task(journal.record(view()))
        await held.reached()
        waiting = [asyncio.create_task(journal.record(view())) for _ in range(3)]
        await until(lambda: journal.waiting == 3)
        with pytest.raises(AuditUnavailable, match="too many"):
            await journal.record(view())
        held.release.set()
        assert await asyncio.gather(committing, *waiting) == [1, 2, 3, 4]


async def test_nobody_waits_for_a_log_that_hangs():
    store = MemoryEvents()
    held = Held(store)
    async with running(store, patience=0.1) as journal:
        with pytest.raises(AuditUnavailable, match="in time"):
            await journal.record(view())
        held.release.set()
        await until(lambda: len(store.kept) == 1)


async def test_a_hanging_log_does_not_keep_the_service_from_ending():
    store = MemoryEvents()
    held = Held(store)
    journal = Journal(store, Clock(), patience=0.1)
    await journal.start()
    recording = [asyncio.create_task(journal.record(view())) for _ in range(3)]
    await held.reached()
    await journal.close()
    assert all(isinstance(one, AuditUnavailable) for one in await asyncio.gather(*recording, return_exceptions=True))
    held.release.set()


async def test_an_event_outlives_its_caller():
    store = MemoryEvents()
    held = Held(store)
    async with running(store) as journal:
        first = asyncio.create_task(journal.record(view(1)))
        await held.reached()
        second = asyncio.create_task(journal.record(view(2)))
        await until(lambda: journal.waiting == 1)
        for task in (first, second):
            task.cancel()
        held.release.set()
        assert await journal.record(view(3)) == 3
    assert [record.event.study for record in records(store)] == ["1.2.1", "1.2.2", "1.2.3"]


async def test_a_store_that_fails_refuses_everybody_who_waits_and_keeps_nothing():
    store = MemoryEvents()
    async with running(store) as journal:
        await journal.record(view())
        store.failing = True
        outcomes = await asyncio.gather(*(journal.record(view()) for _ in range(20)), return_exceptions=True)
        assert all(isinstance(outcome, AuditUnavailable) for outcome in outcomes)
        assert not journal.available
    assert len(store.kept) == 1


async def test_the_journal_recovers_with_the_store_and_says_how_long_it_could_not_record():
    store, clock = MemoryEvents(), Clock()
    async with running(store, clock) as journal:
        await journal.record(view(1))
        store.failing = True
        for _ in range(3):
            with pytest.raises(AuditUnavailable):
                await journal.record(view(2))
        clock.now += 60
        store.failing = False
        assert await journal.record(view(3)) == 3
        assert journal.available
    _, recovered, after = records(store)
    assert recovered.event.kind is EventKind.AUDIT_RECOVERED
    assert recovered.event.detail == {"since": "2026-11-24T12:00:00.000000Z", "refused": 3}
    assert recovered.at == NOON + timedelta(minutes=1)
    assert after.event.study == "1.2.3"
    assert verify_chain(store.entries()).valid


async def test_an_outage_ends_by_itself_when_nobody_asks():
    store = MemoryEvents()
    async with running(store) as journal:
        store.failing = True
        with pytest.raises(AuditUnavailable):
            await journal.record(view())
        store.failing = False
        async with asyncio.timeout(20 * RETRY_SECONDS):
            await until(lambda: journal.available)
    assert [record.event.kind for record in records(store)] == [EventKind.AUDIT_RECOVERED]


async def test_a_commit_that_was_kept_although_it_reported_failure_stays_in_the_chain():
    class Unsure(MemoryEvents):
        unsure = True

        def append(self, entries):
            super().append(entries)
            if self.unsure:
                self.unsure = False
                raise OSError("input/output error")

    store = Unsure()
    async with running(store) as journal:
        with pytest.raises(AuditUnavailable):
            await journal.record(view(1))
        assert await journal.record(view(2)) == 3
    kinds = [record.event.kind for record in records(store)]
    assert kinds == [EventKind.VIEW_OPENED, EventKind.AUDIT_RECOVERED, EventKind.VIEW_OPENED]
    assert verify_chain(store.entries()).valid


async def test_an_event_that_cannot_be_recorded_troubles_nobody_else():
    store = MemoryEvents()
    async with running(store) as journal:
        too_large = view(patient="x" * 100_000)
        refused, kept = await asyncio.gather(journal.record(too_large), journal.record(view()), return_exceptions=True)
        assert isinstance(refused, AuditUnavailable)
        assert kept == 1
        assert journal.available


async def test_a_clock_that_goes_back_is_told_and_the_order_stays():
    store, clock = MemoryEvents(), Clock()
    async with running(store, clock) as journal:
        for step in (0, 10, -3600.25, 1):
            clock.now += step
            await journal.record(view())
    clock.now -= 0.5
    async with running(store, clock) as journal:
        await journal.record(view())
    told = records(store)
    assert [record.stepped_back for record in told] == [0, 0, 3_600_250_000, 0, 500_000]
    assert told[2].at == NOON + timedelta(seconds=10 - 3600.25)
    assert [record.sequence for record in told] == [1, 2, 3, 4, 5]


async def test_a_log_that_another_process_writes_is_refused_plainly(tmp_path):
    async with running(SqliteEvents(tmp_path)):
        second = Journal(SqliteEvents(tmp_path), Clock())
        with pytest.raises(ConfigurationError, match="another process is writing the audit log"):
            await second.start()
        await second.close()
