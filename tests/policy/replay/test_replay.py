"""What a change would have changed: counted against a log made by hand, and told with its reasons."""

from dataclasses import replace
import time

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from policy.bundle import Bundle, BundleFile
from policy.engine import CedarEngine
from policy.replay.alike import alike_to
from policy.replay.both import Both
from policy.replay.comparison import SAMPLES, Direction, Group, compare, limited
from policy.replay.past import PastDecision, UnreadableFacts, read_facts, read_lines, to_facts, to_line
from policy.replay.report import report
from policy.request import Capability
from tests.policy.replay.log import LOG, referrals_only
from tests.policy.test_engine import requests
from tests.policy.worlds import NOON, bundle, bundle_with, request_of, rule

REFUSED, ALLOWED = Direction.REFUSED, Direction.ALLOWED


def test_what_would_have_been_refused_is_counted_by_role_and_institution() -> None:
    found = compare(LOG, bundle(), referrals_only())
    assert (found.decisions, found.changed) == (6, 3)
    assert found.totals[REFUSED, Capability.VIEW] == 3
    assert not any(direction is ALLOWED for direction, _ in found.totals)
    views = {group: count for group, count in found.groups.items() if group.capability is Capability.VIEW}
    assert views == {
        Group(REFUSED, Capability.VIEW, "clinician", "lakeside"): 2,
        Group(REFUSED, Capability.VIEW, "clinician", "general"): 1,
        Group(REFUSED, Capability.VIEW, "emergency-clinician", "general"): 1,
    }
    sample = next(one for one in found.samples if one.capability is Capability.VIEW)
    assert [reason.rule for reason in sample.before] == ["hie-001-treating-clinician"]
    assert sample.after == ()


def test_the_other_way_round_it_is_newly_allowed() -> None:
    found = compare(LOG, referrals_only(), bundle())
    assert found.totals[ALLOWED, Capability.VIEW] == 3
    assert not any(direction is REFUSED for direction, _ in found.totals)


def test_by_no_change_nothing_would_change() -> None:
    found = compare(LOG, bundle(), bundle())
    assert (found.decisions, found.changed, found.totals, found.samples) == (6, 0, {}, ())


def test_an_institution_compares_its_own() -> None:
    own = list(limited(LOG, "general"))
    assert {one.request.study.institution for one in own} == {"general"}
    assert len(own) == 4
    assert list(limited(LOG, None)) == LOG


def test_samples_are_few_and_of_every_kind() -> None:
    many = [replace(LOG[0], event=number) for number in range(200)] + [LOG[2]]
    found = compare(many, bundle(), referrals_only())
    assert found.changed == 201
    assert len(found.samples) == SAMPLES
    assert {one.past.request.study.institution for one in found.samples} == {"lakeside", "general"}


def test_the_report_is_for_reading() -> None:
    lines = list(report(compare(LOG, bundle(), referrals_only())))
    assert lines[0] == "6 past decisions, 3 of them would change"
    assert "view newly refused: 3" in lines
    assert any(line.split() == ["2", "clinician", "at", "lakeside"] for line in lines)
    assert any("before: hie-001-treating-clinician: " in line for line in lines)
    assert any("after:  no rule permits it" in line for line in lines)


@settings(max_examples=40, deadline=None)
@given(requests)
def test_facts_are_read_as_they_were_kept(told: dict) -> None:
    request = request_of(**told)
    assert read_facts(to_facts(request)) == request
    assert to_facts(read_facts(to_facts(request))) == to_facts(request)
    past = PastDecision(1, NOON, Capability.SHARE, request)
    assert list(read_lines([to_line(past), b"\n"])) == [past]


@given(st.binary(max_size=100))
def test_whatever_was_kept_is_facts_or_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableFacts):
        read_facts(body)


def test_facts_of_an_earlier_version_are_read() -> None:
    """What was not asked then counts as it does where it is not known."""
    body = to_facts(request_of()).replace(b',"coworker":false', b"")
    assert read_facts(body) == request_of()


NAMING = bundle_with(
    BundleFile(
        "hie/more.cedar",
        rule("forbid (principal, action, resource is HIE::Study)", 'principal.person == HIE::Person::"exchange:1"'),
    )
)
TIMED = bundle_with(
    BundleFile(
        "hie/more.cedar",
        rule("forbid (principal, action, resource is HIE::Study)", 'context.now > datetime("2026-11-24T12:30:00Z")'),
    )
)


@settings(max_examples=60, deadline=None)
@given(requests, st.sampled_from(["exchange:4711", "exchange:1", "exchange:7"]), st.integers(0, 7200))
def test_what_is_alike_is_decided_alike(told: dict, who: str, later: int) -> None:
    request = request_of(**told)
    request = replace(
        request,
        subject=replace(request.subject, id=who),
        circumstances=replace(request.circumstances, now=NOON + later),
    )
    for one in (bundle(), NAMING, TIMED):
        engine, alike = CedarEngine(one), alike_to(one.rules)
        assert engine.decide(alike(request)) == engine.decide(request)


@settings(max_examples=60, deadline=None)
@given(requests, st.sampled_from([referrals_only(), NAMING, TIMED, bundle()]))
def test_where_they_are_not_both_asked_they_decide_alike(told: dict, after: Bundle) -> None:
    request = request_of(**told)
    engines = CedarEngine(bundle()), CedarEngine(after)
    expected = tuple(engine.decide(request).permitted for engine in engines)
    decided = Both(bundle(), after).decide(request)
    if decided is None:
        assert expected[0] == expected[1]
    else:
        assert tuple(decision.permitted for decision in decided) == expected


def test_people_and_moments_that_no_rule_names_are_one_question() -> None:
    alike = alike_to(bundle().rules)
    other = request_of(who={"id": "exchange:9"}, patient={"id": "p-9"}, asks={"now": NOON + 9})
    assert alike(request_of()) == alike(other)
    assert alike_to(NAMING.rules)(request_of()) != alike_to(NAMING.rules)(other)
    own = request_of(patient={"care_team": ["exchange:4711"]})
    assert alike(own) != alike(request_of(patient={"care_team": ["exchange:1"]}))


def test_a_thousand_decisions_are_soon_compared() -> None:
    many = [
        replace(
            past,
            event=number,
            request=replace(past.request, subject=replace(past.request.subject, id=f"exchange:{number}")),
        )
        for number, past in enumerate(LOG * 170)
    ]
    started = time.perf_counter()
    assert compare(many, bundle(), referrals_only()).decisions == 1020
    assert time.perf_counter() - started < 5  # on a busy machine; it takes a twentieth of a second on a quiet one
