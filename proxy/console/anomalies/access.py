"""One look, refusal or search, as anomaly rules see it: from the audit log, with the facts that were kept beside it."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from policy.replay.past import PastDecision
from policy.request import AccessRequest
from proxy.audit.event import EventKind, Outcome
from proxy.audit.reading import Record
from proxy.audit.views.view import Field

NEAR: Final = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Access:
    """`number` is the record of the audit log; `facts` are what was decided on, None when they are no longer kept.

    `seconds` is how long a view took, None while that is not on record. `cared_for` says whether a care event about the
    patient was told within 72 hours before or after, None where none is told of anybody. `link` is a share link's id.
    """

    number: int
    at: datetime
    kind: EventKind
    outcome: Outcome
    subject: str
    name: str
    organization: str
    institution: str
    patient: str
    study: str
    address: str
    by: str = ""
    facts: AccessRequest | None = None
    seconds: int | None = None
    namesake: bool = False
    cared_for: bool | None = None
    link: str = ""

    @property
    def opened(self) -> bool:
        return self.kind is EventKind.VIEW_OPENED

    @property
    def day(self) -> date:
        return self.at.date()


@dataclass(frozen=True, slots=True)
class CareEvents:
    """When care events were told of whom, all of them from `since` on; `person_of` knows who is `authority|value`."""

    told: Mapping[Hashable, Sequence[datetime]]
    person_of: Callable[[str], Hashable]
    since: datetime

    def near(self, patient: str, at: datetime) -> bool | None:
        """Whether one was told about `patient` near `at`; None where that is not known."""
        if not self.told or at - NEAR < self.since:
            return None
        return any(abs(one - at) <= NEAR for one in self.told.get(self.person_of(patient), ()))


def to_care_events(records: Iterable[Record], person_of: Callable[[str], Hashable], since: datetime) -> CareEvents:
    told: dict[Hashable, list[datetime]] = defaultdict(list)
    for record in records:
        if record.event.patient:
            told[person_of(record.event.patient)].append(record.at)
    return CareEvents(told, person_of, since)


def to_accesses(records: Iterable[Record], past: Iterable[PastDecision], care: CareEvents) -> list[Access]:
    """In the order of `records`. A patient is known by the exchange's key where there is one, else as recorded."""
    facts: Mapping[int, AccessRequest] = {one.event: one.request for one in past}
    known = list(records)
    closed = [record.event for record in known if record.event.kind is EventKind.VIEW_CLOSED]
    seconds = {event.view_session: event.detail.get(Field.SECONDS) for event in closed}
    told = [record for record in known if record.event.kind is not EventKind.VIEW_CLOSED]
    return [_access(record, facts.get(record.sequence), seconds, care) for record in told]


def _access(
    record: Record, facts: AccessRequest | None, seconds: Mapping[str, str | int | None], care: CareEvents
) -> Access:
    event = record.event
    spent = seconds.get(event.view_session)
    return Access(
        number=record.sequence,
        at=record.at,
        kind=event.kind,
        outcome=event.outcome,
        subject=event.subject,
        name=event.name,
        organization=event.organization,
        institution=event.institution,
        patient=facts.study.patient.id if facts else event.patient,
        study=event.study,
        address=event.address,
        by=str(event.detail.get("key", "")),
        facts=facts,
        seconds=spent if isinstance(spent, int) else None,
        namesake=bool(event.detail.get("same-surname")),
        cared_for=care.near(event.patient, record.at) if event.patient else None,
        link=str(event.detail.get("link", "")),
    )
