"""Who reads what of the audit log: officers what they answer for, patients what is about themselves."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

from starlette.requests import Request

from proxy.access.caller import Caller
from proxy.access.events import caller_event
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.audit.reading import Record
from proxy.errors import NotPermitted
from proxy.http.identity import caller_of
from proxy.oversight.officers import Officers
from proxy.patients.people import People
from proxy.resources import PatientIdentifier


@dataclass(frozen=True, slots=True)
class Reader:
    """`institution` is the only one whose disclosures are shown, `patients` are the only identifiers; None for all."""

    caller: Caller
    institution: str | None = None
    patients: tuple[str, ...] | None = None

    def sees(self, event: Event) -> bool:
        if self.patients is not None:
            return event.patient in self.patients
        return self.institution in {None, event.institution}

    def shown(self, record: Record) -> Record:
        """A patient hears who looked and why, not from which machine or with which token somebody works."""
        if self.patients is None:
            return record
        return replace(record, event=replace(record.event, address="", token_id=""))


@dataclass(frozen=True, slots=True)
class Readers:
    officers: Officers
    people: People
    audit: AuditLog
    suspended: Callable[[str], bool]

    async def reader(self, request: Request, by: str) -> Reader:
        """Whoever asks, as an officer before as a patient; `by` says in which way. A refusal is on record.

        Raises `NotPermitted`.
        """
        caller = await caller_of(request)
        try:
            officer = await self.officers.reading(request)
        except NotPermitted:
            own = caller.patient if caller.shared is None else None
            if own is not None and not self.suspended(caller.subject):
                return Reader(caller, patients=await self.known_as(own))
            await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.REFUSED, caller, {"by": by}))
            raise NotPermitted("only officers, and patients about themselves, read the audit log").recorded() from None
        return Reader(officer.caller, institution=officer.institution)

    async def known_as(self, identifier: PatientIdentifier) -> tuple[str, ...]:
        """All identifiers of that person, as the log has them."""
        await self.people.recognise([identifier])
        found = {identifier, *self.people.identifiers_of(identifier)}
        return tuple(sorted(f"{one.authority}|{one.value}" for one in found))

    def person_of(self, patient: str) -> Hashable:
        """What is equal for the identifiers of one person (`authority|value`), as far as is known without asking."""
        authority, _, value = patient.partition("|")
        return self.people.person_of(PatientIdentifier(authority, value))
