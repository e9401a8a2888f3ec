"""Where the images of a series lie in the patient, for what is laid over them: read once, and kept for a while."""

import asyncio
from collections.abc import Callable
from itertools import chain

from cachetools import TTLCache

from proxy.access.permit import Permit
from proxy.archives.search.paging import Paging
from proxy.resources import InstanceRef, SeriesRef, StudyRef, Uid
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.memory import Memory
from proxy.retrieval.objects import Dataset, Objects
from proxy.retrieval.shared import Shared
from proxy.settings.retrieval import Retrieval
from proxy.wire import dicomjson, tags
from rendering.reading.images import Images, read_placed_frames

_CACHE_BYTES = 16 * 2**20
_FRAME_BYTES = 1024
_MANY = 100  # frames whose planes take so long to read that nobody else may wait for it
_NOT_IMAGES = frozenset({
    "SEG", "RTDOSE", "RTSTRUCT", "RTPLAN", "RTRECORD", "REG", "SR", "PR", "KO", "DOC", "ECG", "HD", "AU", "FID", "PLAN",
    "STAIN", "ANN", "M3D",
})  # fmt: skip
_FIRST = {"CT": 0, "MR": 1, "PT": 2}
_STUDIES = 1000
_NAMES = (tags.STUDY_INSTANCE_UID, tags.SERIES_INSTANCE_UID, tags.SOP_INSTANCE_UID)


class Planes:
    """The images that a permit names, with their places."""

    def __init__(
        self, objects: Objects, paging: Paging, settings: Retrieval, memory: Memory, timer: Callable[[], float]
    ) -> None:
        self._objects = objects
        self._paging = paging
        cache: ByteCache[tuple[str, SeriesRef], Images] = memory.attribute_cache("planes", _CACHE_BYTES, _size)
        self._shared = Shared(cache)
        self._series: TTLCache[tuple[str, Uid], tuple[SeriesRef, ...]] = TTLCache(
            _STUDIES, settings.cache_seconds, timer
        )

    async def of_instance(self, permit: Permit[InstanceRef]) -> Images:
        """The frames of one instance."""
        return await _read([await self._objects.instance(permit)])

    async def of_series(self, permit: Permit[SeriesRef]) -> Images:
        """The frames of all images of a series."""
        key = (permit.held.place, permit.target)
        return await self._shared.have(key, lambda: self._read(permit), permit.held)

    async def image_series(self, permit: Permit[StudyRef | SeriesRef]) -> tuple[SeriesRef, ...]:
        """The series of a study, at the permit's archive, that may be of images; cross-sectional ones first."""
        key = (permit.held.place, permit.target.study)
        known = self._series.get(key)
        if known is None:
            known = self._series[key] = await self._list(permit)
        return known

    async def _list(self, permit: Permit[StudyRef | SeriesRef]) -> tuple[SeriesRef, ...]:
        archive, study = self._objects.archive_of(permit.held), permit.target.study
        counted = dicomjson.integer(permit.held.attributes, tags.NUMBER_OF_STUDY_RELATED_SERIES) or 0
        found = {
            SeriesRef(study, series): dicomjson.text(row, tags.MODALITY)
            async for page in self._paging.pages(archive, f"studies/{study}/series", [], counted)
            for row in page.rows
            if (series := dicomjson.uid(row, tags.SERIES_INSTANCE_UID)) is not None
        }
        images = [series for series, modality in found.items() if modality not in _NOT_IMAGES]
        return tuple(sorted(images, key=lambda series: _FIRST.get(found[series], len(_FIRST))))

    async def _read(self, permit: Permit[SeriesRef]) -> Images:
        return await _read(await self._objects.instances(permit))


async def _read(datasets: list[Dataset]) -> Images:
    frames = sum(dicomjson.integer(dataset, tags.NUMBER_OF_FRAMES) or 1 for dataset in datasets)
    return _to_images(datasets) if frames <= _MANY else await asyncio.to_thread(_to_images, datasets)


def _to_images(datasets: list[Dataset]) -> Images:
    named = (dataset for dataset in datasets if all(dicomjson.uid(dataset, tag) for tag in _NAMES))
    return Images.of(chain.from_iterable(map(read_placed_frames, named)))


def _size(images: Images) -> int:
    return _FRAME_BYTES * len(images.frames)
