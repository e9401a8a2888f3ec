"""Consent directives of patients, asked for before anything is decided about their studies and kept for a short while.

What no source answers is not known, and policy can tell. An answer that differs from the last one makes every open view
session decide again (docs/decisions/0046).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cachetools import TTLCache

from policy.consent.directive import Identity
from policy.consent.matching import Question
from policy.consent.ruling import Precedence, Verdict, rule
from policy.request import DirectiveVerdict
from proxy.coalescing import Coalesced
from proxy.consents.names import Names
from proxy.consents.source import ConsentSource, ConsentsSilent, Found
from proxy.resources import PatientIdentifier
from proxy.settings.consents import Consents as Settings
from proxy.tasks import Task, TaskKind, Tasks

MAXIMUM_ASKED: Final = 200
"""So many people of one answer are asked for; a search that finds more is not one for a patient."""

LONGEST_SECONDS: Final = 4.0
"""So long all of them together are waited for; of whoever is not answered for by then nothing is known."""

SILENT_SECONDS: Final = 10.0
"""So long after a source was silent it is said that it does not answer, whoever is asked for."""

_RETRY_SECONDS: Final = 2.0
_TRIES: Final = 3
_LAST_SECONDS: Final = 3600.0
"""So long an answer is remembered for being compared with the next; decisions are made again far more often."""

Person = frozenset[Identity]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What directives say to a request, and where they say so."""

    verdict: DirectiveVerdict = DirectiveVerdict.NONE
    because: tuple[str, ...] = ()
    names_recipient: bool = False


