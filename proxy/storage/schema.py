"""The form of the audit log's database, and whether a database has exactly this form."""

from contextlib import closing
from importlib import resources
import sqlite3
from typing import Final

APPLICATION_ID: Final = 0x56545241  # "VTRA", so that `file` and others can tell what it is
VERSION: Final = 1


def create_schema(connection: sqlite3.Connection) -> None:
    """Make the tables, indexes and triggers in an empty database, all or nothing."""
    statements = resources.files(__package__).joinpath("events.sql").read_text("utf-8")
    stamps = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"
    connection.executescript(f"BEGIN IMMEDIATE; {statements} {stamps} COMMIT;")


def schema_difference(connection: sqlite3.Connection) -> str | None:
    """How a database differs from the form that `create_schema` gives it, or None. Raises `sqlite3.Error`.

    Comparing everything, to the letter, also finds that somebody dropped the triggers that keep the log append-only.
    """
    if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        return "it is not an audit log"
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != VERSION:
        return f"it has version {version}, and this is for version {VERSION}"
    changed = sorted(name for _, name, _ in _objects(connection) ^ _intended())
    return f"its `{changed[0]}` is not as it was made" if changed else None


def _objects(connection: sqlite3.Connection) -> set[tuple[str, str, str | None]]:
    return set(connection.execute("SELECT type, name, sql FROM sqlite_schema"))


def _intended() -> set[tuple[str, str, str | None]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        create_schema(connection)
        return _objects(connection)
