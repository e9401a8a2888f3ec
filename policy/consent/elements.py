"""Elements of a FHIR R4 resource in JSON, read strictly: what is in the wrong form or not known is not understood.

An element that is there is never null and never empty (FHIR R4 §2.6.2): one that is could have held what forbids.
"""

from collections.abc import Iterable, Mapping, Sequence, Sized
from datetime import UTC, datetime, timedelta
import re
from typing import Any

from policy.consent.directive import Coding, Identity, Interval, UnreadableConsent

Resource = Mapping[str, Any]

_MOMENT = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(Z|[+-]\d{2}:\d{2}))?)?)?", re.ASCII
)
_LONGEST = 512


def require_only(found: Resource, names: Iterable[str], where: str) -> None:
    """Refuse elements that are not known here: one that is passed over could be the one that forbids.

    `_name` beside a primitive holds its extensions, which change nothing (FHIR R4 §2.1.0.4.1).
    """
    known = {*names, "id", "extension"}
    for name in found:
        if name.removeprefix("_") not in known:
            raise UnreadableConsent(where, "an element that is not understood")


def objects(found: Resource, name: str, where: str) -> Sequence[Resource]:
    """The objects of a repeating element; none where it is absent."""
    if name not in found:
        return ()
    value = found[name]
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise UnreadableConsent(where, f"`{name}` is not a list of objects")
    _require_filled(value, name, where)
    return value


def an_object(found: Resource, name: str, where: str) -> Resource | None:
    """The object of an element; None where it is absent."""
    if name not in found:
        return None
    value = found[name]
    if not isinstance(value, dict):
        raise UnreadableConsent(where, f"`{name}` is not an object")
    _require_filled(value, name, where)
    return value


def text(found: Resource, name: str, where: str) -> str:
    """A primitive's text; empty where it is absent."""
    if name not in found:
        return ""
    value = found[name]
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        raise UnreadableConsent(where, f"`{name}` is not a text")
    _require_filled(value, name, where)
    return value


def _require_filled(value: Sized, name: str, where: str) -> None:
    if not value:
        raise UnreadableConsent(where, f"`{name}` is empty")


def coding(found: Resource, where: str) -> Coding:
    one = Coding(text(found, "system", where), text(found, "code", where))
    if not one.system or not one.code:
        raise UnreadableConsent(where, "a coding without system or code")
    return one


def concept(found: Resource, where: str) -> tuple[Coding, ...]:
    """The codings of a CodeableConcept, which all mean the same; one in words only is not understood."""
    codings = tuple(coding(one, where) for one in objects(found, "coding", where))
    if not codings:
        raise UnreadableConsent(where, "a concept without a code")
    return codings


def identifier(found: Resource, where: str) -> Identity:
    one = Identity(text(found, "system", where), text(found, "value", where))
    if not one.system or not one.value:
        raise UnreadableConsent(where, "an identifier without system or value")
    return one


def period(found: Resource, name: str, where: str) -> Interval | None:
    value = an_object(found, name, where)
    if value is None:
        return None
    require_only(value, ("start", "end"), f"{where}.{name}")
    start, end = span(value, "start", where), span(value, "end", where)
    return Interval(start[0] if start else None, end[1] if end else None)


def span(found: Resource, name: str, where: str) -> tuple[datetime, datetime] | None:
    """The first moment of a FHIR dateTime and the first after it; whole days, months and years are those of UTC."""
    written = text(found, name, where)
    if not written:
        return None
    form = _MOMENT.fullmatch(written)
    try:
        if form is None:
            raise ValueError  # noqa: TRY301 - answered as every other date that there is not
        return _span(form)
    except (ValueError, OverflowError):
        raise UnreadableConsent(where, f"`{name}` is not a date") from None


def _span(form: "re.Match[str]") -> tuple[datetime, datetime]:
    year, month, day, hour = form[1], form[2], form[3], form[4]
    if hour is not None:
        start = datetime.fromisoformat(form[0])
        return start.astimezone(UTC), start.astimezone(UTC) + timedelta(seconds=1)
    start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    if day is not None:
        return start, start + timedelta(days=1)
    if month is not None:
        return start, datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)
    return start, datetime(start.year + 1, 1, 1, tzinfo=UTC)
