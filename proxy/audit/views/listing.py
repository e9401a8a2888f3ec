"""Views for a terminal: a table for people, or one JSON object a line that names every frame, for programs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
import json
from typing import Any, Final

from proxy.audit.canonical import to_time
from proxy.audit.listing import aligned, visible
from proxy.audit.views.coding import Frames
from proxy.audit.views.runs import Runs
from proxy.audit.views.view import View

_COLUMNS: Final[Mapping[str, Callable[[View], str]]] = {
    "OPENED": lambda view: to_time(view.opened)[:19] + "Z",
    "SECONDS": lambda view: str(round((view.until - view.opened).total_seconds())),
    "SUBJECT": lambda view: view.first.subject,
    "PURPOSE": lambda view: view.first.purpose,
    "PATIENT": lambda view: view.first.patient,
    "INSTITUTION": lambda view: view.first.institution,
    "STUDY": lambda view: view.first.study,
    "FRAMES": lambda view: str(view.seen),
    "NATIVE": lambda view: str(view.native_delivered),
    "ENDED": lambda view: str(view.ended or "open"),
}


def to_table(views: Sequence[View]) -> Iterator[str]:
    """Lines of a table; characters that a terminal would obey are shown instead."""
    return aligned([list(_COLUMNS), *([visible(cell(view)) for cell in _COLUMNS.values()] for view in views)])


def to_json_lines(views: Iterable[View]) -> Iterator[str]:
    """Lines with who, whose, when and why, and the frames by series and instance, as runs."""
    return (json.dumps(_to_object(view), ensure_ascii=False) for view in views)


def _to_object(view: View) -> dict[str, Any]:
    first = view.first
    return {
        "view_session": view.session,
        "records": view.records,
        "opened": to_time(view.opened),
        "until": to_time(view.until),
        "ended": view.ended,
        "subject": first.subject,
        "name": first.name,
        "organization": first.organization,
        "purpose": first.purpose,
        "address": first.address,
        "institution": first.institution,
        "patient": first.patient,
        "study": first.study,
        "study_date": view.study_date,
        "modalities": view.modalities,
        "rules": first.reasons,
        "emergency": view.emergency,
        "obligations": view.obligations,
        "rendered": _named(view.rendered),
        "native": _named(view.native),
        "delivered": view.delivered,
        "native_delivered": view.native_delivered,
        "near_delivered": view.near_delivered,
        "native_pixels": view.native_pixels,
        "bytes": view.octets,
    }


def _named(frames: Frames) -> dict[str, dict[str, str]]:
    return {series: {uid: _spelt(runs) for uid, runs in instances.items()} for series, instances in frames.items()}


def _spelt(runs: Runs) -> str:
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
