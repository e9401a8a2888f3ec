"""Checkpoints of a running log: when they are made, that they cover what is stored, and what they show later."""

import asyncio
from contextlib import closing
import itertools
import sqlite3

import pytest

from proxy.audit.checkpoints.checkpoint import open_checkpoint
from proxy.audit.checkpoints.growth import latest
from proxy.audit.checkpoints.merkle import Frontier, check_consistency
from proxy.audit.checkpoints.signing import Checkpoints
from proxy.audit.event import EventKind
from proxy.audit.reading import read_record
from proxy.audit.store import EventQuery, LogDamaged
from proxy.audit.verification import Finding, verify_log
from proxy.storage.sqlite import FILE_NAME, SqliteEvents
from tests.proxy.audit.checkpoints.running import SIGNER, Clock, log_in
from tests.proxy.storage.test_sqlite import DROP


def kinds(store: SqliteEvents) -> list[EventKind]:
    return [read_record(entry).event.kind for entry in store.entries()]


async def test_a_checkpoint_is_made_after_a_minute_and_not_without_need(tmp_path):
    async with log_in(tmp_path) as log:
        await log.record(3)
        await log.checkpoints.look()
        assert kinds(log.store).count(EventKind.CHECKPOINT) == 0
        log.clock.pass_by(60)
        await log.checkpoints.look()
        assert kinds(log.store)[3:] == [EventKind.CHECKPOINT]
        log.clock.pass_by(60)
        await log.checkpoints.look()
        assert len(kinds(log.store)) == 4


async def test_a_checkpoint_is_made_at_once_after_many_events(tmp_path):
    async with log_in(tmp_path, checkpoint_records=50) as log:
        await log.record(52)
        await log.checkpoints.look()
        assert kinds(log.store).count(EventKind.CHECKPOINT) == 1


async def test_checkpoints_follow_one_another_over_restarts(tmp_path):
    made, clock = [], Clock()
    for _ in range(4):
        async with log_in(tmp_path, clock=clock) as log:
            await log.record(7)
            made.append((await log.checkpoints.sign()).checkpoint)
            await log.record(2)
            made.append((await log.checkpoints.sign()).checkpoint)
            for before, after in itertools.pairwise(made):
                path = await log.checkpoints.consistency(before.size, after.size)
                check_consistency(before.size, before.root, after.size, after.root, path)
    digests = [entry.digest for entry in log.store.entries()]
    assert [one.root for one in made] == [Frontier().grown(digests[: one.size]).root for one in made]
    assert verify_log(log.store, checkpoints=made).valid


async def test_the_newest_checkpoint_is_found_again_in_the_log(tmp_path):
    async with log_in(tmp_path) as log:
        await log.record(5)
        signed = await log.checkpoints.sign()
        assert latest(log.store, SIGNER.verifier) == signed
        assert open_checkpoint(signed.note, SIGNER.verifier) == signed.checkpoint
        assert latest(log.store, SIGNER.verifier, 4) is None


async def test_a_log_that_was_cut_contradicts_its_checkpoint(tmp_path):
    """The chain alone cannot tell (0010); what a witness kept can."""
    async with log_in(tmp_path) as log:
        await log.record(20)
        kept = (await log.checkpoints.sign()).checkpoint
    tamper(tmp_path, "DELETE FROM event WHERE sequence > 12")
    assert verify_log(log.store).problem is not None  # the triggers are gone
    restore(tmp_path)
    assert verify_log(log.store).valid
    problem = verify_log(log.store, checkpoints=[kept]).problem
    assert problem is not None
    assert (problem.finding, problem.sequence) == (Finding.CUT, 13)


async def test_a_log_that_was_written_anew_contradicts_its_checkpoint(tmp_path):
    async with log_in(tmp_path / "one") as log:
        await log.record(20)
        kept = (await log.checkpoints.sign()).checkpoint
    async with log_in(tmp_path / "other", clock=Clock(now=1.0)) as other:
        await other.record(30)
        problem = verify_log(other.store, checkpoints=[kept]).problem
        assert problem is not None
        assert (problem.finding, problem.sequence) == (Finding.REPLACED, 20)


async def test_an_edited_record_is_noticed_while_the_service_runs(tmp_path):
    async with log_in(tmp_path) as log:
        await log.record(20)
        tamper(
            tmp_path,
            "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'TREAT', 'BTG') AS BLOB) WHERE sequence = 9",
        )
        with pytest.raises(LogDamaged, match="record 9 "):
            await log.checkpoints.sign()


async def test_a_log_under_load_is_signed_as_it_grows(tmp_path):
    async with log_in(tmp_path) as log:

        async def load() -> None:
            for _ in range(20):
                await log.record(100)

        recording = asyncio.create_task(load())
        made = []
        while not recording.done():
            made.append((await log.checkpoints.sign()).checkpoint)
            await asyncio.sleep(0)
        assert len({one.size for one in made}) > 1
        assert verify_log(log.store, checkpoints=made).valid


async def test_a_changed_clock_and_a_filling_disk_are_recorded_once(tmp_path, monkeypatch):
    async with log_in(tmp_path) as log:
        log.clock.jump(-3600)
        await log.checkpoints.look()
        await log.checkpoints.look()
        (jumped,) = log.store.find(EventQuery(kind=EventKind.CLOCK_JUMPED))
        assert read_record(jumped).event.detail == {"milliseconds": -3_600_000}
        log.clock.jump(7200)
        await log.checkpoints.look()
        assert len(log.store.find(EventQuery(kind=EventKind.CLOCK_JUMPED))) == 2
        # a disk that is four fifths full cannot be had for a test without leave to mount one
        monkeypatch.setattr("proxy.audit.checkpoints.surroundings._share_used", lambda folder: 0.9)
        await log.checkpoints.look()
        await log.checkpoints.look()
        (filling,) = log.store.find(EventQuery(kind=EventKind.AUDIT_FILLING))
        assert read_record(filling).event.detail == {"percent": 90}
        assert log.checkpoints.room_used == 0.9


async def test_the_service_signs_by_itself(tmp_path):
    async with log_in(tmp_path, checkpoint_records=1) as log, running(log.checkpoints):
        await log.record(5)
        async with asyncio.timeout(5):
            while EventKind.CHECKPOINT not in kinds(log.store):
                await asyncio.sleep(0.1)


def running(checkpoints: Checkpoints):
    return checkpoints.running()


def tamper(folder, statement: str) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as connection:
        connection.executescript(f"{DROP} {statement};")


def restore(folder) -> None:
    """The triggers as they were made: whoever tampers knows them too."""
    with closing(sqlite3.connect(":memory:")) as made:
        from proxy.storage.schema import create_schema

        made.isolation_level = None
        create_schema(made)
        rows = made.execute("SELECT sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as connection:
        connection.executescript("".join(f"{sql};" for (sql,) in rows))
