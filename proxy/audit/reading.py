"""Reading the log for people: the records that a query asks for, parsed."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from proxy.audit.canonical import MalformedBody, read_body
from proxy.audit.chain import Entry
from proxy.audit.event import Event
from proxy.audit.store import EventQuery, EventReader, LogDamaged, LogUnreadable

_SECONDS: Final = 10.0
_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the log. `stepped_back`: microseconds by which the clock stood behind the record before it."""

    sequence: int
    at: datetime
    event: Event
    stepped_back: int = 0


def read_record(entry: Entry) -> Record:
    """Parse an entry, or raise `LogDamaged` naming it."""
    try:
        body = read_body(entry.body)
    except MalformedBody:
        raise LogDamaged(f"record {entry.sequence} of the audit log is not an event") from None
    return Record(entry.sequence, body.at, body.event, body.stepped_back)


def read_records(reader: EventReader, query: EventQuery) -> list[Record]:
    """The records that `query` asks for, in the order of the log. Raises `LogUnreadable` or `LogDamaged`."""
    return [read_record(entry) for entry in reader.find(query)]


class Readings:
    """Reads the log beside its writer without holding up the event loop: few at once, each with a deadline."""

    def __init__(self, reader: EventReader) -> None:
        self._reader = reader
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def find(self, query: EventQuery) -> list[Record]:
        """As `read_records`; whoever shows them to somebody records that first (`EventKind.AUDIT_READ`)."""
        try:
            async with asyncio.timeout(_SECONDS), self._free:
                return await asyncio.to_thread(read_records, self._reader, query)
        except TimeoutError:
            raise LogUnreadable("reading the audit log took too long") from None
