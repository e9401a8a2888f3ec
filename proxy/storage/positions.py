"""How far each audit repository has come, in SQLite, one file beside the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import sqlite3
from typing import Final

from proxy.audit.store import StoreFailed
from proxy.storage.database import Database, Form

FILE_NAME: Final = "positions.sqlite"
_FORM: Final = Form(
    *("positions.sql", 0x56545251, 1, "the positions of audit repositories"),  # "VTRQ"
    before=0x56545250,  # "VTRP" is what versions of the policy are marked with
    known_by="position",
)


class SqlitePositions:
    """Implements `PositionStore` (proxy/repositories/positions.py)."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / FILE_NAME, _FORM)

    def read(self, repository: str) -> int:
        with _failing(), self._database.connected() as connection:
            row = connection.execute("SELECT sequence FROM position WHERE repository = ?", (repository,)).fetchone()
        return 0 if row is None else int(row[0])

    def keep(self, repository: str, sequence: int) -> None:
        with _failing(), self._database.changed() as connection:
            connection.execute(
                "INSERT INTO position (repository, sequence) VALUES (?, ?) "
                "ON CONFLICT (repository) DO UPDATE SET sequence = excluded.sequence",
                (repository, sequence),
            )


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreFailed("the positions of audit repositories cannot be read or written now") from error
