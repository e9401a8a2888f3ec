"""The audit log in SQLite: one file that one process appends to while others read it (https://sqlite.org/wal.html)."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
import os
from pathlib import Path
import sqlite3
from typing import Final

from proxy.audit.chain import Entry
from proxy.audit.store import EventQuery, LogDamaged, StoreFailed
from proxy.storage.files import failing, open_for_reading, open_for_writing, take_lock
from proxy.storage.queries import to_sql
from proxy.storage.schema import schema_difference

FILE_NAME: Final = "audit.sqlite"
_PAGE: Final = 1000
_LAST = "SELECT sequence, body, digest FROM event ORDER BY sequence DESC LIMIT 1"
_NEXT = "SELECT sequence, body, digest FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?"
_APPEND = "INSERT INTO event (sequence, body, digest) VALUES (?, ?, ?)"


class SqliteEvents:
    """Implements `EventStore` and `EventReader` (proxy/audit/store.py) over `folder`/audit.sqlite.

    The folder is made for this account alone (0700), and so is the file (0600). Reading needs no lock and no open
    store: each read has a connection of its own and sees whole commits only.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / FILE_NAME
        self._lock: int | None = None
        self._connection: sqlite3.Connection | None = None

    def open(self) -> Entry | None:
        """Become the writer, making the log if there is none, and return the last entry."""
        self.close()
        try:
            self._lock = take_lock(self._folder)
            self._connection = open_for_writing(self._path)
            with failing(self._path):
                return _last(self._connection)
        except BaseException:
            self.close()
            raise

    def append(self, entries: Sequence[Entry]) -> None:
        """Commit all of `entries` durably (WAL, synchronous=FULL: flushed to the disk), or none."""
        connection = self._connection
        if connection is None:
            raise StoreFailed("the audit log is not open")
        rows = ((entry.sequence, entry.body, entry.digest) for entry in entries)
        with failing(self._path):
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.executemany(_APPEND, rows)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.rollback()
                raise

    def close(self) -> None:
        """Close the file and let another process write it."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def find(self, query: EventQuery) -> list[Entry]:
        """The entries that `query` asks for, in order."""
        statement, values = to_sql(query)
        with self._reader() as connection, _damaged():
            found = [Entry(*row) for row in connection.execute(statement, values)]
        return found[::-1] if query.newest else found

    def entries(self) -> Iterator[Entry]:
        """All entries in order, a page at a time, so that a long reading does not make the writer's files grow."""
        with self._reader() as connection:
            last = 0
            while page := _page_after(connection, last):
                yield from page
                last = page[-1].sequence

    def damage(self) -> str | None:
        """What is wrong with the schema, or the first finding of SQLite's own check of pages and indexes."""
        with self._reader() as connection, _damaged():
            difference = schema_difference(connection)
            if difference is not None:
                return difference
            (finding,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        return None if finding == "ok" else "the pages or indexes of the database are damaged"

    def _reader(self) -> AbstractContextManager[sqlite3.Connection]:
        return closing(open_for_reading(self._path))


def _last(connection: sqlite3.Connection) -> Entry | None:
    row = connection.execute(_LAST).fetchone()
    return None if row is None else Entry(*row)


def _page_after(connection: sqlite3.Connection, last: int) -> list[Entry]:
    with _damaged():
        return [Entry(*row) for row in connection.execute(_NEXT, (last, _PAGE))]


@contextmanager
def _damaged() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error:
        raise LogDamaged("the audit log cannot be read any further") from None
