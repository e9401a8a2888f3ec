"""All declared emergencies: on record and on disk before they have any effect, and over in time."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import logging
from typing import Final

from policy.searches import SearchDecision
from proxy.access.caller import Caller
from proxy.audit.event import Event
from proxy.audit.log import AuditLog
from proxy.breakglass import events
from proxy.breakglass.emergency import EXCHANGE, Case, Declarer, Disposition, Emergency, Review, opening_of
from proxy.breakglass.limits import require_seldom
from proxy.breakglass.notices import EmergencyNotices, Notice
from proxy.breakglass.statement import Attestation, Statement
from proxy.breakglass.store import EmergencyStore
from proxy.errors import NotFound, NotPermitted, TooOften, VitrineError
from proxy.resources import HeldStudy, PatientIdentifier
from proxy.settings.emergencies import Emergencies as Settings

LOOK_SECONDS: Final = 2.0
"""So long an open viewer may outlast an emergency."""

_logger = logging.getLogger(__name__)


class Emergencies:
    """Implements `proxy.access.emergencies.Emergencies`. One change is made at a time.

    `clock` gives Unix seconds; `changed` hears whose emergency has begun or is over.
    """

    def __init__(
        self,
        settings: Settings,
        store: EmergencyStore,
        audit: AuditLog,
        notices: EmergencyNotices,
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self.settings = settings
        self.changed: Callable[[str], None] = lambda _: None
        self._store = store
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._new_id = new_id
        self._kept: dict[str, Emergency] = {}
        self._in_force: dict[str, tuple[Emergency, ...]] = {}
        self._changing = asyncio.Lock()

    def open(self) -> None:
        """Take up what was kept. Raises `ConfigurationError` or `EmergenciesUnavailable`."""
        for one in self._store.read(self._now() - timedelta(days=self.settings.kept_days)):
            self._take(one)

    @property
    def in_force(self) -> int:
        return sum(map(len, self._in_force.values()))

    @property
    def to_review(self) -> int:
        """How many cases are open."""
        return sum(not case.is_closed for one in self._kept.values() for case in one.cases)

    @property
    def overdue(self) -> int:
        now = self._now()
        return sum(case.is_overdue(now) for one in self._kept.values() for case in one.cases)

    def of(self, subject: str, patient: PatientIdentifier, key: str | None, moment: datetime) -> str | None:
        """The emergency of `subject` for the person behind `patient` that is in force at `moment`."""
        candidates = self._in_force.get(subject, ())
        return next((one.id for one in candidates if one.holds_at(moment) and one.is_of(patient, key)), None)

    def all(self) -> list[Emergency]:
        """The newest first."""
        return sorted(self._kept.values(), key=lambda one: one.since, reverse=True)

    def declared_by(self, subject: str) -> list[Emergency]:
        """All of one person, the newest first."""
        own = [one for one in self._kept.values() if one.by.subject == subject]
        return sorted(own, key=lambda one: one.since, reverse=True)

    async def declare(
        self,
        caller: Caller,
        statement: Statement,
        identifiers: Sequence[PatientIdentifier],
        key: str | None,
        decision: SearchDecision,
    ) -> Emergency:
        """The emergency, from now on in force; the same one while one is in force for the patient.

        `identifiers` and `key` are what the patient is known by, `decision` permitted it. Raises `TooOften`,
        `AuditUnavailable`, `EmergenciesUnavailable`.
        """
        async with self._changing:
            now = self._now()
            already = self.of(caller.subject, statement.patient, key, now)
            if already is not None:
                return self._kept[already]
            await self._require_seldom(caller, statement, decision, now)
            case = Case(EXCHANGE, now + timedelta(hours=self.settings.review_hours))
            emergency = Emergency(
                id=self._new_id(),
                by=Declarer(
                    *(caller.subject, caller.name, caller.organization),
                    tuple(sorted(caller.roles)),
                    caller.person_id,
                ),
                patient=statement.patient,
                identifiers=tuple(dict.fromkeys((statement.patient, *identifiers))),
                key=key or "",
                opinion=statement.opinion.strip(),
                attested=tuple(Attestation),
                since=now,
                until=now + timedelta(hours=self.settings.hours),
                policy=decision.policy,
                rules=tuple(reason.rule for reason in decision.because),
                cases=(case,),
            )
            await self._change(events.declared(caller, emergency), emergency)
        self._notices.tell(Notice.DECLARED, emergency, case)
        self.changed(caller.subject)
        return emergency

    async def end(self, caller: Caller, name: str) -> None:
        """One's own is over at once. Raises `NotFound` for all others, and those that are over."""
        async with self._changing:
            emergency, now = self._kept.get(name), self._now()
            if emergency is None or emergency.by.subject != caller.subject or not emergency.holds_at(now):
                raise NotFound
            await self._change(events.ended(emergency, "by hand"), replace(emergency, ended=now))
        self.changed(caller.subject)

    async def opened(self, name: str, held: HeldStudy) -> None:
        """A study is opened under the emergency `name`: whoever answers for it is told, the first time.

        The opening itself has been recorded by whoever calls this. Raises `EmergenciesUnavailable`.
        """
        async with self._changing:
            emergency, now = self._kept[name], self._now()
            due = now + timedelta(hours=self.settings.review_hours)
            known = emergency.case_of(held.institution)
            case = known or Case(held.institution, due)
            if any(one.study == held.study for one in case.openings):
                return
            if case.is_closed:
                case = replace(case, due=due, escalated=None)
            case = replace(case, openings=(*case.openings, opening_of(held, now)))
            await self._keep(emergency.with_case(case))
        self._notices.tell(Notice.OPENED, emergency, case)

    async def review(
        self, caller: Caller, name: str, institution: str, disposition: Disposition, words: str
    ) -> Emergency:
        """Raises `NotFound`, and `NotPermitted` for whoever declared it."""
        async with self._changing:
            emergency = self._kept.get(name)
            case = emergency.case_of(institution) if emergency is not None else None
            if emergency is None or case is None:
                raise NotFound
            if _is_own(caller, emergency.by):
                raise NotPermitted("nobody reviews what they declared")
            review = Review(disposition, caller.subject, words, self._now())
            changed = emergency.with_case(replace(case, reviews=(*case.reviews, review)))
            await self._change(events.reviewed(caller, emergency, case, disposition, words), changed)
            return changed

    async def look(self) -> None:
        """End what is over in time, and hand on what is overdue, on record; what fails is tried again."""
        now = self._now()
        over = [one for held in self._in_force.values() for one in held if one.until <= now]
        late = [one for one in self._kept.values() if any(one.overdue(now))]
        try:
            for one in over:
                await self._expire(one.id)
            for one in late:
                await self._hand_on(one.id, now)
        except VitrineError:
            _logger.warning("emergencies cannot be recorded or kept now; it is tried again")

    async def _expire(self, name: str) -> None:
        """It opened nothing since `until`; this is for the record, and for views that are still open."""
        async with self._changing:
            emergency = self._kept[name]
            if emergency.ended is not None:
                return
            self.changed(emergency.by.subject)
            await self._change(events.ended(emergency, "in time"), replace(emergency, ended=emergency.until))

    async def _hand_on(self, name: str, now: datetime) -> None:
        async with self._changing:
            for case in [*self._kept[name].overdue(now)]:
                emergency = self._kept[name]
                handed_on = replace(case, escalated=now)
                await self._change(events.overdue(emergency, case), emergency.with_case(handed_on))
                self._notices.tell(Notice.OVERDUE, emergency, handed_on)

    async def _require_seldom(
        self, caller: Caller, statement: Statement, decision: SearchDecision, now: datetime
    ) -> None:
        try:
            require_seldom((one.since for one in self.declared_by(caller.subject)), now, self.settings)
        except TooOften as error:
            await self._audit.record(events.refused(caller, statement.patient, decision, "limit"))
            raise error.recorded() from None

    async def _change(self, event: Event, emergency: Emergency) -> None:
        """On record, then on disk, then in force."""
        await self._audit.record(event)
        await self._keep(emergency)

    async def _keep(self, emergency: Emergency) -> None:
        await asyncio.to_thread(self._store.put, emergency)
        self._take(emergency)

    def _take(self, emergency: Emergency) -> None:
        self._kept[emergency.id] = emergency
        subject = emergency.by.subject
        others = (one for one in self._in_force.get(subject, ()) if one.id != emergency.id)
        current: Iterable[Emergency] = (*others, *([emergency] if emergency.ended is None else []))
        self._in_force[subject] = tuple(current)
        if not self._in_force[subject]:
            del self._in_force[subject]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _is_own(caller: Caller, declarer: Declarer) -> bool:
    """Also by another account, where both say who the person is."""
    return caller.subject == declarer.subject or (caller.person_id != "" and caller.person_id == declarer.person)
