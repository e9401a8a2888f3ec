"""The form of the audit log's database, and whether a database has exactly this form."""

from contextlib import closing
from importlib import resources
import sqlite3
from typing import Final

from proxy.audit.chain import Head
from proxy.audit.checkpoints.merkle import HASH_BYTES, Frontier
from proxy.audit.store import Opening

APPLICATION_ID: Final = 0x56545241  # "VTRA", so that `file` and others can tell what it is
VERSION: Final = 1
_FIRST: Final = "coalesce(max(sequence), 0)"
_BEGINNING: Final = Opening()


def create_schema(connection: sqlite3.Connection, opening: Opening = _BEGINNING) -> None:
    """Make the tables, indexes and triggers in an empty database, all or nothing."""
    statements = _continuing(resources.files(__package__).joinpath("events.sql").read_text("utf-8"), opening)
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
    changed = sorted(name for _, name, _ in _objects(connection) ^ _intended(read_opening(connection)))
    return f"its `{changed[0]}` is not as it was made" if changed else None


def _objects(connection: sqlite3.Connection) -> set[tuple[str, str, str | None]]:
    return set(connection.execute("SELECT type, name, sql FROM sqlite_schema"))


def read_opening(connection: sqlite3.Connection) -> Opening:
    """What the segment begins behind. Raises `sqlite3.Error` when it cannot be understood."""
    if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'opening'").fetchone() is None:
        return _BEGINNING
    sequence, digest, hashes = connection.execute("SELECT sequence, digest, hashes FROM opening").fetchone()
    try:
        nodes = tuple(hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES))
        return Opening(Head(sequence, digest), Frontier(sequence, nodes))
    except (TypeError, ValueError, AttributeError):
        raise sqlite3.DatabaseError("the segment does not say what it begins behind") from None


def _continuing(statements: str, opening: Opening) -> str:
    """The same form for a segment that does not begin with the first record, and says so where it cannot be changed."""
    number = opening.head.sequence
    if number == 0:
        return statements
    digest, hashes = opening.head.digest.hex(), b"".join(opening.frontier.hashes).hex()
    said = f"SELECT {number} AS sequence, x'{digest}' AS digest, x'{hashes}' AS hashes"
    return f"{statements.replace(_FIRST, f'coalesce(max(sequence), {number})')}\nCREATE VIEW opening AS {said};"


def _intended(opening: Opening) -> set[tuple[str, str, str | None]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        create_schema(connection, opening)
        return _objects(connection)
