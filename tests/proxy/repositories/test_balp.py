"""Every event as a FHIR AuditEvent: right by R4, by its profiles, and by whoever reads it."""

import base64
from collections.abc import Callable
from copy import deepcopy
import json
from typing import Any
from urllib.parse import parse_qs

from fhir.resources.R4B.auditevent import AuditEvent
from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.reading import Record
from proxy.repositories.balp.events import to_audit_events
from tests.proxy.repositories.profiles import judge
from tests.proxy.repositories.records import AT, NAMING, every, record

Resource = dict[str, Any]
Mutation = Callable[[Resource], object]


def told(one: Record) -> list[Resource]:
    """As it leaves: through JSON."""
    return [json.loads(json.dumps(resource)) for resource in to_audit_events(one, NAMING)]


def claims(resource: Resource) -> set[str]:
    return {one.rpartition("IHE.BasicAudit.")[2] for one in resource["meta"].get("profile", [])}


def agent(resource: Resource, code: str) -> Resource:
    return next(one for one in resource["agent"] if code in {each["code"] for each in one["type"]["coding"]})


def entity(resource: Resource, code: str) -> Resource:
    return next(one for one in resource["entity"] if one["type"]["code"] == code)


def test_every_event_is_right_by_its_profiles() -> None:
    problems = {
        (one.event.kind, one.event.outcome, resource["id"]): found
        for one in every()
        for resource in told(one)
        if (found := judge(resource))
    }
    assert problems == {}


def test_every_event_is_an_audit_event_to_an_independent_reader() -> None:
    for one in every():
        for resource in told(one):
            assert AuditEvent.model_validate(resource).type.code


def test_ids_are_unique_and_name_their_record() -> None:
    ids = [resource["id"] for resource in told(record())]
    assert ids == ["42", "42-decision", "42-disclosure"]
    assert {resource["meta"]["source"] for resource in told(record())} == {"https://view.test/audit#42"}


def test_a_view_is_told_as_read_decided_and_disclosed() -> None:
    read, decision, disclosure = told(record())
    assert claims(read) == {"PatientRead", "OAUTHaccessTokenUse.Minimal"}
    assert claims(decision) == {"AuthZconsent"}
    assert claims(disclosure) == {"PrivacyDisclosure.Source"}
    person = agent(read, "IRCP")
    assert person["who"]["identifier"] == {"system": "https://login.test", "value": "clinician"}
    assert person["policy"] == ["urn:ietf:params:oauth:jti:jti-7"]
    assert person["purposeOfUse"][0]["coding"][0]["code"] == "TREAT"
    assert agent(read, "110152")["network"] == {"address": "192.0.2.7", "type": "2"}
    assert entity(read, "2")["what"]["identifier"] == {"system": "urn:dicom:uid", "value": "urn:oid:1.2.840.1"}
    assert entity(read, "1")["what"]["identifier"]["value"] == "77-201"
    assert entity(decision, "Consent")["what"]["identifier"]["value"] == "sha256:abc"
    assert agent(disclosure, "159541003")["who"]["display"] == "Lakeside Imaging"
    assert agent(disclosure, "110152")["who"]["display"] == "General Hospital"


def test_what_one_looks_at_at_home_is_no_disclosure() -> None:
    resources = told(record(institution="general", patient="GENERAL|G-1001"))
    assert [one["id"] for one in resources] == ["42", "42-decision"]
    assert entity(resources[0], "1")["what"]["identifier"] == {"system": "urn:oid:1.2.3.4", "value": "G-1001"}


def test_a_refusal_is_a_decision_with_its_rules() -> None:
    (refusal,) = told(record(EventKind.VIEW_REFUSED, Outcome.REFUSED, reasons=("hie-optout",)))
    assert claims(refusal) == {"AuthZconsent"}
    assert (refusal["outcome"], refusal["outcomeDesc"]) == ("8", "hie-optout")


def test_what_was_asked_is_told_and_what_came_back_is_not() -> None:
    detail: dict[str, str | int] = {"level": "study", "rows": 17, "incomplete": "lakeside-main"}
    (search,) = told(record(EventKind.SEARCH, detail=detail, study=""))
    assert claims(search) == {"PatientQuery", "OAUTHaccessTokenUse.Minimal"}
    asked = parse_qs(base64.b64decode(entity(search, "2")["query"]).decode())
    assert asked == {"patient": ["LAKESIDE|77-201"], "level": ["study"]}
    assert "17" not in json.dumps(search)
    assert agent(search, "110153")["network"]["address"] == "192.0.2.7"


