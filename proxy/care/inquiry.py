"""All studies of one patient, for nobody yet: asked of every archive that can know the patient, shown to nobody."""

from collections.abc import Sequence

from proxy.archives.client import ArchiveClient
from proxy.archives.registry import Archives
from proxy.archives.search.paging import Paging, Rows
from proxy.care.expected import Holdings
from proxy.federation.location import study_fields, to_held
from proxy.federation.query import Query
from proxy.federation.sought import Sought, sought_as
from proxy.federation.sources import SourceAnswer, ask_all
from proxy.resources import PatientIdentifier
from proxy.settings.retrieval import Federation

DEADLINE_SECONDS = 60.0
"""Nobody waits: an archive that is slow, or busy with those who do, has a minute."""


class Inquiry:
    """Asks archives for a patient's studies, metadata only."""

    def __init__(self, archives: Archives, settings: Federation) -> None:
        self._archives = archives
        self._paging = Paging(settings)

    async def gather(self, identifiers: Sequence[PatientIdentifier]) -> list[Holdings]:
        """How each archive answered and what it holds; those that know the patient by none of these are not asked."""
        sought = sought_as(identifiers)
        queries = {archive: asked for archive in self._archives if (asked := sought.queries(archive))}

        async def ask(archive: ArchiveClient) -> Rows:
            pages = [page for query in queries[archive] for page in await self._pages(archive, query)]
            rows = [row for page in pages for row in page.rows]
            return Rows(rows, truncated=any(page.truncated for page in pages))

        answers = await ask_all(tuple(queries), ask, DEADLINE_SECONDS)
        return [_holdings(answer, sought) for answer in answers]

    async def _pages(self, archive: ArchiveClient, query: Query) -> list[Rows]:
        parameters = [*query.keys, *(("includefield", field) for field in study_fields(archive))]
        return [page async for page in self._paging.pages(archive, query.path, parameters)]


def _holdings(answer: SourceAnswer, sought: Sought) -> Holdings:
    """What is really of this patient, each study once: an archive may hold another's under the same value."""
    found = [to_held(answer.archive, row) for row in answer.rows]
    held = {(one.study, one.patient): one for one in found if one is not None and sought.includes(one)}
    return Holdings(answer.status(len(held)), tuple(held.values()))
