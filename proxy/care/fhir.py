"""Care events of FHIR R4: Encounter, Appointment, and the Bundles of subscriptions that bring them.

http://hl7.org/fhir/R4/encounter.html, http://hl7.org/fhir/R4/appointment.html, Subscriptions R5 Backport 1.1 for R4.
Nothing is fetched from where a resource refers to: who is meant stands in the bundle, in the resource or beside the
reference, or is not known.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import msgspec

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

Resource = Mapping[str, Any]

MOST_ENTRIES: Final = 200

_STEPS: Final[Mapping[str, Mapping[str, Step]]] = MappingProxyType(
    {
        "Encounter": {
            **dict.fromkeys(("planned", "arrived", "triaged", "in-progress", "onleave"), Step.BEGINS),
            "finished": Step.ENDS,
            **dict.fromkeys(("cancelled", "entered-in-error"), Step.CANCELLED),
        },
        "Appointment": {
            **dict.fromkeys(("booked", "arrived", "checked-in", "fulfilled"), Step.BEGINS),
            **dict.fromkeys(("cancelled", "noshow", "entered-in-error"), Step.CANCELLED),
        },
    }
)
"""By `status`; one that is not here (proposed, pending, waitlist, unknown) says nothing that would hold."""

_REFERRERS: Final = frozenset({"REF", "REFB"})
_DECLINED: Final = "declined"


def read_events(body: bytes) -> tuple[CareEvent, ...]:
    """The care events of a resource or Bundle; none for a handshake or a heartbeat. Raises `UnreadableEvent`."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableEvent("the notification is not JSON") from None
    kind = _kind_of(document)
    if kind in _STEPS:
        return tuple(_of_resource(document, {}))
    if kind != "Bundle":
        raise UnreadableEvent("the notification is no Encounter, no Appointment and no Bundle", 200)
    return _of_bundle(document)


def _of_bundle(bundle: Resource) -> tuple[CareEvent, ...]:
    entries = _members(bundle, "entry")
    if len(entries) > MOST_ENTRIES:
        raise UnreadableEvent("the Bundle has too many entries")
    beside = dict(_addressed(entries))
    resources = [one for one in (_member(entry, "resource") for entry in entries) if isinstance(one, dict)]
    return tuple(event for one in resources if _kind_of(one) in _STEPS for event in _of_resource(one, beside))


def _addressed(entries: Sequence[Resource]) -> Iterator[tuple[str, Resource]]:
    """The resources of a Bundle by what may refer to them."""
    for entry in entries:
        resource, url = _member(entry, "resource"), _member(entry, "fullUrl")
        if not isinstance(resource, dict):
            continue
        if isinstance(url, str):
            yield url, resource
        yield f"{resource.get('resourceType')}/{resource.get('id')}", resource


def _of_resource(resource: Resource, beside: Mapping[str, Resource]) -> Iterator[CareEvent]:
    kind, status = resource["resourceType"], resource.get("status")
    step = _STEPS[kind].get(status) if isinstance(status, str) else None
    if step is None:
        return
    known = {**beside, **{f"#{one.get('id')}": one for one in _members(resource, "contained")}}
    reading = _read_encounter if kind == "Encounter" else _read_appointment
    yield reading(resource, step, known)


def _read_encounter(resource: Resource, step: Step, known: Mapping[str, Resource]) -> CareEvent:
    period = _member(resource, "period")
    practitioners = [
        Practitioner(named, _role(participant))
        for participant in _members(resource, "participant")
        for named in _persons(_member(participant, "individual"), known)
    ]
    patient = _identifiers(_member(resource, "subject"), known)
    times = _time(_member(period, "start")), _time(_member(period, "end"))
    return _to_event(resource, step, RelationshipKind.ENCOUNTER, patient, practitioners, times)


def _read_appointment(resource: Resource, step: Step, known: Mapping[str, Resource]) -> CareEvent:
    actors = [_member(one, "actor") for one in _members(resource, "participant") if _member(one, "status") != _DECLINED]
    practitioners = [
        Practitioner(named, RelationshipKind.APPOINTMENT) for actor in actors for named in _persons(actor, known)
    ]
    patient = [named for actor in actors if _is_a("Patient", actor, known) for named in _identifiers(actor, known)]
    times = _time(resource.get("start")), _time(resource.get("end"))
    return _to_event(resource, step, RelationshipKind.APPOINTMENT, patient, practitioners, times)


