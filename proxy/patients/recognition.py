"""Where people are recognised: before anything is decided about their studies; and where sources differ, it is told."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cachetools import TTLCache

from proxy.patients.mismatch import IdentityMismatch, Trait, differing
from proxy.patients.people import People
from proxy.patients.person import NOTHING_SAID, Certainty
from proxy.resources import HeldStudy, PatientIdentifier
from proxy.wire import tags

MISMATCH_WORDS: Final = "the institution and the patient index differ about whose study this is"
_REPORTED_SECONDS: Final = 3600.0
_REPORTED: Final = 50_000
_COMPARED: Final = frozenset({tags.PATIENT_BIRTH_DATE, tags.PATIENT_SEX})
_UNANSWERED: Final = "The patient index does not answer; what is kept under other identifiers may be missing"
_CONTRADICTED: Final = "Sources of patient identifiers contradict each other; what only one of them joins is kept apart"


@dataclass(frozen=True, slots=True)
class IdentityContradicted:
    """The sources contradict each other about the person behind `identifier`."""

    identifier: PatientIdentifier


Report = Callable[[IdentityMismatch | IdentityContradicted], Awaitable[None]]


class Recognition:
    """`report` is told of each difference once in a while; with `refuse` what differs is not shown.

    Set `also_uncertain` to have said what else is not certain now, whoever is asked for.
    """

    def __init__(self, people: People, report: Report, timer: Callable[[], float], *, refuse: bool) -> None:
        self.people = people
        self.also_uncertain: Callable[[], Sequence[str]] = tuple
        self._report = report
        self._refuse = refuse
        self._reported: TTLCache[Hashable, None] = TTLCache(_REPORTED, _REPORTED_SECONDS, timer)
        self._differing: TTLCache[Hashable, tuple[Trait, ...]] = TTLCache(_REPORTED, _REPORTED_SECONDS, timer)

    async def recognise(self, held: Sequence[HeldStudy], also: PatientIdentifier | None = None) -> None:
        """Ask for everybody whom `held` names, and for `also`; without waiting when all are known."""
        identifiers = [one.patient for one in held] if also is None else [also, *(one.patient for one in held)]
        if not self.people.asks:
            return
        if not self.people.are_recognised(identifiers):
            await self.people.recognise(identifiers)
        for found in self._differences(held):
            if found not in self._reported:
                await self._tell(found)

    async def _tell(self, found: IdentityMismatch | IdentityContradicted) -> None:
        self._reported[found] = None
        try:
            await self._report(found)
        except BaseException:
            self._reported.pop(found, None)
            raise

    def traits(self, held: HeldStudy) -> tuple[Trait, ...]:
        """In what the archive differs from what is known of the patient, or did when both were last seen."""
        key = (held.archive, held.study, held.patient)
        known = self.people.person(held.patient).demographics
        if held.attributes.keys() & _COMPARED and known != NOTHING_SAID:
            found = differing(held.attributes, known)
            self._differing.pop(key, None)
            if found:
                self._differing[key] = found
        return self._differing.get(key, ())

    def doubt(self, held: HeldStudy) -> str | None:
        """Why the study must not be shown, whoever asks; `None` when nothing speaks against it."""
        return MISMATCH_WORDS if self._refuse and self.traits(held) else None

    def notices(self, identifiers: Iterable[PatientIdentifier]) -> list[str]:
        """Sentences about what is not certain, of the people behind `identifiers` where it is about people.

        That a source is silent is said whoever is asked for: what is hidden leaves no trace in it.
        """
        contradicted = any(self.people.person(one).certainty is Certainty.CONTRADICTED for one in identifiers)
        silent = [_UNANSWERED] if self.people.failing else []
        return [*silent, *self.also_uncertain(), *([_CONTRADICTED] if contradicted else [])]

    def _differences(self, held: Sequence[HeldStudy]) -> Iterator[IdentityMismatch | IdentityContradicted]:
        for one in held:
            if self.people.person(one.patient).certainty is Certainty.CONTRADICTED:
                yield IdentityContradicted(one.patient)
            traits = self.traits(one)
            if traits:
                yield IdentityMismatch(one, traits)
