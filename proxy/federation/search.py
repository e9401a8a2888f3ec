"""Search over all archives (QIDO-RS, PS3.18 §10.6): what this caller may know of, and who did not answer."""

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.enforcement import Enforcement, Visibility
from proxy.access.events import caller_event
from proxy.archives.client import ArchiveClient
from proxy.archives.registry import Archives
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import ArchiveFailed, BadRequest, NotFound
from proxy.federation.admission import Admission
from proxy.federation.location import STUDY_FIELDS, Locations, to_held
from proxy.federation.matching import matches
from proxy.federation.merge import merge_studies, sort_key
from proxy.federation.query import Level, Query
from proxy.federation.sources import Row, Rows, SourceAnswer, SourceState, SourceStatus, ask_all, silence
from proxy.resources import HeldStudy, PatientIdentifier, SeriesRef, StudyRef, Uid
from proxy.settings import Federation
from proxy.wire import dicomjson, tags

_STUDIES_PER_ARCHIVE = 200
_TOLD_OF_LOCKED = frozenset(
    {
        tags.STUDY_INSTANCE_UID,
        tags.STUDY_DATE,
        tags.MODALITIES_IN_STUDY,
        tags.INSTANCE_AVAILABILITY,
        tags.PATIENT_ID,
        tags.ISSUER_OF_PATIENT_ID,
    }
)
"""What is known of a study that exists and may not be opened; what it is of stays with its institution."""

