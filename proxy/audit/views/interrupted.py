"""Views that were open when the service was killed: at its next start the log says that they are over."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
import logging
from typing import Final

from proxy.audit.event import Event, EventKind
from proxy.audit.log import AuditLog
from proxy.audit.reading import Record, read_records
from proxy.audit.store import EventQuery, EventReader, LogDamaged
from proxy.audit.views.view import OBLIGATIONS, Ended, Field, View, views_of

_logger = logging.getLogger(__name__)

_PAGE: Final = 1000
_MOST: Final = 100_000
"""Records before the last: an open view leaves one each half minute, or is over after a quarter of an hour."""

_KEPT: Final = ("study-date", "modalities")


async def close_interrupted(reader: EventReader, log: AuditLog, most: int = _MOST) -> int:
    """Close the views that nothing in the log closed, before anything else is recorded; how many there were.

    They are looked for in the newest `most` records.

    Where the log is damaged there are none. Raises `LogUnreadable` and `AuditUnavailable`.
    """
    try:
        views = await asyncio.to_thread(lambda: views_of(_last_run(reader, most)))
    except LogDamaged:
        _logger.exception("the audit log is damaged: views that were open are not closed in it")
        return 0
    left = [view for view in views if view.ended is None]
    for view in left:
        await log.record(_closing(view))
    return len(left)


def _last_run(reader: EventReader, most: int) -> Iterator[Record]:
    """The newest events of the last run of the service: clocks may have been set in it, so they are counted."""
    pages: list[Sequence[Record]] = []
    before: int | None = None
    while len(pages) * _PAGE < most:
        page = read_records(reader, EventQuery(before=before, limit=_PAGE, newest=True))
        started = [place for place, record in enumerate(page) if record.event.kind is EventKind.STARTED]
        pages.append(page[started[-1] + 1 :] if started else page)
        if started or not page:
            break
        before = page[0].sequence
    return chain.from_iterable(reversed(pages))


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
            Field.TOTAL_NEAR_DELIVERED: view.near_delivered,
            Field.TOTAL_BYTES: view.octets,
            Field.TOTAL_NATIVE_PIXELS: view.native_pixels,
        },
    )
