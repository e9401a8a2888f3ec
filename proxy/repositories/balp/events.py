"""Records of the log as FHIR R4 AuditEvents by IHE's Basic Audit Log Patterns.

A view is told three times, because three readers look for it: that a study was read (PatientRead), that policy let it
be (AuthZconsent), and, where another organization's person looked, that an institution disclosed it
(PrivacyDisclosure.Source). Which frames it was is told as further reads. Everything else is told once. A profile is
claimed only where all is known that it demands.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from proxy.audit.canonical import to_time
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.reading import Record
from proxy.repositories.balp import agents, entities
from proxy.repositories.balp.codes import (
    AUTHORIZATION,
    DCM,
    EVENT_TYPE,
    LIFECYCLE,
    RESTFUL,
    SOURCE_TYPE,
    coding,
    profile,
)
from proxy.repositories.naming import Naming
from proxy.repositories.telling import EVENT_IDS, TYPES, Form, form_of, outcome_of

Resource = dict[str, Any]

_READ: Final = coding(RESTFUL, "read", "read")
_SEARCH: Final = coding(RESTFUL, "search", "search")
_REST: Final = coding(EVENT_TYPE, "rest", "Restful Operation")
_ALERT: Final = coding(DCM, "110113", "Security Alert")
_EXPORT: Final = coding(DCM, "110106", "Export")
_ACCESSED: Final = coding(DCM, "110103", "DICOM Instances Accessed")
_BY_CONSENT: Final = coding(AUTHORIZATION, "AuthZ-Consent", "Authorization Decision using Roles and Consent")
_DISCLOSE: Final = coding(LIFECYCLE, "disclose", "Disclose Record Lifecycle Event")
_OPENINGS: Final = frozenset({EventKind.PREVIEWED, EventKind.VIEW_OPENED})
_APPLICATION_SERVER: Final = coding(SOURCE_TYPE, "4", "Application Server")


def to_audit_events(record: Record, naming: Naming) -> list[Resource]:
    """`record` as one or more AuditEvents, each with an id of its own and the record's number in `meta.source`."""
    return list(_resources(record, naming))


def _resources(record: Record, naming: Naming) -> Iterator[Resource]:
    event = record.event
    match form_of(event.kind):
        case Form.READ:
            yield _read(record, naming)
            if event.kind in _OPENINGS and _is_decision(event):
                yield _decision(record, naming, "-decision")
            if event.kind in _OPENINGS and _is_disclosure(event, naming):
                yield _disclosure(record, naming)
        case Form.QUERY:
            yield _query(record, naming)
        case Form.DECISION if _is_decision(event):
            yield _decision(record, naming)
        case _:
            yield _other(record, naming)


def _is_decision(event: Event) -> bool:
    return bool(event.patient and event.subject and event.organization and event.policy)


def _is_disclosure(event: Event, naming: Naming) -> bool:
    """Whether images of one institution went to another organization."""
    own = {event.institution, naming.institution(event.institution)}
    return bool(event.patient and event.study and event.organization) and event.organization not in own


def _read(record: Record, naming: Naming) -> Resource:
    event = record.event
    told = [entities.study(event), *([entities.patient(event, naming)] if event.patient else [])]
    name = "PatientRead" if event.patient else "Read"
    return {
        **_head(record, naming, claims=[name] if event.outcome is Outcome.SUCCESS else [], token=True),
        "type": _REST,
        "subtype": [_READ, _ACCESSED, _kind(event.kind, naming)],
        "action": "R",
        **_body(record),
        "agent": [
            agents.client(event, naming, agents.DESTINATION),
            agents.service(naming, agents.SOURCE),
            *agents.people(event, naming),
        ],
        "source": _source(naming),
        "entity": told,
    }


