"""The parts of the log: each month is closed behind a root, and removed when it has been kept long enough."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from proxy.audit.canonical import to_time
from proxy.audit.checkpoints.growth import head_at
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.journal import Journal
from proxy.audit.reading import read_record
from proxy.audit.store import EventQuery, EventReader, Opening, Segment, SegmentedStore

_YEAR: Final = 12


class Segments:
    """`keep_months` are kept besides the one that is being written; 0 keeps all."""

    def __init__(self, reader: EventReader, journal: Journal, store: SegmentedStore, keep_months: int) -> None:
        self._reader = reader
        self._journal = journal
        self._store = store
        self._keep_months = keep_months

    async def keep(self, now: float, read_end: Callable[[], Opening]) -> None:
        """Close the month that is over at `now` (Unix seconds), and remove what is older than it has to be.

        `read_end` reads the log to its end. A clock that went back closes nothing. Raises `AuditUnavailable`.
        """
        month = to_time(datetime.fromtimestamp(now, UTC))[:7]
        begun = await asyncio.to_thread(self._begun)
        if begun is not None and begun < month:
            await self._close(begun, read_end)
        for segment in await asyncio.to_thread(self._outdated, month):
            await self._retire(segment)

    async def _close(self, month: str, read_end: Callable[[], Opening]) -> None:
        """The new segment begins with the record that says where the old one ended."""
        end = await self._journal.turn(self._store, read_end, month)
        detail: dict[str, str | int] = {"last": end.head.sequence, "month": month, "root": end.frontier.root.hex()}
        await self._journal.record(Event(EventKind.SEGMENT_CLOSED, Outcome.SUCCESS, detail=detail))

    async def _retire(self, segment: Segment) -> None:
        """Recorded before it is done."""
        head = await asyncio.to_thread(head_at, self._reader, segment.last)
        detail: dict[str, str | int] = {"last": segment.last, "month": segment.month}
        if head is not None:
            detail["digest"] = head.digest.hex()
        await self._journal.record(Event(EventKind.SEGMENT_RETIRED, Outcome.SUCCESS, detail=detail))
        await self._journal.retire(self._store, segment)

    def _outdated(self, month: str) -> list[Segment]:
        if not self._keep_months:
            return []
        year, number = map(int, month.split("-"))
        oldest = year * _YEAR + number - 1 - self._keep_months
        first_kept = f"{oldest // _YEAR:04}-{oldest % _YEAR + 1:02}"
        return [one for one in self._store.segments() if one.month < first_kept]

    def _begun(self) -> str | None:
        """The month of the first record in the segment that is being written."""
        closed = self._store.segments()
        found = self._reader.find(EventQuery(after=closed[-1].last if closed else 0, limit=1))
        return to_time(read_record(found[0]).at)[:7] if found else None
