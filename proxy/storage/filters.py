"""Searches that officers keep, in SQLite, one file beside the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import sqlite3
from typing import Final

import msgspec

from proxy.audit.store import StoreFailed
from proxy.console.audit.filters import SavedFilter
from proxy.storage.database import Database, Form

FILE_NAME: Final = "filters.sqlite"
_FORM: Final = Form("filters.sql", 0x56545246, 1, "the searches that officers keep")  # "VTRF"


class SqliteFilters:
    """Implements `FilterStore` (proxy/console/audit/filters.py)."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / FILE_NAME, _FORM)

    def all(self, subject: str) -> list[SavedFilter]:
        with _failing(), self._database.connected() as connection:
            rows = connection.execute("SELECT body FROM filter WHERE subject = ? ORDER BY name", (subject,)).fetchall()
            return [msgspec.json.decode(body, type=SavedFilter) for (body,) in rows]

    def keep(self, subject: str, saved: SavedFilter) -> None:
        row = (subject, saved.name, msgspec.json.encode(saved).decode())
        with _failing(), self._database.changed() as connection:
            connection.execute("INSERT OR REPLACE INTO filter (subject, name, body) VALUES (?, ?, ?)", row)

    def remove(self, subject: str, name: str) -> None:
        with _failing(), self._database.changed() as connection:
            connection.execute("DELETE FROM filter WHERE subject = ? AND name = ?", (subject, name))


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, msgspec.DecodeError) as error:
        raise StoreFailed("the searches that officers keep cannot be read or written now") from error
