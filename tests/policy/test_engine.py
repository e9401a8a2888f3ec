"""The three rules that keep Cedar's answer safe, and what must hold for every request there can be."""

from collections.abc import Mapping
from functools import cache
import json
from types import SimpleNamespace
from typing import Any

import cedarpy
from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from policy import engine as room
from policy.bundle import BundleFile, to_bundle
from policy.decision import Decision
from policy.engine import ALL_CAPABILITIES, CedarEngine
from policy.entities import Entity, to_entities, to_queries
from policy.request import AccessRequest, Capability
from tests.policy.worlds import bundle, bundle_with, engine, files, request_of, rule

EVERYTHING = "permit (principal, action, resource)"
NOTHING = "forbid (principal, action, resource)"
FRAGILE = "resource has ageDays && resource.ageDays + 9223372036854775807 > 0"
"""Adds to the largest number there is: Cedar's type checker lets it pass, and it fails for every dated study."""


def raw(request: AccessRequest, entities: list[Entity], *texts: str) -> cedarpy.AuthzResult:
    """What Cedar itself answers about `view`, without any of the engine's rules."""
    (query,) = to_queries(request, [Capability.VIEW])
    (result,) = cedarpy.is_authorized_batch([query], "\n".join(texts), entities)
    return result


def test_a_rule_that_errs_refuses_although_cedar_would_leave_it_out() -> None:
    forbid = rule(NOTHING, FRAGILE)
    permit = rule(EVERYTHING, id="test-002")
    fragile = CedarEngine(to_bundle(files(hie__a=forbid, hie__b=permit)))
    request, undated = request_of(), request_of(study={"age_days": None})
    assert raw(request, to_entities(request, frozenset()), forbid, permit).allowed
    assert fragile.decide(undated).permitted == set(Capability)
    decision = fragile.decide(request)
    assert decision == Decision(frozenset(), (), {}, fragile.version, len(Capability))


def everyone() -> AccessRequest:
    """A request whose facts refer to as many entities as there can be."""
    return request_of(
        who={"patient_record": "p-other"},
        patient={"care_team": ["exchange:4711", "exchange:1"], "blocked": ["exchange:2"]},
    )


def entities_of(request: AccessRequest) -> list[Entity]:
    return to_entities(request, bundle().vocabulary["Role"])


