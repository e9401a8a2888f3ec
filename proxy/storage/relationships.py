"""Relationships by care events in SQLite: a file beside the audit log, which alone is not deleted from."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
import sqlite3
from typing import Final

import msgspec

from proxy.audit.store import StoreFailed
from proxy.care.relationships import Change, EventRelationship
from proxy.errors import ConfigurationError
from proxy.storage.database import Form, prepare
from proxy.storage.files import make_file, transaction

FILE_NAME: Final = "care.sqlite"
_FORM: Final = Form("care.sql", application_id=0x56545243, version=1, what="relationships")  # "VTRC"
_BUSY_SECONDS: Final = 2.0


class SqliteRelationships:
    """Implements `RelationshipStore` (proxy/care/relationships.py) over `folder`/care.sqlite, for this account alone.

    The lock of the audit log, which is in the same folder, keeps other processes away.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._connection: sqlite3.Connection | None = None

    def open(self, oldest_message: datetime) -> list[EventRelationship]:
        self.close()
        with self._failing():
            make_file(self._path)
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection = connection
            prepare(connection, self._path, _FORM)
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("DELETE FROM message WHERE at < ?", (oldest_message.timestamp(),))
            rows = connection.execute("SELECT body FROM relationship").fetchall()
        try:
            return [msgspec.json.decode(body, type=EventRelationship) for (body,) in rows]
        except msgspec.DecodeError:
            raise ConfigurationError(f"`{self._path}` is damaged") from None

    def knows(self, sender: str, message: str) -> bool:
        with self._failing():
            found = self._opened.execute(
                "SELECT 1 FROM message WHERE sender = ? AND message = ?", (sender, message)
            ).fetchone()
        return found is not None

    def commit(self, change: Change) -> None:
        connection = self._opened
        with self._failing(), transaction(connection):
            _write(connection, change)

    def close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    @property
    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreFailed("the relationships are not open")
        return self._connection

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
                raise ConfigurationError(f"`{self._path}` does not hold relationships") from None
            raise StoreFailed("the relationships cannot be written") from error


def _write(connection: sqlite3.Connection, change: Change) -> None:
    if change.message:
        taken = (change.sender, change.message, change.at.timestamp())
        connection.execute("INSERT INTO message (sender, message, at) VALUES (?, ?, ?)", taken)
    connection.executemany("DELETE FROM relationship WHERE id = ?", [(name,) for name in change.removed])
    rows = [(one.id, msgspec.json.encode(one).decode()) for one in change.added]
    connection.executemany("INSERT OR REPLACE INTO relationship (id, body) VALUES (?, ?)", rows)
