"""Months of the log as files of their own: closed, verified together, removed when their time is over."""

from datetime import UTC, datetime
from pathlib import Path
import stat

import pytest

from proxy.audit.canonical import to_body, to_event_json
from proxy.audit.chain import Head, extend
from proxy.audit.checkpoints.growth import grown
from proxy.audit.event import EventKind
from proxy.audit.reading import read_record
from proxy.audit.store import EventQuery, Opening, StoreFailed
from proxy.audit.verification import Finding, verify_log
from proxy.errors import ConfigurationError
from proxy.storage.segments import path_of
from proxy.storage.sqlite import FILE_NAME, SqliteEvents
from tests.proxy.audit.checkpoints.running import Clock, Log, log_in
from tests.proxy.audit.logs import NOON, chained, view


def month(year: int, number: int) -> float:
    return datetime(year, number, 15, tzinfo=UTC).timestamp()


async def months(log: Log, number: int, first: int = 1) -> None:
    """A few records in each of `number` months of 2026, closed as the next one comes."""
    for one in range(first, first + number):
        log.clock.now = month(2026, one)
        await log.record(5)
        log.clock.timer += 60
        await log.checkpoints.look()


async def test_each_month_is_a_file_and_all_are_read_as_one(tmp_path):
    async with log_in(tmp_path, clock=Clock(month(2026, 1))) as log:
        await months(log, 4)
        made = (await log.checkpoints.sign()).checkpoint
        closed = log.store.segments()
        assert [one.month for one in closed] == ["2026-01", "2026-02", "2026-03"]
        assert [stat.S_IMODE(path_of(tmp_path, one).stat().st_mode) for one in closed] == [0o400] * 3
        assert not [
            path for path in tmp_path.iterdir() if path.name.endswith(("-wal", "-shm")) and "-2026" in path.name
        ]
        entries = list(log.store.entries())
        assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
        assert list(log.store.entries(after=9)) == entries[9:]
        for newest in (False, True):
            found = log.store.find(EventQuery(kind=EventKind.VIEW_OPENED, limit=12, newest=newest))
            views = [entry for entry in entries if read_record(entry).event.kind is EventKind.VIEW_OPENED]
            assert found == (views[-12:] if newest else views[:12])
        assert verify_log(log.store, checkpoints=[made]).valid
    reopened = SqliteEvents(tmp_path)
    assert reopened.open() == entries[-1]
    reopened.close()


async def test_old_months_are_removed_and_that_is_said(tmp_path):
    async with log_in(tmp_path, clock=Clock(month(2026, 1)), keep_months=2) as log:
        await months(log, 3)
        kept = (await log.checkpoints.sign()).checkpoint
        before = list(log.store.entries())
        await months(log, 3, first=4)
        assert [one.month for one in log.store.segments()] == ["2026-04", "2026-05"]
        verdict = verify_log(log.store, checkpoints=[kept, (await log.checkpoints.sign()).checkpoint])
        assert verdict.valid
        assert verdict.removed >= len(before)
        retired = [read_record(one).event.detail for one in log.store.find(EventQuery(kind=EventKind.SEGMENT_RETIRED))]
        assert retired[-1]["last"] == verdict.removed


async def test_a_month_that_somebody_removed_is_missed(tmp_path):
    async with log_in(tmp_path, clock=Clock(month(2026, 1))) as log:
        await months(log, 4)
        first, second, _ = log.store.segments()
    path_of(tmp_path, first).unlink()
    problem = verify_log(log.store).problem
    assert problem is not None
    assert (problem.finding, problem.sequence) == (Finding.MISSING, 1)
    path_of(tmp_path, second).unlink()
    assert verify_log(log.store).problem is not None


async def test_a_month_in_the_middle_that_somebody_removed_is_missed(tmp_path):
    async with log_in(tmp_path, clock=Clock(month(2026, 1))) as log:
        await months(log, 4)
        first, second, _ = log.store.segments()
    path_of(tmp_path, second).unlink()
    problem = verify_log(log.store).problem
    assert problem is not None
    assert (problem.finding, problem.sequence) == (Finding.MISSING, first.last + 1)


async def test_a_month_that_somebody_reads_is_closed_later(tmp_path):
    async with log_in(tmp_path, clock=Clock(month(2026, 1))) as log:
        await log.record(5)
        reading = log.store.entries()
        first = next(reading)
        log.clock.now = month(2026, 2)
        log.clock.timer += 60
        with pytest.raises(StoreFailed):
            await log.checkpoints.look()
        last = await log.journal.record(view())
        assert [first.sequence, *(entry.sequence for entry in reading)] == list(range(1, last + 1))
        log.clock.timer += 60
        await log.checkpoints.look()
        assert [one.month for one in log.store.segments()] == ["2026-01"]
    assert verify_log(log.store).valid


async def test_a_clock_that_goes_back_closes_nothing(tmp_path):
    async with log_in(tmp_path, clock=Clock(month(2026, 5))) as log:
        await log.record(5)
        log.clock.now = month(2025, 2)
        log.clock.timer += 60
        await log.checkpoints.look()
        assert log.store.segments() == []


def closing_interrupted(folder: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> tuple[SqliteEvents, list]:
    """A log whose turn ends after `after` renamings, as a crash would end it."""
    log = chained(*(view(number) for number in range(1, 21)))
    store = SqliteEvents(folder)
    store.open()
    store.append(log)
    renamed = Path.rename
    done: list[Path] = []

    def rename(self: Path, target: Path) -> Path:
        if len(done) == after:
            raise OSError("the power went")
        done.append(self)
        return renamed(self, target)

    with monkeypatch.context() as interrupted:
        interrupted.setattr(Path, "rename", rename)
        with pytest.raises(StoreFailed):
            store.turn(grown(store, Opening()), "2026-11")
    store.close()
    return SqliteEvents(folder), log


@pytest.mark.parametrize("after", [0, 1])
def test_a_crash_while_a_month_is_closed_loses_nothing(tmp_path, monkeypatch, after):
    store, log = closing_interrupted(tmp_path, monkeypatch, after)
    assert store.open() == log[-1]
    assert list(store.entries()) == log
    assert verify_log(store).valid
    assert len(store.segments()) == after
    store.close()


def test_a_log_without_its_newest_part_is_not_continued(tmp_path):
    store = SqliteEvents(tmp_path)
    store.open()
    store.append(chained(*(view(number) for number in range(20))))
    store.turn(grown(store, Opening()), "2026-11")
    store.close()
    (tmp_path / FILE_NAME).unlink()
    with pytest.raises(ConfigurationError, match="newest part"):
        SqliteEvents(tmp_path).open()


def test_a_segment_cannot_be_begun_somewhere_else(tmp_path):
    """Whoever writes another beginning into the newest file contradicts the file before it."""
    log = chained(*(view(number) for number in range(20)))
    store = SqliteEvents(tmp_path / "one")
    store.open()
    store.append(log)
    end = grown(store, Opening())
    store.turn(Opening(Head(20, bytes(32)), end.frontier), "2026-11")
    store.append(list(chained_on(Head(20, bytes(32)))))
    store.close()
    problem = verify_log(store).problem
    assert problem is not None
    assert problem.sequence == 21


def chained_on(head: Head):
    return extend(head, [to_body(NOON, to_event_json(view()))])