def _to_event(
    resource: Resource,
    step: Step,
    kind: RelationshipKind,
    patient: Sequence[Named],
    practitioners: Sequence[Practitioner],
    times: tuple[datetime | None, datetime | None],
) -> CareEvent:
    if not patient:
        raise UnreadableEvent("no identifier of the patient stands in the notification", 101)
    if len(patient) > MOST_IDENTIFIERS or len(practitioners) > MOST_PRACTITIONERS:
        raise UnreadableEvent("the notification names too many persons")
    starts, ends = times
    return CareEvent(
        step,
        kind,
        tuple(dict.fromkeys(patient)),
        tuple(dict.fromkeys(practitioners)),
        message=_version(resource),
        visit=_name(resource),
        told=_time(_member(_member(resource, "meta"), "lastUpdated")),
        starts=starts,
        ends=ends if kind is RelationshipKind.APPOINTMENT or step is Step.ENDS else None,
    )


def _persons(reference: object, known: Mapping[str, Resource]) -> list[Named]:
    """The practitioner that is referred to, directly or by a role (PractitionerRole.practitioner)."""
    if _is_a("PractitionerRole", reference, known):
        role = known.get(str(_member(reference, "reference")), {})
        return [*_persons(_member(role, "practitioner"), known)]
    return _identifiers(reference, known) if _is_a("Practitioner", reference, known) else []


def _is_a(kind: str, reference: object, known: Mapping[str, Resource]) -> bool:
    target = _member(reference, "reference")
    if isinstance(target, str) and target in known:
        return known[target].get("resourceType") == kind
    if isinstance(target, str) and target:
        return target.split("/")[-2:-1] == [kind]
    return bool(_member(reference, "type") == kind)


def _identifiers(reference: object, known: Mapping[str, Resource]) -> list[Named]:
    """The identifier beside a reference, and those of the resource that it leads to."""
    target = _member(reference, "reference")
    found = [_member(reference, "identifier")]
    if isinstance(target, str) and target in known:
        found += _members(known[target], "identifier")
    return [named for one in found if (named := _named(one)) is not None]


def _named(identifier: object) -> Named | None:
    system, value = _member(identifier, "system"), _member(identifier, "value")
    if not isinstance(value, str) or not is_identifier(value) or _member(identifier, "use") == "old":
        return None
    system = system if isinstance(system, str) else ""
    return Named((system.removeprefix("urn:oid:"), system) if system.startswith("urn:oid:") else (system,), value)


def _role(participant: Resource) -> RelationshipKind:
    codings = [coding for one in _members(participant, "type") for coding in _members(one, "coding")]
    referring = any(str(_member(coding, "code")) in _REFERRERS for coding in codings)
    return RelationshipKind.REFERRAL if referring else RelationshipKind.ENCOUNTER


def _version(resource: Resource) -> str:
    """What tells one state of a resource from another; empty where the server does not say (Meta.versionId)."""
    name, version = resource.get("id"), _member(_member(resource, "meta"), "versionId")
    both = isinstance(name, str) and isinstance(version, str)
    return to_name(f"{resource['resourceType']}/{name}/_history/{version}") if both else ""


def _name(resource: Resource) -> str:
    """What stays the same of a visit: its id at the server, else its first identifier."""
    name = resource.get("id")
    if isinstance(name, str) and name:
        return to_name(f"{resource['resourceType']}/{name}")
    first = next(iter(_members(resource, "identifier")), {})
    named = _named(first)
    return to_name(f"{named.systems[0]}|{named.value}") if named else ""


def _time(text: object) -> datetime | None:
    """A dateTime or instant with a time, and so a zone; None for a day alone, which begins who knows when."""
    if not isinstance(text, str) or "T" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UnreadableEvent("a time in the notification is not valid") from None
    if moment.tzinfo is None:
        raise UnreadableEvent("a time in the notification has no zone")
    return moment


def _kind_of(resource: object) -> str:
    return str(_member(resource, "resourceType"))


def _member(of: object, name: str) -> Any:
    return of.get(name) if isinstance(of, dict) else None


def _members(of: object, name: str) -> list[Resource]:
    """The objects of a list; what is none among them is passed over."""
    found = _member(of, name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
