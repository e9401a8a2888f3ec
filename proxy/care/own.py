"""Care events in this service's own JSON: what a system sends that speaks neither HL7 v2 nor FHIR."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from policy.request import RelationshipKind
from proxy.care.errors import UnreadableEvent
from proxy.care.event import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_IDENTIFIERS,
    MOST_PRACTITIONERS,
    CareEvent,
    Named,
    Practitioner,
    Step,
    is_identifier,
    to_name,
)

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]
_Name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
_Kind = Literal["encounter", "appointment", "referral", "registered"]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Identifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    authority: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
    value: _Text


class _Told(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"starts": "from", "ends": "until"}
):
    """`id` is the sender's name for this telling; the same one again is taken for a repetition."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
    kind: _Kind
    step: Literal["begins", "ends", "cancelled"] = "begins"
    visit: _Name = ""
    patient: Annotated[tuple[_Identifier, ...], msgspec.Meta(min_length=1, max_length=MOST_IDENTIFIERS)]
    practitioners: Annotated[tuple[_Identifier, ...], msgspec.Meta(max_length=MOST_PRACTITIONERS)] = ()
    starts: _Moment | None = None
    ends: _Moment | None = None


def read_event(body: bytes) -> CareEvent:
    """Parse `body`. Raises `UnreadableEvent`, which names the entry that is wrong and not what it holds."""
    try:
        told = msgspec.json.decode(body, type=_Told)
    except msgspec.ValidationError as error:
        place = str(error).rpartition(" - at `$")[2].rstrip("`") if " - at `$" in str(error) else ""
        raise UnreadableEvent(f"the care event is not valid{f' at `{place}`' if place else ''}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableEvent("the care event is not JSON") from None
    kind = RelationshipKind(told.kind)
    if not all(is_identifier(one.value) for one in (*told.patient, *told.practitioners)):
        raise UnreadableEvent("an identifier of the care event cannot be one")
    return CareEvent(
        Step(told.step),
        kind,
        tuple(map(_named, told.patient)),
        tuple(Practitioner(_named(one), kind) for one in told.practitioners),
        message=to_name(told.id),
        visit=to_name(told.visit),
        starts=told.starts,
        ends=told.ends,
    )


def _named(identifier: _Identifier) -> Named:
    return Named((identifier.authority,), identifier.value)