@pytest.mark.parametrize("index", range(len(entities_of(everyone()))))
def test_without_any_one_of_the_facts_nothing_is_permitted(index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    request = everyone()
    assert engine().decide(request).permits(Capability.VIEW)

    def incomplete(asked: AccessRequest, roles: frozenset[str]) -> list[Entity]:
        return [entity for number, entity in enumerate(to_entities(asked, roles)) if number != index]

    monkeypatch.setattr(room, "to_entities", incomplete)
    decision = CedarEngine(bundle()).decide(request)
    assert (decision.permitted, decision.because, decision.errors) == (frozenset(), (), 1)


def test_the_trap_is_real() -> None:
    """Without the patient, Cedar itself permits what the patient's opt-out forbids."""
    request = request_of(patient={"consent": "optout"})
    entities = [entity for entity in entities_of(request) if entity["uid"]["type"] != "HIE::Patient"]
    opt_out = next(file.text for file in bundle().files if file.path == "hie/consent.cedar")
    assert not raw(request, entities_of(request), opt_out, EVERYTHING + ";").allowed
    assert raw(request, entities, opt_out, EVERYTHING + ";").allowed


def test_nothing_but_the_facts_is_parsed_for_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = engine()
    only = SimpleNamespace(is_authorized_batch=cedarpy.is_authorized_batch, Entities=cedarpy.Entities)
    monkeypatch.setattr(room, "cedarpy", only)
    assert ready.decide(request_of()).permits(Capability.VIEW)


@pytest.mark.parametrize(
    "changes",
    [
        {"study": {"labels": ["HIV", "NOSUCH"]}},
        {"study": {"labels": ["hiv"]}},
        {"study": {"labels": [""]}},
        {"study": {"confidentiality": "X"}},
        {"study": {"confidentiality": ""}},
        {"study": {"age_days": 2**63}},
        {"study": {"age_days": 1.5}},
        {"study": {"age_days": "30"}},
        {"who": {"assurance": 2**70}},
        {"who": {"suspended": "no"}},
        {"patient": {"vip": None}},
        {"asks": {"now": 10**18}},
        {"who": {"id": "exchange:\ud800"}},
    ],
)
def test_facts_that_policy_cannot_read_refuse_everything(changes: dict[str, dict[str, Any]]) -> None:
    decision = engine().decide(request_of(**changes))
    assert (decision.permitted, decision.errors, decision.policy) == (frozenset(), 1, engine().version)


@pytest.mark.parametrize("name", ['"', "\\", "::", 'x"::HIE::Role::"clinician', "p-adult\n", "é", "山田", "x" * 500])
def test_names_are_names_and_never_rules(name: str) -> None:
    request = request_of(who={"id": name, "organization": name, "roles": [name]}, study={"id": name})
    assert engine().decide(request).permitted == frozenset()
    assert engine().decide(request_of(who={"id": name}, patient={"id": name})).permits(Capability.VIEW)


def test_capabilities_that_are_not_asked_about_are_refused() -> None:
    decision = engine().decide(request_of(), (Capability.VIEW,))
    assert decision.permitted == {Capability.VIEW}
    assert engine().decide(request_of(), ()).permitted == frozenset()


def test_the_strictest_parameter_wins() -> None:
    stricter = BundleFile(
        "hie/more.cedar",
        rule('forbid (principal, action == HIE::Action::"viewFullSize", resource)', obligation="maximum_side=512"),
    )
    request = request_of(asks={"network": "internet"})
    assert engine().decide(request).parameters == {"maximum_side": "1024"}
    assert CedarEngine(bundle_with(stricter)).decide(request).parameters == {"maximum_side": "512"}


def test_the_version_is_the_content() -> None:
    again = to_bundle(reversed(bundle().files))
    other = bundle_with(BundleFile("hie/more.cedar", rule(NOTHING, "false")))
    assert CedarEngine(again).version == engine().version
    assert CedarEngine(other).version != engine().version


requests = st.fixed_dictionaries(
    {
        "who": st.fixed_dictionaries(
            {
                "roles": st.sampled_from([[], ["clinician"], ["patient"], ["clinician", "emergency-clinician"]]),
                "suspended": st.booleans(),
                "patient_record": st.sampled_from([None, "p-adult", "p-other"]),
            }
        ),
        "patient": st.fixed_dictionaries(
            {
                "consent": st.sampled_from(["optin", "optout", "unknown"]),
                "vip": st.booleans(),
                "employee": st.booleans(),
                "blocked": st.sampled_from([[], ["exchange:4711"], ["exchange:1"]]),
                "care_team": st.sampled_from([[], ["exchange:4711"]]),
            }
        ),
        "study": st.fixed_dictionaries(
            {
                "institution": st.sampled_from(["general", "university", "lakeside"]),
                "confidentiality": st.sampled_from(["N", "R", "V"]),
                "labels": st.sampled_from([[], ["PSY"], ["ETH"], ["HIV", "BH"]]),
                "age_days": st.sampled_from([None, 0, 5000]),
                "state": st.sampled_from(["final", "prelim", "quarantined"]),
            }
        ),
        "asks": st.fixed_dictionaries(
            {
                "purpose": st.sampled_from(["TREAT", "ETREAT", "PATRQT", "HOPERAT"]),
                "relationship": st.sampled_from(["none", "encounter", "referral"]),
                "network": st.sampled_from(["clinical", "internet"]),
                "break_glass": st.booleans(),
                "part2_consent": st.booleans(),
                "coworker": st.booleans(),
            }
        ),
    }
)
"""Every value of every fact that a rule reads, and one that none does."""

Facts = Mapping[str, Mapping[str, Any]]

FORBIDS: Mapping[str, BundleFile] = {
    "everything": BundleFile("hie/more.cedar", rule(NOTHING)),
    "old studies": BundleFile("hie/more.cedar", rule(NOTHING, "resource has ageDays && resource.ageDays > 365")),
    "one action": BundleFile("hie/more.cedar", rule('forbid (principal, action == HIE::Action::"view", resource)')),
    "clinicians": BundleFile("hie/more.cedar", rule('forbid (principal in HIE::Role::"clinician", action, resource)')),
    "at an institution": BundleFile(
        "institutions/general/more.cedar",
        rule(
            'forbid (principal, action, resource in HIE::Institution::"general")',
            'context.network == HIE::Network::"internet"',
            owner="institution:general",
        ),
    ),
    "that errs": BundleFile("hie/more.cedar", rule(NOTHING, FRAGILE)),
}


@cache
def narrowed(name: str) -> CedarEngine:
    return CedarEngine(bundle_with(FORBIDS[name]))


@cache
def opened() -> CedarEngine:
    return CedarEngine(bundle_with(BundleFile("hie/more.cedar", rule(EVERYTHING))))


@settings(max_examples=150, deadline=None)
@given(facts=requests, name=st.sampled_from(sorted(FORBIDS)))
def test_another_forbid_never_permits_more(facts: Facts, name: str) -> None:
    request = request_of(**facts)
    assert narrowed(name).decide(request).permitted <= engine().decide(request).permitted


@settings(max_examples=100, deadline=None)
@given(facts=requests)
def test_another_permit_never_lifts_a_forbid(facts: Facts) -> None:
    request = request_of(**facts)
    before, after = engine().decide(request), opened().decide(request)
    forbidden = {one for one, by in before.decided_by.items() if by and not before.permits(one)}
    assert after.permitted == set(Capability) - forbidden


@settings(max_examples=300, deadline=None)
@given(facts=requests)
def test_whoever_views_has_a_reason_that_an_officer_would_accept(facts: Facts) -> None:
    decision = engine().decide(request_of(**facts))
    who, patient, study, asks = (facts[part] for part in ("who", "patient", "study", "asks"))
    if not decision.permitted:
        return
    emergency = asks["break_glass"] and asks["purpose"] == "ETREAT"
    own = asks["purpose"] == "PATRQT" and who["patient_record"] == "p-adult" and "patient" in who["roles"]
    assert not who["suspended"]
    assert study["state"] != "quarantined"
    assert "exchange:4711" not in patient["blocked"]
    assert patient["consent"] != "optout" or emergency
    assert "ETH" not in study["labels"] or asks["part2_consent"] or emergency
    assert own or asks["purpose"] in {"TREAT", "ETREAT"}
    if decision.permits(Capability.VIEW):
        assert own or asks["relationship"] != "none"
        assert decision.permits(Capability.KNOW_EXISTS)
        assert decision.because
    if asks["network"] == "internet":
        owed = {Capability.VIEW_LOSSLESS, Capability.VIEW_FULL_SIZE, Capability.VIEW_UNMARKED}
        assert not decision.permitted & owed


@settings(max_examples=100, deadline=None)
@given(facts=requests)
def test_an_institutions_rules_need_not_be_asked_for_others_studies(facts: Facts) -> None:
    """The engine asks the rules that can reach a study; all rules together answer the same."""
    request = request_of(**facts)
    document = {
        "staticPolicies": {one.id: one.body for one in bundle().rules},
        "templates": {},
        "templateLinks": [],
    }
    everything = cedarpy.PolicySet.from_json_str(json.dumps(document))
    results = cedarpy.is_authorized_batch(
        to_queries(request, ALL_CAPABILITIES), everything, json.dumps(entities_of(request))
    )
    allowed = {one for one, result in zip(ALL_CAPABILITIES, results, strict=True) if result.allowed}
    assert engine().decide(request).permitted == allowed
