"""Who is behind an identifier: asked of all sources where people's identifiers come in, known without asking inside.

The register is always believed; what a patient index or a table says is added to it and never overrides it. What no
source has said for longer than its time is not known any more (docs/decisions/0041).
"""

import asyncio
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cachetools import TTLCache

from proxy.coalescing import Coalesced
from proxy.patients.crossreference import CrossReference, CrossReferenceFailed, Demographics, plain
from proxy.patients.person import Certainty, Person, Said, confirmed
from proxy.patients.register import Register
from proxy.resources import PatientIdentifier
from proxy.settings.patients import Patients

MAXIMUM_IDENTIFIERS: Final = 1000
"""Nobody has more; who seems to is several people whom a source took for one."""

MAXIMUM_ASKED: Final = 200
"""So many identifiers of one answer are asked for; a search that finds more people is not one for a patient."""

_RETRY_SECONDS: Final = 2.0


@dataclass(slots=True)
class _Kept:
    """`until` when it is asked for again."""

    person: Person
    until: float


class People:
    """Answers like the register for people whom other sources know as well. `timer` gives seconds."""

    def __init__(
        self, register: Register, sources: Sequence[CrossReference], settings: Patients, timer: Callable[[], float]
    ) -> None:
        self._register = register
        self._sources = tuple(sources)
        self._settings = settings
        self._timer = timer
        self._kept: TTLCache[PatientIdentifier, _Kept] = TTLCache(settings.people, settings.cache_seconds, timer)
        self._questions: Coalesced[PatientIdentifier, Person] = Coalesced()
        self._epoch = 0
        self._silent: set[CrossReference | None] = set()

    @property
    def failing(self) -> bool:
        """Whether a source did not answer, or not in time, when it was last asked."""
        return bool(self._silent)

    @property
    def asks(self) -> bool:
        """Whether anybody but the register knows of people."""
        return bool(self._sources)

    def adopt(self, register: Register) -> None:
        """Go by another register from now on, and ask the other sources again."""
        self._register = register
        self.forget()

    def forget(self) -> None:
        """Nothing is known any more but what the register says; answers under way are not kept."""
        self._epoch += 1
        self._kept.clear()

    def person(self, identifier: PatientIdentifier) -> Person:
        """What is known now, without asking; the register's word, or the identifier alone, where nothing was asked."""
        kept = self._kept.get(identifier)
        return kept.person if kept else self._registered(identifier)

    def patient_of(self, identifier: PatientIdentifier) -> str | None:
        """The key in the register of the person; None when the register does not know the person."""
        kept = self._kept.get(identifier)
        return kept.person.record if kept else self._register.patient_of(identifier)

    def person_of(self, identifier: PatientIdentifier) -> Hashable:
        """What is equal for identifiers of one person and for no others."""
        return self.patient_of(identifier) or frozenset(self.identifiers_of(identifier))

    def identifiers_of(self, identifier: PatientIdentifier) -> tuple[PatientIdentifier, ...]:
        """All identifiers of the person, this one among them."""
        return self.person(identifier).identifiers

    def are_recognised(self, identifiers: Iterable[PatientIdentifier]) -> bool:
        """Whether `recognise` would ask nobody."""
        now = self._timer()
        return not self._sources or all(self._stands(one, now) for one in identifiers)

    async def recognise(self, identifiers: Iterable[PatientIdentifier]) -> None:
        """Ask the sources for all of `identifiers` about which nothing fresh is known, within the time for it.

        Whoever could not be asked about stays unknown, and `person` says so.
        """
        now = self._timer()
        wanted = [one for one in dict.fromkeys(identifiers) if not self._stands(one, now)] if self._sources else []
        tasks = [asyncio.create_task(self._ask(one)) for one in wanted[:MAXIMUM_ASKED]]
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=self._settings.seconds)
            late = [one for one, task in zip(wanted, tasks, strict=False) if not task.done()]
        finally:
            for task in tasks:
                task.cancel()
        if late:
            self._silent.add(None)
        elif tasks:
            self._silent.discard(None)
        for one in (*late, *wanted[MAXIMUM_ASKED:]):
            self._keep_unanswered(one)
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()

    def _stands(self, identifier: PatientIdentifier, now: float) -> bool:
        kept = self._kept.get(identifier)
        return kept is not None and now < kept.until

    async def _ask(self, identifier: PatientIdentifier) -> Person:
        return await self._questions.ask(identifier, lambda: self._find(identifier))

    async def _find(self, identifier: PatientIdentifier) -> Person:
        epoch = self._epoch
        person = await self._linked(identifier)
        if self._epoch != epoch:
            return person
        if person.certainty is Certainty.UNANSWERED:
            return self._keep_unanswered(identifier, person)
        return self._keep(identifier, person)

    async def _linked(self, identifier: PatientIdentifier) -> Person:
        """The person behind `identifier`, from what is said of it and of every identifier that is named with it."""
        said: dict[PatientIdentifier, Said] = {}
        frontier = {identifier}
        while frontier and len(said) + len(frontier) <= MAXIMUM_IDENTIFIERS:
            asked = sorted(frontier, key=_order)
            said.update(zip(asked, await asyncio.gather(*map(self._say, asked)), strict=True))
            frontier = {other for one in asked for other in said[one].identifiers} - said.keys()
        group, certainty = confirmed(identifier, said) if not frontier else ({identifier}, Certainty.CONTRADICTED)
        records = {self._register.patient_of(one) for one in group} - {None}
        if len(records) > 1:
            return replace(self._registered(identifier), certainty=Certainty.CONTRADICTED)
        record = next(iter(records), None)
        return Person(self._ordered(record, group), record, await self._demographics(identifier), certainty)

    async def _say(self, identifier: PatientIdentifier) -> Said:
        identifiers, complete = {identifier, *self._registered(identifier).identifiers}, True
        for source in self._sources if plain([identifier]) else ():
            try:
                identifiers |= plain(await source.known_as(identifier))
                self._silent.discard(source)
            except CrossReferenceFailed:
                self._silent.add(source)
                complete = False
        return Said(frozenset(identifiers), complete)

    async def _demographics(self, identifier: PatientIdentifier) -> Demographics:
        found = Demographics()
        for source in self._sources:
            try:
                said = await source.demographics_of(identifier)
            except CrossReferenceFailed:
                continue
            found = Demographics(found.birth_date or said.birth_date, found.sex or said.sex)
        return found

    def _registered(self, identifier: PatientIdentifier) -> Person:
        record = self._register.patient_of(identifier)
        return Person((identifier,) if record is None else self._register.identifiers_of(record), record)

    def _ordered(self, record: str | None, group: Iterable[PatientIdentifier]) -> tuple[PatientIdentifier, ...]:
        registered = self._register.identifiers_of(record) if record is not None else ()
        return tuple(dict.fromkeys((*registered, *sorted(group, key=_order))))

    def _keep(self, identifier: PatientIdentifier, person: Person) -> Person:
        """Whoever was believed to be the same person and is no longer is asked about again."""
        for other in self.person(identifier).identifiers:
            if other not in person.identifiers:
                self._kept.pop(other, None)
        until = self._timer() + self._settings.fresh_seconds
        for one in person.identifiers if person.certainty is Certainty.KNOWN else (identifier,):
            self._kept[one] = _Kept(person, until)
        return person

    def _keep_unanswered(self, identifier: PatientIdentifier, person: Person | None = None) -> Person:
        """What was known last stands until its time is over, and is not prolonged; then nobody is merged."""
        known, until = self._kept.get(identifier), self._timer() + _RETRY_SECONDS
        if known is not None and known.person.certainty is not Certainty.UNANSWERED:
            known.until = until
            return known.person
        unsure = person or replace(self._registered(identifier), certainty=Certainty.UNANSWERED)
        self._kept[identifier] = _Kept(unsure, until)
        return unsure


def _order(identifier: PatientIdentifier) -> tuple[str, str]:
    return identifier.authority, identifier.value