@pytest.mark.parametrize("kind", [EventKind.VIEW_OPENED, EventKind.SEARCH])
def test_a_profile_of_success_is_not_claimed_for_a_failure(kind: EventKind) -> None:
    assert all(
        claims(one) <= {"AuthZconsent", "PrivacyDisclosure.Source", "OAUTHaccessTokenUse.Minimal"}
        for one in told(record(kind, Outcome.REFUSED))
    )


def _drop(*path: str | int) -> Mutation:
    def mutate(resource: Resource) -> None:
        inner: Any = resource
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]

    return mutate


def _set(value: Any, *path: str | int) -> Mutation:
    def mutate(resource: Resource) -> None:
        inner: Any = resource
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value

    return mutate


def _add(value: Any, *path: str | int) -> Mutation:
    def mutate(resource: Resource) -> None:
        inner: Any = resource
        for step in path:
            inner = inner[step]
        inner.append(deepcopy(value))

    return mutate


def _again(name: str, index: int) -> Mutation:
    return lambda resource: resource[name].append(deepcopy(resource[name][index]))


READ, DECISION, DISCLOSURE = 0, 1, 2
OTHER = {"system": "urn:other", "code": "other"}
NETWORK = {"address": "192.0.2.1", "type": "2"}
WRONG: list[tuple[int, str, Mutation]] = [
    (READ, "another resource", _set("Provenance", "resourceType")),
    (READ, "no type", _drop("type")),
    (READ, "a type without a code", _drop("type", "code")),
    (READ, "another type", _set(OTHER, "type")),
    (READ, "no time", _drop("recorded")),
    (READ, "a time without a zone", _set("2026-03-14T15:09:26", "recorded")),
    (READ, "a date", _set("2026-03-14", "recorded")),
    (READ, "a moment that there is not", _set("2026-02-30T00:00:00Z", "recorded")),
    (READ, "no outcome", _drop("outcome")),
    (READ, "a failure", _set("8", "outcome")),
    (READ, "an unknown outcome", _set("1", "outcome")),
    (READ, "another action", _set("E", "action")),
    (READ, "no action", _drop("action")),
    (READ, "an unknown action", _set("X", "action")),
    (READ, "no subtype", _set([], "subtype")),
    (READ, "neither read nor vread", _set([OTHER], "subtype")),
    (READ, "read twice", _again("subtype", 0)),
    (READ, "no agents", _drop("agent")),
    (READ, "one agent", lambda one: one["agent"].__delitem__(slice(1, None))),
    (READ, "no client", _drop("agent", 0)),
    (READ, "two clients", _again("agent", 0)),
    (READ, "no server", _drop("agent", 1)),
    (READ, "a client without a name", _drop("agent", 0, "who")),
    (READ, "a client from nowhere", _drop("agent", 0, "network")),
    (READ, "a network of no kind", _set("9", "agent", 0, "network", "type")),
    (READ, "a client on a medium", _set(OTHER, "agent", 0, "media")),
    (READ, "a server from nowhere", _drop("agent", 1, "network")),
    (READ, "nobody says who asked", _drop("agent", 0, "requestor")),
    (READ, "a person without an account", _drop("agent", 2, "who")),
    (READ, "a person who did not ask", _set(False, "agent", 2, "requestor")),
    (READ, "a person with an address", _set(NETWORK, "agent", 2, "network")),
    (READ, "two persons", _again("agent", 2)),
    (READ, "a token without an id", _drop("agent", 2, "policy")),
    (READ, "no bearer of the token", _drop("agent", 2, "type", "coding", 1)),
    (READ, "no source", _drop("source")),
    (READ, "a source without an observer", _drop("source", "observer")),
    (READ, "no entities", _drop("entity")),
    (READ, "no study", _drop("entity", 0)),
    (READ, "two studies", _again("entity", 0)),
    (READ, "no patient", _drop("entity", 1)),
    (READ, "two patients", _again("entity", 1)),
    (READ, "a patient in another role", _set(OTHER, "entity", 1, "role")),
    (READ, "a patient who is none", _set({"type": "Group", "identifier": {"value": "1"}}, "entity", 1, "what")),
    (READ, "a study that is nothing", _drop("entity", 0, "what")),
    (
        READ,
        "a study as a doctor",
        _set({"system": "http://terminology.hl7.org/CodeSystem/object-role", "code": "15"}, "entity", 0, "role"),
    ),
    (READ, "a detail without a name", _drop("entity", 0, "detail", 0, "type")),
    (READ, "a detail without a value", _drop("entity", 0, "detail", 0, "valueString")),
    (
        READ,
        "an unknown profile",
        _add("https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.Glance", "meta", "profile"),
    ),
    (DECISION, "another subtype beside it", _add(OTHER, "subtype")),
    (DECISION, "no decision", _set([OTHER], "subtype")),
    (DECISION, "no client", _drop("agent", 0)),
    (DECISION, "a client with a name", _set("viewer", "agent", 0, "name")),
    (DECISION, "nobody asked", _drop("agent", 1)),
    (DECISION, "nobody's organization", _drop("agent", 2)),
    (DECISION, "an organization that asked", _set(True, "agent", 2, "requestor")),
    (DECISION, "nobody decided", _drop("agent", 3)),
    (DECISION, "another decided", _set({"display": "another"}, "agent", 3, "who")),
    (DECISION, "no consent", _drop("entity", 1)),
    (DECISION, "no patient", _drop("entity", 0)),
    (DECISION, "a study beside it", _add({"type": OTHER, "what": {"display": "x"}}, "entity")),
    (DECISION, "a name and a query", lambda one: one["entity"][1].update(name="a", query="YQ==")),
    (DISCLOSURE, "no disclosure", _drop("subtype", 0)),
    (DISCLOSURE, "another type", _set(OTHER, "type")),
    (DISCLOSURE, "no source", _drop("agent", 0)),
    (DISCLOSURE, "the source is another", _set({"display": "another"}, "agent", 0, "who")),
    (DISCLOSURE, "no recipient", _drop("agent", 1)),
    (DISCLOSURE, "a recipient at no place", _drop("agent", 1, "network")),
    (DISCLOSURE, "a custodian without a name", _drop("agent", 2, "who")),
    (DISCLOSURE, "nothing disclosed", _drop("entity", 0)),
    (DISCLOSURE, "nobody's", _drop("entity", 1)),
]
RIGHT: list[tuple[int, str, Mutation]] = [
    (READ, "vread", _set("vread", "subtype", 0, "code")),
    (READ, "another subtype beside it", _add(OTHER, "subtype")),
    (READ, "a domain resource", _set("4", "entity", 0, "role", "code")),
    (READ, "no details", _drop("entity", 0, "detail")),
    (READ, "a patient by reference", _set({"reference": "Patient/1"}, "entity", 1, "what")),
    (READ, "another agent", _add({"requestor": False, "type": {"coding": [OTHER]}}, "agent")),
    (READ, "a person without a name", _drop("agent", 2, "name")),
    (READ, "no organization", _drop("agent", 3)),
    (DECISION, "a refusal", _set("8", "outcome")),
    (DECISION, "by roles alone", _set("AuthZ-Role", "subtype", 0, "code")),
    (DECISION, "two consents", _again("entity", 1)),
    (DECISION, "no token", _drop("entity", 2)),
    (DISCLOSURE, "no custodian", _drop("agent", 2)),
    (DISCLOSURE, "several studies", _again("entity", 0)),
]


