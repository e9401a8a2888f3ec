"""Whatever is missing of what is known, nothing is permitted; and no rule of an institution permits anything more."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from hypothesis import given, settings
import pytest

from policy import engine as room
from policy.bundle import to_bundle
from policy.engine import CedarEngine
from policy.entities import Entity, to_entities, to_queries
from policy.request import AccessRequest, Capability
from tests.policy.test_engine import requests
from tests.policy.worlds import bundle, engine, request_of

OPTIONAL: Final = frozenset({"patientRecord", "ageDays"})
"""What a rule has to ask for before it reads it."""

REQUEST: Final = request_of(
    who={"patient_record": "p-other", "assurance": 2},
    patient={"care_team": ["exchange:4711"], "blocked": ["exchange:2"]},
    study={"labels": ["HIV"]},
)


def attributes() -> Iterator[tuple[str, str]]:
    """Each attribute of each kind of entity."""
    for entity in to_entities(REQUEST, bundle().vocabulary["Role"]):
        for name in entity["attrs"]:
            yield entity["uid"]["type"], name


def without(entity: Entity, kind: str, name: str) -> Entity:
    if entity["uid"]["type"] != kind:
        return entity
    return {**entity, "attrs": {one: value for one, value in entity["attrs"].items() if one != name}}


@pytest.mark.parametrize(("kind", "name"), list(attributes()))
def test_without_any_one_attribute_nothing_is_permitted(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = engine().decide(REQUEST).permitted
    assert Capability.VIEW in before

    def incomplete(asked: AccessRequest, roles: frozenset[str]) -> list[Entity]:
        return [without(entity, kind, name) for entity in to_entities(asked, roles)]

    monkeypatch.setattr(room, "to_entities", incomplete)
    permitted = CedarEngine(bundle()).decide(REQUEST).permitted
    assert permitted == (before if name in OPTIONAL else frozenset())


@pytest.mark.parametrize("name", to_queries(REQUEST, [Capability.VIEW])[0]["context"])
def test_without_any_one_circumstance_nothing_is_permitted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def incomplete(asked: AccessRequest, capabilities: Any) -> list[Mapping[str, Any]]:
        queries = to_queries(asked, capabilities)
        return [
            {**query, "context": {one: value for one, value in query["context"].items() if one != name}}
            for query in queries
        ]

    monkeypatch.setattr(room, "to_queries", incomplete)
    decision = CedarEngine(bundle()).decide(REQUEST)
    assert decision.permitted == frozenset()
    assert decision.errors > 0


@cache
def exchange_alone() -> CedarEngine:
    return CedarEngine(to_bundle(file for file in bundle().files if not file.path.startswith("institutions/")))


@settings(max_examples=150, deadline=None)
@given(facts=requests)
def test_no_institution_permits_what_the_exchange_does_not(facts: Mapping[str, Mapping[str, Any]]) -> None:
    request = request_of(**facts)
    assert engine().decide(request).permitted <= exchange_alone().decide(request).permitted
