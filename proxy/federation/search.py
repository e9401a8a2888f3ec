"""Search over all archives (QIDO-RS, PS3.18 §10.6): what this caller may know of, and who did not answer."""

import asyncio
from collections.abc import AsyncGenerator, Hashable, Sequence
import contextlib
from dataclasses import dataclass, replace

from policy.request import Capability
from policy.searches import SearchKey
from proxy.access.asker import Named
from proxy.access.caller import Caller
from proxy.access.enforcement import Visibility
from proxy.access.events import caller_event
from proxy.archives.client import ArchiveClient
from proxy.archives.registry import Archives
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.coalescing import Coalesced
from proxy.errors import BadRequest, NotFound
from proxy.federation.admission import Admission
from proxy.federation.counting import Counting
from proxy.federation.gathering import Gathering, Scope
from proxy.federation.listings import Listing, Listings, unpaged, who
from proxy.federation.location import Locations
from proxy.federation.merge import Entry, Found, Merge, Part, sort_key
from proxy.federation.naming import named_by
from proxy.federation.query import Level, Query
from proxy.federation.sought import meant_by, seek, sought_as
from proxy.federation.sources import SourceAnswer, SourceState, SourceStatus, silence
from proxy.garbage import without_collection
from proxy.patients.people import People
from proxy.resources import ArchiveId, InstitutionId, PatientIdentifier, SeriesRef, StudyRef, Uid
from proxy.urgency import current_demand
from proxy.wire import tags


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page: `found`, where it ends, how many come after it, and how every archive answered.

    `query` is what was searched for, also where a cursor stood for it. `cursor` stands for the search in requests for
    its further pages; empty where there is none.
    """

    query: Query
    found: tuple[Found, ...]
    end: int
    remaining: int
    sources: tuple[SourceStatus, ...]
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """A patient's studies at all institutions, newest first, each with what the caller may do with it."""

    studies: tuple[Visibility, ...]
    sources: tuple[SourceStatus, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The archives that may be asked, and the status of each that a rule forbids to ask."""

    archives: tuple[ArchiveClient, ...]
    forbidden: tuple[SourceStatus, ...]


_Everything = tuple[Sequence[Entry], tuple[SourceStatus, ...]]


class Search:
    """Asks every archive, keeps what matches and may be known, merges, sorts and pages."""

    def __init__(
        self,
        archives: Archives,
        locations: Locations,
        admission: Admission,
        gathering: Gathering,
        counting: Counting,
        listings: Listings,
        audit: AuditLog,
        people: People | None = None,
    ) -> None:
        """With `people` a patient is found by each identifier that the person is known by."""
        self._archives = archives
        self._locations = locations
        self._admission = admission
        self._gathering = gathering
        self._counting = counting
        self._listings = listings
        self._audit = audit
        self._people = people
        self._searches: Coalesced[Hashable, _Everything] = Coalesced()

    async def search(self, caller: Caller, query: Query, cursor: str = "") -> SearchResult:
        """The page of `query` that its limit and offset name, of what `caller` may know of.

        The first page asks the archives. Further ones are cut from the same rows for as long as these are kept, so
        that nothing comes twice or is passed over; with a `cursor` they are cut from these or not at all. Raises
        `ArchiveFailed` when no archive at all answered, `NotFound` for a cursor that is no longer good.
        """
        if cursor:
            query = self._continued(caller, query, cursor)
        began = asyncio.get_running_loop().time()
        scope = await self._scope(caller, query)
        known = cursor or (self._listings.latest(caller, query) if query.offset else "")
        result = await (self._kept_page(caller, query, scope, known) if known else self._page(caller, query, scope))
        if query.level is Level.STUDIES:
            result = replace(result, found=tuple(await self._counting.count(result.found)))
            self._locations.likelihood.found(caller.subject, (part.held for one in result.found for part in one.parts))
        await self._record(caller, query, len(result.found), result.sources)
        if not result.found:
            await self._gathering.even_out(began)
        return result

    async def stream(self, caller: Caller, query: Query) -> AsyncGenerator[Sequence[Found] | SourceStatus]:
        """What `search` finds, as archives answer, each thing once, and each archive's status.

        Raises `ArchiveFailed` at the end when no archive at all answered.
        """
        began = asyncio.get_running_loop().time()
        scope = await self._scope(caller, query)
        merge, sources, count = Merge(query.level, self._locations.person_of), list(scope.missing), 0
        await self._record(caller, query, 0, (), streamed="begun")
        async with contextlib.aclosing(self._gathering.gather(caller, query, scope)) as arriving:
            async for arrival in arriving:
                if isinstance(arrival, SourceStatus):
                    sources.append(arrival)
                    yield arrival
                    continue
                if found := merge.add(arrival):
                    count += len(found)
                    yield found
        await self._record(caller, query, count, sources, streamed="ended")
        if not count:
            await self._gathering.even_out(began)
        _refuse_silence(sources)

    async def history(self, caller: Caller, identifiers: Sequence[PatientIdentifier]) -> History:
        """The studies of one patient, known under `identifiers`, at every institution that assigned one of them."""
        began = asyncio.get_running_loop().time()
        studies: list[Visibility] = []
        sources: list[SourceStatus] = []
        async with contextlib.aclosing(self._history(caller, identifiers)) as arriving:
            async for arrival in arriving:
                if isinstance(arrival, SourceStatus):
                    sources.append(arrival)
                else:
                    studies.append(arrival)
        await self._record_history(caller, identifiers, sources)
        if not studies:
            await self._gathering.even_out(began)
        ordered = sorted(studies, key=lambda one: sort_key(one.held.attributes))
        return History(tuple(ordered), self._in_order(sources))

    async def stream_history(
        self, caller: Caller, identifiers: Sequence[PatientIdentifier]
    ) -> AsyncGenerator[Visibility | SourceStatus]:
        """Like `history`, in the order in which archives answer."""
        began = asyncio.get_running_loop().time()
        sources: list[SourceStatus] = []
        await self._record_history(caller, identifiers, (), "begun")
        async with contextlib.aclosing(self._history(caller, identifiers)) as arriving:
            async for arrival in arriving:
                if isinstance(arrival, SourceStatus):
                    sources.append(arrival)
                yield arrival
        await self._record_history(caller, identifiers, sources, "ended")
        if not any(source.rows for source in sources):
            await self._gathering.even_out(began)

    async def _history(
        self, caller: Caller, identifiers: Sequence[PatientIdentifier]
    ) -> AsyncGenerator[Visibility | SourceStatus]:
        """Archives that know the patient by none of `identifiers` are not asked; rows of another patient under the same
        value are left out.
        """
        sought = sought_as(identifiers)
        asked = await self._asked_for(caller, identifiers)
        for status in asked.forbidden:
            yield status
        queries = {archive: own for archive in asked.archives if (own := sought.queries(archive))}
        self._locations.likelihood.sought(caller.subject, sought.identifiers)
        gathering = self._gathering.gather(caller, sought.query, Scope(queries, sought.includes))
        async with contextlib.aclosing(gathering) as arriving:
            async for arrival in arriving:
                if isinstance(arrival, SourceStatus):
                    yield arrival
                    continue
                for part in arrival:
                    yield part.visibility

    async def require_history(self, caller: Caller, identifiers: Sequence[PatientIdentifier]) -> None:
        """Raises `NotPermitted`, once it is recorded, for whoever may ask nobody for the patient's history."""
        await self._asked_for(caller, identifiers)

    async def _asked_for(self, caller: Caller, identifiers: Sequence[PatientIdentifier]) -> _Asked:
        named = Named(SearchKey.IDENTIFIER, tuple(identifiers))
        return await self._asked(caller, named, "history", _first_of(identifiers))

    async def _record_history(
        self,
        caller: Caller,
        identifiers: Sequence[PatientIdentifier],
        sources: Sequence[SourceStatus],
        streamed: str = "",
    ) -> None:
        rows = sum(source.rows for source in sources)
        await self._audit.record(_search_event(caller, _first_of(identifiers), rows, sources, "history", streamed))

    def _continued(self, caller: Caller, query: Query, cursor: str) -> Query:
        """The search that `cursor` stands for, with the page that `query` names."""
        kept = self._listings.find(caller, cursor).query
        if (kept.path, kept.institution) != (query.path, query.institution):
            raise NotFound
        return replace(kept, limit=query.limit, offset=query.offset)

    async def _scope(self, caller: Caller, query: Query) -> Scope:
        """All archives, or those that hold the study that `query` is about and show it to `caller`."""
        if query.study is None:
            return await self._federated(caller, query)
        series = query.series or (caller.shared.series if caller.shared else None)
        target = StudyRef(query.study) if series is None else SeriesRef(query.study, series)
        admission = self._admission.within(query.institution)
        permits = await admission.admit_all(caller, target, Capability.VIEW)
        permitted = {permit.held.archive: permit.held for permit in permits}
        location = await admission.location(caller, query.study)
        queries = {self._archives[one]: (query,) for one in permitted}
        return Scope(queries, permitted=permitted, missing=location.missing)

    async def _federated(self, caller: Caller, query: Query) -> Scope:
        """The archives that policy lets the caller ask so; a patient is searched for under every identifier."""
        authorities = [archive.archive.assigning_authority for archive in self._archives]
        named = named_by(query, meant_by(query, authorities))
        asked = await self._asked(caller, named, query.level.value, _patient_of(query), query.institution)
        sought = None if self._people is None else await seek(query, self._people, authorities)
        if sought is None:
            return Scope(dict.fromkeys(asked.archives, (query,)), missing=asked.forbidden)
        self._locations.likelihood.sought(caller.subject, sought.identifiers)
        queries = {one: own for one in asked.archives if (own := sought.queries(one))}
        return Scope(queries, sought.includes, missing=asked.forbidden)

    async def _asked(
        self, caller: Caller, named: Named, level: str, patient: str, only: InstitutionId | None = None
    ) -> _Asked:
        """Whom `caller` may ask, of all or of one institution. Raises `NotPermitted` where that is nobody."""
        reach = await self._gathering.reach(caller, named, level, patient, only)
        archives = [one for one in self._archives if only in {None, one.institution.id}]
        forbidden = (one for one in archives if one.institution.id in reach.forbidden)
        return _Asked(
            tuple(one for one in archives if one.institution.id in reach.institutions),
            tuple(SourceAnswer(one, SourceState.NOT_PERMITTED).status(0) for one in forbidden),
        )

    async def _page(self, caller: Caller, query: Query, scope: Scope) -> SearchResult:
        """From what the archives say now, which is asked once for all pages that are asked for at once."""
        key = (who(caller), unpaged(query), current_demand().emergency, self._archives.circle)
        entries, sources = await self._searches.ask(key, lambda: self._everything(caller, query, scope))
        page = self._listings.extent(query, len(entries))
        remaining = len(entries) - page.stop
        cursor = self._listings.latest(caller, query) if query.offset else ""
        if remaining and not cursor:
            cursor = self._listings.keep(caller, Listing(unpaged(query), tuple(entries), sources))
        found = tuple(entry.found() for entry in entries[page.start : page.stop])
        return SearchResult(query, found, page.stop, remaining, sources, cursor)

    async def _kept_page(self, caller: Caller, query: Query, scope: Scope, cursor: str) -> SearchResult:
        listing = self._listings.find(caller, cursor)
        page = self._listings.extent(query, len(listing.entries))
        found = await self._still_known(caller, listing.entries[page.start : page.stop], scope)
        return SearchResult(query, tuple(found), page.stop, len(listing.entries) - page.stop, listing.sources, cursor)

    async def _everything(self, caller: Caller, query: Query, scope: Scope) -> _Everything:
        merge, sources = Merge(query.level, self._locations.person_of), list(scope.missing)
        with without_collection():
            async with contextlib.aclosing(self._gathering.gather(caller, query, scope)) as arriving:
                async for arrival in arriving:
                    if isinstance(arrival, SourceStatus):
                        sources.append(arrival)
                    else:
                        merge.take(arrival)
            _refuse_silence(sources)
            return merge.entries(), self._in_order(sources)

    async def _still_known(self, caller: Caller, entries: Sequence[Entry], scope: Scope) -> list[Found]:
        """Those of `entries` that may still be asked for, about which it is decided as when they were found."""
        askable = {ArchiveId(archive.archive.id) for archive in scope.queries}
        before = {_key(part): part.visibility for entry in entries for part in entry.parts}
        now = await self._gathering.decide(caller, [visibility.held for visibility in before.values()])
        same = {
            key
            for (key, visibility), current in zip(before.items(), now, strict=True)
            if _alike(visibility, current) and key[0] in askable
        }
        return [entry.found() for entry in entries if all(_key(part) in same for part in entry.parts)]

    def _in_order(self, sources: Sequence[SourceStatus]) -> tuple[SourceStatus, ...]:
        """As the archives stand in the configuration."""
        ranks = {archive.archive.id: rank for rank, archive in enumerate(self._archives)}
        return tuple(sorted(sources, key=lambda source: ranks[source.archive]))

    async def _record(
        self, caller: Caller, query: Query, rows: int, sources: Sequence[SourceStatus], streamed: str = ""
    ) -> None:
        await self._audit.record(_search_event(caller, _patient_of(query), rows, sources, query.level.value, streamed))


def _patient_of(query: Query) -> str:
    """The identifier that is searched for, as the audit log has it."""
    identifier = query.value_of(tags.PATIENT_ID) or ""
    return identifier and f"|{identifier}"


def _first_of(identifiers: Sequence[PatientIdentifier]) -> str:
    return f"{identifiers[0].authority}|{identifiers[0].value}" if identifiers else ""


def _key(part: Part) -> tuple[ArchiveId, Uid, PatientIdentifier]:
    return part.held.archive, part.held.study, part.held.patient


def _alike(before: Visibility, now: Visibility) -> bool:
    return (before.known, before.viewable, before.masked) == (now.known, now.viewable, now.masked)


def _refuse_silence(sources: Sequence[SourceStatus]) -> None:
    """No answer from any archive is a failure, not an empty list; the client's own when all understood it alike."""
    answering = {SourceState.ANSWERED, SourceState.TRUNCATED}
    asked = [source for source in sources if source.state is not SourceState.NOT_PERMITTED]
    if not asked or any(source.state in answering or source.rows for source in asked):
        return
    if all(source.state is SourceState.REFUSED for source in asked):
        raise BadRequest("no archive supports this search")
    raise silence("no archive answered the search", asked)


def _search_event(
    caller: Caller, patient: str, rows: int, sources: Sequence[SourceStatus], level: str, streamed: str = ""
) -> Event:
    """Names of patients that were searched for are not recorded, only identifiers and how much came back."""
    silent = [source.archive for source in sources if not source.state.complete]
    detail: dict[str, str | int] = {"level": level, "rows": rows, "incomplete": ",".join(silent)}
    if streamed:
        detail["streamed"] = streamed
    return replace(caller_event(EventKind.SEARCH, Outcome.SUCCESS, caller, detail), patient=patient)
