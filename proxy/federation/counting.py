"""How much there is of a study that several archives hold: the union of its series, each with its fullest copy."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from cachetools import TTLCache

from proxy.archives.registry import Archives
from proxy.archives.search.paging import Paging
from proxy.errors import VitrineError
from proxy.federation.merge import Found, with_counts
from proxy.resources import HeldStudy, Uid
from proxy.settings.retrieval import Federation
from proxy.wire import dicomjson, tags

_MOST_STUDIES = 50
_SECONDS = 1.0
_REMEMBERED = 10_000

Series = Mapping[str, int]
"""Instances by series UID."""


class Counting:
    """Asks for the series of studies that have several parts which may be opened; of others nothing is asked."""

    def __init__(self, archives: Archives, paging: Paging, settings: Federation, timer: Callable[[], float]) -> None:
        self._archives = archives
        self._paging = paging
        self._series: TTLCache[tuple[str, Uid], Series] = TTLCache(_REMEMBERED, settings.location_seconds, timer)

    async def count(self, page: Sequence[Found]) -> list[Found]:
        """`page` with exact numbers where they are known in time; elsewhere the highest of one archive stand.

        Another exchange is not asked: it would record that the study was looked at.
        """
        several = [one for one in page if one.counted and not any(held.circle for held in _open(one))][:_MOST_STUDIES]
        if not several:
            return list(page)
        tasks = {id(one): asyncio.create_task(self._counted(one)) for one in several}
        try:
            done, _ = await asyncio.wait(tasks.values(), timeout=_SECONDS)
        finally:
            for task in tasks.values():
                task.cancel()
        return [tasks[id(one)].result() if tasks.get(id(one)) in done else one for one in page]

    async def _counted(self, found: Found) -> Found:
        try:
            parts = await asyncio.gather(*(self._series_of(held) for held in _open(found)))
        except VitrineError:
            return found
        union: dict[str, int] = {}
        for part in parts:
            for series, instances in part.items():
                union[series] = max(instances, union.get(series, 0))
        return with_counts(found, len(union), sum(union.values())) if union and all(union.values()) else found

    async def _series_of(self, held: HeldStudy) -> Series:
        key = (held.place, held.study)
        known = self._series.get(key)
        if known is None:
            known = self._series[key] = await self._ask(held)
        return known

    async def _ask(self, held: HeldStudy) -> Series:
        field = ("includefield", tags.NUMBER_OF_SERIES_RELATED_INSTANCES)
        pages = self._paging.pages(self._archives[held.archive], f"studies/{held.study}/series", [field])
        rows = [row async for page in pages for row in page.rows]
        return {
            dicomjson.text(row, tags.SERIES_INSTANCE_UID): dicomjson.integer(
                row, tags.NUMBER_OF_SERIES_RELATED_INSTANCES
            )
            or 0
            for row in rows
        }


def _open(found: Found) -> list[HeldStudy]:
    return [part.held for part in found.parts if part.visibility.viewable]
