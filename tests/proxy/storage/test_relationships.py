"""Relationships by care events on disk: what is committed is there again, and nothing else is taken for it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sqlite3

import pytest

from policy.request import RelationshipKind
from proxy.audit.store import StoreFailed
from proxy.care.relationships import Change, EventRelationship
from proxy.errors import ConfigurationError
from proxy.resources import PatientIdentifier
from proxy.storage.relationships import SqliteRelationships
from proxy.storage.sqlite import SqliteEvents

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=14)


def relationship(name: str = "r-1") -> EventRelationship:
    return EventRelationship(
        id=name,
        event="e-1",
        sender="general-adt",
        episode=RelationshipKind.ENCOUNTER,
        visit="V-1",
        subject="exchange:clinician",
        patient="p-adult",
        kind=RelationshipKind.REFERRAL,
        since=NOON,
        until=NOON + timedelta(hours=1),
        identifiers=(PatientIdentifier("GENERAL", "G-1"), PatientIdentifier("ÄRZTE", "ü")),
    )


def change(message: str = "m-1", at: datetime = NOON, removed: Sequence[str] = (), *added: EventRelationship) -> Change:
    return Change("general-adt", message, at, tuple(removed), added)


@pytest.fixture
def store(tmp_path: Path) -> SqliteRelationships:
    opened = SqliteRelationships(tmp_path)
    opened.open(LONG_AGO)
    return opened


def test_what_is_committed_is_there_again_as_it_was(store: SqliteRelationships) -> None:
    store.commit(change("m-1", NOON, (), relationship("r-1"), relationship("r-2")))
    store.commit(change("m-2", NOON, ("r-1",)))
    store.close()
    assert store.open(LONG_AGO) == [relationship("r-2")]
    assert (store.knows("general-adt", "m-1"), store.knows("general-adt", "m-3"), store.knows("other", "m-1")) == (
        True,
        False,
        False,
    )


def test_a_message_is_taken_once_and_then_nothing_of_it_is_kept(store: SqliteRelationships) -> None:
    store.commit(change("m-1"))
    with pytest.raises(StoreFailed):
        store.commit(change("m-1", NOON, (), relationship()))
    assert store.open(LONG_AGO) == []


def test_messages_without_a_name_are_no_repetitions(store: SqliteRelationships) -> None:
    store.commit(change(""))
    store.commit(change("", NOON, (), relationship()))
    assert store.open(LONG_AGO) == [relationship()]


def test_old_messages_are_forgotten_and_what_is_removed_leaves_no_trace(
    tmp_path: Path, store: SqliteRelationships
) -> None:
    store.commit(change("canary-message", LONG_AGO - timedelta(days=1), (), relationship("canary-one")))
    store.commit(change("m-2", NOON, ("canary-one",)))
    store.open(LONG_AGO)
    assert not store.knows("general-adt", "canary-message")
    store.close()
    assert b"canary" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_it_is_for_this_account_alone_and_apart_from_the_log(tmp_path: Path) -> None:
    log = SqliteEvents(tmp_path / "audit")
    log.open()
    store = SqliteRelationships(tmp_path / "audit")
    store.open(LONG_AGO)
    store.commit(change("m-1", NOON, (), relationship()))
    assert log.damage() is None
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "audit").iterdir())
    log.close()
    store.close()


def test_another_file_is_not_taken_for_it(tmp_path: Path) -> None:
    (tmp_path / "care.sqlite").write_bytes(b"something else" * 100)
    with pytest.raises(ConfigurationError, match="does not hold relationships"):
        SqliteRelationships(tmp_path).open(LONG_AGO)


def test_another_version_is_refused(tmp_path: Path, store: SqliteRelationships) -> None:
    store.close()
    with sqlite3.connect(tmp_path / "care.sqlite") as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(ConfigurationError, match="does not hold relationships of this version"):
        SqliteRelationships(tmp_path).open(LONG_AGO)


def test_a_row_that_cannot_be_read_is_damage(tmp_path: Path, store: SqliteRelationships) -> None:
    store.close()
    with sqlite3.connect(tmp_path / "care.sqlite") as connection:
        connection.execute("INSERT INTO relationship VALUES ('x', '{}')")
    connection.close()
    with pytest.raises(ConfigurationError, match="damaged"):
        SqliteRelationships(tmp_path).open(LONG_AGO)


def test_closed_it_takes_nothing(store: SqliteRelationships) -> None:
    store.close()
    with pytest.raises(StoreFailed):
        store.commit(change())
