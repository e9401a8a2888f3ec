"""Security labels from attributes: what rules add, what is not known, and what officers decide."""

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from policy.consent.codes import RANKS
from policy.engine import CedarEngine
from policy.labels.labelling import Labels, Override, label, overridden
from policy.labels.rules import Attribute, LabelRule, LabelRules, PatientFlag
from policy.labels.words import contains, fold, has_words
from tests.policy.worlds import engine, request_of

TODAY = date(2026, 11, 24)
PSYCHIATRY = LabelRule(
    "psychiatry", "Asked for by psychiatry.", {Attribute.DEPARTMENT: ("psychiatry",)}, frozenset({"PSY"}), "R"
)
RULES = LabelRules((PSYCHIATRY,))


def known(**told: Any) -> dict[Attribute, frozenset[str]]:
    """Everything is known, and empty but for what is `told`; what is told as None is not known."""
    values = {one: told.get(one.value, ()) for one in Attribute}
    return {one: frozenset(found) for one, found in values.items() if found is not None}


def labelled(rules: LabelRules = RULES, said: Labels | None = None, **told: Any) -> Labels:
    return label(said or Labels(), known(**told), rules, "general", TODAY)


def test_a_rule_adds_its_labels_and_says_where_they_come_from() -> None:
    found = labelled(department=["Dept. of Psychiatry"])
    assert (found.labels, found.confidentiality, found.complete) == ({"PSY"}, "R", True)
    assert found.because == ("PSY, R by psychiatry: department",)


def test_a_rule_that_is_not_met_adds_nothing() -> None:
    assert labelled(department=["Radiology"]) == Labels()


def test_what_a_rule_reads_and_nobody_knows_leaves_the_study_unlabelled() -> None:
    found = labelled(department=None)
    assert (found.labels, found.unknown, found.complete) == (frozenset(), {Attribute.DEPARTMENT}, False)


def test_what_could_add_nothing_new_need_not_be_known() -> None:
    assert labelled(said=Labels(frozenset({"PSY"}), "V"), department=None).complete


def test_what_is_known_to_fail_need_not_be_known_in_full() -> None:
    both = {**PSYCHIATRY.when, Attribute.MODALITY: ("MR",)}
    rules = LabelRules((replace(PSYCHIATRY, when=both),))
    assert labelled(rules, department=None, modality=["CT"]).complete
    assert not labelled(rules, department=None, modality=["MR"]).complete


def test_an_institution_s_rule_is_about_its_own_studies() -> None:
    rules = LabelRules((replace(PSYCHIATRY, institution="lakeside"),))
    assert labelled(rules, department=["Psychiatry"]) == Labels()
    assert (rules.reads("general"), rules.reads("lakeside")) == (frozenset(), {Attribute.DEPARTMENT})


@pytest.mark.parametrize(
    ("attribute", "found", "wanted", "met"),
    [
        ("modality", "MR", "mr", True),
        ("modality", "MRX", "MR", False),
        ("procedure", "SCT|394913002", "SCT|394913002", True),
        ("procedure", "LN|394913002", "SCT|394913002", False),
        ("description", "HIV-Ambulanz, Thorax", "hiv", True),
        ("description", "Shivering", "hiv", False),
        ("description", "Schädel nach Missbrauch", "schadel", True),
        ("description", "Brain after abuse", "after abuse", True),
        ("description", "abuse after", "after abuse", False),
        ("description", "精神科外来 頭部", "精神科", True),
        ("requester", "Dr_Psychiatry", "psychiatry", True),
        ("body_part", "BREAST", "breast", True),
    ],
)
def test_values_are_compared_as_codes_or_as_whole_words(attribute: str, found: str, wanted: str, *, met: bool) -> None:
    rule = replace(PSYCHIATRY, when={Attribute(attribute): (wanted,)})
    assert bool(labelled(LabelRules((rule,)), **{attribute: [found]}).labels) is met


@pytest.mark.parametrize(
    ("born", "minor", "complete"),
    [
        (["20081124"], False, True),
        (["20081125"], True, True),
        (["20261124"], True, True),
        (["19610312"], False, True),
        ([], False, False),
        (None, False, False),
        (["2008"], False, False),
        (["20080230"], False, False),
        (["20081125", "19610312"], False, False),
    ],
)
def test_who_is_a_minor_by_the_birth_date(born: list[str] | None, *, minor: bool, complete: bool) -> None:
    found = labelled(LabelRules(minor_below=18), birth_date=born)
    assert (PatientFlag.MINOR in found.flags, found.complete) == (minor, complete)


