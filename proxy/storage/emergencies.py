"""Declared emergencies in SQLite, one file beside the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
import sqlite3
from typing import Final

import msgspec

from proxy.breakglass.emergency import Emergency
from proxy.breakglass.store import StoreFailed
from proxy.errors import ConfigurationError
from proxy.storage.database import Database, Form

FILE_NAME: Final = "emergencies.sqlite"
_FORM: Final = Form("emergencies.sql", 0x56545245, 1, "declared emergencies")  # "VTRE"


class SqliteEmergencies:
    """Implements `EmergencyStore` (proxy/breakglass/store.py)."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._database = Database(self._path, _FORM)

    def read(self, oldest: datetime) -> list[Emergency]:
        with _failing(), self._database.changed() as connection:
            connection.execute("DELETE FROM emergency WHERE since < ?", (oldest.timestamp(),))
            rows = connection.execute("SELECT body FROM emergency ORDER BY since").fetchall()
        try:
            return [msgspec.json.decode(body, type=Emergency) for (body,) in rows]
        except msgspec.DecodeError:
            raise ConfigurationError(f"`{self._path}` is damaged") from None

    def put(self, emergency: Emergency) -> None:
        row = (emergency.id, emergency.since.timestamp(), msgspec.json.encode(emergency).decode())
        with _failing(), self._database.changed() as connection:
            connection.execute("INSERT OR REPLACE INTO emergency (id, since, body) VALUES (?, ?, ?)", row)


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreFailed("declared emergencies cannot be read or written now") from error
