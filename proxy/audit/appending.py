"""Appending to the chain, and finding its end again after the store has failed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from proxy.audit.canonical import MalformedBody, read_body, to_body
from proxy.audit.chain import GENESIS, Entry, Head, extend
from proxy.audit.store import EventStore, Opening, SegmentedStore, StoreFailed

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stamped:
    """An event's canonical JSON with what the clock said when it was recorded (Unix seconds)."""

    at: float
    event_json: bytes


@dataclass(frozen=True, slots=True)
class _End:
    """Where the chain ends, and what the clock said there; unknown when the last record cannot be read."""

    head: Head
    at: datetime | None


class ChainWriter:
    """Extends the chain in `store`, one commit for several events. All methods are called from one thread.

    After a failure nothing is believed about what the store kept: it is opened anew and asked where the chain ends,
    because a commit that reported failure may have reached the disk.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._end: _End | None = None

    def open(self) -> None:
        """Find the end of the chain. Raises what `EventStore.open` raises."""
        self._end = self._find_end()

    def append(self, events: Sequence[Stamped]) -> list[int]:
        """Commit `events` in order and return their sequence numbers; all or none."""
        end = self._end or self._find_end()
        times = [datetime.fromtimestamp(event.at, UTC) for event in events]
        entries = list(extend(end.head, _bodies(end.at, times, events)))
        try:
            self._store.append(entries)
        except BaseException:
            self.close()
            raise
        self._end = _End(entries[-1].head, times[-1])
        return [entry.sequence for entry in entries]

    @property
    def last(self) -> int:
        """The number of the last record, as far as is known."""
        return self._end.head.sequence if self._end else 0

    def turn(self, store: SegmentedStore, opening: Opening, month: str) -> Opening:
        """Close the segment of `month`, which ends with `opening.head`, of `store`, which is the one written here."""
        end = self._end or self._find_end()
        if end.head != opening.head:
            raise StoreFailed("the segment does not end where the audit log does")
        try:
            store.turn(opening, month)
        except BaseException:
            self.close()
            raise
        return opening

    def close(self) -> None:
        """Give the store up."""
        self._end = None
        self._store.close()

    def _find_end(self) -> _End:
        last = self._store.open()
        return _End(GENESIS, None) if last is None else _End(last.head, _time_of(last))


def _bodies(previous: datetime | None, times: Sequence[datetime], events: Sequence[Stamped]) -> Iterator[bytes]:
    for at, event in zip(times, events, strict=True):
        yield to_body(at, event.event_json, _step_back(previous, at))
        previous = at


def _step_back(previous: datetime | None, at: datetime) -> int:
    return 0 if previous is None or at >= previous else (previous - at) // _MICROSECOND


def _time_of(entry: Entry) -> datetime | None:
    try:
        return read_body(entry.body).at
    except MalformedBody:
        return None
