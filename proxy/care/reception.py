"""A care event is taken: recorded, written down, in force, and the patient searched for; or refused with a reason."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from policy.request import RelationshipKind
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.care.ahead import SearchesAhead
from proxy.care.durations import end_of, span_of
from proxy.care.errors import UnknownPatient
from proxy.care.event import CareEvent, Step
from proxy.care.relationships import Change, EventRelationship, EventRelationships, RelationshipStore
from proxy.care.senders import Sender
from proxy.patients.treating import unknown_patient
from proxy.resources import PatientIdentifier
from proxy.settings.care import CareDurations

REPETITIONS: Final = timedelta(days=14)
"""So long it is remembered which messages were taken."""

_RECORDED_SUBJECTS: Final = 16
_LOOK: Final = timedelta(minutes=5)


class Directory(Protocol):
    """Who is behind an identifier of a patient."""

    async def recognise(self, identifiers: Iterable[PatientIdentifier]) -> None: ...

    def patient_of(self, identifier: PatientIdentifier) -> str | None: ...

    def identifiers_of(self, identifier: PatientIdentifier) -> tuple[PatientIdentifier, ...]: ...


class Staff(Protocol):
    """Who is behind an identifier of a member of staff, and whose account is suspended."""

    def user_of(self, identifier: PatientIdentifier) -> str | None: ...

    def is_suspended(self, subject: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Outside:
    """`clock` gives Unix seconds, `new_id` unguessable names; `changed` hears whose relationships are others now."""

    clock: Callable[[], float]
    new_id: Callable[[], str]
    changed: Callable[[frozenset[str]], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """`event` is this service's name for a care event; empty for one that was taken before."""

    event: str = ""

    @property
    def repeated(self) -> bool:
        return not self.event


@dataclass(frozen=True, slots=True)
class _Patient:
    """The patient's keys: one in the register, or one for each identifier of somebody who is not in it."""

    keys: tuple[str, ...]
    identifiers: tuple[PatientIdentifier, ...]


