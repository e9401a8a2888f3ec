"""Judges DICOM audit messages by PS3.15 A.5: the schema of A.5.1, and the table of each event in A.5.3.

It knows nothing of the writer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError, fromstring

ORDER = ("EventIdentification", "ActiveParticipant", "AuditSourceIdentification", "ParticipantObjectIdentification")
ATTRIBUTES: Mapping[str, tuple[set[str], set[str]]] = {
    "AuditMessage": (set(), set()),
    "EventIdentification": ({"EventDateTime", "EventOutcomeIndicator"}, {"EventActionCode"}),
    "EventID": ({"csd-code", "codeSystemName", "originalText"}, {"displayName"}),
    "EventTypeCode": ({"csd-code", "codeSystemName", "originalText"}, {"displayName"}),
    "RoleIDCode": ({"csd-code", "codeSystemName", "originalText"}, {"displayName"}),
    "AuditSourceTypeCode": ({"csd-code", "codeSystemName", "originalText"}, {"displayName"}),
    "ParticipantObjectIDTypeCode": ({"csd-code", "codeSystemName", "originalText"}, {"displayName"}),
    "ActiveParticipant": (
        {"UserID", "UserIsRequestor"},
        {"AlternativeUserID", "UserName", "NetworkAccessPointID", "NetworkAccessPointTypeCode"},
    ),
    "AuditSourceIdentification": ({"AuditSourceID"}, {"AuditEnterpriseSiteID"}),
    "ParticipantObjectIdentification": (
        {"ParticipantObjectID"},
        {
            "ParticipantObjectTypeCode",
            "ParticipantObjectTypeCodeRole",
            "ParticipantObjectDataLifeCycle",
            "ParticipantObjectSensitivity",
        },
    ),
    "ParticipantObjectName": (set(), set()),
    "ParticipantObjectQuery": (set(), set()),
    "ParticipantObjectDetail": ({"type", "value"}, set()),
    "ParticipantObjectDescription": (set(), set()),
    "SOPClass": ({"NumberOfInstances"}, {"UID"}),
}
"""Of each element: the attributes that it must have, and those that it may have besides."""


@dataclass(frozen=True)
class Event:
    """A table of A.5.3: actions, types of the event where they are closed, roles of participants, kinds of objects."""

    actions: str
    types: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    at_least_one: str = ""


EVENTS: Mapping[str, Event] = {
    "110100": Event("E", frozenset({"110120", "110121"}), frozenset({"110150"})),
    "110101": Event("R", objects=frozenset({"12", "2"}), at_least_one="12"),
    "110103": Event("CRUD", objects=frozenset({"110180", "2"}), at_least_one="110180"),
    "110110": Event("CRUDE"),
    "110112": Event("E", roles=frozenset({"110153", "110152"}), at_least_one="110181"),
    "110113": Event("E"),
    "110114": Event("E", frozenset({"110122", "110123"})),
}


def judge(message: bytes) -> list[str]:
    """What is wrong with it."""
    try:
        root = fromstring(message)
    except ParseError as error:
        return [f"not XML: {error}"]
    return [*_schema(root), *_event(root)]


def _schema(root: Element) -> list[str]:
    problems = [] if root.tag == "AuditMessage" else ["the root is AuditMessage"]
    places = [ORDER.index(child.tag) if child.tag in ORDER else -1 for child in root]
    if places != sorted(places) or -1 in places or not {0, 1, 2} <= set(places):
        problems.append("the parts of a message come in their order")
    if places.count(0) != 1 or places.count(2) != 1:
        problems.append("one identification of the event and one of the source")
    for element in root.iter():
        must, may = ATTRIBUTES.get(element.tag, ({"?"}, set()))
        if not must <= set(element.keys()) <= must | may:
            problems.append(f"attributes of {element.tag}")
        if not all(element.attrib.values()):
            problems.append(f"an empty attribute of {element.tag}")
    return problems


def _event(root: Element) -> list[str]:
    identification = root.find("EventIdentification")
    identity = None if identification is None else identification.find("EventID")
    if identification is None or identity is None or identity.get("csd-code") not in EVENTS:
        return ["an event that the standard has not"]
    event = EVENTS[str(identity.get("csd-code"))]
    problems = []
    if identification.get("EventActionCode") not in set(event.actions):
        problems.append("the action of the event")
    if identification.get("EventOutcomeIndicator") not in {"0", "4", "8", "12"}:
        problems.append("the outcome")
    if not _is_moment(identification.get("EventDateTime")):
        problems.append("the moment")
    types = {one.get("csd-code") for one in identification.iterfind("EventTypeCode")}
    if event.types and not types & event.types:
        problems.append("the type of the event")
    roles = {one.get("csd-code") for one in root.iterfind("ActiveParticipant/RoleIDCode")}
    if event.roles and not event.roles & roles:
        problems.append("the roles of participants")
    return [*problems, *_objects(root, event), *_requestors(root)]


def _objects(root: Element, event: Event) -> list[str]:
    objects = root.findall("ParticipantObjectIdentification")
    kinds = [
        str(one.get("csd-code")) for one in root.iterfind("ParticipantObjectIdentification/ParticipantObjectIDTypeCode")
    ]
    problems = []
    if len(kinds) != len(objects):
        problems.append("each object has a kind of id")
    if event.at_least_one and event.at_least_one not in kinds:
        problems.append(f"an object of the kind {event.at_least_one}")
    if event.objects and not set(kinds) <= event.objects:
        problems.append("no other objects")
    if kinds.count("2") > 1:
        problems.append("one patient")
    for one in objects:
        problems += _object(one)
    return problems


def _object(one: Element) -> list[str]:
    kind = one.find("ParticipantObjectIDTypeCode")
    patient = kind is not None and kind.get("csd-code") == "2"
    expected = ("1", "1") if patient else ("2", None)
    found = one.get("ParticipantObjectTypeCode"), one.get("ParticipantObjectTypeCodeRole")
    problems = [] if found[0] == expected[0] and expected[1] in {None, found[1]} else ["type and role of an object"]
    if one.find("ParticipantObjectName") is not None and one.find("ParticipantObjectQuery") is not None:
        problems.append("a name or a query")
    return problems


def _requestors(root: Element) -> Sequence[str]:
    told = [one.get("UserIsRequestor") for one in root.iterfind("ActiveParticipant")]
    return [] if "true" in told and set(told) <= {"true", "false"} else ["somebody asked"]


def _is_moment(text: str | None) -> bool:
    try:
        return datetime.fromisoformat(text or "").tzinfo is not None
    except ValueError:
        return False
