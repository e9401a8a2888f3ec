"""One look, refusal or search, as anomaly rules see it: from the audit log, with the facts that were kept beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from policy.replay.past import PastDecision
from policy.request import AccessRequest
from proxy.audit.event import EventKind, Outcome
from proxy.audit.reading import Record


@dataclass(frozen=True, slots=True)
class Access:
    """`number` is the record of the audit log; `facts` are what was decided on, None when they are no longer kept."""

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

    @property
    def opened(self) -> bool:
        return self.kind is EventKind.VIEW_OPENED

    @property
    def day(self) -> date:
        return self.at.date()


def to_accesses(records: Iterable[Record], past: Iterable[PastDecision]) -> list[Access]:
    """In the order of `records`. A patient is known by the exchange's key where there is one, else as recorded."""
    facts: Mapping[int, AccessRequest] = {one.event: one.request for one in past}
    return [_access(record, facts.get(record.sequence)) for record in records]


def _access(record: Record, facts: AccessRequest | None) -> Access:
    event = record.event
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
    )
