"""Our decisions beside those of Cedar as its makers build it: the same facts, the same answer, the same rules."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from policy.entities import to_entities, to_queries, to_search_entities, to_search_query
from policy.request import AccessRequest, Capability
from policy.searches import SearchAction, SearchRequest
from tests.peers.official_cedar import Answer, ask
from tests.policy.tables.combinations import BARRED, OBLIGED, SENSITIVE, STANDING, requests
from tests.policy.tables.test_searches import searches
from tests.policy.worlds import bundle, engine, request_of

ROLES: Final = bundle().vocabulary["Role"]
RULES: Final = {rule.id: rule.body for rule in bundle().rules}


def viewing() -> Iterator[AccessRequest]:
    """Some of each table; the steps share no factor with what the tables repeat after."""
    for axes, step in ((STANDING, 401), (SENSITIVE, 389), (BARRED, 127), (OBLIGED, 61)):
        yield from islice(requests(axes), 0, None, step)


def searching() -> Iterator[SearchRequest]:
    for action in SearchAction:
        yield from islice(searches(action), 0, None, 37)


def test_the_official_cedar_decides_every_view_alike_and_by_the_same_rules() -> None:
    asked = list(viewing())
    questions = [
        {**query, "entities": to_entities(one, ROLES)} for one in asked for query in to_queries(one, Capability)
    ]
    assert len(questions) >= 250
    decisions = [engine().decide(one) for one in asked]
    ours = [
        Answer(decision.permits(one), frozenset(by.rule for by in decision.decided_by[one]), 0)
        for decision in decisions
        for one in Capability
    ]
    assert {one.permitted for one in ours} == {True, False}
    assert ask(bundle().schema, RULES, questions) == ours


def test_the_official_cedar_decides_every_search_alike_and_by_the_same_rules() -> None:
    asked = list(searching())
    questions = [{**to_search_query(one), "entities": to_search_entities(one, ROLES)} for one in asked]
    decisions = [engine().decide_search(one) for one in asked]
    ours = [Answer(one.permitted, frozenset(by.rule for by in one.because), one.errors) for one in decisions]
    assert {one.permitted for one in ours} == {True, False}
    assert ask(bundle().schema, RULES, questions) == ours


def test_the_official_cedar_does_not_understand_what_is_misspelt() -> None:
    def question(request: AccessRequest) -> dict[str, Any]:
        (query,) = to_queries(request, [Capability.VIEW])
        return {**query, "entities": to_entities(request, ROLES)}

    right, wrong = request_of(), request_of(study={"labels": ["NOSUCH"]})
    understood, unheard = ask(bundle().schema, RULES, [question(right), question(wrong)])
    assert understood is not None
    assert understood.permitted
    assert unheard is None
    assert engine().decide(wrong).errors == 1
