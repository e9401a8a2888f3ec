"""Requests that are decided once are those which Cedar decides alike: whatever the rules, whatever the study."""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from policy.bundle import Bundle, BundleFile
from policy.engine import CedarEngine
from policy.likeness import Likeness
from tests.policy.worlds import bundle, bundle_with, request_of, rule

NOTHING = 'forbid (principal, action == HIE::Action::"view", resource)'
AGES = (-1, 0, 29, 30, 31, 364, 365, 366, 4000)
CONDITIONS = (
    "resource has ageDays && resource.ageDays > 30",
    "resource has ageDays && 30 >= resource.ageDays",
    "resource has ageDays && resource.ageDays == 365",
    "resource has ageDays && (if resource.ageDays != 364 then resource.ageDays < 31 else true)",
    "resource has ageDays && resource.ageDays + 1 > 30",
    "resource has ageDays && [29, 4000].contains(resource.ageDays)",
    "!(resource has ageDays)",
    'resource == HIE::Study::"1.2@general-main"',
    '[HIE::Study::"1.2@general-main"].contains(resource)',
    'resource in HIE::Institution::"general"',
    'resource.custodian == HIE::Institution::"lakeside"',
    "resource in resource.custodian",
    "resource.custodian.allowsSharing",
    'resource.modality == "CT"',
)


@cache
def bundle_of(conditions: tuple[str, ...]) -> Bundle:
    texts = (rule(NOTHING, one, id=f"test-{number:03}") for number, one in enumerate(conditions))
    return bundle_with(BundleFile("hie/more.cedar", "\n".join(texts)))


STUDIES = st.builds(
    dict,
    id=st.sampled_from(["1.2@general-main", "1.3@general-main", "*"]),
    institution=st.sampled_from(["general", "lakeside", "harbour", "*"]),
    modality=st.sampled_from(["CT", "MR", "*"]),
    age_days=st.none() | st.sampled_from(AGES) | st.integers(-(10**7), 10**7),
    allows_sharing=st.booleans(),
)


@settings(max_examples=50, deadline=None)
@given(conditions=st.lists(st.sampled_from(CONDITIONS), max_size=3, unique=True), asked=st.lists(STUDIES, max_size=8))
def test_what_is_remembered_is_what_would_be_decided(conditions: list[str], asked: list[dict[str, object]]) -> None:
    """An engine that has decided all that came before answers like one that has decided nothing."""
    rules = bundle_of(tuple(conditions))
    experienced = CedarEngine(rules)
    for study in asked:
        request = request_of(study=study)
        assert experienced.decide(request) == CedarEngine(rules).decide(request), request


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"id": "1.2@a"}, {"id": "1.3@b"}),
        ({"institution": "harbour"}, {"institution": "lighthouse"}),
        ({"age_days": 0}, {"age_days": 10_000}),
    ],
)
def test_no_rule_of_this_exchange_tells_them_apart(one: dict[str, object], other: dict[str, object]) -> None:
    likeness = Likeness(rule for rule in bundle().rules if rule.institution is None)
    assert likeness.typical(request_of(study=one)) == likeness.typical(request_of(study=other))


@pytest.mark.parametrize(
    ("condition", "one", "other"),
    [
        ("resource has ageDays && resource.ageDays > 30", {"age_days": 30}, {"age_days": 31}),
        ("resource has ageDays && resource.ageDays > 30", {"age_days": None}, {"age_days": 31}),
        ("resource has ageDays && resource.ageDays * 2 > 30", {"age_days": 40}, {"age_days": 41}),
        ('resource == HIE::Study::"1.2@a"', {"id": "1.2@a"}, {"id": "1.3@a"}),
    ],
)
def test_what_a_rule_tells_apart_stays_two_questions(
    condition: str, one: dict[str, object], other: dict[str, object]
) -> None:
    likeness = Likeness(bundle_with(BundleFile("hie/more.cedar", rule(NOTHING, condition))).rules)
    assert likeness.typical(request_of(study=one)) != likeness.typical(request_of(study=other))
