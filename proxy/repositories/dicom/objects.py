"""What a DICOM audit message is about: patient, study, question, log or alert (PS3.15 A.5.1, A.5.3)."""

import base64
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from proxy.audit.event import Event
from proxy.audit.views.view import Field
from proxy.repositories.dicom.xml import add, add_code, text_of
from proxy.repositories.naming import Naming
from proxy.repositories.telling import Form

_PERSON, _SYSTEM_OBJECT = "1", "2"
_PATIENT, _REPORT, _SECURITY_RESOURCE = "1", "3", "13"
_STUDY_ROOT_FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"
_PATIENT_NUMBER: Final = ("2", "RFC-3881", "Patient Number")
_URI: Final = ("12", "RFC-3881", "URI")
_STUDY_UID: Final = ("110180", "DCM", "Study Instance UID")
_SOP_CLASS_UID: Final = ("110181", "DCM", "SOP Class UID")
_NODE_ID: Final = ("110182", "DCM", "Node ID")


def add_objects(root: Element, event: Event, form: Form, naming: Naming) -> None:
    """The objects of `event` in the order of the standard's tables; of patients at most the one (A.5.3.6)."""
    if form is Form.QUERY:
        _add_query(root, event)
    elif form is Form.LOG_USE:
        _add_log(root, event, naming)
    elif event.study:
        _add_study(root, event)
    elif form not in {Form.ACTIVITY, Form.AUTHENTICATION}:
        _add_matter(root, event, naming)
    if event.patient:
        _add_patient(root, event, naming)


def _add_study(root: Element, event: Event) -> None:
    found = _object(root, f"{event.study}", _REPORT, _STUDY_UID)
    classes = str(event.detail.get(Field.SOP_CLASSES, "")).split()
    _add_details(found, [fact for fact in _facts(event) if fact[0] != Field.SOP_CLASSES])
    if classes:
        description = add(found, "ParticipantObjectDescription", {})
        for one in classes:
            uid, _, count = one.partition("=")
            add(description, "SOPClass", {"UID": uid, "NumberOfInstances": count})


def _add_query(root: Element, event: Event) -> None:
    """Not the identifier data set of a C-FIND but what was asked for here (A.5.3.10 note on other protocols)."""
    found = _object(root, _STUDY_ROOT_FIND, _REPORT, _SOP_CLASS_UID)
    asked = urlencode({name: str(value) for name, value in event.detail.items()}) or "everything"
    add(found, "ParticipantObjectQuery", {}, base64.b64encode(asked.encode()).decode("ascii"))
    _add_details(found, _facts(event, with_details=False))


def _add_log(root: Element, event: Event, naming: Naming) -> None:
    found = _object(root, naming.log, _SECURITY_RESOURCE, _URI)
    add(found, "ParticipantObjectName", {}, "Security Audit Log")
    _add_details(found, _facts(event))


def _add_matter(root: Element, event: Event, naming: Naming) -> None:
    """What a security alert is about, with words for it (A.5.3.11)."""
    found = _object(root, event.archive or event.institution or naming.host, _SECURITY_RESOURCE, _NODE_ID)
    _add_details(found, [("Alert Description", event.kind.value.replace("-", " ")), *_facts(event)])


def _add_patient(root: Element, event: Event, naming: Naming) -> None:
    """By number only: no name of a patient is on record."""
    attributes = {
        "ParticipantObjectID": naming.patient_number(event.patient),
        "ParticipantObjectTypeCode": _PERSON,
        "ParticipantObjectTypeCodeRole": _PATIENT,
    }
    found = add(root, "ParticipantObjectIdentification", attributes)
    add_code(found, "ParticipantObjectIDTypeCode", *_PATIENT_NUMBER)


def _object(root: Element, identifier: str, role: str, kind: tuple[str, str, str]) -> Element:
    attributes = {
        "ParticipantObjectID": identifier,
        "ParticipantObjectTypeCode": _SYSTEM_OBJECT,
        "ParticipantObjectTypeCodeRole": role,
    }
    found = add(root, "ParticipantObjectIdentification", attributes)
    add_code(found, "ParticipantObjectIDTypeCode", *kind)
    return found


def _add_details(found: Element, facts: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> None:
    for name, value in facts:
        if value:
            encoded = base64.b64encode(text_of(value).encode("utf-8")).decode("ascii")
            add(found, "ParticipantObjectDetail", {"type": name, "value": encoded})


def _facts(event: Event, *, with_details: bool = True) -> Iterator[tuple[str, str]]:
    yield "organization", event.organization
    yield "purpose-of-use", event.purpose
    yield "institution", event.institution
    yield "archive", event.archive
    yield "view-session", event.view_session
    yield "token", event.token_id
    yield "rules", ", ".join(event.reasons)
    yield "policy", event.policy
    if with_details:
        yield from ((name, str(value)) for name, value in event.detail.items())
