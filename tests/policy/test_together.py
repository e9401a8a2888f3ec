"""Asking about all capabilities at once is asking Cedar about each of them: whatever the rules, whatever the facts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
import json
from types import SimpleNamespace
from typing import Any, Final

import cedarpy
from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from policy import engine as room
from policy.bundle import Bundle, BundleFile, to_bundle
from policy.capabilities import strictest
from policy.decision import Decision
from policy.engine import ALL_CAPABILITIES, CedarEngine
from policy.entities import to_entities, to_queries
from policy.request import AccessRequest, Capability
from policy.rule import Effect, read_rules, to_policy_set
from policy.together import are_alike
from tests.policy.test_engine import FRAGILE, requests
from tests.policy.worlds import bundle, engine, request_of, rule

APPLY: Final = "appliesTo { principal: [User], resource: [Study], context: Circumstances };"
BEFORE, _, _ = bundle().schema.partition('  action "knowExists"')
GROUPS: Final = 'action "anything"; action "seeing" in ["anything"];'
SHOWING: Final = f'action "knowExists", "viewLossless", "viewFullSize", "viewUnmarked" {APPLY}'
SEEN: Final = f'action "view", "viewIdentified", "viewWithoutNotice" in ["seeing"] {APPLY}'
SCHEMAS: Final = {
    "alike": f'{BEFORE} {GROUPS} {SHOWING} {SEEN} action "share", "keep" in ["anything"] {APPLY} }}',
    "apart": f'{BEFORE} {GROUPS} {SHOWING} {SEEN} action "share" {APPLY}'
    f' action "keep" {APPLY.replace("[User]", "[User, Person]")} }}',
    "lacking": f'{BEFORE} {GROUPS} {SHOWING} {SEEN} action "share" {APPLY} }}',
}
"""Schemas with groups of actions, of which only in the first all capabilities apply to the same."""

SCOPES: Final = (
    "action",
    'action == HIE::Action::"view"',
    'action == HIE::Action::"share"',
    'action == HIE::Action::"search"',
    'action == HIE::Action::"seeing"',
    'action in HIE::Action::"seeing"',
    'action in [HIE::Action::"anything", HIE::Action::"viewLossless"]',
    'action in [HIE::Action::"knowExists", HIE::Action::"viewFullSize", HIE::Action::"viewUnmarked"]',
)
CONDITIONS: Final = (
    "true",
    "principal.suspended",
    "!principal.suspended",
    "resource.patient.vip",
    'resource.state == HIE::State::"final"',
    'action == HIE::Action::"view"',
    '(action == HIE::Action::"share" || resource.patient.employee) && !resource.patient.vip',
    'action in HIE::Action::"seeing"',
    '[HIE::Action::"view", HIE::Action::"share"].contains(action)',
    'if action in [HIE::Action::"anything"] then resource.patient.vip else resource.patient.employee',
    '{Var: action}.Var != HIE::Action::"viewLossless"',
    f'action == HIE::Action::"viewUnmarked" && {FRAGILE}',
    'context.key == HIE::SearchKey::"nobody"',
)
OBLIGATIONS: Final = ("", "maximum_side=512", "maximum_side=1024;lossy_only=1")

RULES: Final[st.SearchStrategy[dict[str, str]]] = st.builds(
    dict,
    effect=st.sampled_from(Effect),
    scope=st.sampled_from(SCOPES),
    condition=st.sampled_from(CONDITIONS),
    obligation=st.sampled_from(OBLIGATIONS),
)


@cache
def schema_of(name: str) -> Bundle:
    return to_bundle([BundleFile("schema.cedarschema", SCHEMAS[name])])


def bundle_of(schema: str, told: Sequence[Mapping[str, str]]) -> Bundle:
    """A bundle of rules as they come, also such as no check would let pass."""
    text = "\n".join(
        rule(
            f"{one['effect']} (principal, {one['scope']}, resource)",
            one["condition"],
            id=f"test-{number}",
            obligation=one["obligation"],
        )
        for number, one in enumerate(told)
    )
    return replace(schema_of(schema), hash=f"{schema} {text}", rules=tuple(read_rules(text, "hie/test.cedar")))


def plainly(rules: Bundle, request: AccessRequest, capabilities: Sequence[Capability]) -> Decision:
    """What Cedar answers when it is asked about each capability, by all rules there are."""
    schema = cedarpy.Schema.from_str(rules.schema)
    facts = json.dumps(to_entities(request, rules.vocabulary["Role"]))
    results = cedarpy.is_authorized_batch(
        to_queries(request, capabilities),
        to_policy_set(rules.rules),
        cedarpy.Entities.from_json_str(facts, schema=schema),
        schema=schema,
    )
    errors = sum(len(result.diagnostics.errors) for result in results)
    if errors:
        return Decision(frozenset(), (), {}, rules.hash, errors)
    by_id = {one.id: one for one in rules.rules}
    by = {
        one: [by_id[name] for name in sorted(result.diagnostics.reasons)]
        for one, result in zip(capabilities, results, strict=True)
    }
    decided_by = {one: tuple(rule.reason for rule in deciding) for one, deciding in by.items()}
    parameters = strictest(rule.parameters for deciding in by.values() for rule in deciding)
    return Decision(
        frozenset(one for one, result in zip(capabilities, results, strict=True) if result.allowed),
        decided_by.get(Capability.VIEW, ()),
        {name.value: str(value) for name, value in parameters.items()},
        rules.hash,
        decided_by=decided_by,
    )


CHOSEN: Final = st.just(ALL_CAPABILITIES) | st.lists(st.sampled_from(Capability), unique=True)


@settings(max_examples=400, deadline=None)
@given(schema=st.sampled_from(sorted(SCHEMAS)), told=st.lists(RULES, max_size=6), facts=requests, capabilities=CHOSEN)
def test_whatever_the_rules_are_the_answer_is_cedars(
    schema: str, told: list[dict[str, str]], facts: Mapping[str, Any], capabilities: Sequence[Capability]
) -> None:
    rules, request = bundle_of(schema, told), request_of(**facts)
    assert CedarEngine(rules).decide(request, capabilities) == plainly(rules, request, capabilities)


@settings(max_examples=200, deadline=None)
@given(facts=requests, capabilities=CHOSEN)
def test_by_the_exchanges_rules_the_answer_is_cedars(
    facts: Mapping[str, Any], capabilities: Sequence[Capability]
) -> None:
    """By all of them together, of which the engine asks those that can reach the study."""
    request = request_of(**facts)
    assert engine().decide(request, capabilities) == plainly(bundle(), request, capabilities)


@pytest.mark.parametrize(
    ("schema", "alike"), [(bundle().schema, True), *((text, name == "alike") for name, text in SCHEMAS.items())]
)
def test_one_question_is_enough_where_all_capabilities_apply_to_the_same(schema: str, alike: bool) -> None:
    assert are_alike(cedarpy.Schema.from_str(schema)) is alike


def test_an_open_study_costs_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    ready, asked = CedarEngine(bundle()), list[int]()

    def counted(requests: list[dict[str, Any]], *others: Any, **named: Any) -> list[cedarpy.AuthzResult]:
        asked.append(len(requests))
        return cedarpy.is_authorized_batch(requests, *others, **named)

    monkeypatch.setattr(room, "cedarpy", SimpleNamespace(is_authorized_batch=counted, Entities=cedarpy.Entities))
    assert ready.decide(request_of()).permits(Capability.VIEW)
    assert asked == [1]
