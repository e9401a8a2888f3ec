"""Archives that answer searches as archives do: with caps, in their own order, or by rules of their own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from proxy.archives.search.searching import SearchAnswer
from proxy.errors import ArchiveFailed, ArchiveRefused
from tests.proxy.federation.paper import PaperArchive, Row


@dataclass(eq=False)
class SimulatedArchive(PaperArchive):
    """Holds `rows` in the order given. `cap` is the most of one answer; 0 for none."""

    cap: int = 0
    says_more: bool = True
    heeds_limit: bool = True
    heeds_offset: bool = True
    largest_limit: int = 1_000_000
    fails_at: int = -1
    questions: list[dict[str, str]] = field(default_factory=list)

    async def search_page(self, path: str, query: Sequence[tuple[str, str]] = ()) -> SearchAnswer:
        asked = dict(query)
        if path != "studies" or "StudyInstanceUID" in asked:
            return await super().search_page(path, query)
        self.questions.append(asked)
        await asyncio.sleep(self.delay)
        if len(self.questions) - 1 == self.fails_at:
            raise ArchiveFailed("the archive broke down", self.institution.name)
        limit = int(asked.get("limit", "1000000"))
        if limit > self.largest_limit:
            raise ArchiveRefused("the limit is too high", self.institution.name)
        rest = list(self.rows)[int(asked.get("offset", "0")) if self.heeds_offset else 0 :]
        given: list[Row] = rest[: min(limit if self.heeds_limit else len(rest), self.cap or len(rest))]
        return SearchAnswer(given, self.says_more and len(given) < len(rest))
