"""What one caller may know of the rows that archives give, as they arrive: matched, placed, decided about."""

from collections.abc import AsyncGenerator, Callable, Hashable, Iterator, Mapping, Sequence
import contextlib
from dataclasses import dataclass, replace
from functools import partial

from proxy.access.asker import Named
from proxy.access.caller import Caller
from proxy.access.enforcement import Enforcement, Visibility
from proxy.access.reach import Reach
from proxy.archives.client import ArchiveClient
from proxy.archives.search.paging import Paging, Rows
from proxy.archives.search.reading import identity_of
from proxy.federation.absence import even_out
from proxy.federation.answering import Piece, as_they_answer
from proxy.federation.crowd import MOST_PEOPLE, Crowd
from proxy.federation.holdings import Holdings, holder_of
from proxy.federation.interleaving import interleaved
from proxy.federation.location import study_fields, to_held
from proxy.federation.matching import matching
from proxy.federation.merge import Part
from proxy.federation.origins import as_there, origins_of
from proxy.federation.query import Level, Query
from proxy.federation.sources import Row, SourceAnswer, SourceStatus
from proxy.patients.people import MAXIMUM_ASKED
from proxy.resources import ArchiveId, HeldStudy, InstitutionId
from proxy.settings.retrieval import Federation
from proxy.wire import tags
from proxy.wire.deidentified import deidentified, is_told

Owned = tuple[Row, HeldStudy]
"""A row and the study that policy decides about."""

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

_ALWAYS_GIVEN = frozenset(
    {
        tags.STUDY_INSTANCE_UID,
        tags.SERIES_INSTANCE_UID,
        tags.SOP_INSTANCE_UID,
        tags.STUDY_DATE,
        tags.STUDY_TIME,
        tags.ACCESSION_NUMBER,
        tags.PATIENT_ID,
        tags.PATIENT_NAME,
        tags.STUDY_ID,
        tags.REFERRING_PHYSICIAN_NAME,
    }
)
"""Attributes that rows have unasked (PS3.18 Table 10.6.3-3): asking for them only makes the question longer."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a search asks: each archive its `queries`, and whose studies are meant of those that match.

    Within a study, `permitted` is how the archives hold it, and `missing` those that may hold another part of it.
    """

    queries: Mapping[ArchiveClient, Sequence[Query]]
    includes: Callable[[HeldStudy], bool] = lambda _: True
    permitted: Mapping[ArchiveId, HeldStudy] | None = None
    missing: tuple[SourceStatus, ...] = ()


class Gathering:
    """Asks the archives of a scope. What the caller may not know of goes no further than here."""

    def __init__(self, enforcement: Enforcement, paging: Paging, settings: Federation) -> None:
        self._enforcement = enforcement
        self._paging = paging
        self._deadline = settings.deadline_seconds
        self._absent_seconds = settings.absent_seconds

    async def gather(self, caller: Caller, query: Query, scope: Scope) -> AsyncGenerator[Sequence[Part] | SourceStatus]:
        """Parts as they come, and the status of every archive that has ended; `query` is what the caller asked."""
        archives = tuple(scope.queries)
        ranks = {archive.archive.id: rank for rank, archive in enumerate(archives)}
        given, origins = dict.fromkeys(ranks, 0), {archive.origin for archive in archives}
        crowd = Crowd(MOST_PEOPLE if self._enforcement.asks_about_people else None)
        asked = as_they_answer(archives, lambda archive: self._owned(archive, scope), self._deadline)
        async with contextlib.aclosing(asked) as arriving:
            async for arrival in arriving:
                name = arrival.archive.archive.id
                if isinstance(arrival, SourceAnswer):
                    for status in arrival.statuses(given[name], origins):
                        yield crowd.told(status)
                    continue
                decided = await self._decided(caller, crowd.admitted(name, arrival.items))
                to_part = partial(_part, query, ranks[name], arrival.archive)
                parts = [part for row, visibility in decided if (part := to_part(row, visibility)) is not None]
                given[name] += len(parts)
                if parts:
                    yield parts

    async def reach(
        self, caller: Caller, named: Named, level: str, patient: str, only: InstitutionId | None = None
    ) -> Reach:
        """Whom `caller` may ask, searching so. Raises `NotPermitted`, once it is recorded, where that is nobody."""
        return await self._enforcement.require_reach(caller, named, level, patient, only)

    async def even_out(self, began: float) -> None:
        """Wait before it is said that there is nothing, as is asked for of `absent_seconds`."""
        await even_out(began, self._absent_seconds)

    async def decide(self, caller: Caller, held: Sequence[HeldStudy]) -> Sequence[Visibility]:
        """What `caller` may know of `held` now, in their order."""
        return await self._enforcement.discern(caller, held)

    def _owned(self, archive: ArchiveClient, scope: Scope) -> AsyncGenerator[Piece[Owned]]:
        """What the archive has; when there are several queries, they are asked at once, as it is far away."""
        holdings, seen = Holdings(archive), set[Hashable]()
        return interleaved([self._answers(archive, one, scope, holdings, seen) for one in scope.queries[archive]])

    async def _answers(
        self, archive: ArchiveClient, query: Query, scope: Scope, holdings: Holdings, seen: set[Hashable]
    ) -> AsyncGenerator[Piece[Owned]]:
        """What it answers to one query, but for rows that are `seen` in its answer to another."""
        matches, alone = matching(query), len(scope.queries[archive]) == 1
        pages = self._paging.pages(archive, query.path, _parameters(archive, query))
        async with contextlib.aclosing(pages) as arriving:
            async for page in arriving:
                rows = [row for row in page.rows if matches(row)]
                rows = rows if alone else _unseen(rows, query.level, seen)
                owned = await _placed(archive, query, rows, holdings, scope)
                truncated = page.truncated or holdings.exhausted
                yield Piece(archive, owned, truncated, _is_literal(page, query), page.beyond)

    async def _decided(self, caller: Caller, owned: Sequence[Owned]) -> Iterator[tuple[Row, Visibility]]:
        """Each row with what `caller` may know of its study; about each study it is decided once."""
        different = {(held.study, held.patient): held for _, held in owned}
        held = [*different.values()]
        decisions = [
            one
            for start in range(0, len(held), MAXIMUM_ASKED)
            for one in await self.decide(caller, held[start : start + MAXIMUM_ASKED])
        ]
        decided = dict(zip(different, decisions, strict=True))
        return ((row, decided[held.study, held.patient]) for row, held in owned)


