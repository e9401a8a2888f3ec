"""Encoded frames for whoever holds a permit: from memory, or asked of the archive once for all who wait."""

from collections.abc import Callable

from proxy.access.permit import Permit
from proxy.coalescing import Coalesced
from proxy.errors import NotFound
from proxy.resources import FramesRef, InstanceRef
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.objects import Objects
from proxy.settings import Retrieval
from proxy.wire import dicomjson, tags
from rendering.attributes import is_image, number_of_frames, read_attributes
from rendering.errors import UnsupportedObject
from rendering.frame import EncodedFrame

FrameKey = tuple[str, InstanceRef, int]
_ATTRIBUTE_BYTES = 4096


class Frames:
    """One frame at a time, as the archive stores it, with the attributes that explain it."""

    def __init__(self, objects: Objects, settings: Retrieval, timer: Callable[[], float]) -> None:
        self._objects = objects
        self._cache: ByteCache[FrameKey, EncodedFrame] = ByteCache(
            "frames", settings.frame_cache_bytes, settings.cache_seconds, _size, timer
        )
        self._asking: Coalesced[FrameKey, EncodedFrame] = Coalesced()

    @property
    def cache(self) -> ByteCache[FrameKey, EncodedFrame]:
        return self._cache

    async def count(self, permit: Permit[InstanceRef | FramesRef]) -> int:
        """How many frames the instance has; `UnsupportedObject` when it is not an image."""
        dataset = await self._objects.instance(permit)
        if not is_image(dataset):
            raise UnsupportedObject("this object has no pixels to show")
        return number_of_frames(dataset)

    async def frame(self, permit: Permit[FramesRef], number: int) -> EncodedFrame:
        """Frame `number` (from 1), which must be one of the permit's; `NotFound` past the last frame."""
        if number not in permit.target.frames:
            raise NotFound
        key = (permit.held.archive, permit.target.of, number)
        known = self._cache.find(key)
        return known if known is not None else await self._asking.ask(key, lambda: self._fetch(permit, number))

    async def _fetch(self, permit: Permit[FramesRef], number: int) -> EncodedFrame:
        dataset = await self._objects.instance(permit)
        if not is_image(dataset):
            raise UnsupportedObject("this object has no pixels to show")
        if number > number_of_frames(dataset):
            raise NotFound
        attributes = read_attributes(dataset, number)
        target = permit.target
        one = FramesRef(target.study, target.series, target.instance, (number,))
        available = dicomjson.text(dataset, tags.AVAILABLE_TRANSFER_SYNTAX_UID)
        data, transfer_syntax = await self._objects.archive_of(permit.held).frame(one, available)
        frame = EncodedFrame(data, transfer_syntax, attributes)
        self._cache.keep((permit.held.archive, target.of, number), frame)
        return frame


def _size(frame: EncodedFrame) -> int:
    return len(frame.data) + _ATTRIBUTE_BYTES
