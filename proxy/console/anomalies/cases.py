"""Cases for officers: what a person did on a day that should be looked at, until when, and what came of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
import hashlib
from typing import Final

from proxy.console.anomalies.access import Access
from proxy.console.anomalies.rules import LEAST_SCORE, Finding, find

MONTH: Final = timedelta(days=30)
_SATURDAY: Final = 5
_FEW, _SOME = 10, 50


@dataclass(frozen=True, slots=True)
class Case:
    """`id` is the same each time the case is found. `due` is when the institutions must have been told.

    `patients` counts those whom the evidence is about.
    """

    id: str
    subject: str
    name: str
    organization: str
    day: date
    findings: tuple[Finding, ...]
    patients: int
    last: datetime
    due: datetime

    @property
    def score(self) -> int:
        return sum(one.score for one in self.findings)


@dataclass(frozen=True, slots=True)
class Violation:
    """That a case of `subject` was found to be one, by the record `number`."""

    subject: str
    at: datetime
    number: int


def cases_of(accesses: Sequence[Access], scope: str, days: int, violations: Sequence[Violation] = ()) -> list[Case]:
    """The cases of the last `days` days of `accesses` (in the order of the log), the newest first.

    `violations` were found before. `scope` is whose officers see them: an institution's are made of its own accesses
    alone.
    """
    if not accesses:
        return []
    oldest = accesses[-1].day - timedelta(days=days)
    by_person: Mapping[str, list[Access]] = _by_person(accesses)
    cases = (case for own in by_person.values() for case in _of_person(own, scope, violations))
    found = [case for case in cases if case.day > oldest]
    return sorted(found, key=lambda case: (case.last, case.id), reverse=True)


def due_of(last: datetime, patients: int) -> datetime:
    """COMAR 10.25.18.06: fewer than 10 patients within five business days, up to 50 within two, more within one."""
    days = 5 if patients < _FEW else 2 if patients <= _SOME else 1
    due = last
    while days:
        due += timedelta(days=1)
        days -= due.weekday() < _SATURDAY
    return due


def _by_person(accesses: Iterable[Access]) -> Mapping[str, list[Access]]:
    people: dict[str, list[Access]] = defaultdict(list)
    for one in accesses:
        if one.subject:
            people[one.subject].append(one)
    return people


def _of_person(accesses: Sequence[Access], scope: str, violations: Sequence[Violation]) -> Iterator[Case]:
    days: dict[date, list[Access]] = defaultdict(list)
    for one in accesses:
        days[one.day].append(one)
    for day, today in days.items():
        before = [one for one in accesses if one.day < day and today[0].at - one.at <= MONTH]
        findings = find(today, before)
        findings += _again(today, violations) if findings else []
        if sum(one.score for one in findings) >= LEAST_SCORE:
            yield _case(scope, day, today, findings)


def _again(today: Sequence[Access], violations: Sequence[Violation]) -> list[Finding]:
    """Whoever was in the wrong before is asked about less."""
    mine = [one for one in violations if one.subject == today[0].subject and one.at.date() < today[0].day]
    words = "A case of this person was found to be a violation in the year before"
    return [Finding("repeat", words, 2, tuple(one.number for one in mine))] if mine else []


def _case(scope: str, day: date, today: Sequence[Access], findings: Sequence[Finding]) -> Case:
    numbers = {number for one in findings for number in one.evidence}
    evidence = [one for one in today if one.number in numbers]
    patients = len({one.patient for one in evidence if one.patient})
    last = evidence[-1].at
    known = f"{scope}\0{today[0].subject}\0{day.isoformat()}"
    return Case(
        id=hashlib.sha256(known.encode()).hexdigest()[:20],
        subject=today[0].subject,
        name=today[-1].name,
        organization=today[-1].organization,
        day=day,
        findings=tuple(findings),
        patients=patients,
        last=last,
        due=due_of(last, patients),
    )
