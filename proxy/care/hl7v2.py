"""Care events of HL7 v2: ADT of patients who come and go (HL7 v2.5.1 §3.3), SIU of appointments (§10.4)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
import re
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from policy.request import RelationshipKind
from proxy.care.errors import UnreadableEvent
from proxy.care.event import (
    MOST_IDENTIFIERS,
    MOST_PRACTITIONERS,
    CareEvent,
    Named,
    Practitioner,
    Step,
    is_identifier,
    to_name,
)
from proxy.wire.hl7 import Header, Message, Repetition, Segment, part

STEPS: Final[Mapping[tuple[str, str], Step]] = MappingProxyType(
    {
        ("ADT", "A01"): Step.BEGINS,
        ("ADT", "A04"): Step.BEGINS,
        ("ADT", "A05"): Step.BEGINS,
        ("ADT", "A13"): Step.BEGINS,  # a discharge that was none: the visit goes on (§3.3.13)
        ("ADT", "A03"): Step.ENDS,
        ("ADT", "A11"): Step.CANCELLED,
        ("ADT", "A38"): Step.CANCELLED,
        ("SIU", "S12"): Step.BEGINS,
        ("SIU", "S13"): Step.BEGINS,
        ("SIU", "S14"): Step.BEGINS,
        ("SIU", "S15"): Step.CANCELLED,
        ("SIU", "S17"): Step.CANCELLED,
        ("SIU", "S26"): Step.CANCELLED,
    }
)

_UNSUPPORTED_TYPE, _UNSUPPORTED_EVENT, _UNSUPPORTED_PROCESSING = 200, 201, 202
_VISIT_DOCTORS: Final = (
    (7, RelationshipKind.ENCOUNTER),
    (8, RelationshipKind.REFERRAL),
    (9, RelationshipKind.ENCOUNTER),
)
"""PV1-7 attending, PV1-8 referring, PV1-9 consulting."""

_TIME = re.compile(
    r"(?P<date>[0-9]{8})(?P<time>([0-9]{2}){1,3})?(\.[0-9]{1,4})?(?P<zone>[+-][0-9]{4})?", re.ASCII
)  # §2.A.77, from the day on


def read_step(header: Header) -> Step:
    """What kind of event it is. Raises `UnreadableEvent` for those that are none, and for training and debugging."""
    step = STEPS.get(header.event)
    if step is None:
        known = any(code == header.event[0] for code, _ in STEPS)
        number = _UNSUPPORTED_EVENT if known else _UNSUPPORTED_TYPE
        raise UnreadableEvent("the message type and event in MSH-9 are not for this service", number)
    if header.field(11).partition(header.delimiters.component)[0] not in {"", "P"}:
        raise UnreadableEvent("MSH-11 says that the message is not of production", _UNSUPPORTED_PROCESSING)
    return step


def read_event(message: Message, zone: ZoneInfo) -> CareEvent:
    """The care event that `message` tells of; times without a zone are of `zone`.

    Raises `UnreadableEvent`, and `MalformedHl7` where a segment is missing.
    """
    step = read_step(message.header)
    patient = tuple(_patient(message.first("PID")))
    if not patient:
        raise UnreadableEvent("PID-3 holds no identifier", 101)
    reading = _read_visit if message.header.event[0] == "ADT" else _read_appointment
    return reading(message, step, patient, zone)


def _read_visit(message: Message, step: Step, patient: tuple[Named, ...], zone: ZoneInfo) -> CareEvent:
    visit = message.first("PV1")
    begins = visit.text(44) or next((one.text(8) for one in message.all("PV2")), "")
    return CareEvent(
        step,
        RelationshipKind.ENCOUNTER,
        patient,
        _practitioners(doctor for number, kind in _VISIT_DOCTORS for doctor in _persons(visit, number, kind)),
        message=_message(message.header),
        visit=_name(visit, 19),
        told=_told(message, zone),
        starts=read_time(begins, zone) if step is Step.BEGINS else None,
        ends=read_time(visit.text(45), zone) if step is Step.ENDS else None,
    )


def _read_appointment(message: Message, step: Step, patient: tuple[Named, ...], zone: ZoneInfo) -> CareEvent:
    schedule = message.first("SCH")
    kind = RelationshipKind.APPOINTMENT
    resources = [one for segment in message.all("AIP") for one in _persons(segment, 3, kind)]
    doctors = [
        one
        for segment in message.all("PV1")
        for number, of in _VISIT_DOCTORS
        for one in _persons(segment, number, RelationshipKind.REFERRAL if of is RelationshipKind.REFERRAL else kind)
    ]
    return CareEvent(
        step,
        kind,
        patient,
        _practitioners(iter([*resources, *doctors])),
        message=_message(message.header),
        visit=_name(schedule, 2) or _name(schedule, 1),
        told=_told(message, zone),
        starts=read_time(_appointed(message, schedule, 4), zone),
        ends=read_time(_appointed(message, schedule, 5), zone),
    )


def _message(header: Header) -> str:
    """What tells a message from all others of a sender: who made it, and by which number (MSH-3, MSH-4, MSH-10)."""
    return to_name("|".join([header.control_id, header.field(3), header.field(4)]))


def _told(message: Message, zone: ZoneInfo) -> datetime | None:
    """When it was recorded (EVN-2), else when the message was made (MSH-7)."""
    recorded = next((one.text(2) for one in message.all("EVN")), "")
    return read_time(recorded or message.first("MSH").text(7), zone)


def _appointed(message: Message, schedule: Segment, component: int) -> str:
    """Begin or end: SCH-11.4 and .5, else TQ1-7 and -8, else the begin in AIS-4 or AIP-6."""
    timing = next((one.text(component + 3) for one in message.all("TQ1")), "")
    services = next((one.text(4) for one in message.all("AIS")), "") if component == 4 else ""
    persons = next((one.text(6) for one in message.all("AIP")), "") if component == 4 else ""
    return schedule.text(11, component) or timing or services or persons


def read_time(text: str, zone: ZoneInfo) -> datetime | None:
    """A TS or DTM to the second, None when it is empty or less than a day. Raises `UnreadableEvent`."""
    if len(text) < 8:
        return None
    found = _TIME.fullmatch(text)
    if found is None:
        raise UnreadableEvent("a time in the message is not valid")
    try:
        plain = datetime.strptime(found["date"] + (found["time"] or "").ljust(6, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - the zone follows
        if found["zone"] is None:
            return plain.replace(tzinfo=zone)
        return plain.replace(tzinfo=datetime.strptime(found["zone"], "%z").tzinfo)
    except (ValueError, OverflowError):
        raise UnreadableEvent("a time in the message is not valid") from None


def _patient(segment: Segment) -> Iterator[Named]:
    """PID-3, all of its repetitions (CX: the authority is component 4)."""
    repetitions = segment.repetitions(3)
    if len(repetitions) > MOST_IDENTIFIERS:
        raise UnreadableEvent("PID-3 holds too many identifiers")
    for repetition in repetitions:
        if is_identifier(part(repetition, 1)):
            yield Named(_authority(repetition, 4), part(repetition, 1))


def _persons(segment: Segment, number: int, kind: RelationshipKind) -> Iterator[Practitioner]:
    """A field of XCN: the authority is component 9."""
    for repetition in segment.repetitions(number):
        if is_identifier(part(repetition, 1)):
            yield Practitioner(Named(_authority(repetition, 9), part(repetition, 1)), kind)


def _practitioners(found: Iterator[Practitioner]) -> tuple[Practitioner, ...]:
    practitioners = tuple(dict.fromkeys(found))
    if len(practitioners) > MOST_PRACTITIONERS:
        raise UnreadableEvent("the message names too many practitioners")
    return practitioners


def _authority(repetition: Repetition, component: int) -> tuple[str, ...]:
    """The names of an HD: its namespace and its universal identifier; one empty name when there is neither."""
    names = [part(repetition, component, number) for number in (1, 2)]
    return tuple(name for name in names if name) or ("",)


def _name(segment: Segment, number: int) -> str:
    """An identifier of a visit or appointment with whatever assigned it, as one text."""
    whole = next(iter(segment.repetitions(number)), ())
    return to_name("^".join("&".join(component) for component in whole))
