"""Facts as Cedar entities: everything that a rule may look up about one request, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from policy.errors import IncompleteFacts
from policy.request import AccessRequest, Capability, Circumstances, PatientFacts, StudyFacts, Subject
from policy.searches import Searching, SearchRequest
from policy.vocabulary import Vocabulary

Entity = dict[str, Any]
Uid = tuple[str, str]

NAMESPACE = "HIE"


def to_uid(kind: str, name: str) -> dict[str, str]:
    return {"type": f"{NAMESPACE}::{kind}", "id": name}


def to_entities(request: AccessRequest, roles: frozenset[str]) -> list[Entity]:
    """The entities of `request`. Roles that are not among `roles` mean nothing to policy and are left out."""
    study, subject = request.study, request.subject
    records = {study.patient.id, subject.patient_record} - {None}
    persons = {subject.person, *study.patient.care_team, *study.patient.blocked}
    return [
        _user(subject, roles),
        _entity("Organization", subject.organization),
        _study(study),
        _entity("Institution", study.institution, {"allowsSharing": study.allows_sharing}),
        _patient(study.patient),
        *(_entity("Record", str(record)) for record in records),
        *(_entity("Person", person) for person in persons),
    ]


def to_queries(request: AccessRequest, capabilities: Iterable[Capability]) -> list[dict[str, Any]]:
    """For each of `capabilities` the question whether it is permitted, as Cedar takes it."""
    asked = {
        "principal": to_uid("User", request.subject.id),
        "resource": to_uid("Study", request.study.id),
        "context": _context(request.circumstances),
    }
    return [{**asked, "action": to_uid("Action", capability.value)} for capability in capabilities]


def to_search_entities(request: SearchRequest, roles: frozenset[str]) -> list[Entity]:
    """The entities of a search: who asks, and where."""
    subject = request.subject
    where = {"allowsSharing": request.allows_sharing} if request.institution else {}
    return [
        _user(subject, roles),
        _entity("Organization", subject.organization),
        _entity("Person", subject.person),
        *([_entity("Record", subject.patient_record)] if subject.patient_record is not None else []),
        {"uid": _searched(request), "attrs": where, "parents": []},
    ]


def to_search_query(request: SearchRequest) -> dict[str, Any]:
    """The question whether a search is permitted, as Cedar takes it."""
    return {
        "principal": to_uid("User", request.subject.id),
        "action": to_uid("Action", request.action.value),
        "resource": _searched(request),
        "context": _searching(request.searching),
    }


def searched_by(request: SearchRequest) -> tuple[Uid, Uid]:
    """The two entities that the question about a search names."""
    return _key(to_uid("User", request.subject.id)), _key(_searched(request))


def require_complete(entities: Sequence[Entity], asked: Iterable[Uid], vocabulary: Vocabulary) -> None:
    """Refuse facts that refer to anything that is not among them; raises `IncompleteFacts`.

    Cedar leaves out a rule that fails on a missing entity, also one that forbids. Values of enumerated types are
    complete in themselves: the schema checks them.
    """
    present = {_key(entity["uid"]) for entity in entities}
    enumerated = {f"{NAMESPACE}::{kind}" for kind in vocabulary}
    for entity in entities:
        referred = [*_references(entity["attrs"]), *map(_key, entity["parents"])]
        if any(kind not in enumerated and (kind, name) not in present for kind, name in referred):
            raise IncompleteFacts(f"`{entity['uid']['type']}` refers to something that is not among the facts")
    if not present.issuperset(asked):
        raise IncompleteFacts("the subject or the study is not among the facts")


def asked_of(request: AccessRequest) -> tuple[Uid, Uid]:
    """The two entities that every question about `request` names."""
    return _key(to_uid("User", request.subject.id)), _key(to_uid("Study", request.study.id))


def _user(subject: Subject, roles: frozenset[str]) -> Entity:
    attributes: dict[str, Any] = {
        "person": _reference("Person", subject.person),
        "organization": _reference("Organization", subject.organization),
        "assurance": subject.assurance,
        "suspended": subject.suspended,
        "shared": subject.shared_by is not None,
    }
    if subject.patient_record is not None:
        attributes["patientRecord"] = _reference("Record", subject.patient_record)
    known = [to_uid("Role", role) for role in sorted(subject.roles & roles)]
    return _entity("User", subject.id, attributes, known)


def _patient(patient: PatientFacts) -> Entity:
    attributes = {
        "record": _reference("Record", patient.id),
        "consent": _reference("Consent", patient.consent.value),
        "vip": patient.vip,
        "employee": patient.employee,
        "minor": patient.minor,
        "careTeam": [_reference("Person", person) for person in sorted(patient.care_team)],
        "blocked": [_reference("Person", person) for person in sorted(patient.blocked)],
    }
    return _entity("Patient", patient.id, attributes)


def _study(study: StudyFacts) -> Entity:
    attributes: dict[str, Any] = {
        "patient": _reference("Patient", study.patient.id),
        "custodian": _reference("Institution", study.institution),
        "confidentiality": _reference("Confidentiality", study.confidentiality),
        "labels": [_reference("Label", label) for label in sorted(study.labels)],
        "labelled": study.labelled,
        "modality": study.modality,
        "state": _reference("State", study.state.value),
    }
    if study.age_days is not None:
        attributes["ageDays"] = study.age_days
    return _entity("Study", study.id, attributes, [to_uid("Institution", study.institution)])


def _searched(request: SearchRequest) -> dict[str, str]:
    return to_uid("Institution", request.institution) if request.institution else to_uid("Exchange", "exchange")


def _searching(searching: Searching) -> dict[str, Any]:
    return {
        "purpose": _reference("Purpose", searching.purpose.value),
        "network": _reference("Network", searching.network.value),
        "now": _moment(searching.now),
        "key": _reference("SearchKey", searching.key.value),
        "ownIdentifier": searching.own_identifier,
        "relationship": _reference("Relationship", searching.relationship.value),
        "knowsCaller": searching.knows_caller,
        "breakGlass": searching.break_glass,
    }


def _moment(seconds: int) -> dict[str, Any]:
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"__extn": {"fn": "datetime", "arg": text}}


def _context(circumstances: Circumstances) -> dict[str, Any]:
    return {
        "purpose": _reference("Purpose", circumstances.purpose.value),
        "relationship": _reference("Relationship", circumstances.relationship.value),
        "network": _reference("Network", circumstances.network.value),
        "now": _moment(circumstances.now),
        "breakGlass": circumstances.break_glass,
        "directive": _reference("Directive", circumstances.directive.value),
        "part2Consent": circumstances.part2_consent,
        "coworker": circumstances.coworker,
    }


def _entity(
    kind: str, name: str, attributes: Mapping[str, Any] | None = None, parents: Sequence[dict[str, str]] = ()
) -> Entity:
    return {"uid": to_uid(kind, name), "attrs": dict(attributes or {}), "parents": list(parents)}


def _reference(kind: str, name: str) -> dict[str, dict[str, str]]:
    return {"__entity": to_uid(kind, name)}


def _key(uid: Mapping[str, str]) -> Uid:
    return uid["type"], uid["id"]


def _references(value: object) -> Iterator[Uid]:
    if isinstance(value, dict):
        if "__entity" in value:
            yield _key(value["__entity"])
        else:
            for inner in value.values():
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
