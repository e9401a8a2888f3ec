"""A decision in words, and obligations as the capabilities that were refused."""

from typing import Any

import pytest

from policy.capabilities import OBLIGATIONS, Parameter, read_parameters, strictest
from policy.explain import BY_DEFAULT, ONLY_DEIDENTIFIED, ONLY_RENDERED, explain, to_user_sentence
from policy.request import Capability
from tests.policy.worlds import engine, request_of

UNDER = f"Decided under policy {engine().version[:12]}."

SAYS = "A clinician who treats the patient sees the study, unless the patient has opted out."
KNOWN = "You may know that this study exists, but no treating relationship between you and the patient is recorded."


def told(**changes: dict[str, Any]) -> list[str]:
    return explain(engine().decide(request_of(**changes)))


def sentence(capability: Capability = Capability.VIEW, **changes: dict[str, Any]) -> str:
    return to_user_sentence(engine().decide(request_of(**changes)), capability)


def test_a_view_is_explained_with_its_rule_and_what_is_owed() -> None:
    assert told() == [
        "The study may be viewed.",
        f"hie-001-treating-clinician: {SAYS}",
        "The study may not be shared on. (hie-064-institution-does-not-share)",
        UNDER,
    ]


def test_every_obligation_names_the_rule_behind_it() -> None:
    assert told(asks={"network": "internet"})[2:-1] == [
        "Only rendered images are shown, never the stored values. (hie-008-outside-network)",
        "Images are reduced in size. (hie-008-outside-network)",
        "Images carry the viewer's name and the time. (hie-008-outside-network)",
        "The study may not be shared on. (hie-064-institution-does-not-share)",
        "Pictures may be neither printed nor saved. (no rule permits otherwise)",
    ]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"patient": {"consent": "optout"}}, "The study may not be known of."),
        ({"asks": {"relationship": "none"}}, "The study may be known of, not viewed."),
    ],
)
def test_a_refusal_is_explained_without_obligations(changes: dict[str, dict[str, Any]], verdict: str) -> None:
    lines = told(**changes)
    assert (lines[0], lines[-1], len(lines)) == (verdict, UNDER, 3)


def test_a_refusal_without_a_rule_says_that_none_permits() -> None:
    assert told(asks={"purpose": "HOPERAT"}) == [
        "The study may not be known of.",
        "No rule permits viewing it.",
        UNDER,
    ]


def test_facts_that_could_not_be_read_are_said_to_be() -> None:
    assert told(study={"confidentiality": "X"}) == [
        "Refused: 1 of the facts or rules could not be read, and what cannot be read is refused.",
        UNDER,
    ]


@pytest.mark.parametrize(
    ("changes", "capability", "words"),
    [
        ({"patient": {"consent": "optout"}}, Capability.VIEW, "No such study."),
        (
            {"study": {"institution": "university", "state": "prelim"}},
            Capability.VIEW,
            "University Hospital has not finished reading this study.",
        ),
        (
            {"asks": {"relationship": "none"}},
            Capability.VIEW,
            KNOWN,
        ),
        (
            {"asks": {"network": "internet"}},
            Capability.VIEW_LOSSLESS,
            "Outside the clinical network only reduced images that carry your name are shown.",
        ),
        (
            {
                "who": {"roles": ["patient"], "patient_record": "p-adult"},
                "asks": {"purpose": "PATRQT", "relationship": "none"},
            },
            Capability.VIEW_LOSSLESS,
            ONLY_RENDERED,
        ),
        ({"asks": {"relationship": "none"}}, Capability.VIEW_IDENTIFIED, ONLY_DEIDENTIFIED),
        ({"asks": {"purpose": "HOPERAT"}}, Capability.VIEW, BY_DEFAULT),
        ({"who": {"suspended": True}, "study": {"state": "quarantined"}}, Capability.VIEW, "Not available."),
    ],
)
def test_the_person_who_asks_reads_the_rules_own_words(
    changes: dict[str, dict[str, Any]], capability: Capability, words: str
) -> None:
    assert sentence(capability, **changes) == words


def test_no_sentence_names_a_person_or_a_study() -> None:
    changes = {"who": {"id": "exchange:marker-1"}, "patient": {"id": "marker-2"}, "study": {"id": "marker-3"}}
    for asks in ({}, {"network": "internet"}, {"relationship": "none"}, {"purpose": "HOPERAT"}):
        decision = engine().decide(request_of(**changes, asks=asks))
        words = [*explain(decision), *(to_user_sentence(decision, one) for one in Capability)]
        assert "marker" not in " ".join(words)


def test_refusing_any_capability_but_to_view_and_to_know_obliges() -> None:
    assert set(Capability) - set(OBLIGATIONS) == {Capability.VIEW, Capability.KNOW_EXISTS}
    assert all(obligation.capability is capability for capability, obligation in OBLIGATIONS.items())


def test_parameters_are_read_and_the_smallest_is_the_strictest() -> None:
    assert read_parameters("") == {}
    assert read_parameters("maximum_side=512;") == {Parameter.MAXIMUM_SIDE: 512}
    assert strictest([]) == {}
    assert strictest([{Parameter.MAXIMUM_SIDE: 1024}, {}, {Parameter.MAXIMUM_SIDE: 512}]) == {
        Parameter.MAXIMUM_SIDE: 512
    }


@pytest.mark.parametrize(
    "text", ["maximum_side", "maximum_side=", "maximum_side=-1", "maximum_side= 5", "maximum_side=2147483648", "x=1"]
)
def test_a_parameter_that_nobody_could_carry_out_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="`"):
        read_parameters(text)
