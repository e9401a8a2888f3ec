"""Every combination of the facts that rules tell apart, decided by Cedar as the sentences of the rules say."""

from collections.abc import Sequence

import pytest

from policy.engine import ALL_CAPABILITIES
from policy.request import AccessRequest, Capability
from policy.rule import Effect
from tests.policy.tables.combinations import BARRED, OBLIGED, SENSITIVE, SHARED, STANDING, Axis, requests
from tests.policy.tables.sentences import READINGS, decide
from tests.policy.worlds import bundle, engine

OF_VIEWING = {"standing": STANDING, "sensitive": SENSITIVE, "barred": BARRED}
OF_SEARCHING = {
    "hie-020-clinician-searches",
    "hie-021-patient-searches-own",
    "hie-022-search-without-a-patient",
    "hie-023-clinician-matches",
    "hie-040-declare-emergency",
    "hie-041-emergency-searches",
    "hie-063-shared-is-found",
}
"""Rules about what comes before there is a study."""


def differing(axes: Sequence[Axis], capabilities: Sequence[Capability]) -> list[tuple[AccessRequest, Capability]]:
    """The combinations that are decided otherwise than the sentences say, or by other rules."""
    return [
        (request, one)
        for request in requests(axes)
        for decision in [engine().decide(request, capabilities)]
        for one in capabilities
        if (decision.permits(one), frozenset(by.rule for by in decision.decided_by[one])) != decide(request, one)
    ]


def test_the_sentences_are_those_of_the_bundle() -> None:
    said = {
        rule.id: (rule.says, rule.effect is Effect.PERMIT) for rule in bundle().rules if rule.id not in OF_SEARCHING
    }
    assert {name: (reading.says, reading.permits) for name, reading in READINGS.items()} == said


@pytest.mark.parametrize("name", OF_VIEWING)
def test_who_sees_is_what_the_sentences_say(name: str) -> None:
    assert differing(OF_VIEWING[name], (Capability.VIEW,)) == []


@pytest.mark.parametrize("axes", [OBLIGED, SHARED])
def test_what_is_shown_and_shared_how_is_what_the_sentences_say(axes: Sequence[Axis]) -> None:
    assert differing(axes, ALL_CAPABILITIES) == []


def test_there_are_twenty_five_thousand_combinations_and_every_rule_decides_among_them() -> None:
    viewed = [decide(request, Capability.VIEW) for axes in OF_VIEWING.values() for request in requests(axes)]
    shown = [
        decide(request, one) for axes in (OBLIGED, SHARED) for request in requests(axes) for one in ALL_CAPABILITIES
    ]
    assert len(viewed) >= 25_000
    assert 0.02 < sum(permitted for permitted, _ in viewed) / len(viewed) < 0.98
    assert set[str]().union(*(by for _, by in [*viewed, *shown])) == READINGS.keys()
