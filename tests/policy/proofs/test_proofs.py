"""Proofs about changes of policy: they agree with Cedar, say what can happen and how, and never guess."""

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from policy.bundle import Bundle, BundleFile, to_bundle
from policy.engine import CedarEngine
from policy.proofs.questions import Finding, Verdict, compare, idle, narrowing
from policy.proofs.report import idle_report, report
from policy.proofs.schema import UnreadableSchema, read_schema
from policy.proofs.words import in_words
from policy.proofs.world import World
from policy.request import Capability
from tests.policy.proofs.facts import permitted
from tests.policy.test_engine import requests
from tests.policy.worlds import bundle, bundle_with, files, request_of, rule

SCHEMA = read_schema(bundle().schema)
STUDY = "resource is HIE::Study"
MIXED = [
    ("permit", "true"),
    ("permit", 'principal in HIE::Role::"clinician" && context.relationship != HIE::Relationship::"none"'),
    ("permit", 'resource.labels.containsAll([HIE::Label::"PSY"]) || resource.labels.isEmpty()'),
    ("permit", '[HIE::Purpose::"TREAT", HIE::Purpose::"ETREAT"].contains(context.purpose)'),
    ("permit", 'context.now < datetime("2026-11-24T12:30:00Z")'),
    ("permit", "principal.assurance >= 2"),
    ("forbid", "resource.patient.blocked.contains(principal.person)"),
    ("forbid", "resource has ageDays && resource.ageDays > 100"),
    ("forbid", "principal has patientRecord && principal.patientRecord != resource.patient.record"),
    ("forbid", 'resource.custodian == HIE::Institution::"general" && !resource.custodian.allowsSharing'),
    ("forbid", 'resource.modality == "US"'),
    ("forbid", 'if context.breakGlass then resource.patient.vip else resource.labels.contains(HIE::Label::"SUD")'),
    ("forbid", 'resource in HIE::Institution::"general" && principal.person == HIE::Person::"exchange:4711"'),
    ("forbid", 'principal in [HIE::Role::"patient", HIE::Role::"privacy-officer"]'),
    ("forbid", 'resource.labels == [HIE::Label::"PSY"]'),
]


def rules(*chosen: int) -> Bundle:
    texts = [
        rule(f"{effect} (principal, action, {STUDY})", condition, id=f"t-{number}", **_lifted(condition, effect))
        for number, (effect, condition) in enumerate(MIXED)
        if number in chosen
    ]
    return to_bundle(files(hie__a="\n".join(texts)))


def _lifted(condition: str, effect: str) -> dict[str, str]:
    return {"breakable": "yes"} if effect == "forbid" and "breakGlass" in condition else {}


def world(action: str = "view") -> World:
    return World(SCHEMA, SCHEMA.actions[action], "User", "Study")


@settings(max_examples=40, deadline=None)
@given(requests, st.sampled_from(["view", "viewLossless", "knowExists", "viewUnmarked"]))
def test_the_exchanges_rules_mean_to_the_solver_what_they_mean_to_cedar(told: dict, action: str) -> None:
    request = request_of(**told)
    expected = CedarEngine(bundle()).decide(request).permits(Capability(action))
    assert permitted(world(action), list(bundle().rules), request, bundle().vocabulary["Role"]) is expected


@settings(max_examples=40, deadline=None)
@given(requests, st.sets(st.integers(0, len(MIXED) - 1), min_size=1, max_size=6))
def test_every_operator_that_is_translated_means_what_it_means_to_cedar(told: dict, chosen: set[int]) -> None:
    request, mixed = request_of(**told), rules(*chosen)
    decision = CedarEngine(mixed).decide(request)
    assert decision.errors == 0
    expected = decision.permits(Capability.VIEW)
    assert permitted(world(), list(mixed.rules), request, bundle().vocabulary["Role"]) is expected


def found(findings: list[Finding], question: str, action: str) -> Finding:
    return next(one for one in findings if (one.question, one.action) == (question, action))


def changed(path: str, old: str, new: str) -> Bundle:
    assert any(old in file.text for file in bundle().files if file.path == path)
    return to_bundle(
        BundleFile(file.path, file.text.replace(old, new) if file.path == path else file.text)
        for file in bundle().files
    )


