"""Every event as a DICOM audit message: right by the standard's schema and tables, whatever is on record."""

import base64
from collections.abc import Callable
from xml.etree.ElementTree import Element, fromstring, tostring

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.reading import Record
from proxy.audit.views.view import VIEW_KINDS
from proxy.repositories.dicom.messages import to_audit_message
from proxy.repositories.telling import Form, form_of
from tests.proxy.repositories.messages import judge
from tests.proxy.repositories.records import AT, NAMING, every, record

Mutation = Callable[[Element], object]
OF_A_STUDY = VIEW_KINDS | {EventKind.PICTURE_KEPT}


def told(one: Record) -> Element:
    return fromstring(to_audit_message(one, NAMING))


def found(root: Element, kind: str) -> Element:
    """The object with an id of that kind."""
    return next(
        one
        for one in root.iterfind("ParticipantObjectIdentification")
        if one.find(f"ParticipantObjectIDTypeCode[@csd-code='{kind}']") is not None
    )


def details(element: Element) -> dict[str | None, str]:
    return {
        one.get("type"): base64.b64decode(one.get("value", "")).decode()
        for one in element.iterfind("ParticipantObjectDetail")
    }


def test_every_event_is_right_by_the_standard() -> None:
    complete = [one for one in every() if one.event.study or one.event.kind not in OF_A_STUDY]
    problems = {
        (one.event.kind, one.event.outcome): wrong
        for one in complete
        if (wrong := judge(to_audit_message(one, NAMING)))
    }
    assert problems == {}


def test_a_view_is_instances_accessed() -> None:
    root = told(record(patient="GENERAL|G-1001"))
    identity = root.find("EventIdentification/EventID")
    assert identity is not None
    assert (identity.get("csd-code"), identity.get("originalText")) == ("110103", "DICOM Instances Accessed")
    person, service = root.findall("ActiveParticipant")
    assert person.attrib == {
        "UserID": "vitrine<clinician@https://login.test>",
        "AlternativeUserID": "exchange:clinician",
        "UserName": "Dr. Chen",
        "UserIsRequestor": "true",
        "NetworkAccessPointID": "192.0.2.7",
        "NetworkAccessPointTypeCode": "2",
    }
    assert service.get("UserIsRequestor") == "false"
    assert found(root, "2").get("ParticipantObjectID") == "G-1001^^^&1.2.3.4&ISO"
    study = found(root, "110180")
    assert study.get("ParticipantObjectID") == "1.2.840.1"
    assert details(study)["rules"] == "hie-treating"
    assert details(study)["purpose-of-use"] == "TREAT"


def test_a_search_carries_what_was_asked() -> None:
    root = told(record(EventKind.SEARCH, study="", detail={"level": "study"}))
    assert base64.b64decode(found(root, "110181").findtext("ParticipantObjectQuery") or "") == b"level=study"


def test_what_was_seen_is_told_by_class_with_how_many_instances() -> None:
    """A class that is not known has no UID (PS3.15 A.5.1, SOPClass)."""
    seen = {"frames": "{}", "sop-classes": "1.2.840.10008.5.1.4.1.1.2=480 =3"}
    message = to_audit_message(record(EventKind.VIEW_CLOSED, detail=seen), NAMING)
    assert judge(message) == []
    study = found(fromstring(message), "110180")
    assert [one.attrib for one in study.iterfind("ParticipantObjectDescription/SOPClass")] == [
        {"UID": "1.2.840.10008.5.1.4.1.1.2", "NumberOfInstances": "480"},
        {"NumberOfInstances": "3"},
    ]
    assert details(study)["frames"] == "{}"
    assert "sop-classes" not in details(study)


@pytest.mark.parametrize(
    ("kind", "identity", "nearest"),
    [
        (EventKind.LOGIN, "110114", "110122"),
        (EventKind.LOGOUT, "110114", "110123"),
        (EventKind.STARTED, "110100", "110120"),
        (EventKind.EMERGENCY_DECLARED, "110113", "110127"),
        (EventKind.VIEW_REFUSED, "110113", "110147"),
        (EventKind.POLICY_APPROVED, "110113", "110129"),
        (EventKind.AUDIT_READ, "110101", None),
    ],
)
def test_what_it_is_told_as(kind: EventKind, identity: str, nearest: str | None) -> None:
    root = told(record(kind))
    assert root.find(f"EventIdentification/EventID[@csd-code='{identity}']") is not None
    types = [one.get("csd-code") for one in root.iterfind("EventIdentification/EventTypeCode")]
    assert types == [*([nearest] if nearest else []), kind.value]


