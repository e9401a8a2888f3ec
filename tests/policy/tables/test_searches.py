"""Every combination of what is known before a search, decided by Cedar as the sentences of the rules say."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Final

import pytest

from policy.request import Network, PurposeOfUse, Subject
from policy.rule import Effect
from policy.searches import SearchAction, Searching, SearchKey, SearchRequest
from tests.policy.worlds import NOON, bundle, engine

ROLES: Final = ("clinician", "emergency-clinician", "patient", "quality-officer")
BY_NUMBER: Final = frozenset({SearchKey.STUDY, SearchKey.ACCESSION})
IN_CARE: Final = frozenset({PurposeOfUse.TREAT, PurposeOfUse.ETREAT})

Reading = tuple[str, bool, SearchAction | None, Callable[[SearchRequest], bool]]
"""What a rule says, whether it permits, what it is about (None: everything), and when it applies."""


def of_emergency_clinician(request: SearchRequest) -> bool:
    return "emergency-clinician" in request.subject.roles and request.searching.purpose is PurposeOfUse.ETREAT


def of_patient(request: SearchRequest) -> bool:
    asking = request.searching.purpose is PurposeOfUse.PATRQT and request.subject.patient_record is not None
    return asking and "patient" in request.subject.roles


def for_own(request: SearchRequest) -> bool:
    asked = request.searching
    return asked.own_identifier or (asked.key in BY_NUMBER and asked.knows_caller)


def of_clinician_in_care(request: SearchRequest) -> bool:
    return "clinician" in request.subject.roles and request.searching.purpose in IN_CARE


def inside(request: SearchRequest) -> bool:
    return request.searching.network is Network.CLINICAL


READINGS: Final[dict[str, Reading]] = {
    "hie-020-clinician-searches": (
        "A clinician searches in care for a patient or a study that is named.",
        True,
        SearchAction.SEARCH,
        of_clinician_in_care,
    ),
    "hie-021-patient-searches-own": (
        "A patient searches by own identifiers; by the number of a study only where the patient has one.",
        True,
        SearchAction.SEARCH,
        lambda one: of_patient(one) and for_own(one),
    ),
    "hie-022-search-without-a-patient": (
        "Nobody lists studies without naming a patient or a study, except in a role that is given for it.",
        False,
        SearchAction.SEARCH,
        lambda one: one.searching.key is SearchKey.NOBODY and "quality-officer" not in one.subject.roles,
    ),
    "hie-023-clinician-matches": (
        "A clinician looks patients up by name and birth date in care, from the clinical network.",
        True,
        SearchAction.MATCH,
        lambda one: of_clinician_in_care(one) and inside(one),
    ),
    "hie-040-declare-emergency": (
        "An emergency clinician who is surely identified declares emergencies, from the clinical network.",
        True,
        SearchAction.BREAK_GLASS,
        lambda one: of_emergency_clinician(one) and inside(one) and one.subject.assurance >= 2,
    ),
    "hie-041-emergency-searches": (
        "Emergency clinicians search for the patients of their declared emergencies, and for studies by their numbers.",
        True,
        SearchAction.SEARCH,
        lambda one: of_emergency_clinician(one) and (one.searching.break_glass or one.searching.key in BY_NUMBER),
    ),
    "hie-009-suspended": ("The account is suspended.", False, None, lambda one: one.subject.suspended),
}


def expected(request: SearchRequest) -> tuple[bool, set[str]]:
    applying = {
        name: permits
        for name, (_, permits, action, applies) in READINGS.items()
        if action in {None, request.action} and applies(request)
    }
    forbidding = {name for name, permits in applying.items() if not permits}
    return bool(applying) and not forbidding, forbidding or set(applying)


def subjects() -> Iterator[Subject]:
    for role, record, suspended, assurance in product(ROLES, (None, "p-1"), (False, True), (1, 2)):
        yield Subject("exchange:1", frozenset({role}), "Lakeside", assurance, suspended, record)


def searches(action: SearchAction) -> Iterator[SearchRequest]:
    """All there are to `action`; a search is at an institution, and all else at the exchange."""
    told = (False, True) if action is SearchAction.SEARCH else (False,)
    keys = tuple(SearchKey) if action is SearchAction.SEARCH else (SearchKey.DEMOGRAPHICS,)
    networks = tuple(Network) if action is not SearchAction.SEARCH else (Network.INTERNET,)
    purposes = (PurposeOfUse.TREAT, PurposeOfUse.ETREAT, PurposeOfUse.PATRQT, PurposeOfUse.HOPERAT)
    where = "general" if action is SearchAction.SEARCH else ""
    for who, purpose, network, key, own, knows, glass in product(
        subjects(), purposes, networks, keys, told, told, told
    ):
        asked = Searching(purpose, network, NOON, key, own, knows_caller=knows, break_glass=glass)
        yield SearchRequest(who, action, asked, where)


def test_the_sentences_are_those_of_the_bundle() -> None:
    said = {rule.id: (rule.says, rule.effect is Effect.PERMIT) for rule in bundle().rules if rule.id in READINGS}
    assert {name: reading[:2] for name, reading in READINGS.items()} == said


@pytest.mark.parametrize("action", list(SearchAction))
def test_who_searches_is_what_the_sentences_say(action: SearchAction) -> None:
    told = {request: engine().decide_search(request) for request in searches(action)}
    found = {request: (one.permitted, {by.rule for by in one.because}) for request, one in told.items()}
    assert [request for request, answer in found.items() if answer != expected(request)] == []
    assert {permitted for permitted, _ in found.values()} == {True, False}
