"""What the audit log needs of whatever keeps it: to add at the end, durably, and to read; nothing else exists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from proxy.audit.chain import Entry
from proxy.audit.event import EventKind
from proxy.errors import AuditUnavailable


class StoreFailed(AuditUnavailable):
    """The store could not do it now (disk full, I/O error, connection lost); it may be possible later."""


class LogUnreadable(AuditUnavailable):
    """There is no log, or it cannot be opened; `place` says where, for the operator at the command line only."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.place = place


class LogDamaged(AuditUnavailable):
    """What is stored cannot be read any further: pages are torn, or rows are not of the form they were written in."""


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events to read; None means any. `after` and `before` are sequence numbers, exclusive.

    `since` is inclusive, `until` exclusive. `newest` chooses which end counts when there are more than `limit`; the
    answer is in the order of the log either way. `patient` is `authority|value`.
    """

    after: int = 0
    before: int | None = None
    patient: str | None = None
    subject: str | None = None
    study: str | None = None
    kind: EventKind | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100
    newest: bool = False


class EventStore(Protocol):
    """The only writer of one log. All three are called from one thread, the same each time."""

    def open(self) -> Entry | None:
        """Become the writer and return the last entry. Raises `ConfigurationError` or `StoreFailed`; can be repeated.

        `ConfigurationError`: this is not a log that may be written (another writer has it, another form or version).
        """
        ...

    def append(self, entries: Sequence[Entry]) -> None:
        """Commit all of `entries` durably, or none and raise `StoreFailed`; they follow the last entry."""
        ...

    def close(self) -> None:
        """Give the log up to another writer; does nothing when it is not open."""
        ...


class EventReader(Protocol):
    """Reads a log, also while another process writes it. May be called from any thread, several at a time."""

    def find(self, query: EventQuery) -> list[Entry]:
        """The entries that `query` asks for, in order. Raises `LogUnreadable` or `LogDamaged`."""
        ...

    def entries(self) -> Iterator[Entry]:
        """All entries in order, from the first. Raises `LogUnreadable` or `LogDamaged`."""
        ...

    def damage(self) -> str | None:
        """What is wrong with the store underneath (its form, its pages, its indexes), or None."""
        ...
