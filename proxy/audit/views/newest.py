"""The views that began last, among those that a question is about, whole."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from proxy.audit.event import EventKind
from proxy.audit.reading import Record, read_records
from proxy.audit.store import EventQuery, EventReader
from proxy.audit.views.view import VIEW_KINDS, View, views_of

_BEGINNINGS: Final = frozenset({EventKind.PREVIEWED, EventKind.VIEW_OPENED})
_PAGE: Final = 1000


def newest_views(reader: EventReader, query: EventQuery, most: int) -> list[View]:
    """The last `most` views of which `query` finds the beginning, in order. Raises `LogUnreadable`, `LogDamaged`.

    Of a view that goes on after `query.until` what was recorded until then is known.
    """
    records: list[Record] = []
    begun: set[str] = set()
    for record in _backwards(reader, query):
        records.append(record)
        if record.event.kind in _BEGINNINGS:
            begun.add(record.event.view_session)
        if len(begun) > most:
            break
    views = [view for view in views_of(reversed(records)) if view.session in begun]
    return views[-most:]


def _backwards(reader: EventReader, query: EventQuery) -> Iterator[Record]:
    before = query.before
    while page := read_records(reader, replace(query, before=before, limit=_PAGE, newest=True)):
        yield from (record for record in reversed(page) if record.event.kind in VIEW_KINDS)
        before = page[0].sequence
