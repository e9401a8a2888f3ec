"""Events and a log in memory for the tests; the log passes the same contract suite as the real stores."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from proxy.audit.canonical import to_body, to_event_json
from proxy.audit.chain import GENESIS, Entry, extend
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.reading import Record, read_record
from proxy.audit.store import MAXIMUM_ROWS, EventQuery, Opening, StoreFailed

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def view(number: int = 1, *, patient: str = "GENERAL|G-1001", subject: str = "demo:treating-clinician") -> Event:
    """A view of the study 1.2.`number`."""
    return Event(
        EventKind.VIEW_OPENED,
        Outcome.SUCCESS,
        subject=subject,
        purpose="TREAT",
        institution="general",
        patient=patient,
        study=f"1.2.{number}",
        reasons=("hie-treating",),
        detail={"rendered-only": 1},
    )


def chained(*events: Event, at: Callable[[int], datetime] = lambda _: NOON) -> list[Entry]:
    """`events` as the entries of a log."""
    return list(extend(GENESIS, [to_body(at(index), to_event_json(event)) for index, event in enumerate(events)]))


class MemoryEvents:
    """A store and reader in memory, which fails for as long as `failing` is set."""

    def __init__(self) -> None:
        self.kept: list[Entry] = []
        self.failing = False
        self.commits: list[int] = []
        self.before_append: Callable[[], None] = lambda: None
        self._open = False

    def open(self) -> Entry | None:
        if self.failing:
            raise StoreFailed("the disk is gone")
        self._open = True
        return self.kept[-1] if self.kept else None

    def append(self, entries: Sequence[Entry]) -> None:
        self.before_append()
        if self.failing or not self._open:
            raise StoreFailed("the disk is full")
        expected = len(self.kept) + 1
        if [entry.sequence for entry in entries] != list(range(expected, expected + len(entries))):
            raise StoreFailed("records follow one another")
        self.kept += entries
        self.commits.append(len(entries))

    def close(self) -> None:
        self._open = False

    def find(self, query: EventQuery) -> list[Entry]:
        found = [entry for entry in self.kept if _matches(read_record(entry), query)]
        limit = min(max(query.limit, 0), MAXIMUM_ROWS)
        return found[max(len(found) - limit, 0) :] if query.newest else found[:limit]

    def entries(self, after: int = 0) -> Iterator[Entry]:
        yield from [entry for entry in self.kept if entry.sequence > after]

    def opening(self) -> Opening:
        return Opening()

    def damage(self) -> str | None:
        return None


def _matches(record: Record, query: EventQuery) -> bool:
    event = record.event
    return (
        record.sequence > query.after
        and (query.before is None or record.sequence < query.before)
        and query.patient in (None, event.patient)
        and query.subject in (None, event.subject)
        and query.study in (None, event.study)
        and query.kind in (None, event.kind)
        and query.institution in (None, event.institution)
        and query.purpose in (None, event.purpose)
        and query.outcome in (None, event.outcome)
        and (not query.emergency or bool(event.detail.get("emergency")))
        and (query.since is None or record.at >= query.since)
        and (query.until is None or record.at < query.until)
    )
