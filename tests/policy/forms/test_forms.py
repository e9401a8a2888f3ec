"""Rules by form: what a form writes is read again as that form, and what it cannot say is left as Cedar."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import msgspec
import pytest

import policy
from policy.bundle import BundleFile, read_bundle, to_bundle
from policy.capabilities import Parameter
from policy.forms.facts import FACTS, Kind
from policy.forms.form import COMPARISONS, Condition, Form
from policy.forms.reading import to_form
from policy.forms.statements import split
from policy.forms.writing import to_cedar
from policy.request import Capability
from policy.rule import Effect, Rule, read_rules

BUNDLE = read_bundle(Path(policy.__file__).parent / "bundle")
RULES = {rule.id: rule for rule in BUNDLE.rules}

NAMES = st.text(min_size=1, max_size=8)


def conditions() -> st.SearchStrategy[Condition]:
    def of(name: str) -> st.SearchStrategy[Condition]:
        kind = FACTS[name].kind
        takes = kind in {Kind.ONE, Kind.TEXT, Kind.SOME}
        values: Any = st.lists(NAMES, min_size=1, max_size=3, unique=True).map(tuple) if takes else st.just(())
        number = st.integers(0, 9999) if kind is Kind.NUMBER else st.just(0)
        return st.builds(
            Condition, fact=st.just(name), how=st.sampled_from(COMPARISONS[kind]), values=values, number=number
        )

    return st.sampled_from(sorted(FACTS)).flatmap(of)


FORMS = st.builds(
    Form,
    id=st.just("hie-1"),
    effect=st.sampled_from(Effect),
    says=st.text(max_size=20),
    user_says=st.text(max_size=20),
    basis=st.text(max_size=20),
    institution=st.sampled_from(["", "general"]),
    roles=st.lists(NAMES, max_size=3, unique=True).map(tuple),
    capabilities=st.lists(st.sampled_from(Capability), max_size=4, unique=True).map(tuple),
    when=st.lists(conditions(), max_size=4).map(tuple),
    unless=st.lists(conditions(), max_size=3).map(tuple),
    parameters=st.dictionaries(st.sampled_from(Parameter), st.integers(1, 4096)),
)


def written(form: Form) -> Rule:
    (rule,) = read_rules(to_cedar(form, "hie"), "hie/new.cedar")
    return rule


@given(FORMS)
def test_what_a_form_writes_is_read_as_the_same_rule(form: Form) -> None:
    rule = written(form)
    assert (rule.id, rule.says, rule.user_says, rule.basis) == (form.id, form.says, form.user_says, form.basis)
    again = to_form(rule)
    assert again is not None
    assert to_form(written(again)) == again


@pytest.mark.parametrize(
    "rule",
    ["hie-001-treating-clinician", "hie-008-outside-network", "hie-033-not-labelled", "university-001-preliminary"],
)
def test_the_rules_that_come_with_the_service_are_forms(rule: str) -> None:
    form = to_form(RULES[rule])
    assert form is not None
    (again,) = read_rules(to_cedar(form, RULES[rule].owner), RULES[rule].path)
    files = [*(one for one in BUNDLE.files if one.path != again.path), *_with(again)]
    assert to_bundle(files).rules


def _with(rule: Rule) -> list[BundleFile]:
    """The rule's file with the form's words in place of the rule."""
    file = next(one for one in BUNDLE.files if one.path == rule.path)
    rules, rest = split(file.text)
    at = [one.id for one in read_rules(file.text, file.path)].index(rule.id)
    form = to_form(rule)
    assert form is not None
    rules[at] = "\n" + to_cedar(form, rule.owner)
    return [BundleFile(file.path, "".join(rules) + rest)]


def test_a_form_reads_as_an_officer_would_fill_it_in() -> None:
    form = to_form(RULES["general-001-behavioural-health"])
    assert form is not None
    assert (form.effect, form.institution, form.roles, form.capabilities) == ("forbid", "general", (), ())
    assert [(one.fact, one.how, one.values) for one in form.when] == [
        ("labels", "has-any", ("BH", "MH", "PSY")),
        ("relationship", "is-not", ("referral",)),
        ("own-record", "no", ()),
    ]
    assert [(one.fact, one.how) for one in form.unless] == [("emergency", "yes")]


MORE = '@id("x") @owner("hie") @basis("b") @says("s") @user_says("u") '


@pytest.mark.parametrize(
    "text",
    [
        "forbid (principal, action, resource);",
        'forbid (principal == HIE::User::"a", action, resource is HIE::Study);',
        'permit (principal, action == HIE::Action::"search", resource);',
        "forbid (principal, action, resource is HIE::Study) when { context.breakGlass };",
        "forbid (principal, action, resource is HIE::Study) when { principal.assurance > 1 };",
        "forbid (principal, action, resource is HIE::Study) when { resource.ageDays < 3 };",
        "forbid (principal, action, resource is HIE::Study) when { resource.patient.vip || resource.patient.minor };",
        "forbid (principal, action, resource is HIE::Study) unless { resource.patient.vip && resource.patient.minor };",
        "forbid (principal, action, resource is HIE::Study) when { resource.patient.vip } when { context.coworker };",
        '@note("more") forbid (principal, action, resource is HIE::Study);',
    ],
)
def test_what_a_form_cannot_say_stays_cedar(text: str) -> None:
    (rule,) = read_rules(MORE + text, "hie/x.cedar")
    assert to_form(rule) is None


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"fact": "colour", "how": "is", "values": ["red"]}, "cannot ask for `colour`"),
        ({"fact": "vip", "how": "is", "values": ["x"]}, "cannot be asked of"),
        ({"fact": "purpose", "how": "is"}, "choose what"),
        ({"fact": "vip", "how": "yes", "values": ["x"]}, "no values"),
        ({"fact": "vip", "how": "yes", "number": 3}, "no number"),
    ],
)
def test_a_condition_that_means_nothing_is_refused(condition: dict[str, Any], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(condition, Condition)


@given(st.lists(st.sampled_from(['"a;\\"b"', "// c;\n", "permit (x)", ";", "\n", "/", "@id"])).map("".join))
def test_a_file_taken_apart_is_the_same_joined(text: str) -> None:
    rules, rest = split(text)
    assert "".join(rules) + rest == text


def test_every_rule_of_every_file_is_a_piece_of_its_own() -> None:
    for file in BUNDLE.files:
        if file.path.endswith(".cedar"):
            rules, rest = split(file.text)
            own = read_rules(file.text, file.path)
            assert [read_rules(text, file.path)[0].id for text in rules] == [rule.id for rule in own]
            assert not rest.strip()
