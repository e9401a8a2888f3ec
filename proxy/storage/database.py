"""A small SQLite file beside the audit log that several processes may use: made, recognised, and opened when needed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
import sqlite3
from typing import Final

from proxy.errors import ConfigurationError
from proxy.storage.files import make_file, transaction

_BUSY_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Form:
    """What kind of file it is: `statements` names the SQL that makes it, `what` it holds, in words.

    One that is marked with the id `before` is of this kind when it has the table `known_by`, and is marked anew.
    """

    statements: str
    application_id: int
    version: int
    what: str
    before: int | None = None
    known_by: str = ""


class Database:
    """Each use has a connection of its own, so that any thread may have one. Commits are flushed to the disk."""

    def __init__(self, path: Path, form: Form) -> None:
        self._path = path
        self._form = form

    @contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """A connection, in no transaction. Raises `ConfigurationError` for a file of another kind, `sqlite3.Error`."""
        with closing(self._open()) as connection:
            yield connection

    @contextmanager
    def changed(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction, which is committed at the end or not at all."""
        with self.connected() as connection, transaction(connection):
            yield connection

    def _open(self) -> sqlite3.Connection:
        if not self._path.exists():
            if not self._path.parent.is_dir():
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_file(self._path)
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA synchronous = FULL")
        if self._identity(connection) == (0, 0):
            self._make(connection)
        if self._form.before is not None and self._identity(connection) == (self._form.before, self._form.version):
            self._mark(connection)
        if self._identity(connection) != (self._form.application_id, self._form.version):
            raise ConfigurationError(f"`{self._path}` does not hold {self._form.what} of this version")

    def _make(self, connection: sqlite3.Connection) -> None:
        """Make the tables in an empty file, all or nothing; another process may be doing so."""
        connection.execute("PRAGMA journal_mode = WAL")
        statements = resources.files(__package__).joinpath(self._form.statements).read_text("utf-8")
        stamps = f"PRAGMA application_id = {self._form.application_id}; PRAGMA user_version = {self._form.version};"
        connection.executescript(f"BEGIN IMMEDIATE; {statements} {stamps} COMMIT;")

    def _mark(self, connection: sqlite3.Connection) -> None:
        """Give the id of this form to a file that was made with the one of another."""
        asked = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
        if connection.execute(asked, (self._form.known_by,)).fetchone() is not None:
            connection.execute(f"PRAGMA application_id = {self._form.application_id}")

    def _identity(self, connection: sqlite3.Connection) -> tuple[int, int]:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return application, version