def test_looking_is_never_told_as_an_alert() -> None:
    looking = [kind for kind in EventKind if kind.value.startswith(("view-", "preview"))]
    assert {form_of(kind) for kind in looking} == {Form.READ, Form.DECISION}


def _drop(path: str, name: str = "") -> Mutation:
    def mutate(root: Element) -> None:
        if name:
            element = root.find(f"{path}/{name}" if path else name)
            parent = root.find(path) if path else root
            assert element is not None
            assert parent is not None
            parent.remove(element)

    return mutate


def _set(path: str, name: str, value: str) -> Mutation:
    def mutate(root: Element) -> None:
        element = root.find(path)
        assert element is not None
        element.set(name, value)

    return mutate


def _unset(path: str, name: str) -> Mutation:
    def mutate(root: Element) -> None:
        element = root.find(path)
        assert element is not None
        del element.attrib[name]

    return mutate


def _swap(root: Element) -> None:
    root[:] = reversed(root)


def _again(root: Element) -> None:
    root.append(root[-1])


IDENTIFICATION = "EventIdentification"
STUDY, PATIENT = "ParticipantObjectIdentification[1]", "ParticipantObjectIdentification[2]"
WRONG: dict[str, Mutation] = {
    "no event": _drop("", IDENTIFICATION),
    "no participants": lambda root: [root.remove(one) for one in root.findall("ActiveParticipant")],
    "no source": _drop("", "AuditSourceIdentification"),
    "no study": _drop("", "ParticipantObjectIdentification"),
    "in another order": _swap,
    "two patients": _again,
    "an unknown event": _set(f"{IDENTIFICATION}/EventID", "csd-code", "1"),
    "an event without words": _unset(f"{IDENTIFICATION}/EventID", "originalText"),
    "no moment": _unset(IDENTIFICATION, "EventDateTime"),
    "a moment without a zone": _set(IDENTIFICATION, "EventDateTime", "2026-03-14T15:09:26"),
    "no outcome": _unset(IDENTIFICATION, "EventOutcomeIndicator"),
    "another outcome": _set(IDENTIFICATION, "EventOutcomeIndicator", "1"),
    "another action": _set(IDENTIFICATION, "EventActionCode", "E"),
    "an attribute of nobody": _set(IDENTIFICATION, "Severity", "1"),
    "a person without an id": _unset("ActiveParticipant", "UserID"),
    "nobody asked": _set("ActiveParticipant", "UserIsRequestor", "false"),
    "asked perhaps": _set("ActiveParticipant", "UserIsRequestor", "perhaps"),
    "a source without a name": _unset("AuditSourceIdentification", "AuditSourceID"),
    "a study without an id": _unset(STUDY, "ParticipantObjectID"),
    "an empty id": _set(STUDY, "ParticipantObjectID", ""),
    "a study as a person": _set(STUDY, "ParticipantObjectTypeCode", "1"),
    "a patient as an object": _set(PATIENT, "ParticipantObjectTypeCode", "2"),
    "a patient as a report": _set(PATIENT, "ParticipantObjectTypeCodeRole", "3"),
    "an object of no kind": _drop(STUDY, "ParticipantObjectIDTypeCode"),
    "an object of another kind": _set(f"{STUDY}/ParticipantObjectIDTypeCode", "csd-code", "110182"),
    "a detail without a value": _unset(f"{STUDY}/ParticipantObjectDetail", "value"),
}


@pytest.mark.parametrize("words", WRONG)
def test_what_is_wrong_is_found(words: str) -> None:
    root = told(record())
    assert judge(tostring(root)) == []
    WRONG[words](root)
    assert judge(tostring(root))


TEXT = st.text(st.characters(), max_size=40)
FACTS = ("subject", "name", "organization", "address", "token_id", "patient", "policy", "institution")


@given(
    st.sampled_from(EventKind),
    st.fixed_dictionaries(dict.fromkeys(FACTS, TEXT)),
    st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True), st.one_of(TEXT, st.integers()), max_size=4),
)
def test_whatever_is_on_record_is_right(kind: EventKind, facts: dict[str, str], detail: dict[str, str | int]) -> None:
    event = Event(kind, Outcome.SUCCESS, **facts, study="1.2.3", detail=detail)  # type: ignore[arg-type] # all are text
    assert judge(to_audit_message(Record(1, AT, event), NAMING)) == []


@given(TEXT)
def test_names_come_through_as_far_as_xml_has_them(name: str) -> None:
    root = told(record(name=f"x{name}"))
    participant = root.find("ActiveParticipant")
    assert participant is not None
    came = participant.get("UserName", "")
    assert len(came) == len(name) + 1
