"""A table of cross-references in an SQLite file, which its owner may change while the service reads it.

`CREATE TABLE cross_reference (person TEXT, authority TEXT, value TEXT, birth_date TEXT, sex TEXT)`, the last two
columns empty where nothing is known; an index on (authority, value) and one on (person) keep it fast.
"""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
import sqlite3
from typing import Final
from urllib.parse import quote

from proxy.errors import ConfigurationError
from proxy.patients.crossreference import CrossReferenceFailed, Demographics
from proxy.patients.table import to_demographics
from proxy.resources import PatientIdentifier

_BUSY_SECONDS: Final = 1.0
_ROWS: Final = """
SELECT person, authority, value, birth_date, sex FROM cross_reference
WHERE person IN (SELECT person FROM cross_reference WHERE authority = ? AND value = ?) LIMIT 1000
"""
_Row = tuple[str, str, str, str | None, str | None]


class SqliteTable:
    """Opened for each question, by reading only: a file that is replaced is another table from then on."""

    def __init__(self, path: Path) -> None:
        """Raises `ConfigurationError` when there is no such table now."""
        self._path = path
        try:
            self._rows(PatientIdentifier("", ""))
        except CrossReferenceFailed:
            raise ConfigurationError(f"`{path}` is no SQLite file with the table `cross_reference`") from None

    async def known_as(self, identifier: PatientIdentifier) -> frozenset[PatientIdentifier]:
        rows = await asyncio.to_thread(self._rows, identifier)
        return frozenset(PatientIdentifier(authority, value) for _, authority, value, *_ in rows)

    async def demographics_of(self, identifier: PatientIdentifier) -> Demographics:
        """Empty when its rows differ about the person."""
        rows = await asyncio.to_thread(self._rows, identifier)
        said = {to_demographics(*row[3:]) for row in rows} - {None, Demographics()}
        return said.pop() or Demographics() if len(said) == 1 else Demographics()

    def _rows(self, identifier: PatientIdentifier) -> Sequence[_Row]:
        address = f"file:{quote(str(self._path.resolve()))}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as connection:
                connection.execute("PRAGMA query_only = ON")
                rows = connection.execute(_ROWS, (identifier.authority, identifier.value)).fetchall()
        except sqlite3.Error:
            raise CrossReferenceFailed("the table of cross-references cannot be read") from None
        return _of_one(rows)


def _of_one(rows: Sequence[_Row]) -> Sequence[_Row]:
    """`rows` when they are of one person; an identifier that two persons have names neither."""
    if len({row[0] for row in rows}) > 1 or not all(isinstance(part, str) for row in rows for part in row[:3]):
        raise CrossReferenceFailed("the table of cross-references gives one identifier to two persons")
    return rows