class Reception:
    """Takes care events of senders that are known; one at a time, in the order in which they come."""

    def __init__(
        self,
        directory: Directory,
        staff: Staff,
        relationships: EventRelationships,
        store: RelationshipStore,
        ahead: SearchesAhead,
        audit: AuditLog,
        durations: CareDurations,
        outside: Outside,
    ) -> None:
        self._directory = directory
        self._staff = staff
        self._relationships = relationships
        self._store = store
        self._ahead = ahead
        self._audit = audit
        self._durations = durations
        self._outside = outside
        self._turn = asyncio.Lock()
        self._next_look = datetime.fromtimestamp(0, UTC)
        self._taking: set[asyncio.Task[Taken]] = set()

    async def open(self) -> None:
        """Take up what was kept, and search ahead for what is still to come. Raises `ConfigurationError`."""
        now = self._now()
        kept = await asyncio.to_thread(lambda: list(self._store.open(now - REPETITIONS)))
        self._relationships.apply((), (one for one in kept if now < one.until))
        self._search([one for one in kept if now < one.until], now)

    async def close(self) -> None:
        """End what is being taken, and close the store."""
        await asyncio.gather(*self._taking, return_exceptions=True)
        await asyncio.to_thread(self._store.close)

    async def receive(self, sender: Sender, event: CareEvent, address: str, way: str) -> Taken:
        """Take `event`, once it is on record and written down.

        `address` is where it came from and `way` how, for the record. Raises `UnknownPatient`, `Overloaded`,
        `AuditUnavailable`; then nothing has changed. What was begun is ended when the sender goes away meanwhile: what
        is in memory must be what is on disk.
        """
        taking = asyncio.create_task(self._take_in_turn(sender, event, address, way))
        self._taking.add(taking)
        taking.add_done_callback(self._taken)
        return await asyncio.shield(taking)

    async def refuse(self, address: str, way: str, cause: str, sender: str = "") -> None:
        """Record that something came that was not taken: of nobody known, or not to be read."""
        detail: dict[str, str | int] = {"way": way, "cause": cause, "sender": sender}
        await self._audit.record(Event(EventKind.CARE_EVENT, Outcome.REFUSED, address=address, detail=detail))

    def _taken(self, task: asyncio.Task[Taken]) -> None:
        self._taking.discard(task)
        if not task.cancelled():
            task.exception()  # of which nobody hears who has gone

    async def _take_in_turn(self, sender: Sender, event: CareEvent, address: str, way: str) -> Taken:
        async with self._turn:
            return await self._take(sender, event, address, way)

    async def _take(self, sender: Sender, event: CareEvent, address: str, way: str) -> Taken:
        if await self._is_known(sender, event):
            return Taken()
        try:
            patient = await self._patient(sender, event)
        except UnknownPatient as error:
            await self.refuse(address, way, str(error), sender.id)
            raise
        now, name = self._now(), self._outside.new_id()
        ended, begun = self._changes(sender, event, patient, now, name)
        gone = self._over(now)
        removed = tuple(dict.fromkeys([*(one.id for one in ended), *gone]))
        self._relationships.require_room(len(begun) - len(removed))
        subjects = sorted({one.subject for one in (*ended, *begun)})
        await self._audit.record(_recorded(sender, event, patient, address, way, name, subjects))
        change = Change(sender.id, event.message, now, removed, tuple(begun))
        await asyncio.to_thread(self._store.commit, change)
        self._relationships.apply(removed, begun)
        self._outside.changed(frozenset(subjects))
        self._search(begun if event.step is Step.BEGINS else [], now)
        return Taken(name)

    def _over(self, now: datetime) -> tuple[str, ...]:
        """Those that are over by themselves, looked for now and then."""
        if now < self._next_look:
            return ()
        self._next_look = now + _LOOK
        return self._relationships.over(now)

    async def _is_known(self, sender: Sender, event: CareEvent) -> bool:
        return bool(event.message) and await asyncio.to_thread(self._store.knows, sender.id, event.message)

    async def _patient(self, sender: Sender, event: CareEvent) -> _Patient:
        told = sender.patient_of(event)
        if not told:
            raise UnknownPatient("no identifier of the patient is by an authority that this sender speaks for")
        await self._directory.recognise(told)
        records = {self._directory.patient_of(one) for one in told}
        if len(records) > 1:
            raise UnknownPatient("the identifiers of the patient are not those of one person")
        identifiers = tuple(dict.fromkeys(one for known in told for one in self._directory.identifiers_of(known)))
        (record,) = records
        keys = (record,) if record is not None else tuple(map(unknown_patient, identifiers))
        return _Patient(keys, identifiers)

    def _changes(
        self, sender: Sender, event: CareEvent, patient: _Patient, now: datetime, name: str
    ) -> tuple[list[EventRelationship], list[EventRelationship]]:
        """The relationships that are over by `event`, and those that are in force by it from now on."""
        before = self._relationships.of_visit(sender.id, event.kind, patient.keys, event.visit)
        match event.step:
            case Step.CANCELLED:
                return before, []
            case Step.ENDS:
                until = end_of(event, now, self._durations)
                shortened = [replace(one, until=min(one.until, until)) for one in before]
                return before, [one for one in shortened if now < one.until]
            case Step.BEGINS:
                replaced = before if event.visit else []
                return replaced, list(self._begun(sender, event, patient, now, name))

    def _begun(
        self, sender: Sender, event: CareEvent, patient: _Patient, now: datetime, name: str
    ) -> Iterator[EventRelationship]:
        for subject, kind in self._subjects(sender, event):
            since, until = span_of(kind, event, now, self._durations)
            if until <= max(now, since):
                continue
            for key in patient.keys:
                yield EventRelationship(
                    id=self._outside.new_id(),
                    event=name,
                    sender=sender.id,
                    episode=event.kind,
                    visit=event.visit,
                    subject=subject,
                    patient=key,
                    kind=kind,
                    since=since,
                    until=until,
                    identifiers=patient.identifiers,
                )

    def _subjects(self, sender: Sender, event: CareEvent) -> Iterable[tuple[str, RelationshipKind]]:
        """The members of staff who are known here, each once for each kind."""
        found = (
            (subject, practitioner.kind)
            for practitioner in event.practitioners
            for identifier in sender.staff_of(practitioner.named)
            if (subject := self._staff.user_of(identifier)) is not None and not self._staff.is_suspended(subject)
        )
        return dict.fromkeys(found)

    def _search(self, begun: Sequence[EventRelationship], now: datetime) -> None:
        """Have the patients searched for, when their relationships begin, that one has the list by then."""
        for event in dict.fromkeys(one.event for one in begun):
            self._ahead.plan([one for one in begun if one.event == event], now)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._outside.clock(), UTC)


def _recorded(
    sender: Sender, event: CareEvent, patient: _Patient, address: str, way: str, name: str, subjects: Sequence[str]
) -> Event:
    """Who said what about whose care, and whom it concerns; never a name of the patient."""
    first = patient.identifiers[0]
    detail: dict[str, str | int] = {
        "sender": sender.id,
        "way": way,
        "event": name,
        "step": event.step.value,
        "episode": event.kind.value,
        "visit": event.visit,
        "subjects": " ".join(subjects[:_RECORDED_SUBJECTS]),
        "persons": len(subjects),
    }
    return Event(
        EventKind.CARE_EVENT,
        Outcome.SUCCESS,
        subject=sender.settings.subject,
        address=address,
        patient=f"{first.authority}|{first.value}",
        detail=detail,
    )
