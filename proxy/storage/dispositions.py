"""What officers made of anomalies, in SQLite, one file beside the audit log."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import sqlite3
from typing import Final

import msgspec

from proxy.audit.store import StoreFailed
from proxy.console.anomalies.dispositions import Disposition
from proxy.storage.database import Database, Form

FILE_NAME: Final = "dispositions.sqlite"
_FORM: Final = Form("dispositions.sql", 0x56545249, 1, "what officers made of anomalies")  # "VTRI"


class SqliteDispositions:
    """Implements `DispositionStore` (proxy/console/anomalies/dispositions.py)."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / FILE_NAME, _FORM)

    def all(self) -> dict[str, list[Disposition]]:
        found: dict[str, list[Disposition]] = defaultdict(list)
        with _failing(), self._database.connected() as connection:
            rows = connection.execute("SELECT anomaly, body FROM disposition ORDER BY number").fetchall()
            for anomaly, body in rows:
                found[anomaly].append(msgspec.json.decode(body, type=Disposition))
        return dict(found)

    def add(self, disposition: Disposition) -> None:
        row = (disposition.case, msgspec.json.encode(disposition).decode())
        with _failing(), self._database.changed() as connection:
            connection.execute("INSERT INTO disposition (anomaly, body) VALUES (?, ?)", row)


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, msgspec.DecodeError) as error:
        raise StoreFailed("what officers made of anomalies cannot be read or written now") from error
