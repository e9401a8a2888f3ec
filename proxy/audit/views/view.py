"""A view session as a whole: what its events say together, folded into one value (docs/decisions/0057)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from proxy.audit.event import Event, EventKind
from proxy.audit.reading import Record
from proxy.audit.store import LogDamaged
from proxy.audit.views.coding import Frames, MalformedFrames, read_frames, united
from proxy.audit.views.runs import length

VIEW_KINDS: Final = frozenset(
    {EventKind.PREVIEWED, EventKind.VIEW_OPENED, EventKind.VIEW_PROGRESS, EventKind.VIEW_CLOSED}
)
"""The kinds of events that a view session leaves."""

OBLIGATIONS: Final = ("rendered-only", "lossy-only", "maximum-side", "watermark", "masked", "notices")
"""The details that say what was done to all that was shown."""


class Ended(StrEnum):
    """Why a view session is over."""

    IDLE = "idle"
    REVOKED = "revoked"
    SIGNED_OUT = "signed-out"
    EMERGENCY = "emergency"
    DISPLACED = "displaced"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


_REASONS: Final[Mapping[str, Ended]] = {one.value: one for one in Ended}


class Field(StrEnum):
    """The details of `view-progress` and `view-closed`. Both tell only what is new since the event before.

    `frames` and `native-frames` are in the form of `proxy.audit.views.coding`; what is native left in full fidelity.
    `sop-classes` are those of the instances with how many there are, as `CLASS=NUMBER`; what is not known has no class.
    `delivered` and `native-delivered` count frames as often as they were delivered, `near-delivered` those of the
    native ones whose values were not exact (profile lossy16), `native-pixels` the pixels of the native ones.
    `first-second` and `last-second` say when, in seconds since the session was opened. The rest is of `view-closed`
    alone: why, how long, and the sums over the session.
    """

    FRAMES = "frames"
    NATIVE_FRAMES = "native-frames"
    SOP_CLASSES = "sop-classes"
    DELIVERED = "delivered"
    NATIVE_DELIVERED = "native-delivered"
    NEAR_DELIVERED = "near-delivered"
    BYTES = "bytes"
    NATIVE_PIXELS = "native-pixels"
    FIRST_SECOND = "first-second"
    LAST_SECOND = "last-second"
    ENDED = "ended"
    SECONDS = "seconds"
    TOTAL_DELIVERED = "total-delivered"
    TOTAL_NATIVE_DELIVERED = "total-native-delivered"
    TOTAL_NEAR_DELIVERED = "total-near-delivered"
    TOTAL_BYTES = "total-bytes"
    TOTAL_NATIVE_PIXELS = "total-native-pixels"


@dataclass(frozen=True, slots=True)
class View:
    """One person's view of one study: `first` is its first event, which says who, whose, why and by which policy.

    `until` is when the last frame was delivered, as far as is on record, and `ended` is None while it goes on.
    `rendered` and `native` are the frames that left, each once; the counts count each delivery. `obligations` are
    whatever was done to images at any time of it, the last where it changed. `records` are the numbers of its events.
    """

    session: str
    first: Event
    opened: datetime
    until: datetime
    ended: Ended | None = None
    studied: bool = False
    rendered: Frames = field(default_factory=dict)
    native: Frames = field(default_factory=dict)
    delivered: int = 0
    native_delivered: int = 0
    near_delivered: int = 0
    octets: int = 0
    native_pixels: int = 0
    obligations: Mapping[str, str | int] = field(default_factory=dict)
    emergency: str = ""
    records: tuple[int, ...] = ()

    @property
    def frames(self) -> Frames:
        """All frames that left, whatever they left as."""
        return united(self.rendered, self.native)

    @property
    def seen(self) -> int:
        """How many different frames left; what has no frames counts as one."""
        return sum(length(runs) for instances in self.frames.values() for runs in instances.values())

    @property
    def study_date(self) -> str:
        """Study Date (0008,0020) as `YYYYMMDD`, or empty."""
        return str(self.first.detail.get("study-date", ""))

    @property
    def modalities(self) -> tuple[str, ...]:
        """Modalities in Study (0008,0061)."""
        return tuple(str(self.first.detail.get("modalities", "")).split())


def views_of(records: Iterable[Record]) -> list[View]:
    """The view sessions that `records`, in the order of the log, are of; in the order in which they began.

    Other events are passed over. Of a session whose beginning is not among `records` what they say is known. Raises
    `LogDamaged` when the frames of an event cannot be read.
    """
    found: dict[str, View] = {}
    for record in records:
        session = record.event.view_session
        if record.event.kind in VIEW_KINDS and session:
            known = found.get(session) or View(session, record.event, record.at, record.at)
            found[session] = _after(known, record)
    return list(found.values())


def _after(view: View, record: Record) -> View:
    """`view` with what `record` adds."""
    event, detail = record.event, record.event.detail
    applied = {name: detail[name] for name in OBLIGATIONS if name in detail}
    known = replace(
        view,
        ended=None,
        studied=view.studied or event.kind is EventKind.VIEW_OPENED,
        obligations={**view.obligations, **applied},
        emergency=view.emergency or str(detail.get("emergency", "")),
        records=(*view.records, record.sequence),
    )
    return _with_frames(known, record) if event.kind in {EventKind.VIEW_PROGRESS, EventKind.VIEW_CLOSED} else known


def _with_frames(view: View, record: Record) -> View:
    detail = record.event.detail
    try:
        rendered, native = (read_frames(str(detail.get(one, ""))) for one in (Field.FRAMES, Field.NATIVE_FRAMES))
    except MalformedFrames:
        raise LogDamaged(f"record {record.sequence} of the audit log does not say which frames") from None
    last = view.opened + timedelta(seconds=_number(detail, Field.LAST_SECOND))
    return replace(
        view,
        until=max(view.until, last),
        ended=_ended(record.event),
        rendered=united(view.rendered, rendered),
        native=united(view.native, native),
        delivered=view.delivered + _number(detail, Field.DELIVERED),
        native_delivered=view.native_delivered + _number(detail, Field.NATIVE_DELIVERED),
        near_delivered=view.near_delivered + _number(detail, Field.NEAR_DELIVERED),
        octets=view.octets + _number(detail, Field.BYTES),
        native_pixels=view.native_pixels + _number(detail, Field.NATIVE_PIXELS),
    )


def _ended(event: Event) -> Ended | None:
    """What gives no reason that is known here did not end as it should have."""
    if event.kind is not EventKind.VIEW_CLOSED:
        return None
    return _REASONS.get(str(event.detail.get(Field.ENDED, "")), Ended.INTERRUPTED)


def _number(detail: Mapping[str, str | int], name: Field) -> int:
    value = detail.get(name, 0)
    return value if isinstance(value, int) else 0
