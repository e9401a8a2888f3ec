"""Views that were open when the service was killed: at its next start the log says that they are over."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
import logging
from typing import Final

from proxy.audit.event import Event, EventKind
from proxy.audit.log import AuditLog
from proxy.audit.reading import Record, read_record
from proxy.audit.store import EventQuery, EventReader, LogDamaged
from proxy.audit.views.view import OBLIGATIONS, VIEW_KINDS, Ended, Field, View, views_of

_logger = logging.getLogger(__name__)

_WINDOW: Final = timedelta(hours=1)
"""Before the last record: an open view leaves an event each half minute, or is over after a quarter of an hour."""

_KEPT: Final = ("study-date", "modalities")


async def close_interrupted(reader: EventReader, log: AuditLog) -> int:
    """Close the views that nothing in the log closed, before anything else is recorded; how many there were.

    Where the log is damaged there are none. Raises `LogUnreadable` and `AuditUnavailable`.
    """
    try:
        views = await asyncio.to_thread(lambda: views_of(_last_run(reader)))
    except LogDamaged:
        _logger.exception("the audit log is damaged: views that were open are not closed in it")
        return 0
    left = [view for view in views if view.ended is None]
    for view in left:
        await log.record(_closing(view))
    return len(left)


def _last_run(reader: EventReader) -> Iterator[Record]:
    """The newest events about views, of the last run of the service."""
    (last,) = _newest(reader) or (None,)
    if last is None:
        return
    started = _newest(reader, EventKind.STARTED)
    after = started[0].sequence if started else 0
    first = reader.find(EventQuery(after=after, since=last.at - _WINDOW, limit=1))
    for entry in reader.entries(first[0].sequence - 1 if first else last.sequence):
        record = read_record(entry)
        if record.event.kind in VIEW_KINDS:
            yield record


def _newest(reader: EventReader, kind: EventKind | None = None) -> list[Record]:
    return [read_record(entry) for entry in reader.find(EventQuery(kind=kind, limit=1, newest=True))]


def _closing(view: View) -> Event:
    kept = {name: value for name, value in view.first.detail.items() if name in _KEPT}
    owed = {name: view.obligations[name] for name in OBLIGATIONS if name in view.obligations}
    return replace(
        view.first,
        kind=EventKind.VIEW_CLOSED,
        detail={
            **kept,
            **owed,
            Field.ENDED: Ended.INTERRUPTED,
            Field.SECONDS: int((view.until - view.opened).total_seconds()),
            Field.TOTAL_DELIVERED: view.delivered,
            Field.TOTAL_NATIVE_DELIVERED: view.native_delivered,
            Field.TOTAL_BYTES: view.octets,
            Field.TOTAL_NATIVE_PIXELS: view.native_pixels,
        },
    )