_FINDS_LOCKED = _TOLD_OF_LOCKED | {tags.PATIENT_NAME, tags.PATIENT_BIRTH_DATE, tags.PATIENT_SEX}
"""By what such a study can be found: by its patient, never by what it does not tell."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`rows` after paging, how many come after them, and how every archive answered."""

    rows: tuple[Row, ...]
    remaining: int
    sources: tuple[SourceStatus, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A patient's studies at all institutions, newest first, each with what the caller may do with it."""

    studies: tuple[Visibility, ...]
    sources: tuple[SourceStatus, ...]


class Search:
    """Asks every archive, keeps what matches and may be known, merges, sorts and pages."""

    def __init__(
        self,
        archives: Archives,
        locations: Locations,
        admission: Admission,
        enforcement: Enforcement,
        audit: AuditLog,
        settings: Federation,
    ) -> None:
        self._archives = archives
        self._locations = locations
        self._admission = admission
        self._enforcement = enforcement
        self._audit = audit
        self._settings = settings

    async def search(self, caller: Caller, query: Query) -> SearchResult:
        """Rows of `query` that `caller` may know of. Raises `ArchiveFailed` when no archive at all answered."""
        if query.study is not None:
            rows, sources = await self._inside_study(caller, query, query.study)
        elif query.level is Level.STUDIES:
            rows, sources = await self._studies(caller, query)
        else:
            rows, sources = await self._everywhere(caller, query)
        _refuse_silence(sources)
        end = len(rows) if query.limit is None else query.offset + query.limit
        page = rows[query.offset : end]
        await self._record(caller, query, len(page), sources)
        return SearchResult(tuple(page), max(0, len(rows) - end), sources)

    async def history(self, caller: Caller, identifiers: Sequence[PatientIdentifier]) -> History:
        """The studies of one patient, known under `identifiers`, at every institution that assigned one of them.

        Archives whose assigning authority is not among them are not asked: they cannot know the patient by these.
        """
        values = {identifier.authority: identifier.value for identifier in identifiers}
        archives = [archive for archive in self._archives if archive.archive.assigning_authority in values]

        async def ask(archive: ArchiveClient) -> Rows:
            value = values[archive.archive.assigning_authority]
            query = Query(Level.STUDIES, matches=((tags.PATIENT_ID, value),), fields=STUDY_FIELDS)
            return await self._rows(archive, query)

        answers = await ask_all(archives, ask, self._settings.deadline_seconds)
        known, sources = await self._known(caller, [_of_one(answer, set(identifiers)) for answer in answers])
        ordered = sorted(known, key=lambda one: sort_key(one.held.attributes))
        patient = f"{identifiers[0].authority}|{identifiers[0].value}" if identifiers else ""
        await self._audit.record(_search_event(caller, patient, len(ordered), sources, "history"))
        return History(tuple(ordered), sources)

    async def _studies(self, caller: Caller, query: Query) -> tuple[list[Row], tuple[SourceStatus, ...]]:
        answers = await self._ask(query)
        known, sources = await self._known(caller, answers)
        findable = {tag for tag, _ in query.matches} <= _FINDS_LOCKED
        viewable = [one.held for one in known if one.viewable]
        locked = [_locked(one.held) for one in known if findable and not one.viewable]
        return merge_studies([*viewable, *locked], self._locations.person_of), sources

    async def _known(
        self, caller: Caller, answers: Sequence[SourceAnswer]
    ) -> tuple[list[Visibility], tuple[SourceStatus, ...]]:
        known: list[Visibility] = []
        sources: list[SourceStatus] = []
        for answer in answers:
            held = [one for row in answer.rows if (one := to_held(answer.archive, row)) is not None]
            visible = [one for one in await self._enforcement.discern(caller, held) if one.known]
            known.extend(visible)
            sources.append(answer.status(len(visible)))
        return known, tuple(sources)

    async def _inside_study(
        self, caller: Caller, query: Query, study: Uid
    ) -> tuple[list[Row], tuple[SourceStatus, ...]]:
        target = StudyRef(study) if query.series is None else SeriesRef(study, query.series)
        permits = await self._admission.admit_all(caller, target, Capability.VIEW)
        archives = [self._archives[permit.held.archive] for permit in permits]
        answers = await self._ask(query, archives)
        location = await self._locations.locate(study)
        rows = [row for answer in answers for row in answer.rows]
        sources = tuple(answer.status(len(answer.rows)) for answer in answers)
        return _distinct(sorted(rows, key=sort_key)), sources + location.missing

    async def _everywhere(self, caller: Caller, query: Query) -> tuple[list[Row], tuple[SourceStatus, ...]]:
        """All series or all instances: a row is given only when its study may be viewed."""
        rows: list[Row] = []
        sources: list[SourceStatus] = []
        for answer in await self._ask(query):
            kept, truncated = await self._viewable(caller, answer)
            rows.extend(kept)
            state = SourceState.TRUNCATED if truncated else answer.state
            sources.append(SourceAnswer(answer.archive, state).status(len(kept)))
        return sorted(rows, key=sort_key), tuple(sources)

    async def _viewable(self, caller: Caller, answer: SourceAnswer) -> tuple[list[Row], bool]:
        by_study: defaultdict[Uid, list[Row]] = defaultdict(list)
        for row in answer.rows:
            study = dicomjson.uid(row, tags.STUDY_INSTANCE_UID)
            if study is not None:
                by_study[study].append(row)
        kept: list[Row] = []
        for study in list(by_study)[:_STUDIES_PER_ARCHIVE]:
            held = await self._held_by(answer.archive, study)
            if any(one.viewable for one in await self._enforcement.discern(caller, held)):
                kept.extend(by_study[study])
        return kept, len(by_study) > _STUDIES_PER_ARCHIVE

    async def _held_by(self, archive: ArchiveClient, study: Uid) -> list[HeldStudy]:
        try:
            location = await self._locations.locate(study)
        except (NotFound, ArchiveFailed):
            return []
        return [held for held in location.held if held.archive == archive.archive.id and not location.disputed]

    async def _ask(self, query: Query, archives: Sequence[ArchiveClient] | None = None) -> list[SourceAnswer]:
        asked = tuple(self._archives) if archives is None else archives
        return await ask_all(asked, lambda one: self._rows(one, query), self._settings.deadline_seconds)

    async def _rows(self, archive: ArchiveClient, query: Query) -> Rows:
        fields = query.fields if query.level is not Level.STUDIES else (*STUDY_FIELDS, *query.fields)
        parameters = [
            *query.keys,
            *(("includefield", field) for field in (["all"] if "all" in fields else dict.fromkeys(fields))),
            ("limit", str(self._settings.results)),
        ]
        answer = await archive.search_page(query.path, parameters)
        rows = [row for row in answer.rows if matches(row, query)]
        return Rows(rows, truncated=answer.more or len(answer.rows) >= self._settings.results)

    async def _record(self, caller: Caller, query: Query, rows: int, sources: Sequence[SourceStatus]) -> None:
        identifier = query.value_of(tags.PATIENT_ID) or ""
        event = _search_event(caller, identifier and f"|{identifier}", rows, sources, query.level.value)
        await self._audit.record(event)


def _of_one(answer: SourceAnswer, identifiers: Container[PatientIdentifier]) -> SourceAnswer:
    """The rows of the patient known under `identifiers`: an archive may hold another's under the same value."""
    rows = [row for row in answer.rows if (held := to_held(answer.archive, row)) and held.patient in identifiers]
    return replace(answer, rows=rows)


def _locked(held: HeldStudy) -> HeldStudy:
    """`held` with no more than may be known of a study that may not be opened."""
    return replace(held, attributes={tag: held.attributes[tag] for tag in held.attributes if tag in _TOLD_OF_LOCKED})


def _distinct(rows: Sequence[Row]) -> list[Row]:
    """One row for each series or instance, the first of those that several archives gave."""
    seen: dict[object, Row] = {}
    for row in rows:
        key = dicomjson.uid(row, tags.SOP_INSTANCE_UID) or dicomjson.uid(row, tags.SERIES_INSTANCE_UID)
        seen.setdefault(key, row)
    return list(seen.values())


def _refuse_silence(sources: Sequence[SourceStatus]) -> None:
    """No answer from any archive is a failure, not an empty list; the client's own when all understood it alike."""
    if not sources or any(source.state in {SourceState.ANSWERED, SourceState.TRUNCATED} for source in sources):
        return
    if all(source.state is SourceState.REFUSED for source in sources):
        raise BadRequest("no archive supports this search: an attribute is unknown, or belongs to a lower level")
    raise silence("no archive answered the search", sources)


def _search_event(caller: Caller, patient: str, rows: int, sources: Sequence[SourceStatus], level: str) -> Event:
    """Names of patients that were searched for are not recorded, only identifiers and how much came back."""
    silent = [source.archive for source in sources if not source.state.complete]
    detail: dict[str, str | int] = {"level": level, "rows": rows, "incomplete": ",".join(silent)}
    return replace(caller_event(EventKind.SEARCH, Outcome.SUCCESS, caller, detail), patient=patient)
