"""The checkpoints of other logs in SQLite, one file beside the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import sqlite3
from typing import Final

from proxy.audit.checkpoints.checkpoint import read_checkpoint
from proxy.audit.checkpoints.note import NoteRefused, split_note
from proxy.audit.checkpoints.witnessing import Seen, WitnessFailed
from proxy.storage.database import Database, Form

FILE_NAME: Final = "witnessed.sqlite"
_FORM: Final = Form("witnessed.sql", 0x56545257, 1, "checkpoints of other logs")  # "VTRW"


class SqliteSeen:
    """Implements `SeenStore` (proxy/audit/checkpoints/witnessing.py)."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / FILE_NAME, _FORM)

    def newest(self, origin: str) -> Seen | None:
        with _failing(), self._database.connected() as connection:
            row = connection.execute("SELECT note FROM checkpoint WHERE origin = ?", (origin,)).fetchone()
        return None if row is None else _read(row[0])

    def all(self) -> list[Seen]:
        """In the order of the origins."""
        with _failing(), self._database.connected() as connection:
            rows = connection.execute("SELECT note FROM checkpoint ORDER BY origin").fetchall()
        return [_read(note) for (note,) in rows]

    def replace(self, size: int, seen: Seen) -> bool:
        checkpoint = seen.checkpoint
        with _failing(), self._database.changed() as connection:
            row = connection.execute("SELECT size FROM checkpoint WHERE origin = ?", (checkpoint.origin,)).fetchone()
            if (row[0] if row else 0) != size:
                return False
            connection.execute(
                "INSERT OR REPLACE INTO checkpoint (origin, size, note) VALUES (?, ?, ?)",
                (checkpoint.origin, checkpoint.size, seen.note),
            )
        return True


def _read(note: str) -> Seen:
    try:
        return Seen(read_checkpoint(split_note(note)[0]), note)
    except NoteRefused:
        raise WitnessFailed("a checkpoint of another log is damaged") from None


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise WitnessFailed("the checkpoints of other logs cannot be read or written now") from error
