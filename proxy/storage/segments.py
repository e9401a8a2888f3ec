"""The files of the audit log: the one being written, and a closed one for each month before it.

A closed segment is one file without side files. Its name says its last record, so that the order does not depend on a
clock, and the month it was closed for: `audit-000000012345-2026-11.sqlite`.
"""

from contextlib import closing
from pathlib import Path
import re
import sqlite3
from typing import Final

from proxy.audit.store import Opening, Segment, StoreFailed
from proxy.errors import ConfigurationError
from proxy.storage.files import flush_names, make_file
from proxy.storage.schema import create_schema

CURRENT: Final = "audit.sqlite"
_NEXT: Final = "audit.sqlite.next"
_CLOSED: Final = re.compile(r"audit-([0-9]{12,18})-([0-9]{4}-[0-9]{2})\.sqlite", re.ASCII)


def path_of(folder: Path, segment: Segment) -> Path:
    return folder / f"audit-{segment.last:012}-{segment.month}.sqlite"


def closed_segments(folder: Path) -> list[Segment]:
    """Oldest first."""
    names = [_CLOSED.fullmatch(path.name) for path in folder.glob("audit-*.sqlite")]
    return sorted((Segment(int(name[1]), name[2]) for name in names if name), key=lambda one: one.last)


def finish_turn(folder: Path) -> None:
    """Complete what a crash interrupted. Called by the writer alone; raises `ConfigurationError`, `OSError`."""
    current, following = folder / CURRENT, folder / _NEXT
    if current.exists():
        following.unlink(missing_ok=True)
    elif following.exists():
        following.rename(current)
        flush_names(folder)
    elif closed_segments(folder):
        raise ConfigurationError(f"the newest part of the audit log in `{folder}` is missing")


def swap(folder: Path, opening: Opening, month: str) -> None:
    """Put the closed file aside, and a new one that begins behind it in its place.

    The new one is complete before the old one goes: whenever this is interrupted, `finish_turn` knows what to do.
    """
    current, following = folder / CURRENT, folder / _NEXT
    following.unlink(missing_ok=True)
    make_file(following)
    with closing(sqlite3.connect(following, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        create_schema(connection, opening)
    flush_names(folder)
    closed = path_of(folder, Segment(opening.head.sequence, month))
    if closed.exists():
        raise StoreFailed("a segment of the audit log is in the way of another")
    current.rename(closed)
    flush_names(folder)
    following.rename(current)
    flush_names(folder)
    closed.chmod(0o400)
