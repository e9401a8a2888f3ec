"""The audit log in SQLite: files that one process appends to while others read them (https://sqlite.org/wal.html)."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import replace
import os
from pathlib import Path
import sqlite3
from typing import Final

from proxy.audit.chain import Entry
from proxy.audit.store import MAXIMUM_ROWS, EventQuery, LogDamaged, Opening, Segment, StoreFailed
from proxy.storage.files import failing, flush_names, open_for_reading, open_for_writing, take_lock, transaction
from proxy.storage.queries import to_sql
from proxy.storage.schema import read_opening, schema_difference
from proxy.storage.segments import CURRENT, closed_segments, finish_turn, path_of, swap

FILE_NAME: Final = CURRENT
_PAGE: Final = 1000
_LAST = "SELECT sequence, body, digest FROM event ORDER BY sequence DESC LIMIT 1"
_NEXT = "SELECT sequence, body, digest FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?"
_APPEND = "INSERT INTO event (sequence, body, digest) VALUES (?, ?, ?)"


class SqliteEvents:
    """Implements `SegmentedStore` and `EventReader` (proxy/audit/store.py) over `folder`/audit.sqlite.

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
            with failing(self._path):
                finish_turn(self._folder)
            self._connection = open_for_writing(self._path)
            with failing(self._path):
                return _last(self._connection) or self._before(self._connection)
        except BaseException:
            self.close()
            raise

    def append(self, entries: Sequence[Entry]) -> None:
        """Commit all of `entries` durably (WAL, synchronous=FULL: flushed to the disk), or none."""
        connection = self._opened()
        rows = ((entry.sequence, entry.body, entry.digest) for entry in entries)
        with failing(self._path), transaction(connection):
            connection.executemany(_APPEND, rows)

    def turn(self, opening: Opening, month: str) -> None:
        """Close the file and go on in a new one; refused for as long as somebody reads the file."""
        connection = self._opened()
        with failing(self._path):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.close()
            self._connection = None
            swap(self._folder, opening, month)
        self._connection = open_for_writing(self._path)

    def segments(self) -> list[Segment]:
        return closed_segments(self._folder)

    def retire(self, segment: Segment) -> None:
        """Remove the file of the oldest segment."""
        self._opened()
        if [segment] != self.segments()[:1]:
            raise StoreFailed("only the oldest segment is removed")
        with failing(self._path):
            path_of(self._folder, segment).unlink()
            flush_names(self._folder)

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
        while True:
            segments = self.segments()
            found = self._find(query, segments)
            if self.segments() == segments:
                return found[::-1] if query.newest else found

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """All entries in order, a page at a time, so that a long reading does not make the writer's files grow."""
        last, segments = after, None
        while segments != (segments := self.segments()):
            for path in self._paths(segments, last):
                with _reader(path) as connection:
                    while page := _page_after(connection, last):
                        yield from page
                        last = page[-1].sequence

    def opening(self) -> Opening:
        """What the oldest file begins behind."""
        with _reader(self._paths(self.segments())[0]) as connection, _damaged():
            return read_opening(connection)

    def damage(self) -> str | None:
        """What is wrong with a schema, or the first finding of SQLite's own check of pages and indexes."""
        return next(filter(None, map(_damage_of, self._paths(self.segments()))), None)

    def _find(self, query: EventQuery, segments: Sequence[Segment]) -> list[Entry]:
        """Newest first when `query.newest`."""
        paths = self._paths(segments, query.after)
        limit, found = min(max(query.limit, 0), MAXIMUM_ROWS), list[Entry]()
        for path in reversed(paths) if query.newest else paths:
            statement, values = to_sql(replace(query, limit=limit - len(found)))
            with _reader(path) as connection, _damaged():
                found += [Entry(*row) for row in connection.execute(statement, values)]
            if len(found) >= limit:
                break
        return found

    def _paths(self, segments: Sequence[Segment], after: int = 0) -> list[Path]:
        """The files with records behind `after`, in order."""
        return [*(path_of(self._folder, one) for one in segments if one.last > after), self._path]

    def _before(self, connection: sqlite3.Connection) -> Entry | None:
        """The last record before a segment without any."""
        head = read_opening(connection).head
        if head.sequence == 0:
            return None
        found = self.find(EventQuery(newest=True, limit=1))
        return found[0] if found else Entry(head.sequence, b"", head.digest)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreFailed("the audit log is not open")
        return self._connection


def _damage_of(path: Path) -> str | None:
    with _reader(path) as connection, _damaged():
        difference = schema_difference(connection)
        if difference is not None:
            return difference
        (finding,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    return None if finding == "ok" else "the pages or indexes of the database are damaged"


def _reader(path: Path) -> AbstractContextManager[sqlite3.Connection]:
    return closing(open_for_reading(path))


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
