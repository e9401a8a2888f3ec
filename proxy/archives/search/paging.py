"""All rows of one archive for one search, page by page, within the bounds of the configuration."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from proxy.archives.client import ArchiveClient
from proxy.archives.hubs.beyond import Beyond
from proxy.archives.search.reading import Cap, Reading
from proxy.errors import ArchiveRefused
from proxy.settings.retrieval import Federation
from proxy.wire.dicomjson import Dataset


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one archive, whether it has more than it gave, and whether it compared names by the letter alone.

    `beyond` are those behind another exchange that did not give everything.
    """

    rows: Sequence[Dataset]
    truncated: bool = False
    literal: bool = False
    beyond: tuple[Beyond, ...] = ()


class Paging:
    """Reads archives to their ends, and remembers how many rows each was seen to give at once."""

    def __init__(self, settings: Federation) -> None:
        self._settings = settings
        self._caps: dict[tuple[str, str], Cap] = {}

    async def pages(
        self, archive: ArchiveClient, path: str, parameters: Sequence[tuple[str, str]], counted: int = 0
    ) -> AsyncGenerator[Rows]:
        """The rows of the search at `path`, none twice; raises what the archive's client raises.

        With `counted`, how many there are by the archive's own word, it is not asked whether it has more than these.
        """
        level = path.rpartition("/")[2]
        reading = Reading(
            *(level, self._cap(archive, level), self._settings.archive_results, self._settings.archive_requests),
            counted=counted,
        )
        while not reading.ended:
            try:
                answer = await archive.search_page(path, [*parameters, *reading.parameters])
            except ArchiveRefused:
                if not reading.refused():
                    raise
                continue
            reading.candid = answer.candid
            fresh = reading.take(answer.rows, more=answer.more)
            yield Rows(fresh, reading.truncated, answer.literal, answer.beyond)
        if reading.truncated:
            yield Rows([], truncated=True)

    def _cap(self, archive: ArchiveClient, level: str) -> Cap:
        key = (archive.archive.id, level)
        known = archive.archive.dialect.results
        return self._caps.setdefault(key, Cap(min(self._settings.archive_page, self._settings.archive_results), known))
