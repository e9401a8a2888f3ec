"""Properties of consents: a deny never lets more be seen, and what is not known never unlocks."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from policy.consent.ruling import Precedence, Verdict, rule
from tests.policy.consent.consents import consent, question, read

ORDER: Final[Mapping[Verdict, int]] = {
    Verdict.ALWAYS_DENIES: 0,
    Verdict.DENIES: 0,
    Verdict.NONE: 1,
    Verdict.PERMITS: 2,
}
PURPOSES = ("TREAT", "ETREAT", "BTG", "HPAYMT", "HRESCH")
LABELS = ("N", "R", "MH", "PSY", "ETH", "OPIOIDUD", "HIV")


def some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True)


SAID = {
    "type": st.sampled_from(["permit", "deny"]),
    "to": some(("dr-a", "dr-b", "lakeside", "emergency-group")),
    "purposes": some(PURPOSES),
    "labels": some(LABELS),
    "data": some(("study-1.2.3", "observation")),
    "authored_by": some(("general", "lakeside")),
    "data_period": st.sampled_from([{}, {"start": "2020"}, {"end": "2019"}]),
}
PROVISIONS = st.recursive(
    st.fixed_dictionaries(SAID),
    lambda inner: st.fixed_dictionaries({**SAID, "but": st.lists(inner, max_size=2)}),
    max_leaves=6,
)
DENIALS = st.fixed_dictionaries({**SAID, "type": st.just("deny")})
QUESTIONS = st.fixed_dictionaries(
    {
        "who": st.lists(st.sampled_from(["dr-a", "dr-b", "lakeside", "general", "emergency-group"]), max_size=2),
        "purposes": st.lists(st.sampled_from(PURPOSES), min_size=1, max_size=2),
        "institution": st.sampled_from(["general", "lakeside"]),
        "study": st.sampled_from(["1.2", "1.2.3"]),
        "date": st.sampled_from(["", "2019-06-01", "2026-01-02"]),
        "confidentiality": st.sampled_from("LNRV"),
        "labels": some(LABELS[2:]),
    }
)
CONSENTS = st.lists(
    st.fixed_dictionaries(
        {
            "recorded": st.sampled_from(["2020", "2021", "2022"]),
            "organization": st.sampled_from(["", "general", "lakeside"]),
            "provision": PROVISIONS,
        }
    ),
    min_size=1,
    max_size=3,
)
PRECEDENCE = st.sampled_from(Precedence)


def places(told: dict[str, Any]) -> list[dict[str, Any]]:
    """A provision and all that are nested in it."""
    return [told, *(place for inner in told.get("but", ()) for place in places(inner))]


def verdict(told: list[dict[str, Any]], asked: Mapping[str, Any], precedence: Precedence) -> Verdict:
    return rule([read(consent(**one)) for one in told], question(**asked), precedence).verdict


@settings(deadline=None)
@given(CONSENTS, DENIALS, QUESTIONS, PRECEDENCE, st.data())
def test_adding_a_deny_provision_never_permits_more(
    told: list[dict[str, Any]], denial: dict[str, Any], asked: Mapping[str, Any], how: Precedence, data: st.DataObject
) -> None:
    more = deepcopy(told)
    place = data.draw(st.sampled_from([place for one in more for place in places(one["provision"])]))
    place["but"] = [*place.get("but", ()), denial]
    assert ORDER[verdict(more, asked, how)] <= ORDER[verdict(told, asked, how)]


@settings(deadline=None)
@given(CONSENTS, CONSENTS, QUESTIONS)
def test_another_consent_lifts_no_denial_where_any_counts(
    told: list[dict[str, Any]], more: list[dict[str, Any]], asked: Mapping[str, Any]
) -> None:
    if ORDER[verdict(told, asked, Precedence.DENY)] == 0:
        assert ORDER[verdict([*told, *more], asked, Precedence.DENY)] == 0


@settings(deadline=None)
@given(CONSENTS, QUESTIONS, PRECEDENCE)
def test_a_study_without_a_date_is_seen_no_more_than_at_any_date(
    told: list[dict[str, Any]], asked: Mapping[str, Any], how: Precedence
) -> None:
    undated = ORDER[verdict(told, {**asked, "date": ""}, how)]
    assert all(undated <= ORDER[verdict(told, {**asked, "date": one}, how)] for one in ("2019-06-01", "2026-01-02"))
