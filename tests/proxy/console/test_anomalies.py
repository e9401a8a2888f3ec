"""Anomaly rules: what is looked at again, and what looks like it and is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policy.request import (
    AccessRequest,
    Circumstances,
    Network,
    PatientFacts,
    PurposeOfUse,
    RelationshipKind,
    StudyFacts,
    Subject,
)
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.reading import Record
from proxy.console.anomalies.access import Access, to_accesses, to_care_events
from proxy.console.anomalies.cases import Violation, cases_of, due_of
from proxy.console.anomalies.rules import RULES, find

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def facts(
    patient: dict[str, Any] | None = None, who: dict[str, Any] | None = None, **circumstances: Any
) -> AccessRequest:
    told = {"relationship": RelationshipKind.ENCOUNTER, "purpose": PurposeOfUse.TREAT, **circumstances}
    return AccessRequest(
        Subject(
            **{"id": "x:nurse", "roles": frozenset({"clinician"}), "organization": "General Hospital", **(who or {})}
        ),
        StudyFacts("1.2@a", "general", PatientFacts(**{"id": "p-1", **(patient or {})})),
        Circumstances(network=Network.CLINICAL, now=0, **told),
    )


def access(minutes: float = 0, kind: EventKind = EventKind.VIEW_OPENED, **more: Any) -> Access:
    number = more.pop("number", int(minutes * 60) + 1)
    outcome = Outcome.REFUSED if kind is EventKind.VIEW_REFUSED else Outcome.SUCCESS
    told = {"patient": "p-1", "study": "1.2", "address": "10.0.0.1", "facts": facts(), **more}
    at = MONDAY + timedelta(minutes=minutes)
    return Access(number, at, kind, outcome, "x:nurse", "A nurse", "General Hospital", "general", **told)


def found(*today: Access, before: tuple[Access, ...] = ()) -> set[str]:
    return {one.rule for one in find(today, before)}


NONE = RelationshipKind.NONE
VIP = {"vip": True}

ODD: tuple[tuple[str, Access], ...] = (
    ("restricted-record", access(facts=facts(VIP, relationship=RelationshipKind.REGISTERED))),
    ("restricted-record", access(facts=facts({"employee": True}, relationship=RelationshipKind.APPOINTMENT))),
    ("same-surname", access(namesake=True, facts=facts(relationship=NONE))),
    ("no-care-event", access(cared_for=False, facts=facts(relationship=NONE))),
    ("no-care-event", access(cared_for=False, facts=facts(relationship=RelationshipKind.REGISTERED))),
    ("own-record", access(facts=facts(who={"patient_record": "p-1"}))),
    ("coworker", access(facts=facts(relationship=NONE, coworker=True))),
    ("no-relationship", access(facts=facts(relationship=NONE))),
    ("copying", access(kind=EventKind.COPYING_SUSPECTED)),
)

ORDINARY: tuple[Access, ...] = (
    access(),
    access(facts=facts({**VIP, "care_team": frozenset({"x:nurse"})})),
    access(facts=facts(VIP)),  # the ward where the VIP lies
    access(facts=facts(VIP, relationship=RelationshipKind.REFERRAL)),
    access(namesake=True),  # the nurse with the same name who was assigned to the patient
    access(namesake=True, facts=facts({"care_team": frozenset({"x:nurse"})}, relationship=NONE)),
    access(namesake=True, facts=None),
    access(namesake=True, facts=facts(purpose=PurposeOfUse.PATRQT, relationship=NONE)),  # a parent
    access(cared_for=False),  # who has lain on the ward for a week
    access(cared_for=True, facts=facts({"care_team": frozenset({"x:nurse"})}, relationship=NONE)),
    access(facts=facts(coworker=True)),  # the nurse who was assigned to a coworker
    access(facts=facts(who={"patient_record": "p-1"}, purpose=PurposeOfUse.PATRQT, relationship=NONE)),
    access(facts=facts(VIP, who={"patient_record": "p-1"}, purpose=PurposeOfUse.PATRQT, relationship=NONE)),
    access(facts=facts(relationship=NONE, break_glass=True, purpose=PurposeOfUse.ETREAT)),
    access(facts=facts(relationship=NONE, purpose=PurposeOfUse.HOPERAT)),
    access(facts=facts({"care_team": frozenset({"x:nurse"})}, relationship=NONE)),
    access(facts=None),
    access(kind=EventKind.VIEW_REFUSED, facts=facts(VIP)),
)


@pytest.mark.parametrize(("rule", "odd"), ODD)
def test_what_is_odd_is_found_with_its_record(rule: str, odd: Access) -> None:
    (finding,) = [one for one in find([odd], ()) if one.rule == rule]
    assert finding.evidence == (odd.number,)
    assert finding.words


@pytest.mark.parametrize("ordinary", ORDINARY)
def test_what_is_ordinary_is_not(ordinary: Access) -> None:
    assert found(ordinary) == set()


def patients(count: int, minutes: float = 1, start: float = 0) -> tuple[Access, ...]:
    return tuple(access(start + at * minutes, patient=f"p-{at}", study=f"1.{at}") for at in range(count))


def test_many_patients_in_an_hour_are_many_for_whom_it_is_unusual() -> None:
    assert "many-patients" in found(*patients(21))
    assert "many-patients" not in found(*patients(20))
    assert "many-patients" not in found(*patients(40, minutes=3.1))
    radiologist = tuple(one for day in range(1, 20) for one in patients(35 + day % 5, start=-1440.0 * day))
    assert "many-patients" not in found(*patients(45), before=radiologist)
    assert "many-patients" in found(*patients(61, minutes=0.9), before=radiologist)


def test_many_refusals_are_doors_tried() -> None:
    tried = [access(at, EventKind.VIEW_REFUSED, study=f"1.{at}", facts=None) for at in range(5)]
    assert "refusals" in found(*tried)
    assert "refusals" not in found(*tried[:4])
    assert "refusals" not in found(*(access(at, EventKind.VIEW_REFUSED, facts=None) for at in range(30)))


def emergency(minutes: float = 0, patient: str = "p-1") -> Access:
    return access(
        minutes, patient=patient, facts=facts(relationship=NONE, break_glass=True, purpose=PurposeOfUse.ETREAT)
    )


def test_emergencies_are_odd_when_there_are_many_or_one_comes_again() -> None:
    earlier = tuple(emergency(-1440.0 * day, f"p-{day}") for day in range(2, 5))
    assert found(emergency(), before=earlier[:2]) == set()
    assert "many-emergencies" in found(emergency(), before=earlier)
    assert "emergency-again" in found(emergency(patient="p-2"), before=earlier[:1])
    assert found(access(), before=earlier) == set()


def test_whoever_looks_up_a_name_and_opens_at_once_is_asked() -> None:
    search = access(0, EventKind.SEARCH, by="demographics", facts=None, patient="")
    assert "by-name" in found(search, access(0.9, facts=facts(relationship=NONE)))
    assert "by-name" not in found(search, access(1.1, facts=facts(relationship=NONE)))
    assert "by-name" not in found(search, access(0.9))


def test_many_networks_in_a_day() -> None:
    assert "addresses" in found(*(access(at, address=f"10.0.0.{at}") for at in range(4)))
    assert "addresses" not in found(*(access(at, address=f"10.0.0.{at % 3}") for at in range(9)))


def test_little_things_are_no_case_by_themselves_and_are_one_together() -> None:
    alone = access(5, facts=facts(relationship=NONE))
    assert cases_of([alone], "", 30) == []
    search = access(4.5, EventKind.SEARCH, by="demographics", facts=None, patient="")
    (case,) = cases_of([search, alone], "", 30)
    assert {one.rule for one in case.findings} == {"no-relationship", "by-name"}
    assert (case.subject, case.patients, case.day) == ("x:nurse", 1, MONDAY.date())


def test_a_case_is_the_same_when_it_is_found_again_and_another_for_other_officers() -> None:
    odd = access(facts=facts(VIP, relationship=RelationshipKind.APPOINTMENT))
    (first,), (again,), (own,) = (
        cases_of([odd], "", 30),
        cases_of([odd, access(9)], "", 30),
        cases_of([odd], "general", 30),
    )
    assert first.id == again.id != own.id


def test_old_cases_are_not_shown_and_a_month_before_is_seen() -> None:
    old, new = access(-1440.0 * 31, facts=facts(VIP, relationship=NONE)), access()
    assert cases_of([old, new], "", 30) == []
    assert len(cases_of([old, new], "", 40)) == 1


@pytest.mark.parametrize(("count", "day"), [(1, 30), (9, 30), (10, 25), (50, 25), (51, 24)])
def test_the_more_patients_the_sooner_it_is_due(count: int, day: int) -> None:
    """COMAR 10.25.18.06; 23 November 2026 is a Monday."""
    assert due_of(MONDAY, count).date() == datetime(2026, 11, day, tzinfo=UTC).date()


def test_a_weekend_does_not_count() -> None:
    friday = datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert due_of(friday, 60).date().isoformat() == "2026-11-30"


def test_no_rule_minds_that_there_is_nothing() -> None:
    assert [list(rule([], [])) for rule in RULES] == [[]] * len(RULES)


def glance(number: int, seconds: int | None = 20, **more: Any) -> Access:
    told = {"facts": facts(relationship=NONE, purpose=PurposeOfUse.HOPERAT), **more}
    return access(5.0 * number, patient=f"p-{number}", seconds=seconds, **told)


def test_whoever_looks_in_everywhere_and_stays_nowhere_is_asked() -> None:
    assert found(*(glance(number) for number in range(10))) == {"browsing"}
    assert found(*(glance(number) for number in range(9))) == set()
    assert found(*(glance(number, seconds=60) for number in range(10))) == set()
    assert found(*(glance(number, seconds=None) for number in range(10))) == set()
    assert found(*(glance(number, facts=facts()) for number in range(10))) == set()  # the round of a ward
    assert found(*(replace(glance(number), patient="p-1") for number in range(10))) == set()


def test_hours_are_unusual_for_whom_they_are() -> None:
    shifts = tuple(access(-1440.0 * day + 60 * hour) for day in range(1, 11) for hour in range(8))
    assert found(access(60 * 12), before=shifts) == {"unusual-hour"}
    assert found(access(60 * 8), before=shifts) == set()  # an hour later than usual
    assert found(access(60 * 12), before=shifts[8:]) == set()  # not known for long
    nights = tuple(access(-1440.0 * day + 60 * 14) for day in range(1, 11))
    assert found(access(60 * 15), before=nights) == set()  # across midnight


def opening(minutes: float, address: str, link: str = "l-1") -> Access:
    return access(minutes, EventKind.LINK_OPENED, address=address, link=link, facts=None)


def test_a_link_that_goes_from_hand_to_hand_is_seen() -> None:
    earlier = (opening(-2880, "198.51.100.7"), opening(-1440, "203.0.113.9"), opening(-1, "2001:db8:1::5"))
    assert found(opening(0, "192.0.2.1"), before=earlier) == {"link-networks"}
    assert found(opening(0, "198.51.100.9"), before=earlier) == set()
    assert found(opening(0, "2001:db8:1:ffff::1"), before=earlier) == set()
    assert found(opening(0, "192.0.2.1", link="l-2"), before=earlier) == set()


def test_whoever_was_in_the_wrong_before_is_asked_about_less() -> None:
    little = access(facts=facts(relationship=NONE))
    before = Violation("x:nurse", MONDAY - timedelta(days=90), 7)
    assert cases_of([little], "", 30) == []
    (case,) = cases_of([little], "", 30, [before])
    assert [one.rule for one in case.findings] == ["no-relationship", "repeat"]
    assert case.patients == 1
    assert cases_of([access()], "", 30, [before]) == []
    assert cases_of([little], "", 30, [replace(before, subject="x:other"), replace(before, at=MONDAY)]) == []


def test_the_nurse_with_the_same_surname_is_a_case_only_where_nobody_assigned_her() -> None:
    (case,) = cases_of([access(namesake=True, facts=facts(relationship=NONE))], "", 30)
    assert {one.rule for one in case.findings} == {"same-surname", "no-relationship"}
    assert cases_of([access(namesake=True)], "", 30) == []


def told_of(patient: str, at: datetime) -> Record:
    return Record(1, at, Event(EventKind.CARE_EVENT, Outcome.SUCCESS, patient=patient))


def test_care_is_known_of_persons_for_as_long_as_events_are() -> None:
    care = to_care_events([told_of("GENERAL|1", MONDAY)], lambda patient: patient[-1], MONDAY - timedelta(days=9))
    assert care.near("LAKESIDE|1", MONDAY + timedelta(hours=72)) is True
    assert care.near("LAKESIDE|1", MONDAY - timedelta(hours=72)) is True
    assert care.near("LAKESIDE|1", MONDAY + timedelta(hours=73)) is False
    assert care.near("GENERAL|2", MONDAY) is False
    assert care.near("GENERAL|2", MONDAY - timedelta(days=7)) is None
    nobody = to_care_events([], lambda patient: patient, MONDAY - timedelta(days=9))
    assert nobody.near("GENERAL|1", MONDAY) is None


def test_how_long_a_view_took_is_read_from_its_end() -> None:
    event = Event(EventKind.VIEW_OPENED, Outcome.SUCCESS, patient="A|1", view_session="v", detail={"same-surname": 1})
    closed = Event(EventKind.VIEW_CLOSED, Outcome.SUCCESS, patient="A|1", view_session="v", detail={"seconds": 12})
    nobody = to_care_events([], lambda patient: patient, MONDAY)
    (one,) = to_accesses([Record(1, MONDAY, event), Record(2, MONDAY, closed)], [], nobody)
    assert (one.seconds, one.namesake, one.cared_for, one.kind) == (12, True, None, EventKind.VIEW_OPENED)
    (hostile,) = to_accesses(
        [Record(1, MONDAY, event), Record(2, MONDAY, replace(closed, detail={"seconds": "x"}))], [], nobody
    )
    assert hostile.seconds is None
