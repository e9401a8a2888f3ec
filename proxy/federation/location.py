"""Which archives hold a study: learnt by asking, remembered for a while in bounded memory, never guessed."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
import itertools

from cachetools import TTLCache

from proxy.archives.client import ArchiveClient
from proxy.archives.registry import Archives
from proxy.coalescing import Coalesced
from proxy.errors import ArchiveFailed, NotFound, Overloaded, Source
from proxy.federation.choice import Choices
from proxy.federation.sources import Row, Rows, SourceAnswer, SourceStatus, ask_all, silence
from proxy.patients.person import Certainty
from proxy.patients.recognition import Recognition
from proxy.patients.register import Register
from proxy.resources import ArchiveId, HeldStudy, InstitutionId, PatientIdentifier, Uid
from proxy.settings.retrieval import Federation
from proxy.urgency import current_demand
from proxy.wire import dicomjson, tags

STUDY_FIELDS = ("00080061", "00081030", "00100021", "00100030", "00100040", "00201206", "00201208")
_REMEMBERED = 50_000
_INCOMPLETE_SECONDS = 10.0
"""How long an answer stands in which archives are missing that are not asked for now: the others need not repeat it."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a study is: one `HeldStudy` for each archive that has a part of it.

    `missing` are the archives that may have another part; `disputed` when the parts are said to be of two patients.
    """

    held: tuple[HeldStudy, ...]
    missing: tuple[SourceStatus, ...] = ()
    disputed: bool = False


def to_held(archive: ArchiveClient, row: Row) -> HeldStudy | None:
    """A study row of `archive` as the unit that policy decides about, or `None` when it names no study or patient."""
    study = dicomjson.uid(row, tags.STUDY_INSTANCE_UID)
    patient = dicomjson.text(row, tags.PATIENT_ID)
    if study is None or not patient:
        return None
    authority = dicomjson.text(row, tags.ISSUER_OF_PATIENT_ID) or archive.archive.assigning_authority
    return HeldStudy(
        study=study,
        archive=ArchiveId(archive.archive.id),
        institution=InstitutionId(archive.institution.id),
        patient=PatientIdentifier(authority, patient),
        modalities=dicomjson.texts(row, tags.MODALITIES_IN_STUDY),
        date=dicomjson.text(row, tags.STUDY_DATE),
        attributes=row,
    )


class Locations:
    """Locates studies and series; concurrent questions for one study ask the archives once."""

    def __init__(
        self,
        archives: Archives,
        register: Register,
        settings: Federation,
        timer: Callable[[], float],
        located: Callable[[Uid, Sequence[HeldStudy]], None] = lambda *_: None,
        recognition: Recognition | None = None,
    ) -> None:
        """`located` is told whenever all archives have said how they hold a study.

        With `recognition` people are known by more identifiers than those in the register.
        """
        self._recognition = recognition
        self._located = located
        self.choices = Choices(archives, timer)
        self._archives = archives
        self._register = register
        self._deadline = settings.deadline_seconds
        self._studies: TTLCache[Uid, Location] = TTLCache(_REMEMBERED, settings.location_seconds, timer)
        self._incomplete: TTLCache[Uid, Location] = TTLCache(
            _REMEMBERED, min(_INCOMPLETE_SECONDS, settings.location_seconds), timer
        )
        self._series: TTLCache[tuple[ArchiveId, Uid], frozenset[Uid]] = TTLCache(
            _REMEMBERED, settings.location_seconds, timer
        )
        self._locating: Coalesced[tuple[Uid, bool], Location] = Coalesced()
        self._listing: Coalesced[tuple[ArchiveId, Uid], frozenset[Uid]] = Coalesced()

    async def locate(self, study: Uid) -> Location:
        """Every archive that holds `study`.

        Raises `NotFound` when all archives answered that they have none, `ArchiveFailed` when none has it but some did
        not answer: a failed archive is never the same as an absent study.
        """
        return self.remembered(study) or await self.locate_afresh(study)

    def remembered(self, study: Uid) -> Location | None:
        """What is known without asking. An emergency is not content with a part, as it may ask where others may not."""
        known = self._studies.get(study)
        return known if known or current_demand().emergency else self._incomplete.get(study)

    async def locate_afresh(self, study: Uid) -> Location:
        """Like `locate`, from what the archives answer now."""
        return await self._locating.ask((study, current_demand().emergency), lambda: self._ask(study))

    async def _ask(self, study: Uid) -> Location:
        answers = await ask_all(tuple(self._archives), lambda archive: _study_rows(archive, study), self._deadline)
        held = await self._recognised(answers)
        missing = tuple(answer.status(0) for answer in answers if not answer.state.complete)
        if not missing:
            self._located(study, held)
        if not held:
            raise unknown_holder(missing) if missing else NotFound()
        location = Location(held, missing, disputed=len({self.person_of(one.patient) for one in held}) > 1)
        if not missing and self._are_certain(held):
            self._studies[study] = location
        elif all(one.retry_after is not None for one in missing):
            self._incomplete[study] = location
        return location

    def person_of(self, identifier: PatientIdentifier) -> Hashable:
        """What is equal for the identifiers of one person, as far as the exchange knows now."""
        if self._recognition is not None:
            return self._recognition.people.person_of(identifier)
        return self._register.patient_of(identifier) or identifier

    def _are_certain(self, held: Sequence[HeldStudy]) -> bool:
        """Whether asking again later would not find that parts belong together which are kept apart now."""
        if self._recognition is None or len(held) < 2:
            return True
        people = self._recognition.people
        return all(people.person(one.patient).certainty is not Certainty.UNANSWERED for one in held)

    async def _recognised(self, answers: Sequence[SourceAnswer]) -> tuple[HeldStudy, ...]:
        """What the archives hold, each person's once for each archive."""
        held = [_held(answer) for answer in answers]
        if self._recognition is not None:
            await self._recognition.recognise(list(itertools.chain.from_iterable(held)))
        return tuple(itertools.chain.from_iterable(map(self._merged, held)))

    def _merged(self, held: Sequence[HeldStudy]) -> list[HeldStudy]:
        """What one archive holds of a study, which it may keep under several identifiers of the same person."""
        people: dict[Hashable, HeldStudy] = {}
        for one in held:
            known = people.setdefault(self.person_of(one.patient), one)
            if known.patient != one.patient:
                aliases = (*known.aliases, one.patient)
                people[self.person_of(one.patient)] = replace(known, aliases=aliases)
        return list(people.values())

    async def holder(
        self, held: Sequence[HeldStudy], series: Uid, instance: str = "", session: Hashable = None
    ) -> HeldStudy:
        """Which of `held` gives `series` to `session`: the one that did before, else by preference and health."""
        failure: ArchiveFailed | Overloaded | None = None
        for one in self.choices.order(held, session, series, instance):
            try:
                if len(held) == 1 or series in await self._series_of(one):
                    self.choices.settle(session, series, instance, one.archive)
                    return one
            except (ArchiveFailed, Overloaded) as error:
                self.choices.turn_away(Source(one.archive, series))
                failure = error
        raise failure or NotFound()

    async def _series_of(self, held: HeldStudy) -> frozenset[Uid]:
        key = (held.archive, held.study)
        known = self._series.get(key)
        return known if known is not None else await self._listing.ask(key, lambda: self._list(held))

    async def _list(self, held: HeldStudy) -> frozenset[Uid]:
        rows = await self._archives[held.archive].search(f"studies/{held.study}/series", ())
        uids = (dicomjson.uid(row, tags.SERIES_INSTANCE_UID) for row in rows)
        series = self._series[held.archive, held.study] = frozenset(uid for uid in uids if uid is not None)
        return series


def unknown_holder(missing: Sequence[SourceStatus]) -> ArchiveFailed:
    """The error for a study that nobody is known to have while some archives do not answer."""
    return silence("an archive that may hold the study did not answer", missing)


async def _study_rows(archive: ArchiveClient, study: Uid) -> Rows:
    fields = [("includefield", field) for field in STUDY_FIELDS]
    rows = await archive.search("studies", [("StudyInstanceUID", study), *fields])
    return Rows([row for row in rows if dicomjson.uid(row, tags.STUDY_INSTANCE_UID) == study])


def _held(answer: SourceAnswer) -> list[HeldStudy]:
    return [held for row in answer.rows if (held := to_held(answer.archive, row)) is not None]
