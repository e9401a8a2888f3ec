"""A closer look at one study: what its series and some of its objects say, where the study's own row leaves it open."""

from collections.abc import Collection, Sequence
from typing import Final

from policy.labels.rules import Attribute
from proxy.archives.client import ArchiveClient
from proxy.archives.registry import Archives
from proxy.archives.search.paging import Paging
from proxy.errors import VitrineError
from proxy.labelling.attributes import OF_SERIES, Dataset, fields_of, values_in
from proxy.resources import HeldStudy, InstanceRef, Uid
from proxy.wire import dicomjson, tags

MOST_SERIES: Final = 12
"""Of so many series an object is looked at; what the rows of a study with more do not give stays unknown."""


class CloserLook:
    """Asks the archive that holds a study for its series, and for an object of each whose row leaves something out."""

    def __init__(self, archives: Archives, paging: Paging) -> None:
        self._archives = archives
        self._paging = paging

    async def __call__(self, held: HeldStudy, attributes: Sequence[Attribute]) -> Sequence[Dataset]:
        """Data sets that tell of `attributes`; of those that differ between series only where all series tell.

        Fewer, or none, where the archive does not answer: what is not known stays unknown.
        """
        archive = self._archives[held.archive]
        try:
            series, whole = await self._series(archive, held, fields_of(attributes))
            told = await self._told(archive, held, series, attributes)
        except VitrineError:
            return []
        untold = {one for one in OF_SERIES if not whole or any(fields_of((one,))[0] not in each for each in told)}
        hidden = fields_of(untold)
        return [{tag: value for tag, value in one.items() if tag not in hidden} for one in told]

    async def _told(
        self, archive: ArchiveClient, held: HeldStudy, series: Sequence[Dataset], attributes: Collection[Attribute]
    ) -> list[Dataset]:
        """Of each series what its row says, and where that is not everything what one of its objects says."""
        told: list[Dataset] = []
        needed = set(attributes)
        for number, row in enumerate(series):
            lacking = needed - values_in([row], needed).keys()
            whole = await self._object(archive, held, row, lacking) if lacking and number < MOST_SERIES else {}
            told.append({**row, **whole})
            if whole:
                needed &= OF_SERIES  # what is of the study is the same in all of its objects
        return told

    async def _series(
        self, archive: ArchiveClient, held: HeldStudy, fields: Sequence[str]
    ) -> tuple[list[Dataset], bool]:
        """The series, and whether these are all."""
        asked = [("includefield", field) for field in fields]
        counted = dicomjson.integer(held.attributes, tags.NUMBER_OF_STUDY_RELATED_SERIES) or 0
        path = f"studies/{held.study}/series"
        pages = [page async for page in self._paging.pages(archive, path, asked, counted)]
        return [row for page in pages for row in page.rows], not any(page.truncated for page in pages)

    async def _object(
        self, archive: ArchiveClient, held: HeldStudy, series: Dataset, attributes: Collection[Attribute]
    ) -> Dataset:
        """The elements of `attributes` in one object; what its metadata leave out is not there, and so is empty."""
        uid = dicomjson.uid(series, tags.SERIES_INSTANCE_UID)
        instance = await _first_instance(archive, held, uid) if uid else None
        if uid is None or instance is None:
            return {}
        (dataset,) = await archive.metadata(InstanceRef(held.study, uid, instance))
        return {tag: dataset.get(tag, {"vr": "UN"}) for tag in fields_of(attributes)}


async def _first_instance(archive: ArchiveClient, held: HeldStudy, series: Uid) -> Uid | None:
    rows = await archive.search(f"studies/{held.study}/series/{series}/instances", [("limit", "1")])
    return dicomjson.uid(rows[0], tags.SOP_INSTANCE_UID) if rows else None
