"""The audit log in SQLite: one file that one process appends to while others read it (https://sqlite.org/wal.html)."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
import fcntl
import os
from pathlib import Path
import sqlite3
from typing import Final
from urllib.parse import quote

from proxy.audit.chain import Entry
from proxy.audit.store import EventQuery, LogDamaged, LogUnreadable, StoreFailed
from proxy.errors import ConfigurationError
from proxy.storage.queries import to_sql
from proxy.storage.schema import APPLICATION_ID, VERSION, create_schema, schema_difference

FILE_NAME: Final = "audit.sqlite"
_LOCK_NAME: Final = "audit.lock"
_BUSY_SECONDS: Final = 2.0
_WAL_BYTES: Final = 64 * 2**20
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
            self._lock = _take_lock(self._folder)
            self._connection = _open_for_writing(self._path)
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
        with _failing(self._path):
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
        return closing(_open_for_reading(self._path))


def _take_lock(folder: Path) -> int:
    """Lock the folder for one writer; the kernel lets go when the process ends, however it ends."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(f"the audit log in `{folder}` cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise ConfigurationError(f"another process is writing the audit log in `{folder}`") from None
    return lock


def _open_for_writing(path: Path) -> sqlite3.Connection:
    with _failing(path):
        _make_file(path)
        _flush_names(path.parent, path.parent.parent)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _make_file(path: Path) -> None:
    """An empty file for this account alone, unless there is one; SQLite gives its side files the same permissions."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _flush_names(*folders: Path) -> None:
    """Flush names to the disk: a log that was durable but could not be found would be lost all the same."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA temp_store = MEMORY")
    if _is_empty(connection):
        connection.execute("PRAGMA journal_mode = WAL")
        create_schema(connection)
    difference = schema_difference(connection)
    if difference is not None:
        raise ConfigurationError(f"`{path}` cannot be continued as an audit log: {difference}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT name FROM sqlite_schema").fetchone() is None


def _last(connection: sqlite3.Connection) -> Entry | None:
    row = connection.execute(_LAST).fetchone()
    return None if row is None else Entry(*row)


def _open_for_reading(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise LogUnreadable(f"there is no audit log in `{path.parent}`")
    # a log kept on read-only media has no side files and cannot have any; nothing changes it either
    still = not os.access(path.parent, os.W_OK) and not path.with_name(f"{FILE_NAME}-wal").exists()
    options = "mode=ro&immutable=1" if still else "mode=ro"
    connection = None
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path.resolve()))}?{options}", uri=True, timeout=_BUSY_SECONDS, check_same_thread=False
        )
        connection.execute("PRAGMA query_only = ON")
        identity = connection.execute("PRAGMA application_id").fetchone()
        version = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise LogUnreadable(f"`{path}` cannot be read: {error}") from None
    if (identity, version) != ((APPLICATION_ID,), (VERSION,)):
        connection.close()
        raise LogUnreadable(f"`{path}` is not an audit log of this version of Vitrine")
    return connection


def _page_after(connection: sqlite3.Connection, last: int) -> list[Entry]:
    with _damaged():
        return [Entry(*row) for row in connection.execute(_NEXT, (last, _PAGE))]


@contextmanager
def _failing(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise ConfigurationError(f"`{path}` is not an audit log") from None
        raise StoreFailed("the audit log cannot be written") from error


@contextmanager
def _damaged() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error:
        raise LogDamaged("the audit log cannot be read any further") from None
