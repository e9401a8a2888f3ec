"""Which archives hold a study: learnt by asking, remembered for a while in bounded memory, never guessed."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
import itertools

from cachetools import TTLCache

from proxy.archives.client import ArchiveClient
from proxy.archives.registry import Archives
from proxy.archives.search.paging import Paging, Rows
from proxy.coalescing import Coalesced
from proxy.errors import ArchiveFailed, NotFound, Overloaded, RefusedElsewhere, Source
from proxy.federation.choice import Choices
from proxy.federation.likelihood import Likelihood
from proxy.federation.sources import Row, SourceAnswer, SourceState, SourceStatus, silence
from proxy.federation.waves import Waves, ask_in_waves
from proxy.patients.person import Certainty
from proxy.patients.recognition import Recognition
from proxy.patients.register import Register
from proxy.resources import ArchiveId, HeldStudy, InstitutionId, PatientIdentifier, Uid
from proxy.settings.retrieval import Federation
from proxy.urgency import current_demand
from proxy.wire import dicomjson, tags

STUDY_FIELDS = ("00080061", "00081030", "00100021", "00100024", "00100030", "00100040", "00201206", "00201208")
_Question = tuple[Uid, frozenset[ArchiveId], str]
"""What is looked for, which archives may be asked for it, and for whom, where that makes a difference."""

_REMEMBERED = 50_000
_INCOMPLETE_SECONDS = 10.0
"""How long an answer stands in which archives are missing that are not asked for now: the others need not repeat it."""

_STANDING = frozenset({SourceState.HOP_LIMIT, SourceState.NOT_PERMITTED})
"""What another exchange would answer again at once."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a study is: one `HeldStudy` for each archive that has a part of it.

    `missing` are the archives that may have another part; `disputed` when the parts are said to be of two patients.
    """

    held: tuple[HeldStudy, ...]
    missing: tuple[SourceStatus, ...] = ()
    disputed: bool = False


async def _always(_: Sequence[HeldStudy]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Seeker:
    """For whom a study is located, and which `archives` may be asked for it.

    `may_know` says whether the seeker may know of any of what was found. Only then are archives passed over: what is
    hidden is asked for like what does not exist.
    """

    archives: frozenset[ArchiveId]
    subject: str = ""
    may_know: Callable[[Sequence[HeldStudy]], Awaitable[bool]] = field(default=_always, compare=False)


def study_fields(archive: ArchiveClient) -> tuple[str, ...]:
    """What has to be known of a study besides what every row has, to decide who may see it."""
    return tuple(dict.fromkeys((*STUDY_FIELDS, *archive.also_asked)))


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
        circle=archive.circle,
    )


class Locations:
    """Locates studies and series; concurrent questions for one study ask the archives once.

    Who may ask other archives asks another question: answers are neither shared nor remembered across these.
    """

    def __init__(
        self,
        archives: Archives,
        register: Register,
        settings: Federation,
        timer: Callable[[], float],
        located: Callable[[Uid, Sequence[HeldStudy]], None] = lambda *_: None,
        recognition: Recognition | None = None,
        paging: Paging | None = None,
    ) -> None:
        """`located` is told whenever all archives have said how they hold a study.

        With `recognition` people are known by more identifiers than those in the register.
        """
        self._recognition = recognition
        self._located = located
        self.choices = Choices(archives, timer)
        self._archives = archives
        self._register = register
        self._settings = settings
        self._paging = paging or Paging(settings)
        self.likelihood = Likelihood()
        self._may_spare = any(one.archive.own_patients_only for one in archives)
        self._studies: TTLCache[_Question, Location] = TTLCache(_REMEMBERED, settings.location_seconds, timer)
        self._incomplete: TTLCache[_Question, Location] = TTLCache(
            _REMEMBERED, min(_INCOMPLETE_SECONDS, settings.location_seconds), timer
        )
        self._series: TTLCache[tuple[str, Uid], frozenset[Uid]] = TTLCache(
            _REMEMBERED, settings.location_seconds, timer
        )
        self._locating: Coalesced[tuple[_Question, bool, str], Location] = Coalesced()
        self._listing: Coalesced[tuple[str, Uid], frozenset[Uid]] = Coalesced()

    async def locate(self, study: Uid, seeker: Seeker) -> Location:
        """Every archive that `seeker` may ask and that holds `study`.

        Raises `NotFound` when all archives answered that they have none, `ArchiveFailed` when none has it but some did
        not answer: a failed archive is never the same as an absent study.
        """
        return self.remembered(study, seeker) or await self.locate_afresh(study, seeker)

    def remembered(self, study: Uid, seeker: Seeker) -> Location | None:
        """What is known without asking. An emergency is not content with a part, as it may ask where others may not."""
        question = self._question(study, seeker)
        known = self._studies.get(question)
        return known if known or current_demand().emergency else self._incomplete.get(question)

    async def locate_afresh(self, study: Uid, seeker: Seeker) -> Location:
        """Like `locate`, from what the archives answer now."""
        whose = seeker.subject if self._may_spare else ""  # what one may know spares nobody's archives for another
        question = self._question(study, seeker), current_demand().emergency, whose
        return await self._locating.ask(question, lambda: self._ask(study, seeker))

    async def _ask(self, study: Uid, seeker: Seeker) -> Location:
        answers = await self._answers(study, seeker)
        held = await self._recognised(answers)
        statuses = [status for answer in answers for status in answer.statuses(0, self._archives.origins)]
        missing = tuple(status for status in statuses if not status.state.complete)
        if not missing and len(answers) == len(self._archives):
            self._located(study, held)
        if not held:
            raise unknown_holder(missing) if missing else NotFound()
        if await seeker.may_know(held):
            self.likelihood.found(seeker.subject, held)
        location = Location(held, missing, disputed=len({self.person_of(one.patient) for one in held}) > 1)
        if not missing and self._are_certain(held):
            self._studies[self._question(study, seeker)] = location
        elif all(one.retry_after is not None or one.state in _STANDING for one in missing):
            self._incomplete[self._question(study, seeker)] = location
        return location

    def _question(self, study: Uid, seeker: Seeker) -> _Question:
        """What is known is known for everybody, unless another exchange is asked, which decides about each person."""
        return study, seeker.archives, self._archives.circle

    async def _answers(self, study: Uid, seeker: Seeker) -> Sequence[SourceAnswer]:
        """Of all that had to be asked, in the order of the configuration."""

        async def still(answers: Sequence[SourceAnswer], rest: Sequence[ArchiveClient]) -> Sequence[ArchiveClient]:
            return await self._still_asked(seeker, answers, rest)

        answers = await ask_in_waves(self._waves(study, seeker), lambda archive: _study_rows(archive, study), still)
        ranks = {archive: rank for rank, archive in enumerate(self._archives)}
        return sorted(answers, key=lambda answer: ranks[answer.archive])

    def _waves(self, study: Uid, seeker: Seeker) -> Waves:
        """All at once in an emergency; else the likeliest first, where their answer may spare some of the others."""
        archives = [one for one in self._archives if one.archive.id in seeker.archives]
        likely, others = self.likelihood.order(seeker.subject, study, archives)
        everybody = [*likely, *others]
        width = len(everybody) if current_demand().emergency else self._settings.wave
        may_spare = likely and any(one.archive.own_patients_only for one in others)
        first = likely[:width] if may_spare and width < len(everybody) else everybody[:width]
        return Waves(first, everybody[len(first) :], width, self._settings.deadline_seconds)

    async def _still_asked(
        self, seeker: Seeker, answers: Sequence[SourceAnswer], rest: Sequence[ArchiveClient]
    ) -> Sequence[ArchiveClient]:
        """All but those that cannot have a part of what was found: by their owners' word, and by who the patient is.

        An archive is passed over when it has studies of none but its own patients, and the one person whom everything
        found is of, known for certain, is not among these.
        """
        if not any(one.archive.own_patients_only for one in rest):
            return rest
        held = await self._recognised(answers)
        known = self._authorities_of(held)
        if not known or not await seeker.may_know(held):
            return rest
        return [one for one in rest if not one.archive.own_patients_only or one.archive.assigning_authority in known]

    def _authorities_of(self, held: Sequence[HeldStudy]) -> frozenset[str]:
        """Who gave identifiers to the one person of `held`; nobody where it is not certain who that is."""
        if len({self.person_of(one.patient) for one in held}) != 1:
            return frozenset()
        if self._recognition is None:
            record = self._register.patient_of(held[0].patient)
            return frozenset(one.authority for one in self._register.identifiers_of(record or ""))
        people = [self._recognition.people.person(one.patient) for one in held]
        certain = all(one.certainty is Certainty.KNOWN and (one.record or len(one.identifiers) > 1) for one in people)
        return frozenset(one.authority for one in people[0].identifiers) if certain else frozenset()

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
        failure: ArchiveFailed | Overloaded | RefusedElsewhere | None = None
        for one in self.choices.order(held, session, series, instance):
            try:
                if len(held) == 1 or series in await self._series_of(one):
                    self.choices.settle(session, series, instance, one.archive)
                    return one
            except (ArchiveFailed, Overloaded, RefusedElsewhere) as error:
                self.choices.turn_away(Source(one.archive, series))
                failure = error
        raise failure or NotFound()

    async def _series_of(self, held: HeldStudy) -> frozenset[Uid]:
        key = (held.place, held.study)
        known = self._series.get(key)
        return known if known is not None else await self._listing.ask(key, lambda: self._list(held))

    async def _list(self, held: HeldStudy) -> frozenset[Uid]:
        pages = self._paging.pages(self._archives[held.archive], f"studies/{held.study}/series", ())
        uids = [dicomjson.uid(row, tags.SERIES_INSTANCE_UID) async for page in pages for row in page.rows]
        series = self._series[held.place, held.study] = frozenset(uid for uid in uids if uid is not None)
        return series


def unknown_holder(missing: Sequence[SourceStatus]) -> ArchiveFailed:
    """The error for a study that nobody is known to have while some archives do not answer."""
    return silence("an archive that may hold the study did not answer", missing)


async def _study_rows(archive: ArchiveClient, study: Uid) -> Rows:
    fields = [("includefield", field) for field in study_fields(archive)]
    answer = await archive.search_page("studies", [("StudyInstanceUID", study), *fields])
    rows = [row for row in answer.rows if dicomjson.uid(row, tags.STUDY_INSTANCE_UID) == study]
    return Rows(rows, beyond=answer.beyond)


def _held(answer: SourceAnswer) -> list[HeldStudy]:
    return [held for row in answer.rows if (held := to_held(answer.archive, row)) is not None]
