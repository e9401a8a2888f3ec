"""What the audit log needs of whatever keeps it: to add at the end, durably, and to read; nothing else exists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from proxy.audit.chain import GENESIS, Entry, Head
from proxy.audit.checkpoints.merkle import EMPTY, Frontier
from proxy.audit.event import EventKind, Outcome
from proxy.errors import AuditUnavailable

MAXIMUM_ROWS: Final = 10_000
"""Of one answer, whatever a query asks for."""


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
    answer is in the order of the log either way. `patient` is `authority|value`; `emergency` asks for what was done
    under a declared emergency.
    """

    after: int = 0
    before: int | None = None
    patient: str | None = None
    subject: str | None = None
    study: str | None = None
    kind: EventKind | None = None
    institution: str | None = None
    purpose: str | None = None
    outcome: Outcome | None = None
    emergency: bool = False
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100
    newest: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """What a log, or a segment of it, begins behind: the end of what came before, and what its tree needs of that."""

    head: Head = GENESIS
    frontier: Frontier = EMPTY


@dataclass(frozen=True, slots=True)
class Segment:
    """A closed part of the log, kept by itself: its last record, and the month (`2026-11`) in which it was closed."""

    last: int
    month: str


class EventStore(Protocol):
    """The only writer of one log. All of it is called from one thread, the same each time."""

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


class SegmentedStore(EventStore, Protocol):
    """A store whose closed parts lie apart, so that they can be put away, and removed when their time is over."""

    def turn(self, opening: Opening, month: str) -> None:
        """Close the segment of `month`, which ends with `opening.head`, and begin the next, or raise `StoreFailed`."""
        ...

    def segments(self) -> list[Segment]:
        """The closed ones that are present, oldest first."""
        ...

    def retire(self, segment: Segment) -> None:
        """Remove the oldest segment, or raise `StoreFailed`."""
        ...


class EventReader(Protocol):
    """Reads a log, also while another process writes it. May be called from any thread, several at a time."""

    def find(self, query: EventQuery) -> list[Entry]:
        """The entries that `query` asks for, in order. Raises `LogUnreadable` or `LogDamaged`."""
        ...

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """All entries in order, behind the number `after`. Raises `LogUnreadable` or `LogDamaged`."""
        ...

    def opening(self) -> Opening:
        """What the first record that is present stands behind. Raises `LogUnreadable` or `LogDamaged`."""
        ...

    def damage(self) -> str | None:
        """What is wrong with the store underneath (its form, its pages, its indexes), or None."""
        ...