async def _placed(
    archive: ArchiveClient, query: Query, rows: Sequence[Row], holdings: Holdings, scope: Scope
) -> list[Owned]:
    """Each row with its study; those that nobody can place, or that are of somebody else, are left out."""
    if scope.permitted is not None:
        held = scope.permitted[ArchiveId(archive.archive.id)]
        return [(row, held) for row in rows]
    if query.level is Level.STUDIES:
        placed = ((row, to_held(archive, row)) for row in rows)
    else:
        studies = await holdings.of(rows)
        placed = ((row, holder_of(row, studies)) for row in rows)
    return [(row, held) for row, held in placed if held is not None and scope.includes(held)]


def _unseen(rows: Sequence[Row], level: Level, seen: set[Hashable]) -> list[Row]:
    """Those that the archive did not give in answer to another query."""
    new: list[Row] = []
    for row in rows:
        identity = identity_of(row, level)
        if identity not in seen:
            seen.add(identity)
            new.append(row)
    return new


def _is_literal(page: Rows, query: Query) -> bool:
    return query.fuzzy and page.literal


def _part(query: Query, rank: int, archive: ArchiveClient, row: Row, visibility: Visibility) -> Part | None:
    """What is shown of a row: all of it, no more than that a study exists, or nothing."""
    visibility = as_there(archive, row, visibility)
    if visibility.viewable and visibility.masked:
        return _masked(query, Part(row, visibility, rank, origins_of(archive, row)))
    if visibility.viewable:
        return Part(row, visibility, rank, origins_of(archive, row))
    findable = query.level is Level.STUDIES and {tag for tag, _ in query.matches} <= _FINDS_LOCKED
    if not visibility.known or not findable:
        return None
    told = {tag: row[tag] for tag in row if tag in _TOLD_OF_LOCKED}
    locked = replace(visibility, held=replace(visibility.held, attributes={**told}))
    return Part(told, locked, rank, origins_of(archive, row))


def _masked(query: Query, part: Part) -> Part | None:
    """`part` without a word of whose it is; it is found by what it tells, and by the patient whom the caller names."""
    findable = all(tag in _FINDS_LOCKED or is_told(tag) for tag, _ in query.matches)
    return replace(part, row=deidentified(part.row)) if findable else None


def _parameters(archive: ArchiveClient, query: Query) -> list[tuple[str, str]]:
    """Match keys are asked for as fields too, so that rows can be judged by them."""
    keys = (tag.partition(".")[0] for tag, _ in query.matches)
    own = study_fields(archive) if query.level is Level.STUDIES else ()
    fields = dict.fromkeys((*own, *keys, *query.fields))
    included = ["all"] if "all" in fields else [tag for tag in fields if tag not in _ALWAYS_GIVEN]
    fuzzy = [("fuzzymatching", "true")] if query.fuzzy else []
    return [*query.asked, *(("includefield", field) for field in included), *fuzzy]
