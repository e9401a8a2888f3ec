"""The facts of past decisions in SQLite, one file beside the audit log, from which the oldest go first."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
import sqlite3
from typing import Final

from policy.replay.past import PastDecision, UnreadableFacts, digest_of, read_facts, to_facts
from policy.request import Capability
from proxy.policies.store import StoreFailed
from proxy.storage.database import Database, Form

FILE_NAME: Final = "decisions.sqlite"
_FORM: Final = Form("decisions.sql", 0x56545244, 1, "facts of decisions")  # "VTRD"


class SqliteDecisions:
    """Implements `DecisionStore` (proxy/policies/store.py)."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / FILE_NAME, _FORM)

    def add(self, decisions: Sequence[PastDecision], oldest: int, most: int) -> None:
        rows = [(one.event, one.at, one.capability.value, to_facts(one.request)) for one in decisions]
        statement = "INSERT OR IGNORE INTO decision (event, at, capability, facts) VALUES (?, ?, ?, ?)"
        with _failing(), self._database.changed() as connection:
            connection.executemany(statement, rows)
            connection.execute("DELETE FROM decision WHERE at < ?", (oldest,))
            connection.execute(
                "DELETE FROM decision WHERE event <= (SELECT event FROM decision ORDER BY event DESC LIMIT 1 OFFSET ?)",
                (most,),
            )

    def since(self, at: int, most: int) -> list[PastDecision]:
        statement = "SELECT event, at, capability, facts FROM decision WHERE at >= ? ORDER BY event DESC LIMIT ?"
        with _failing(), self._database.connected() as connection:
            rows = connection.execute(statement, (at, most)).fetchall()
        return [decision for row in reversed(rows) for decision in _read(row)]


def _read(row: tuple[int, int, str, bytes]) -> Iterator[PastDecision]:
    """Facts that this version cannot read any longer are no past decision."""
    event, at, capability, facts = row
    try:
        yield PastDecision(event, at, Capability(capability), read_facts(facts), digest_of(facts))
    except (UnreadableFacts, ValueError):
        return


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreFailed("the facts of past decisions cannot be read or written now") from error
