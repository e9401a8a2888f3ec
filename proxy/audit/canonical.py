"""Events as bytes that have one spelling only, so that they can be hashed (RFC 8785, JSON Canonicalization Scheme)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
import json
import re
from typing import Any, Final

import msgspec

from proxy.audit.event import Event
from proxy.errors import AuditUnavailable

MAXIMUM_EVENT_BYTES: Final = 64 * 1024
"""Room for an event with the frames of a long study view; what is larger is refused rather than cut."""

_LARGEST_INTEGER: Final = 2**53 - 1  # beyond it readers disagree (RFC 8785 §3.2.2.3)
_DETAIL_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,63}", re.ASCII)
_TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


class UnrecordableEvent(AuditUnavailable):
    """The event itself cannot be recorded: it is too large, or a detail is neither text nor an exact number."""


class MalformedBody(ValueError):
    """Bytes of the log that are not the body of an event."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a body says. `at` is what the clock said, in UTC to the microsecond.

    `stepped_back` is by how many microseconds the clock stood behind the event before it: the clock is never made to
    look better than it was. Order is a matter of sequence numbers alone.
    """

    at: datetime
    event: Event
    stepped_back: int = 0


def to_event_json(event: Event) -> bytes:
    """`event` as canonical JSON; fields that do not apply are left out. Raises `UnrecordableEvent`.

    Text that UTF-8 cannot carry (a lone surrogate in a hostile token's claim) is written as `?`.
    """
    values = {field.name: getattr(event, field.name) for field in fields(Event)}
    _require_plain(event.detail)
    members = {name: dict(value) if name == "detail" else value for name, value in values.items() if value}
    encoded = _to_json(members)
    if len(encoded) > MAXIMUM_EVENT_BYTES:
        raise UnrecordableEvent("the event is too large for the audit log")
    return encoded


def to_body(at: datetime, event_json: bytes, stepped_back: int = 0) -> bytes:
    """The body of a record around an event's canonical JSON; its members are in canonical order as they stand."""
    step = b',"stepped_back":%d' % stepped_back if stepped_back else b""
    return b'{"at":"%s","event":%s%s}' % (to_time(at).encode(), event_json, step)


def read_body(body: bytes) -> Body:
    """Parse the body of a record, or raise `MalformedBody`."""
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedBody("not the body of an event") from None


def to_time(at: datetime) -> str:
    """RFC 3339 in UTC with six digits of a second: text of one width, in the order of time."""
    return at.astimezone(UTC).strftime(_TIME_FORMAT)


def _require_plain(detail: Mapping[str, Any]) -> None:
    for name, value in detail.items():
        if not _DETAIL_NAME.fullmatch(name):
            raise UnrecordableEvent("a detail of the event has no plain name")
        if not isinstance(value, str | int):
            raise UnrecordableEvent("a detail of the event is neither text nor a whole number")
        if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
            raise UnrecordableEvent("a number in the event is too large to be exact")


def _to_json(members: Mapping[str, Any]) -> bytes:
    # names are ASCII, so code point order is the UTF-16 order of RFC 8785 §3.2.3
    text = json.dumps(members, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")


_DECODER: Final = msgspec.json.Decoder(Body)
