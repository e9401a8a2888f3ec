"""Opening the audit log's file: for its one writer, under a lock, or for reading beside it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import fcntl
import os
from pathlib import Path
import sqlite3
from typing import Final
from urllib.parse import quote

from proxy.audit.store import LogUnreadable, StoreFailed
from proxy.errors import ConfigurationError
from proxy.storage.schema import APPLICATION_ID, VERSION, create_schema, schema_difference

LOCK_NAME: Final = "audit.lock"
_BUSY_SECONDS: Final = 2.0
_WAL_BYTES: Final = 64 * 2**20


def take_lock(folder: Path) -> int:
    """Lock the folder for one writer; the kernel lets go when the process ends, however it ends."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(f"the audit log in `{folder}` cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise ConfigurationError(f"another process is writing the audit log in `{folder}`") from None
    return lock


def open_for_writing(path: Path) -> sqlite3.Connection:
    """A connection that flushes every commit to the disk. Raises `ConfigurationError` or `StoreFailed`."""
    with failing(path):
        make_file(path)
        flush_names(path.parent, path.parent.parent)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """What is done inside is committed at the end, or nothing of it is."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.rollback()
        raise


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, for any thread. Raises `LogUnreadable`."""
    with _unreadable(path):
        if not path.is_file():
            raise LogUnreadable("there is no audit log", str(path))
        connection = sqlite3.connect(_read_only(path), uri=True, timeout=_BUSY_SECONDS, check_same_thread=False)
        try:
            _require_log(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def failing(path: Path) -> Iterator[None]:
    """What goes wrong in writing, as `StoreFailed`, or `ConfigurationError` when the file is something else."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise ConfigurationError(f"`{path}` is not an audit log") from None
        raise StoreFailed("the audit log cannot be written") from error


@contextmanager
def _unreadable(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise LogUnreadable(f"the audit log cannot be read: {reason}", str(path)) from None


def _read_only(path: Path) -> str:
    # a log kept on read-only media has no side files and cannot have any; nothing changes it either
    still = not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    return f"file:{quote(str(path.resolve()))}?mode=ro{'&immutable=1' if still else ''}"


def _require_log(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA query_only = ON")
    identity = connection.execute("PRAGMA application_id").fetchone()
    version = connection.execute("PRAGMA user_version").fetchone()
    if (identity, version) != ((APPLICATION_ID,), (VERSION,)):
        raise LogUnreadable("the file is not an audit log of this version", str(path))


def make_file(path: Path) -> None:
    """An empty file for this account alone, unless there is one; SQLite gives its side files the same permissions."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def flush_names(*folders: Path) -> None:
    """Flush names to the disk: a log that was durable but could not be found would be lost all the same."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA temp_store = MEMORY")
    if is_empty(connection):
        connection.execute("PRAGMA journal_mode = WAL")
        create_schema(connection)
    difference = schema_difference(connection)
    if difference is not None:
        raise ConfigurationError(f"`{path}` cannot be continued as an audit log: {difference}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")


def is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT name FROM sqlite_schema").fetchone() is None
