"""A small SQLite file beside the audit log that several processes may use: made, recognised, and opened when needed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
import sqlite3
from typing import Final

from proxy.errors import ConfigurationError
from proxy.storage.files import is_empty, make_file, transaction

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
            prepare(connection, self._path, self._form)
        except BaseException:
            connection.close()
            raise
        return connection


def prepare(connection: sqlite3.Connection, path: Path, form: Form) -> None:
    """Make an empty file one of this form. Raises `ConfigurationError` for a file of another kind."""
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA synchronous = FULL")
    if is_empty(connection) and _identity(connection) == (0, 0):
        _make(connection, form)
    if form.before is not None and _identity(connection) == (form.before, form.version):
        _mark(connection, form)
    if _identity(connection) != (form.application_id, form.version):
        raise ConfigurationError(f"`{path}` does not hold {form.what} of this version")


def _make(connection: sqlite3.Connection, form: Form) -> None:
    """Make the tables in an empty file, all or nothing; another process may be doing so."""
    connection.execute("PRAGMA journal_mode = WAL")
    statements = resources.files(__package__).joinpath(form.statements).read_text("utf-8")
    stamps = f"PRAGMA application_id = {form.application_id}; PRAGMA user_version = {form.version};"
    connection.executescript(f"BEGIN IMMEDIATE; {statements} {stamps} COMMIT;")


def _mark(connection: sqlite3.Connection, form: Form) -> None:
    """Give the id of this form to a file that was made with the one of another."""
    asked = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
    if connection.execute(asked, (form.known_by,)).fetchone() is not None:
        connection.execute(f"PRAGMA application_id = {form.application_id}")


def _identity(connection: sqlite3.Connection) -> tuple[int, int]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return application, version
