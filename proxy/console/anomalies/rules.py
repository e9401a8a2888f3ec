"""What is looked at again, although policy permitted or refused it: rules over one person's accesses, with reasons.

Each rule is a pure function of what a person did on a day, and before it. None says that something was wrong: what a
rule finds is a question to a human being. Whoever has to do with the patient is not asked why: a nurse who works where
her patient does, and has the patient in care, is no finding.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from statistics import median
from typing import Final

from policy.request import AccessRequest, PurposeOfUse, RelationshipKind
from proxy.audit.event import EventKind, Outcome
from proxy.console.anomalies.access import Access

LEAST_SCORE: Final = 3
"""Findings weigh together; less than this is no case."""

_HOUR: Final = timedelta(hours=1)
_MANY_PATIENTS: Final = 20
_DEVIATIONS: Final = 6
_LEAST_SPREAD: Final = 0.1
"""Of the usual number: whoever works evenly may still have a busy hour."""

_MANY_REFUSALS: Final = 5
_MANY_ADDRESSES: Final = 3
_MANY_NETWORKS: Final = 3
_GLANCE_SECONDS: Final = 60
_MANY_GLANCES: Final = 10
_DAYS_KNOWN: Final = 10
"""On which somebody has to have worked before it is known at which hours that is."""

_EMERGENCIES_A_MONTH: Final = 3
_AT_ONCE: Final = timedelta(seconds=60)


_ATTENDING: Final = frozenset({RelationshipKind.ENCOUNTER, RelationshipKind.REFERRAL})
_BY_EVENTS: Final = _ATTENDING | {RelationshipKind.APPOINTMENT}
"""The relationships that care events make, and that hold for as long as care lasts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` names it, `words` say why, `score` how much it weighs; `evidence` are records of the audit log."""

    rule: str
    words: str
    score: int
    evidence: tuple[int, ...]


Rule = Callable[[Sequence[Access], Sequence[Access]], Iterator[Finding]]


def find(today: Sequence[Access], before: Sequence[Access]) -> list[Finding]:
    """What the rules find in one person's accesses of a day; `before` are those of the month before it."""
    return [finding for rule in RULES for finding in rule(today, before)]


def restricted_records(today: Sequence[Access], _: Sequence[Access]) -> Iterator[Finding]:
    """VIPs and employees are looked after by their care teams, and where they lie or are sent; others are asked."""
    found = [one for one in _opened(today) if one.facts and _is_outsider_to_restricted(one.facts)]
    if found:
        yield _finding("restricted-record", "Opened a VIP’s or employee’s record, not being of the care team", 5, found)


def own_record(today: Sequence[Access], _: Sequence[Access]) -> Iterator[Finding]:
    """Staff who look at their own record at work; as a patient everybody may."""
    found = [
        one for one in _opened(today) if one.facts and _is_own(one.facts) and _purpose(one) is not PurposeOfUse.PATRQT
    ]
    if found:
        yield _finding("own-record", "Opened the own record in a professional role", 4, found)


def namesakes(today: Sequence[Access], _: Sequence[Access]) -> Iterator[Finding]:
    """Families look after each other; a nurse who is assigned to a namesake is no finding."""
    found = [
        one
        for one in _opened(today)
        if one.namesake
        and one.facts
        and _purpose(one) is not PurposeOfUse.PATRQT
        and not (_in_care(one.facts) or _is_own(one.facts))
    ]
    if found:
        yield _finding("same-surname", "Opened the record of somebody with the same family name", 2, found)


def coworkers(today: Sequence[Access], _: Sequence[Access]) -> Iterator[Finding]:
    found = [
        one for one in _opened(today) if one.facts and one.facts.circumstances.coworker and not _in_care(one.facts)
    ]
    if found:
        yield _finding("coworker", "Opened the record of a coworker who is not in the person’s care", 3, found)


def no_relationship(today: Sequence[Access], _: Sequence[Access]) -> Iterator[Finding]:
    found = [
        one
        for one in _opened(today)
        if one.facts
        and _in_treatment(one)
        and not (_in_care(one.facts) or _is_own(one.facts) or one.facts.circumstances.break_glass)
    ]
    if found:
        yield _finding("no-relationship", "Opened studies of patients to whom no relationship is recorded", 2, found)


def without_care(today: Sequence[Access], _: Sequence[Access]) -> Iterator[Finding]:
    """Where care events are told at all: in treatment, and nothing happened to the patient, nor goes on happening."""
    found = [
        one
        for one in _opened(today)
        if one.cared_for is False
        and one.facts
        and _in_treatment(one)
        and one.facts.circumstances.relationship not in _BY_EVENTS
        and not (_is_own(one.facts) or one.facts.circumstances.break_glass)
    ]
    if found:
        words = "Opened studies of patients of whom no care event was told three days before or after"
        yield _finding("no-care-event", words, 1, found)


def glances(today: Sequence[Access], _: Sequence[Access]) -> Iterator[Finding]:
    """Somebody who looks in everywhere and stays nowhere."""
    found = [
        one
        for one in _opened(today)
        if one.seconds is not None and one.seconds < _GLANCE_SECONDS and not (one.facts and _in_care(one.facts))
    ]
    patients = len({one.patient for one in found})
    if patients >= _MANY_GLANCES:
        words = f"Opened the studies of {patients} patients for less than a minute each"
        yield _finding("browsing", words, 2, found)


def unusual_hours(today: Sequence[Access], before: Sequence[Access]) -> Iterator[Finding]:
    """At an hour of the day (UTC) at which, within an hour, this person has not worked in the month before."""
    days = {one.day for one in before}
    if len(days) < _DAYS_KNOWN:
        return
    usual = {(one.at.hour + shift) % 24 for one in before for shift in (-1, 0, 1)}
    found = [one for one in _opened(today) if one.at.hour not in usual]
    if found:
        yield _finding("unusual-hour", "Opened studies outside the hours at which this person works", 1, found)


def link_networks(today: Sequence[Access], before: Sequence[Access]) -> Iterator[Finding]:
    """A share link that goes from hand to hand."""
    opened = [one for one in today if one.kind is EventKind.LINK_OPENED]
    for link in sorted({one.link for one in opened}):
        uses = [one for one in (*before, *today) if one.kind is EventKind.LINK_OPENED and one.link == link]
        networks = len({network_of(one.address) for one in uses if one.address})
        if networks > _MANY_NETWORKS:
            words = f"A share link was opened from {networks} networks"
            yield _finding("link-networks", words, 3, [one for one in opened if one.link == link])


def network_of(address: str) -> str:
    """The network that an address is in, as far as an address tells: /24 of IPv4, /48 of IPv6."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((known, 24 if known.version == 4 else 48), strict=False))


def emergencies(today: Sequence[Access], before: Sequence[Access]) -> Iterator[Finding]:
    """Emergencies are rare, and rarer still twice for one patient."""
    declared = [one for one in _opened(today) if one.facts and one.facts.circumstances.break_glass]
    if not declared:
        return
    earlier = [one for one in _opened(before) if one.facts and one.facts.circumstances.break_glass]
    patients = {one.patient for one in (*earlier, *declared)}
    if len(patients) > _EMERGENCIES_A_MONTH:
        words = f"Declared emergencies for {len(patients)} patients within a month"
        yield _finding("many-emergencies", words, 3, declared)
    again = [one for one in declared if one.patient in {other.patient for other in earlier}]
    if again:
        yield _finding("emergency-again", "Declared an emergency for the same patient again", 3, again)


def many_patients(today: Sequence[Access], before: Sequence[Access]) -> Iterator[Finding]:
    """More patients in an hour than this person usually opens (robust deviation from the own median)."""
    usual = sorted(_hourly(before))
    middle = median(usual) if usual else 0
    spread = max(median(abs(count - middle) for count in usual), middle * _LEAST_SPREAD) if usual else 0
    limit = max(_MANY_PATIENTS, middle + _DEVIATIONS * spread)
    within = _busiest(_opened(today), lambda one: one.patient)
    if len({one.patient for one in within}) > limit:
        count = len({one.patient for one in within})
        words = f"Opened the studies of {count} patients within an hour, usually {middle:g}"
        yield _finding("many-patients", words, 3, within)


def refusals(today: Sequence[Access], _: Sequence[Access]) -> Iterator[Finding]:
    """Somebody who tries doors."""
    refused = [one for one in today if one.kind is EventKind.VIEW_REFUSED]
    within = _busiest(refused, lambda one: one.study)
    count = len({one.study for one in within})
    if count >= _MANY_REFUSALS:
        yield _finding("refusals", f"Was refused {count} different studies within an hour", 3, within)


def addresses(today: Sequence[Access], _: Sequence[Access]) -> Iterator[Finding]:
    seen = {one.address: one for one in today if one.address}
    if len(seen) > _MANY_ADDRESSES:
        words = f"Worked from {len(seen)} network addresses on one day"
        yield _finding("addresses", words, 2, list(seen.values()))


def looked_up(today: Sequence[Access], _: Sequence[Access]) -> Iterator[Finding]:
    """Found by name and opened at once, by somebody who has nothing to do with the patient."""
    searches = [one for one in today if one.kind is EventKind.SEARCH and one.by == "demographics"]
    found = [
        one
        for one in _opened(today)
        if one.facts
        and not _in_care(one.facts)
        and any(timedelta(0) <= one.at - search.at <= _AT_ONCE for search in searches)
    ]
    if found:
        yield _finding("by-name", "Looked somebody up by name and opened a study within a minute", 2, found)


def copying(today: Sequence[Access], _: Sequence[Access]) -> Iterator[Finding]:
    found = [one for one in today if one.kind is EventKind.COPYING_SUSPECTED]
    if found:
        yield _finding("copying", "Took more in full fidelity than viewing needs", 4, found)


RULES: Final[tuple[Rule, ...]] = (
    restricted_records,
    own_record,
    namesakes,
    coworkers,
    no_relationship,
    without_care,
    emergencies,
    many_patients,
    refusals,
    addresses,
    link_networks,
    looked_up,
    glances,
    unusual_hours,
    copying,
)


def _finding(rule: str, words: str, score: int, found: Iterable[Access]) -> Finding:
    return Finding(rule, words, score, tuple(one.number for one in found))


def _opened(accesses: Iterable[Access]) -> list[Access]:
    return [one for one in accesses if one.opened and one.outcome is Outcome.SUCCESS]


def _is_outsider_to_restricted(facts: AccessRequest) -> bool:
    patient = facts.study.patient
    attended = facts.subject.id in patient.care_team or facts.circumstances.relationship in _ATTENDING
    return (patient.vip or patient.employee) and not (attended or _is_own(facts))


def _is_own(facts: AccessRequest) -> bool:
    return facts.subject.patient_record is not None and facts.subject.patient_record == facts.study.patient.id


def _in_care(facts: AccessRequest) -> bool:
    related = facts.circumstances.relationship is not RelationshipKind.NONE
    return related or facts.subject.id in facts.study.patient.care_team


def _purpose(one: Access) -> PurposeOfUse | None:
    return one.facts.circumstances.purpose if one.facts else None


def _in_treatment(one: Access) -> bool:
    return _purpose(one) in {PurposeOfUse.TREAT, PurposeOfUse.ETREAT}


def _hourly(accesses: Iterable[Access]) -> list[int]:
    """How many patients in each hour in which there was any."""
    hours: dict[str, set[str]] = defaultdict(set)
    for one in _opened(accesses):
        hours[f"{one.at:%Y-%m-%dT%H}"].add(one.patient)
    return [len(patients) for patients in hours.values()]


def _busiest(accesses: Sequence[Access], what: Callable[[Access], str]) -> list[Access]:
    """Those within the hour in which they are about the most different things."""
    inside: Counter[str] = Counter()
    most, first, best = 0, 0, (0, 0)
    for last, one in enumerate(accesses):
        inside[what(one)] += 1
        while one.at - accesses[first].at > _HOUR:
            gone = what(accesses[first])
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            first += 1
        if len(inside) > most:
            most, best = len(inside), (first, last + 1)
    return list(accesses[slice(*best)])
