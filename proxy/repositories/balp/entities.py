"""What an event is about: the patient, the study, the question, the policy that decided (FHIR R4 AuditEvent.entity)."""

import base64
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

from proxy.audit.event import Event
from proxy.repositories.balp.agents import token_of
from proxy.repositories.balp.codes import (
    DICOM_UID,
    ENTITY_TYPE,
    OBJECT_ROLE,
    RESOURCE_TYPES,
    USER_AGENT,
    coding,
)
from proxy.repositories.naming import Naming

Entity = dict[str, Any]

_PERSON: Final = coding(ENTITY_TYPE, "1", "Person")
_SYSTEM_OBJECT: Final = coding(ENTITY_TYPE, "2", "System Object")
_PATIENT: Final = coding(OBJECT_ROLE, "1", "Patient")
_REPORT: Final = coding(OBJECT_ROLE, "3", "Report")
_SECURITY_RESOURCE: Final = coding(OBJECT_ROLE, "13", "Security Resource")
_QUERY: Final = coding(OBJECT_ROLE, "24", "Query")
_CONSENT: Final = coding(RESOURCE_TYPES, "Consent", "Consent")
_TOKEN: Final = coding(USER_AGENT, "UserOauthAgent", "User OAuth Agent participant")

_ANSWERED: Final = frozenset({"rows", "incomplete", "streamed", "permitted"})
"""What a search brought: neither how many results there were nor what they are is told with it (BALP PatientQuery)."""


def patient(event: Event, naming: Naming) -> Entity:
    known = naming.patient(event.patient)
    identifier = {"system": known.system, "value": known.value} if known.system else {"value": known.value}
    return {"what": {"type": "Patient", "identifier": identifier}, "type": _PERSON, "role": _PATIENT}


def study(event: Event) -> Entity:
    """The study; frames are counted in its details, one event standing for a whole view (PS3.15 A.5.3.6)."""
    found: Entity = {
        "what": {"identifier": {"system": DICOM_UID, "value": f"urn:oid:{event.study}"}},
        "type": _SYSTEM_OBJECT,
        "role": _REPORT,
    }
    return _with_details(found, event)


def question(event: Event) -> Entity:
    """What was asked, as it is on record: names that were searched for never are."""
    asked = {"patient": event.patient} if event.patient else {}
    asked |= {name: str(value) for name, value in event.detail.items() if name not in _ANSWERED}
    text = urlencode(asked)
    return {
        "type": _SYSTEM_OBJECT,
        "role": _QUERY,
        "description": text or "everything",
        "query": base64.b64encode(text.encode() or b"*").decode("ascii"),
    }


def decision(event: Event, naming: Naming) -> Entity:
    """The policy that decided, which takes the patient's consents into account."""
    found: Entity = {
        "what": {
            "type": "Consent",
            "identifier": {"system": naming.system("policy"), "value": event.policy or "unknown"},
            "display": "the policy in force, with the consents that it takes into account",
        },
        "type": _CONSENT,
    }
    if event.study:
        found["name"] = f"urn:oid:{event.study}"
    return _with_details(found, event)


def token(event: Event) -> Entity:
    return {"what": {"identifier": {"value": token_of(event)}}, "type": _TOKEN}


def log(naming: Naming) -> Entity:
    """The audit log itself, which was read."""
    return {"what": {"identifier": {"value": naming.log}}, "type": _SYSTEM_OBJECT, "role": _SECURITY_RESOURCE}


def matter(event: Event, naming: Naming) -> Entity:
    """What else is on record of an event that is about no study: where it was, and its details."""
    where = event.archive or event.institution or naming.host
    found: Entity = {
        "what": {"identifier": {"system": naming.system("place"), "value": where}},
        "type": _SYSTEM_OBJECT,
        "role": _SECURITY_RESOURCE,
    }
    return _with_details(found, event)


def _with_details(entity: Entity, event: Event) -> Entity:
    details = [{"type": name, "valueString": text} for name, text in _details(event) if text.strip()]
    return {**entity, "detail": details} if details else entity


def _details(event: Event) -> Iterator[tuple[str, str]]:
    yield "institution", event.institution
    yield "archive", event.archive
    yield "view-session", event.view_session
    yield "rules", ", ".join(event.reasons)
    yield "policy", event.policy
    yield from ((name, str(value)) for name, value in event.detail.items())
