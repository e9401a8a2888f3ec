"""Records of the log as DICOM audit messages (PS3.15 A.5), one message for one record."""

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from proxy.audit.canonical import to_time
from proxy.audit.event import Event
from proxy.audit.reading import Record
from proxy.repositories.dicom.objects import add_objects
from proxy.repositories.dicom.xml import add, add_code, to_bytes
from proxy.repositories.naming import Naming
from proxy.repositories.telling import EVENT_IDS, TYPES, Form, form_of, outcome_of

OWN: Final = "Vitrine"
"""The name of our own terminology: the kinds of our events."""

_APPLICATION: Final = ("110150", "DCM", "Application")
_DESTINATION: Final = ("110152", "DCM", "Destination Role ID")
_SOURCE: Final = ("110153", "DCM", "Source Role ID")
_WEB_SERVER: Final = "3"
_MACHINE_NAME, _ADDRESS = "1", "2"
_ACTIONS: Final = {
    Form.READ: "R",
    Form.LOG_USE: "R",
}


def to_audit_message(record: Record, naming: Naming) -> bytes:
    """`record` as one message, XML in UTF-8."""
    root = Element("AuditMessage")
    event = record.event
    form = form_of(event.kind)
    _add_identification(root, record, form)
    for attributes, role in _participants(event, form, naming):
        participant = add(root, "ActiveParticipant", attributes)
        for code in role:
            add_code(participant, "RoleIDCode", *code)
    source = add(
        root, "AuditSourceIdentification", {"AuditEnterpriseSiteID": naming.name, "AuditSourceID": naming.host}
    )
    add_code(source, "AuditSourceTypeCode", _WEB_SERVER, "DCM", "Web Server")
    add_objects(root, event, form, naming)
    return to_bytes(root)


def _add_identification(root: Element, record: Record, form: Form) -> None:
    event = record.event
    identification = add(
        root,
        "EventIdentification",
        {
            "EventActionCode": _ACTIONS.get(form, "E"),
            "EventDateTime": to_time(record.at),
            "EventOutcomeIndicator": outcome_of(event.outcome),
        },
    )
    code, meaning = EVENT_IDS[form]
    add_code(identification, "EventID", code, "DCM", meaning)
    nearest = TYPES.get(event.kind)
    if nearest is not None:
        add_code(identification, "EventTypeCode", nearest.value, "DCM", nearest.meaning)
    add_code(identification, "EventTypeCode", event.kind.value, OWN, event.kind.value.replace("-", " "))


Participant = tuple[dict[str, str], list[tuple[str, str, str]]]


def _participants(event: Event, form: Form, naming: Naming) -> Iterator[Participant]:
    """The person and this service, as what the event is told as wants to see them."""
    person, service = _roles(form)
    if event.subject:
        yield _person(event, naming), [*person, *((role, OWN, role) for role in event.roles)]
    elif event.address:
        yield {"UserID": event.address, "UserIsRequestor": "true", **_network(event.address)}, person
    yield (
        {
            "UserID": naming.public_url,
            "AlternativeUserID": naming.name,
            "UserIsRequestor": "false" if event.subject or event.address else "true",
            "NetworkAccessPointID": naming.host,
            "NetworkAccessPointTypeCode": _MACHINE_NAME,
        },
        service,
    )


def _person(event: Event, naming: Naming) -> dict[str, str]:
    return {
        "UserID": naming.login(event.subject),
        "AlternativeUserID": event.subject,
        "UserName": event.name,
        "UserIsRequestor": "true",
        **_network(event.address),
    }


def _network(address: str) -> dict[str, str]:
    return {"NetworkAccessPointID": address, "NetworkAccessPointTypeCode": _ADDRESS} if address else {}


def _roles(form: Form) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """Of the person and of this service. A question goes from the one who asks (PS3.15 A.5.3.10)."""
    match form:
        case Form.QUERY:
            return [_SOURCE], [_DESTINATION]
        case Form.READ:
            return [_DESTINATION], [_SOURCE]
        case _:
            return [], [_APPLICATION]
