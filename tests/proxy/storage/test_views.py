"""Views while a process is killed, a side file is torn or a server falls: nothing is shown that is not on record."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
import os
from pathlib import Path
import random
import shutil
import subprocess
import sys
import time

from proxy.audit.event import EventKind
from proxy.audit.journal import Journal
from proxy.audit.reading import read_record
from proxy.audit.store import EventReader, LogDamaged, LogUnreadable
from proxy.audit.verification import verify_log
from proxy.audit.views.interrupted import close_interrupted
from proxy.audit.views.view import VIEW_KINDS, Ended, views_of
from proxy.storage.postgresql import PostgresqlEvents
from proxy.storage.sqlite import FILE_NAME, SqliteEvents
from tests.proxy.access.gate import INSTANCE, SERIES
from tests.proxy.audit.logs import chained, view
from tests.proxy.storage.viewing import PEOPLE, People

ROUNDS = int(os.environ.get("VITRINE_CRASHES", "8")) // 2
TEARS = 5 * int(os.environ.get("VITRINE_CRASHES", "8"))
LOG = chained(*(view(number) for number in range(1, 121)))


def said_until_killed(folder: Path, run: int, seconds: float) -> list[str]:
    command = [sys.executable, "-m", "tests.proxy.storage.viewing", str(folder), str(run)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(seconds)
        process.kill()
        lines += process.stdout.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]


def require_all_on_record(store: EventReader, said: Iterable[str]) -> None:
    """What people said was shown and recorded, against the log, in which all views have to be over."""
    records = [read_record(entry) for entry in store.entries()]
    events = {record.sequence: record.event for record in records}
    shown: dict[str, set[int]] = defaultdict(set)
    for line in said:
        match line.split():
            case ["shown", session, frame]:
                shown[session].add(int(frame))
            case [sequence, session]:
                assert events[int(sequence)].view_session == session
    views = {one.session: one for one in views_of(records)}
    assert verify_log(store).valid
    assert shown
    assert shown.keys() <= views.keys()
    for session, one in views.items():
        assert one.studied
        assert one.ended is not None
        runs = one.rendered.get(SERIES, {}).get(INSTANCE, ())
        assert {number for first, last in runs for number in range(first, last + 1)} <= shown[session]


async def test_after_a_kill_every_view_that_was_shown_is_on_record_and_over(tmp_path: Path) -> None:
    store = SqliteEvents(tmp_path)
    randomness = random.Random(57)
    said: list[str] = []
    for run in range(max(2, ROUNDS)):
        said += said_until_killed(tmp_path, run, randomness.uniform(0.05, 0.6))
    journal = Journal(store, time.time)
    await journal.start()
    assert await close_interrupted(store, journal) > 0
    await journal.close()
    require_all_on_record(store, said)
    ends = {one.ended for one in views_of(map(read_record, store.entries()))}
    assert Ended.INTERRUPTED in ends


async def test_a_server_that_falls_loses_no_frame_of_a_view(postgresql, tmp_path: Path) -> None:
    """It ends as in a crash and comes back while people scroll; what could not be told is told afterwards.

    An opening that it committed but did not live to confirm has shown nobody anything, and is over at the next start.
    """
    store = PostgresqlEvents(postgresql.url, str(tmp_path))
    journal = Journal(store, time.time)
    await journal.start()
    said: list[str] = []
    people = People(journal, "postgresql", said.append)
    async with people.views.running(), asyncio.TaskGroup() as group:
        tasks = [group.create_task(people.scroll_for_ever(person)) for person in range(PEOPLE)]
        for _ in range(2):
            await asyncio.sleep(0.2)
            await asyncio.to_thread(postgresql.stop, "immediate")
            await asyncio.sleep(0.05)
            await asyncio.to_thread(postgresql.start)
        before = len(said)
        async with asyncio.timeout(30):
            while len(said) < before + 500:
                await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
    assert people.views.open == 0
    await journal.close()
    again = Journal(store, time.time)
    await again.start()
    await close_interrupted(store, again)
    await again.close()
    require_all_on_record(store, said)
    told: dict[str, int] = defaultdict(int)
    for line in said:
        told[line.split()[1]] += line.startswith("shown")
    views = {one.session: one for one in views_of(map(read_record, store.entries()))}
    assert {session: one.seen for session, one in views.items() if session in told} == told
    assert {one.seen for session, one in views.items() if session not in told} <= {0}
    assert {session for session, one in views.items() if one.ended is Ended.INTERRUPTED}.isdisjoint(told)


def test_a_torn_side_file_loses_no_acknowledged_event_unreported(tmp_path: Path) -> None:
    """Cut off, or overwritten with anything at any place: each event is there, or the end that was kept tells."""
    live, randomness = tmp_path / "live", random.Random(11)
    store = SqliteEvents(live)
    store.open()
    for start in range(0, len(LOG), 10):
        store.append(LOG[start : start + 10])
    whole = shutil.copytree(live, tmp_path / "whole")
    store.close()
    reported = 0
    for number in range(TEARS):
        folder = shutil.copytree(whole, tmp_path / str(number))
        _tear(folder / f"{FILE_NAME}-wal", randomness)
        (folder / f"{FILE_NAME}-shm").unlink(missing_ok=True)  # as after the loss of power
        reported += _reports(folder)
    assert reported


def _tear(path: Path, randomness: random.Random) -> None:
    data = bytearray(path.read_bytes())
    place = randomness.randrange(len(data))
    if randomness.random() < 0.5:
        data = data[:place]
    else:
        data[place : place + 64] = randomness.randbytes(len(data[place : place + 64]))
    path.write_bytes(data)


def _reports(folder: Path) -> bool:
    """Whether something is reported; the chain is valid as far as it goes, and what is there is what was written."""
    store = SqliteEvents(folder)
    try:
        verdict = verify_log(store, kept=LOG[-1].head)
        entries = list(store.entries())
    except (LogUnreadable, LogDamaged):
        return True
    assert entries == LOG[: len(entries)]
    assert verify_log(store).valid
    assert verdict.valid == (len(entries) == len(LOG))
    return not verdict.valid


async def test_the_next_start_goes_on_behind_whatever_a_torn_side_file_left(tmp_path: Path) -> None:
    live, randomness = tmp_path / "live", random.Random(12)
    store = SqliteEvents(live)
    store.open()
    for start in range(0, len(LOG), 10):
        store.append(LOG[start : start + 10])
    whole = shutil.copytree(live, tmp_path / "whole")
    store.close()
    for number in range(TEARS // 4):
        folder = shutil.copytree(whole, tmp_path / str(number))
        _tear(folder / f"{FILE_NAME}-wal", randomness)
        (folder / f"{FILE_NAME}-shm").unlink(missing_ok=True)
        torn = SqliteEvents(folder)
        journal = Journal(torn, time.time)
        await journal.start()
        await close_interrupted(torn, journal)
        await journal.record(view(999))
        await journal.close()
        assert verify_log(torn).valid
        assert [one for one in torn.entries() if read_record(one).event.kind not in VIEW_KINDS] == []
        assert read_record(list(torn.entries())[-1]).event.kind is EventKind.VIEW_OPENED
