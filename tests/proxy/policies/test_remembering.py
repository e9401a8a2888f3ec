"""The facts of decisions: kept within bounds, forgotten in time, and no reason to refuse anybody anything."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
import logging
from pathlib import Path
import sqlite3

import pytest

from policy.replay.past import PastDecision, digest_of, to_facts
from proxy.policies.remembering import PastDecisions
from proxy.policies.store import StoreFailed
from proxy.storage.decisions import FILE_NAME, SqliteDecisions
from tests.policy.replay.log import LOG
from tests.policy.worlds import NOON

DAY = 86_400


def remembering(folder: Path, now: float = NOON + 100, days: int = 90, most: int = 1000) -> PastDecisions:
    return PastDecisions(SqliteDecisions(folder), lambda: now, days, most)


def tell(past: PastDecisions, decisions: Sequence[PastDecision]) -> None:
    for one in decisions:
        past.remember(one.event, one.at, one.capability, one.request)


def kept(decisions: Sequence[PastDecision]) -> list[PastDecision]:
    """With the digests that the audit log names their facts by."""
    return [replace(one, digest=digest_of(to_facts(one.request))) for one in decisions]


async def test_what_was_decided_is_there_for_as_long_as_it_is_kept(tmp_path: Path) -> None:
    past = remembering(tmp_path)
    tell(past, LOG)
    assert await past.of_days(1, 100) == kept(LOG)
    assert await past.of_days(1, 2) == kept(LOG[-2:])
    later = remembering(tmp_path, now=NOON + 91 * DAY)
    tell(later, [replace(LOG[0], event=99, at=NOON + 91 * DAY)])
    assert [one.event for one in await later.of_days(365, 100)] == [99]


async def test_no_more_are_kept_than_are_wanted(tmp_path: Path) -> None:
    past = remembering(tmp_path, most=4)
    tell(past, LOG)
    assert [one.event for one in await past.of_days(1, 100)] == [one.event for one in LOG[-4:]]


async def test_nothing_is_kept_where_nothing_is_wanted(tmp_path: Path) -> None:
    past = remembering(tmp_path, days=0)
    tell(past, LOG)
    await past.write()
    assert not (tmp_path / FILE_NAME).exists()


async def test_they_are_written_while_it_runs_and_at_its_end(tmp_path: Path) -> None:
    past = remembering(tmp_path)
    async with past.kept(every=0.01):
        tell(past, LOG[:1])
        async with asyncio.timeout(5):
            while not SqliteDecisions(tmp_path).since(0, 10):
                await asyncio.sleep(0.01)
        tell(past, LOG[1:])
    assert SqliteDecisions(tmp_path).since(0, 100) == kept(LOG)


async def test_what_cannot_be_kept_is_said_once_and_refuses_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database, whatever it says" * 100)
    past = remembering(tmp_path)
    for _ in range(2):
        tell(past, LOG)
        await past.write()
    assert [record.msg for record in caplog.records if record.levelno == logging.WARNING] == [
        "the facts of decisions cannot be kept"
    ]
    with pytest.raises(StoreFailed):
        await past.of_days(1, 1)


async def test_facts_that_are_no_longer_understood_are_passed_over(tmp_path: Path) -> None:
    past = remembering(tmp_path)
    tell(past, LOG)
    await past.write()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("UPDATE decision SET facts = x'7b7d' WHERE event = 12")
    connection.close()
    assert [one.event for one in await past.of_days(1, 100)] == [11, 13, 14, 15, 16]
