"""The log in PostgreSQL: append-only by the rights of its role, for one writer, and through restarts of the server."""

import asyncio
import time

import psycopg
import pytest

from proxy.audit.journal import Journal
from proxy.audit.reading import read_record
from proxy.audit.store import EventQuery, LogUnreadable, StoreFailed
from proxy.audit.verification import Finding, verify_log
from proxy.errors import AuditUnavailable, ConfigurationError
from proxy.settings.audit import Audit
from proxy.settings.secrets import Secret
from proxy.storage.events import events_of
from proxy.storage.postgresql import PostgresqlEvents
from proxy.storage.sqlite import SqliteEvents
from tests.proxy.audit.logs import chained, view

LOG = chained(*(view(number) for number in range(1, 101)))


@pytest.fixture
def store(postgresql, tmp_path):
    """A log of 100 records, named like the test's folder."""
    store = PostgresqlEvents(postgresql.url, str(tmp_path))
    store.open()
    store.append(LOG)
    yield store
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET body = 'x' WHERE sequence = 50",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "DROP TABLE audit_event",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "INSERT INTO audit_event SELECT * FROM audit_event ON CONFLICT (log, sequence) DO UPDATE SET body = 'x'",
    ],
)
def test_the_role_of_the_service_changes_nothing(store, postgresql, statement):
    with psycopg.connect(postgresql.url, autocommit=True) as connection, pytest.raises(psycopg.Error):
        connection.execute(statement)
    assert list(store.entries()) == LOG


@pytest.mark.parametrize(
    ("change", "finding", "sequence"),
    [
        ("UPDATE audit_event SET body = replace(encode(body, 'escape'), 'TREAT', 'BTG')::bytea", Finding.EDITED, 50),
        ("DELETE FROM audit_event", Finding.MISSING, 50),
        ("UPDATE audit_event SET patient = 'GENERAL|G-1'", Finding.ALTERED, None),
    ],
)
def test_what_its_owner_changes_is_found(store, postgresql, tmp_path, change, finding, sequence):
    postgresql.execute("vitrine", f"{change} WHERE log = '{tmp_path}' AND sequence = 50")
    problem = verify_log(store).problem
    assert problem is not None
    assert (problem.finding, problem.sequence) == (finding, sequence)


def test_a_log_has_one_writer_and_others_have_their_own(store, postgresql, tmp_path):
    second = PostgresqlEvents(postgresql.url, str(tmp_path))
    with pytest.raises(ConfigurationError, match="another process"):
        second.open()
    other = PostgresqlEvents(postgresql.url, f"{tmp_path} other")
    assert other.open() is None
    other.append(LOG[:2])
    assert list(other.entries()) == LOG[:2]
    other.close()
    store.close()
    assert second.open() == LOG[-1]
    second.close()


def test_a_role_that_may_change_the_log_is_refused(postgresql, tmp_path):
    with pytest.raises(ConfigurationError, match="no more"):
        PostgresqlEvents(postgresql.owner, str(tmp_path)).open()


def test_a_database_without_the_log_says_what_to_do(postgresql, tmp_path):
    elsewhere = postgresql.url.replace("/vitrine?", "/postgres?")
    with pytest.raises(ConfigurationError, match="vitrine audit schema"):
        PostgresqlEvents(elsewhere, str(tmp_path)).open()


def test_a_server_that_is_away_is_said_plainly(tmp_path):
    away = PostgresqlEvents(f"postgresql://vitrine@/vitrine?host={tmp_path}", "log")
    with pytest.raises(StoreFailed):
        away.open()
    with pytest.raises(LogUnreadable):
        away.find(EventQuery())


def test_the_configuration_says_where_the_log_is(postgresql, tmp_path, monkeypatch):
    assert isinstance(events_of(Audit(folder=tmp_path), "log"), SqliteEvents)
    database = Secret(env="VITRINE_TEST_DATABASE")
    with pytest.raises(ConfigurationError, match="missing"):
        events_of(Audit(folder=tmp_path, database=database), "log")
    monkeypatch.setenv("VITRINE_TEST_DATABASE", postgresql.url)
    events = events_of(Audit(folder=tmp_path, database=database), str(tmp_path))
    assert events.open() is None
    events.close()


async def test_no_acknowledged_event_is_lost_when_the_server_falls_under_load(postgresql, tmp_path):
    """The server ends as in a crash and comes back, three times; callers are refused meanwhile and then go on."""
    store = PostgresqlEvents(postgresql.url, str(tmp_path))
    journal = Journal(store, time.time)
    await journal.start()
    acknowledged: dict[int, int] = {}
    refused = 0
    ending = asyncio.Event()

    async def record_on(first: int) -> None:
        nonlocal refused
        number = first
        while not ending.is_set():
            try:
                acknowledged[await journal.record(view(number))] = number
            except AuditUnavailable:
                refused += 1
                await asyncio.sleep(0.01)
            number += 1

    callers = [asyncio.create_task(record_on(1_000_000 * one)) for one in range(8)]
    for _ in range(3):
        await asyncio.sleep(0.2)
        await asyncio.to_thread(postgresql.stop, "immediate")
        await asyncio.sleep(0.05)
        await asyncio.to_thread(postgresql.start)
    before = len(acknowledged)
    async with asyncio.timeout(20):
        while len(acknowledged) < before + 100:
            await asyncio.sleep(0.05)
    ending.set()
    await asyncio.gather(*callers)
    await journal.close()
    assert refused
    assert verify_log(store).valid
    studies = {entry.sequence: read_record(entry).event.study for entry in store.entries()}
    assert {sequence: f"1.2.{number}" for sequence, number in acknowledged.items()}.items() <= studies.items()
