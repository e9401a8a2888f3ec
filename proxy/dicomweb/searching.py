"""Search resources (PS3.18 §10.6) over all archives at once, and the status of a search whose answer was partial."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from proxy.dicomweb.links import Links
from proxy.dicomweb.negotiation import require_json
from proxy.dicomweb.queries import read_query
from proxy.dicomweb.references import series_of, study_of
from proxy.dicomweb.rows import completed
from proxy.dicomweb.warnings import source_warnings, warning_headers
from proxy.federation.query import Level
from proxy.federation.search import Search, SearchResult
from proxy.federation.sources import SourceStatus
from proxy.federation.status import SearchStatuses
from proxy.http.identity import caller_of
from proxy.http.json import json_response
from proxy.resources import Uid

DICOM_JSON = "application/dicom+json"


@dataclass(frozen=True, slots=True)
class Searching:
    base_url: str
    search: Search
    statuses: SearchStatuses
    links: Links

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
        sources = self.statuses.find(caller, request.path_params["search"])
        return json_response(request, {"sources": [_source(source) for source in sources]})

    async def _answer(
        self, request: Request, level: Level, study: Uid | None = None, series: Uid | None = None
    ) -> Response:
        caller = await caller_of(request)
        require_json(request)
        asked = read_query(level, request.query_params.multi_items(), study, series)
        result = await self.search.search(caller, asked.query)
        rows = [self.links.through_here(completed(row, asked.query)) for row in result.rows]
        texts = (*asked.warnings, *self._paging(result), *source_warnings(result.sources))
        headers = warning_headers(self.base_url, texts)
        identifier = self.statuses.keep(caller, result.sources)
        headers["Link"] = f'</federation/status/{identifier}>; rel="describedby"; type="application/json"'
        return json_response(request, rows, DICOM_JSON, headers)

    def _paging(self, result: SearchResult) -> tuple[str, ...]:
        """PS3.18 §8.3.4.4.1 words the warning about what remains."""
        if result.remaining == 0:
            return ()
        return (f"There are {result.remaining} additional results that can be requested",)


def _source(source: SourceStatus) -> dict[str, Any]:
    return {
        "institution": source.institution,
        "name": source.name,
        "archive": source.archive,
        "state": source.state.value,
        "rows": source.rows,
    }