def test_nothing_changes_by_no_change() -> None:
    assert {one.verdict for one in compare(bundle(), bundle())} == {Verdict.NEVER}


def test_a_narrower_rule_never_allows_and_may_refuse() -> None:
    old, new = (
        'context.relationship != HIE::Relationship::"none"',
        'context.relationship == HIE::Relationship::"referral"',
    )
    findings = compare(bundle(), changed("hie/treatment.cedar", old, new))
    assert found(findings, "newly allowed", "view").verdict is Verdict.NEVER
    refused = found(findings, "newly refused", "view")
    assert refused.verdict is Verdict.POSSIBLE
    assert "role: clinician" in refused.example
    assert any(
        fact in refused.example
        for fact in (
            "relationship to the patient: encounter",
            "relationship to the patient: appointment",
            "relationship to the patient: registered",
        )
    )
    assert found(findings, "newly refused", "search").verdict is Verdict.NEVER


def test_a_wider_rule_is_caught_with_an_example() -> None:
    findings = compare(
        bundle(), changed("hie/consent.cedar", "resource.patient.blocked.contains(principal.person)", "false")
    )
    assert found(findings, "newly refused", "view").verdict is Verdict.NEVER
    allowed = found(findings, "newly allowed", "view")
    assert allowed.verdict is Verdict.POSSIBLE
    assert "the patient has shut this person out" in allowed.example


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("context.purpose", "TREAT", "purpose of use: TREAT"),
        ("context.coworker", "yes", "patient and person are coworkers"),
        ("principal in clinician", "yes", "role: clinician"),
        ("resource.labels contains PSY", "yes", "sensitivity labels: PSY"),
        ("resource.custodian", "general", "institution: general"),
        ("resource.weather", "rain", "resource.weather: rain"),
    ],
)
def test_examples_are_told_in_the_words_of_forms(path: str, value: str, words: str) -> None:
    assert in_words(path, value) == words


def test_institutions_never_widen() -> None:
    findings = narrowing(bundle())
    assert {one.question for one in findings} == {"widened by institution:general", "widened by institution:university"}
    assert {one.verdict for one in findings} == {Verdict.NEVER}


def test_a_rule_that_can_never_apply_is_found() -> None:
    never = rule(
        f"forbid (principal, action, {STUDY})",
        'context.network == HIE::Network::"clinical" && context.network == HIE::Network::"internet"',
    )
    findings = idle(bundle_with(BundleFile("hie/more.cedar", never)))
    assert [one.action for one in findings if one.verdict is Verdict.NEVER] == ["test-001"]
    assert list(idle_report(findings)) == ["rules that can never apply: test-001"]


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("resource has ageDays && resource.ageDays + 1 > 10", "the operator `+`"),
        ('resource.modality like "C*"', "the operator `like`"),
        ("resource.patient.careTeam == resource.patient.blocked", "all that `resource.patient"),
    ],
)
def test_what_cannot_be_translated_is_said(condition: str, why: str) -> None:
    strange = bundle_with(BundleFile("hie/more.cedar", rule(f"forbid (principal, action, {STUDY})", condition)))
    finding = found(compare(bundle(), strange), "newly refused", "view")
    assert finding.verdict is Verdict.UNKNOWN
    assert "`test-001`" in finding.why
    assert why in finding.why
    assert any(why in line for line in report([finding]))
    assert found(compare(bundle(), strange), "newly refused", "search").verdict is Verdict.NEVER


def test_another_schema_is_said_to_be_another() -> None:
    other = changed("schema.cedarschema", '"SDV", "SEX"', '"SDV", "SEX", "XYZ"')
    assert {one.verdict for one in compare(bundle(), other)} == {Verdict.UNKNOWN}


def test_a_schema_beyond_the_reader_is_refused() -> None:
    with pytest.raises(UnreadableSchema):
        read_schema("namespace HIE { entity A; action z; }")
    with pytest.raises(UnreadableSchema):
        read_schema("namespace HIE { entity A tags String; }")


def test_the_report_is_for_reading() -> None:
    lines = list(
        report(
            compare(
                bundle(), changed("hie/consent.cedar", "resource.patient.blocked.contains(principal.person)", "false")
            )
        )
    )
    assert lines[0] == "newly allowed: see below"
    assert "newly refused: never" in lines
    assert "  view: possible, for example" in lines
