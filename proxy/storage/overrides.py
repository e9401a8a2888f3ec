"""What officers decided about labels of studies, in SQLite, one file beside the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import sqlite3
from typing import Final

import msgspec

from proxy.audit.store import StoreFailed
from proxy.errors import ConfigurationError
from proxy.labelling.overrides import StudyOverride
from proxy.storage.database import Database, Form

FILE_NAME: Final = "overrides.sqlite"
_FORM: Final = Form("overrides.sql", 0x5654524C, 1, "officers' decisions about labels")  # "VTRL"


class SqliteOverrides:
    """Implements `OverrideStore` (proxy/labelling/overrides.py)."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._database = Database(self._path, _FORM)

    def read(self) -> list[StudyOverride]:
        with _failing(), self._database.connected() as connection:
            rows = connection.execute("SELECT body FROM override").fetchall()
        try:
            return [msgspec.json.decode(body, type=StudyOverride) for (body,) in rows]
        except msgspec.DecodeError:
            raise ConfigurationError(f"`{self._path}` is damaged") from None

    def put(self, override: StudyOverride) -> None:
        row = (override.institution, override.study, msgspec.json.encode(override).decode())
        with _failing(), self._database.changed() as connection:
            connection.execute("INSERT OR REPLACE INTO override (institution, study, body) VALUES (?, ?, ?)", row)

    def remove(self, institution: str, study: str) -> None:
        with _failing(), self._database.changed() as connection:
            connection.execute("DELETE FROM override WHERE institution = ? AND study = ?", (institution, study))


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreFailed("what officers decided about labels cannot be read or written now") from error
