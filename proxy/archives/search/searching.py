"""Search in one archive (QIDO-RS, PS3.18 §10.6), its rows checked to be what was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
import re

import httpx

from proxy.archives.addresses import SearchScope, read_scope
from proxy.archives.asking import Asking
from proxy.archives.channel import Answer
from proxy.archives.checks import foreign_in, usable_row
from proxy.archives.gate import Patience
from proxy.archives.hubs.beyond import LARGEST_STATUS, UNNAMED, Beyond, is_partial, read_status, status_address
from proxy.archives.refusals import refusal
from proxy.errors import ArchiveFailed, ArchiveRefused, VitrineError
from proxy.wire.dicomjson import Dataset

_ADDITIONAL_RESULTS = re.compile(r"additional results", re.IGNORECASE)
_LITERAL = re.compile(r"fuzzymatching.{0,40}not supported|only literal matching", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Rows of a search; `more` when the archive says that it has others (PS3.18 §8.3.4.4.1).

    `literal` when it says that it did not match fuzzily (§8.3.4.2). `beyond` are those behind another exchange that did
    not give everything; `candid` when that one always says whether there is more.
    """

    rows: list[Dataset]
    more: bool = False
    literal: bool = False
    beyond: tuple[Beyond, ...] = ()
    candid: bool = False


class Searching(Asking):
    """Searches at all levels."""

    async def search(self, level_path: str, query: Sequence[tuple[str, str]] = ()) -> list[Dataset]:
        """Rows of a QIDO-RS search at `level_path`, e.g. `studies/1.2.3/series`; `query` holds decoded pairs."""
        return (await self.search_page(level_path, query)).rows

    async def search_page(self, level_path: str, query: Sequence[tuple[str, str]] = ()) -> SearchAnswer:
        """Like `search`, and says whether the archive has more rows than it gave."""
        scope = read_scope(level_path)
        url = self._addresses.search(scope, query)
        patience = Patience(self._limits.search_seconds)
        async with self._channel.ask(url, self.archive.dialect.json, patience, self._limits.search_bytes) as answer:
            if answer.status == 204:
                return SearchAnswer([])
            if answer.status != 200:
                raise self._search_refusal(answer, scope)
            body = await answer.read()
            warnings, links = (answer.headers.get_list(name) for name in ("warning", "link"))
        rows = await self._datasets(body, self._limits.search_bytes) if body.strip() else []
        more, literal = (any(map(words.search, warnings)) for words in (_ADDITIONAL_RESULTS, _LITERAL))
        status = status_address(url, links) if self.link else None
        beyond = await self._beyond(status) if self.link and is_partial(warnings) else ()
        checked = await self._checked_rows(rows, scope, query)
        return SearchAnswer(checked, more, literal, beyond, candid=status is not None)

    async def _beyond(self, address: httpx.URL | None) -> tuple[Beyond, ...]:
        """Who behind another exchange did not give everything, as it says at `address`."""
        if address is None:
            return (UNNAMED,)
        patience = Patience(self._limits.search_seconds)
        try:
            async with self._channel.ask(address, "application/json", patience, LARGEST_STATUS) as answer:
                self._expect_success(answer)
                return tuple(read_status(await answer.read()))
        except (VitrineError, ValueError):
            return (UNNAMED,)

    def _search_refusal(self, answer: Answer, scope: SearchScope) -> Exception:
        """No study answers 404 below it; 404 or 406 for a whole collection means a wrong base URL or no QIDO-RS.

        What this service sends is well formed, so that 400 means a match key or field the archive does not support.
        """
        if answer.status == 400:
            return ArchiveRefused("the archive does not support this search", self.institution.name)
        if answer.status in {404, 405, 406, 410, 501} and scope.study is None:
            return ArchiveFailed("the archive does not offer the search", self.institution.name)
        return refusal(answer.status, self.institution.name)

    async def _checked_rows(
        self, rows: Sequence[Dataset], scope: SearchScope, query: Sequence[tuple[str, str]]
    ) -> list[Dataset]:
        foreign = foreign_in(rows, scope, query)
        if foreign is not None:
            raise await self._mismatch(foreign, scope.study)
        return [self._issuers.named(usable) for row in rows if (usable := usable_row(row, scope)) is not None]