NOTHING_SAID: Final = Spoken()


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one source has answered, and when; None for nothing."""

    found: Found | None
    at: float


@dataclass(slots=True)
class _Kept:
    """Of each source what it has answered last; `until` when all are asked again."""

    heard: tuple[_Heard, ...]
    until: float

    def found(self, since: float) -> Found:
        """All of it that was heard after `since`; where a source is silent there may be more."""
        found = Found()
        for one in self.heard:
            answer = one.found if one.at > since else None
            found = found.and_also(answer or _SILENCE)
        return found


_SILENCE: Final = Found(whole=False)


_DENYING: Final = frozenset({Verdict.DENIES, Verdict.ALWAYS_DENIES})
Report = Callable[[Task], Awaitable[None]]
_VERDICTS: Final = {
    Verdict.NONE: DirectiveVerdict.NONE,
    Verdict.PERMITS: DirectiveVerdict.PERMITS,
    Verdict.DENIES: DirectiveVerdict.DENIES,
    Verdict.ALWAYS_DENIES: DirectiveVerdict.ALWAYS_DENIES,
}


class Consents:
    """Asks `sources`. `identifiers_of` gives all identifiers of a person, `timer` seconds."""

    def __init__(
        self,
        sources: Sequence[ConsentSource],
        names: Names,
        settings: Settings,
        tasks: Tasks,
        report: Report,
        timer: Callable[[], float],
        identifiers_of: Callable[[PatientIdentifier], tuple[PatientIdentifier, ...]],
    ) -> None:
        """`report` hears of each consent that is not understood, once. Set `changed` to hear that answers have."""
        self.names = names
        self.changed: Callable[[], None] = lambda: None
        self._sources = tuple(sources)
        self._settings = settings
        self._tasks = tasks
        self._report = report
        self._timer = timer
        self._identifiers_of = identifiers_of
        self._precedence = Precedence(settings.conflicts)
        self._kept: TTLCache[Person, _Kept] = TTLCache(settings.people, settings.cache_seconds, timer)
        self._last: TTLCache[Person, Found] = TTLCache(settings.people, _LAST_SECONDS, timer)
        self._questions: Coalesced[Person, None] = Coalesced()
        self._epoch = 0
        self._silent_until = 0.0

    @property
    def asks(self) -> bool:
        """Whether there are consents besides those of the register."""
        return bool(self._sources)

    @property
    def silent(self) -> bool:
        """Whether a source has just not answered. True for whoever asks: what is hidden leaves no trace in it."""
        return self.asks and self._timer() < self._silent_until

    async def close(self) -> None:
        for source in self._sources:
            await source.close()

    def forget(self, patients: Iterable[PatientIdentifier] = ()) -> None:
        """Something has changed, for `patients` or, without any, for anybody: ask again before the next decision."""
        people = {self._person(one) for one in patients}
        self._epoch += 1
        if all(people):
            for person in people or [*self._kept]:
                self._kept.pop(person, None)
        else:  # somebody who is not known by that
            self._kept.clear()
        self.changed()

    def knows(self, patients: Iterable[PatientIdentifier]) -> bool:
        """Whether `learn` would ask nobody."""
        now = self._timer()
        return not self.asks or all(self._stands(self._person(one), now) for one in patients)

    async def learn(self, patients: Iterable[PatientIdentifier]) -> None:
        """Ask for everybody of whom nothing fresh is known; whoever could not be asked about stays unanswered."""
        if not self.asks:
            return
        now = self._timer()
        people = {self._person(one): one for one in patients}
        wanted = [(person, one) for person, one in people.items() if not self._stands(person, now)]
        if len(wanted) > MAXIMUM_ASKED:
            self._silent_until = now + SILENT_SECONDS
        tasks = [asyncio.create_task(self._ask_once(person, one)) for person, one in wanted[:MAXIMUM_ASKED]]
        try:
            late = (await asyncio.wait(tasks, timeout=LONGEST_SECONDS))[1] if tasks else ()
        finally:
            for task in tasks:
                task.cancel()
        if late:
            self._silent_until = self._timer() + SILENT_SECONDS
        for task in tasks:
            if task not in late:
                task.result()

    def say(self, patient: PatientIdentifier, question: Question) -> Spoken:
        """What the patient's directives say to `question`, from what is known now."""
        if not self.asks:
            return NOTHING_SAID
        kept = self._kept.get(self._person(patient))
        found = _SILENCE if kept is None else kept.found(self._timer() - self._settings.cache_seconds)
        ruling = rule(found.directives, question, self._precedence)
        if found.unreadable and ruling.verdict is not Verdict.ALWAYS_DENIES:
            return Spoken(DirectiveVerdict.UNREADABLE, tuple(one.about for one in found.unreadable))
        if not found.whole and ruling.verdict not in _DENYING:
            return Spoken(DirectiveVerdict.UNANSWERED)
        return Spoken(_VERDICTS[ruling.verdict], ruling.because, ruling.names_recipient)

    def _person(self, patient: PatientIdentifier) -> Person:
        return self.names.of_person(self._identifiers_of(patient))

    def _stands(self, person: Person, now: float) -> bool:
        kept = self._kept.get(person)
        return kept is not None and now < kept.until

    async def _ask_once(self, person: Person, patient: PatientIdentifier) -> None:
        await self._questions.ask(person, lambda: self._ask(person, patient))

    async def _ask(self, person: Person, patient: PatientIdentifier) -> None:
        """What was heard before something changed may be old, and is asked for again."""
        for _ in range(_TRIES):
            epoch = self._epoch
            answers = [await self._answer(source, person) for source in self._sources]
            if epoch == self._epoch:
                found = self._keep(person, answers)
                if None not in answers:
                    await self._tell(patient, found)
                return
        self._keep(person, [None] * len(self._sources))

    async def _answer(self, source: ConsentSource, person: Person) -> Found | None:
        """What `source` has; None when it is silent, or the person has no identity to ask by."""
        if not person:
            return None
        try:
            found = await source.consents_of(person)
        except ConsentsSilent:
            found = None
        if found is None or not found.whole:
            self._silent_until = self._timer() + SILENT_SECONDS
        return found

    def _keep(self, person: Person, answers: Sequence[Found | None]) -> Found:
        """While a source does not answer in full, its last answer stands until its time is over, and no longer."""
        kept, now = self._kept.get(person), self._timer()
        before = kept.heard if kept is not None else (_Heard(None, now),) * len(answers)
        heard = tuple(map(_newer, before, answers, [now] * len(answers)))
        seconds = _RETRY_SECONDS if None in answers else self._settings.fresh_seconds
        if kept is not None and heard == before:
            kept.until = now + _RETRY_SECONDS
        else:
            kept = self._kept[person] = _Kept(heard, now + seconds)
        found = kept.found(now - self._settings.cache_seconds)
        if person in self._last and self._last[person] != found:
            self.changed()
        self._last[person] = found
        return found

    async def _tell(self, patient: PatientIdentifier, found: Found) -> None:
        named = f"{patient.authority}|{patient.value}"
        tasks = (Task(TaskKind.UNREADABLE_CONSENT, one.about, one.words, named) for one in found.unreadable)
        for task in self._tasks.state(f"consents of {named}", tasks):
            await self._report(task)


def _newer(before: _Heard, answer: Found | None, now: float) -> _Heard:
    last = before.found
    return before if last is not None and _adds_nothing(answer, last) else _Heard(answer, now)


def _adds_nothing(found: Found | None, last: Found) -> bool:
    """Whether all that is new since `last` is that there may be more."""
    return found is None or (not found.whole and last == replace(found, whole=True))