def test_an_officer_s_decision_outranks_rules_and_settles_what_is_not_known() -> None:
    found = labelled(department=["Psychiatry"])
    kept = overridden(found, Override(frozenset({"HIV"}), frozenset({"PSY"}), "N", author="exchange:officer"))
    assert (kept.labels, kept.confidentiality) == ({"HIV"}, "N")
    assert kept.because[-1] == "decided by the officer exchange:officer"
    unknown = labelled(department=None)
    assert not overridden(unknown, Override(frozenset({"HIV"}))).complete
    assert overridden(unknown, Override(settled=True)).complete
    assert overridden(unknown, None) is unknown


WORDS = ("psychiatry", "chest", "MR")
CONDITIONS = st.dictionaries(
    st.sampled_from([Attribute.MODALITY, Attribute.DEPARTMENT, Attribute.DESCRIPTION]),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(tuple),
    min_size=1,
    max_size=2,
)
ADDED = st.builds(
    LabelRule,
    id=st.just("added"),
    says=st.just("Added."),
    when=CONDITIONS,
    labels=st.frozensets(st.sampled_from(["ETH", "MH", "HIV", "PSY"]), max_size=2),
    confidentiality=st.sampled_from(RANKS),
    flags=st.frozensets(st.sampled_from(PatientFlag), max_size=2),
)
STUDIES = st.fixed_dictionaries(
    {one.value: st.none() | st.lists(st.sampled_from(WORDS), max_size=1) for one in Attribute}
)
ASKED = st.fixed_dictionaries(
    {
        "purpose": st.sampled_from(["TREAT", "ETREAT", "PATRQT"]),
        "relationship": st.sampled_from(["none", "encounter", "referral"]),
        "break_glass": st.booleans(),
        "part2_consent": st.booleans(),
    }
)


def permitted(found: Labels, asked: dict[str, Any], institution: str, deciding: CedarEngine) -> frozenset[Any]:
    request = request_of(study={"institution": institution}, asks=asked)
    patient = replace(request.study.patient, **{flag.value: flag in found.flags for flag in PatientFlag})
    study = replace(
        request.study,
        patient=patient,
        labels=found.labels,
        confidentiality=found.confidentiality,
        labelled=found.complete,
    )
    return deciding.decide(replace(request, study=study)).permitted


@settings(deadline=None)
@given(st.lists(ADDED, max_size=2), ADDED, STUDIES, ASKED, st.sampled_from(["general", "lakeside"]))
def test_adding_a_labelling_rule_never_permits_more(
    rules: list[LabelRule], more: LabelRule, told: dict[str, Any], asked: dict[str, Any], institution: str
) -> None:
    named = [replace(rule, id=f"rule-{number}") for number, rule in enumerate(rules)]
    before, after = LabelRules(tuple(named)), LabelRules((*named, more))
    few, many = (label(Labels(), known(**told), one, institution, TODAY) for one in (before, after))
    assert permitted(many, asked, institution, engine()) <= permitted(few, asked, institution, engine())


@settings(deadline=None)
@given(STUDIES, st.lists(ADDED, max_size=3), st.sampled_from(list(Attribute)))
def test_what_is_not_known_never_unlocks(told: dict[str, Any], rules: list[LabelRule], hidden: Attribute) -> None:
    """Knowing less of a study either leaves its labels as they are, or leaves it unlabelled."""
    named = LabelRules(tuple(replace(rule, id=f"rule-{number}") for number, rule in enumerate(rules)))
    more = label(Labels(), known(**told), named, "general", TODAY)
    less = label(Labels(), known(**{**told, hidden.value: None}), named, "general", TODAY)
    same = (less.labels, less.confidentiality, less.flags) == (more.labels, more.confidentiality, more.flags)
    assert same or not less.complete


@settings(deadline=None)
@given(st.text(), st.text().filter(has_words))
def test_any_words_are_found_between_others_and_can_be_looked_for_in_any_text(text: str, phrase: str) -> None:
    assert contains(fold(f"before {phrase} after"), phrase)
    assert contains(fold(text), phrase) in {True, False}