def _query(record: Record, naming: Naming) -> Resource:
    event = record.event
    told = [entities.question(event), *([entities.patient(event, naming)] if event.patient else [])]
    name = "PatientQuery" if event.patient else "Query"
    return {
        **_head(record, naming, claims=[name] if event.outcome is Outcome.SUCCESS else [], token=True),
        "type": _REST,
        "subtype": [_SEARCH, _kind(event.kind, naming)],
        "action": "E",
        **_body(record),
        "agent": [
            agents.client(event, naming, agents.SOURCE),
            agents.service(naming, agents.DESTINATION),
            *agents.people(event, naming),
        ],
        "source": _source(naming),
        "entity": told,
    }


def _decision(record: Record, naming: Naming, suffix: str = "") -> Resource:
    event = record.event
    told = [entities.patient(event, naming), entities.decision(event, naming)]
    return {
        **_head(record, naming, suffix, claims=["AuthZconsent"]),
        "type": _ALERT,
        "subtype": [_BY_CONSENT],
        "action": "E",
        **_body(record),
        "agent": [
            agents.client(event, naming, agents.APPLICATION),
            *agents.people(event, naming),
            agents.authorizer(naming),
        ],
        "source": _source(naming),
        "entity": [*told, *([entities.token(event)] if event.token_id else [])],
    }


def _disclosure(record: Record, naming: Naming) -> Resource:
    event = record.event
    return {
        **_head(record, naming, "-disclosure", claims=["PrivacyDisclosure.Source"]),
        "type": _EXPORT,
        "subtype": [_DISCLOSE, _READ, _kind(event.kind, naming)],
        "action": "R",
        **_body(record),
        "agent": [
            agents.service(naming, agents.SOURCE),
            agents.recipient(event),
            *([agents.custodian(event, naming)] if event.institution else []),
            *agents.people(event, naming),
        ],
        "source": _source(naming),
        "entity": [entities.study(event), entities.patient(event, naming)],
    }


def _other(record: Record, naming: Naming) -> Resource:
    """What BALP has no profile for, as a plain AuditEvent with DICOM's codes."""
    event = record.event
    form, nearest = form_of(event.kind), TYPES.get(event.kind)
    types = [coding(DCM, nearest.value, nearest.meaning)] if nearest else []
    return {
        **_head(record, naming, claims=[]),
        "type": coding(DCM, *EVENT_IDS[form]),
        "subtype": [*types, _kind(event.kind, naming)],
        "action": "R" if form is Form.LOG_USE else "E",
        **_body(record),
        "agent": [
            *agents.people(event, naming),
            *([agents.client(event, naming, agents.APPLICATION)] if event.subject or event.address else []),
            agents.service(naming, agents.APPLICATION),
        ],
        "source": _source(naming),
        "entity": list(_matters(event, form, naming)),
    }


def _matters(event: Event, form: Form, naming: Naming) -> Iterator[entities.Entity]:
    if event.patient:
        yield entities.patient(event, naming)
    if form is Form.LOG_USE:
        yield entities.log(naming)
    yield entities.study(event) if event.study else entities.matter(event, naming)


def _head(record: Record, naming: Naming, suffix: str = "", *, claims: Sequence[str], token: bool = False) -> Resource:
    by_token = ["OAUTHaccessTokenUse.Minimal"] if token and record.event.token_id and record.event.subject else []
    profiles = [profile(name) for name in (*claims, *by_token)]
    meta: Resource = {"source": f"{naming.log}#{record.sequence}", **({"profile": profiles} if profiles else {})}
    return {"resourceType": "AuditEvent", "id": f"{record.sequence}{suffix}", "meta": meta}


def _body(record: Record) -> Resource:
    event = record.event
    told: Resource = {"recorded": to_time(record.at), "outcome": outcome_of(event.outcome)}
    if event.outcome is not Outcome.SUCCESS:
        told["outcomeDesc"] = ", ".join(event.reasons) or event.kind.value
    return told


def _source(naming: Naming) -> Resource:
    return {"site": naming.host, "observer": agents.observer(naming), "type": [_APPLICATION_SERVER]}


def _kind(kind: EventKind, naming: Naming) -> dict[str, str]:
    return coding(naming.system("event-kind"), kind.value)
