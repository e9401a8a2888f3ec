"""Share links in SQLite, one file beside the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
import sqlite3
from typing import Final

import msgspec

from proxy.errors import ConfigurationError
from proxy.sharing.link import Link
from proxy.sharing.store import StoreFailed
from proxy.storage.database import Database, Form

FILE_NAME: Final = "links.sqlite"
_FORM: Final = Form("links.sql", 0x56544C4B, 1, "share links")  # "VTLK"


class SqliteLinks:
    """Implements `LinkStore` (proxy/sharing/store.py)."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._database = Database(self._path, _FORM)

    def read(self, oldest: datetime) -> list[Link]:
        with _failing(), self._database.changed() as connection:
            connection.execute("DELETE FROM link WHERE until < ?", (oldest.timestamp(),))
            rows = connection.execute("SELECT body FROM link ORDER BY until").fetchall()
        try:
            return [msgspec.json.decode(body, type=Link) for (body,) in rows]
        except msgspec.DecodeError:
            raise ConfigurationError(f"`{self._path}` is damaged") from None

    def put(self, link: Link) -> None:
        row = (link.id, link.until.timestamp(), msgspec.json.encode(link).decode())
        with _failing(), self._database.changed() as connection:
            connection.execute("INSERT OR REPLACE INTO link (id, until, body) VALUES (?, ?, ?)", row)


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreFailed("share links cannot be read or written now") from error