@pytest.mark.parametrize(("which", "words", "mutate"), WRONG, ids=lambda one: one if isinstance(one, str) else "")
def test_what_is_wrong_is_found(which: int, words: str, mutate: Mutation) -> None:
    resource = told(record())[which]
    mutate(resource)
    assert judge(resource)


@pytest.mark.parametrize(("which", "words", "mutate"), RIGHT, ids=lambda one: one if isinstance(one, str) else "")
def test_what_the_profiles_leave_open_is_right(which: int, words: str, mutate: Mutation) -> None:
    resource = told(record())[which]
    mutate(resource)
    assert judge(resource) == []


TEXT = st.text(max_size=40)
FACTS = ("subject", "name", "organization", "address", "token_id", "patient", "policy", "institution")


@given(
    st.sampled_from(EventKind),
    st.sampled_from(Outcome),
    st.fixed_dictionaries(
        dict.fromkeys(
            ("subject", "name", "organization", "address", "token_id", "patient", "policy", "institution"), TEXT
        )
    ),
    st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True), st.one_of(TEXT, st.integers()), max_size=4),
)
def test_whatever_is_on_record_is_right(
    kind: EventKind, outcome: Outcome, facts: dict[str, str], detail: dict[str, str | int]
) -> None:
    event = Event(kind, outcome, **facts, detail=detail)  # type: ignore[arg-type] # every one of them is text
    for resource in told(Record(1, AT, event)):
        assert judge(resource) == []
