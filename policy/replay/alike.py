"""Past requests that rules cannot tell apart although other people made them at another time: decided once.

Within one moment the engine knows by itself what is alike (policy/likeness.py); over three months it is the same few
questions about other patients.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from policy.entities import NAMESPACE
from policy.request import AccessRequest
from policy.rule import Rule

_PEOPLE = frozenset({f"{NAMESPACE}::{kind}" for kind in ("Person", "User", "Patient", "Record")})

Alike = Callable[[AccessRequest], AccessRequest]


def alike_to(rules: Iterable[Rule]) -> Alike:
    """What makes any request the one that stands for all that `rules` decide as they decide it."""
    read: set[str] = set()
    named: set[str] = set()
    for rule in rules:
        _collect(rule.body, read, named)
    timeless = "now" not in read
    nameless = not named & _PEOPLE

    def alike(request: AccessRequest) -> AccessRequest:
        request = replace(request, because=())
        if timeless:
            request = replace(request, circumstances=replace(request.circumstances, now=0))
        return _anonymous(request) if nameless else request

    return alike


def _collect(body: Any, read: set[str], named: set[str]) -> None:
    """The attributes that `body` reads and the kinds of entity that it names, in Cedar's JSON form."""
    if isinstance(body, dict):
        if isinstance(body.get("attr"), str):
            read.add(body["attr"])
        if isinstance(body.get("type"), str):
            named.add(body["type"])
        for inner in body.values():
            _collect(inner, read, named)
    elif isinstance(body, list):
        for inner in body:
            _collect(inner, read, named)


def _anonymous(request: AccessRequest) -> AccessRequest:
    """People whom no rule names are told apart only as far as it can: whether two of them are the same one."""
    subject, patient = request.subject, request.study.patient
    record = subject.patient_record
    anonymous = replace(
        patient,
        id="patient",
        care_team=_only(subject.id, patient.care_team),
        blocked=_only(subject.id, patient.blocked),
    )
    return replace(
        request,
        subject=replace(
            subject,
            id="subject",
            patient_record=None if record is None else "patient" if record == patient.id else "another",
        ),
        study=replace(request.study, patient=anonymous),
    )


def _only(person: str, people: frozenset[str]) -> frozenset[str]:
    others = {"another"} if people - {person} else set()
    return frozenset(others | ({"subject"} if person in people else set()))
