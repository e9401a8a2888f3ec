"""Search resources (PS3.18 §10.6) over all archives at once, and the status of a search whose answer was partial."""

from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from proxy.access.caller import Caller
from proxy.dicomweb.identities import Identities
from proxy.dicomweb.links import Links
from proxy.dicomweb.negotiation import require_json
from proxy.dicomweb.queries import Asked, read_query
from proxy.dicomweb.references import series_of, study_of
from proxy.dicomweb.rows import origins, row_warnings, shown
from proxy.dicomweb.streams import STREAMED, Stream, is_wanted, opened
from proxy.dicomweb.warnings import source_warnings, warning_headers
from proxy.federation.merge import Found
from proxy.federation.query import Level, Query
from proxy.federation.search import Search, SearchResult
from proxy.federation.sources import Row, SourceStatus
from proxy.federation.status import SearchStatuses
from proxy.http.identity import caller_of
from proxy.http.json import json_response
from proxy.resources import InstitutionId, Uid
from proxy.wire import tags

DICOM_JSON = "application/dicom+json"


@dataclass(frozen=True, slots=True)
class Searching:
    """Of all institutions, or of the one `institution` below whose root it stands."""

    base_url: str
    search: Search
    statuses: SearchStatuses
    links: Links
    identities: Identities
    institution: InstitutionId | None = None

    async def studies(self, request: Request) -> Response:
        return await self._answer(request, Level.STUDIES)

    async def series(self, request: Request) -> Response:
        return await self._answer(request, Level.SERIES)

    async def instances(self, request: Request) -> Response:
        return await self._answer(request, Level.INSTANCES)

    async def series_of_study(self, request: Request) -> Response:
        return await self._answer(request, Level.SERIES, study_of(request).study)

    async def instances_of_study(self, request: Request) -> Response:
        return await self._answer(request, Level.INSTANCES, study_of(request).study)

    async def instances_of_series(self, request: Request) -> Response:
        within = series_of(request)
        return await self._answer(request, Level.INSTANCES, within.study, within.series)

    async def status(self, request: Request) -> Response:
        """How each archive answered a recent search of this same caller."""
        caller = await caller_of(request)
        status = self.statuses.find(caller, request.path_params["search"])
        document = {"ended": status.ended, "sources": [_source(source) for source in status.sources]}
        return json_response(request, document)

    async def _answer(
        self, request: Request, level: Level, study: Uid | None = None, series: Uid | None = None
    ) -> Response:
        caller = await caller_of(request)
        require_json(request)
        read = read_query(level, request.query_params.multi_items(), study, series)
        asked = replace(read, query=replace(read.query, institution=self.institution))
        if is_wanted(request, asked):
            return await self._streamed(request, caller, asked)
        result = await self.search.search(caller, asked.query, asked.cursor)
        await self.identities.searched(caller, asked.query)
        return self._whole(request, caller, asked, result)

    def _whole(self, request: Request, caller: Caller, asked: Asked, result: SearchResult) -> Response:
        rows = [self._row(caller, found, result.query) for found in result.found]
        texts = (
            *(*asked.warnings, *_paging(result), *row_warnings(result.found), *source_warnings(result.sources)),
            *self.identities.search_warnings(result.found),
        )
        links = [_status_link(self.statuses.keep(caller, result.sources)), *self._next(result)]
        headers = {**warning_headers(self.base_url, texts), "Link": ", ".join(links)}
        return json_response(request, rows, DICOM_JSON, headers)

    async def _streamed(self, request: Request, caller: Caller, asked: Asked) -> Response:
        """As archives answer, from the first row on; without any row the answer is like every other."""
        stream = await opened(self.search.stream(caller, asked.query))
        await self.identities.searched(caller, asked.query)
        if not stream.first:
            nothing = SearchResult(asked.query, (), 0, 0, tuple(stream.sources))
            return self._whole(request, caller, asked, nothing)
        identifier = self.statuses.keep(caller, stream.sources, ended=False)

        def end(stream: Stream) -> None:
            self.statuses.keep(caller, stream.sources, identifier=identifier)

        headers = {
            **warning_headers(self.base_url, [*asked.warnings, *self.identities.search_warnings(())]),
            "Link": _status_link(identifier),
            "Preference-Applied": STREAMED,
            "Vary": "Accept, Prefer, Authorization, Cookie",
        }
        return stream.response(lambda found: self._row(caller, found, asked.query), DICOM_JSON, headers, end)

    def _row(self, caller: Caller, found: Found, query: Query) -> Row:
        row = self.links.through_here(self.identities.row(caller, shown(found, query), found))
        if caller.hops is not None:
            row |= origins(found)
        if found.disputed:
            row.pop(tags.RETRIEVE_URL, None)
        return row

    def _next(self, result: SearchResult) -> list[str]:
        """The next page (RFC 8288), without a word of what is searched for."""
        query = result.query
        size = len(result.found) if query.limit is None else query.limit
        if not (result.remaining and result.cursor and size):
            return []
        page = f"limit={size}&offset={result.end}&cursor={result.cursor}"
        return [f'<{self.base_url}/{query.path}?{page}>; rel="next"']


def _paging(result: SearchResult) -> tuple[str, ...]:
    """PS3.18 §8.3.4.4.1 words the warning about what remains."""
    if result.remaining == 0:
        return ()
    return (f"There are {result.remaining} additional results that can be requested",)


def _status_link(identifier: str) -> str:
    return f'</federation/status/{identifier}>; rel="describedby"; type="application/json"'


def _source(source: SourceStatus) -> dict[str, Any]:
    return {
        "institution": source.institution,
        "name": source.name,
        "archive": source.archive,
        "state": source.state.value,
        "rows": source.rows,
        "origin": source.origin,
    }
