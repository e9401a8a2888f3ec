"""Decisions on record whose facts are not kept: whatever is said of the past says that it does not know of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from policy.replay.past import PastDecision
from proxy.audit.event import EventKind
from proxy.audit.reading import Record
from proxy.audit.store import EventQuery

_DECIDED: Final = (EventKind.PREVIEWED, EventKind.VIEW_OPENED, EventKind.VIEW_REFUSED)


def decided_since(since: datetime, most: int) -> list[EventQuery]:
    """What finds the decisions on record: the newest `most` of each kind."""
    return [EventQuery(kind=kind, since=since, limit=most, newest=True) for kind in _DECIDED]


def count_holes(records: Iterable[Record], past: Sequence[PastDecision], institution: str | None = None) -> int:
    """How many of `records` are about studies of `institution`, all where it is None, and not among `past`.

    That there is no such study was decided on no facts.
    """
    kept = {one.event for one in past}
    return sum(
        one.sequence not in kept
        for one in records
        if one.event.institution and institution in {None, one.event.institution}
    )
