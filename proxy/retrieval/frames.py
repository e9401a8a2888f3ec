"""Encoded frames for whoever holds a permit: from memory, or asked of the archive once for all who wait."""

from collections.abc import Sequence
from dataclasses import replace

from proxy.access.permit import Permit
from proxy.archives.retrieve.pixels import read_pixels
from proxy.errors import ArchiveFailed, ArchiveTimedOut, NotAcceptable, NotFound, TooLarge
from proxy.resources import FramesRef, InstanceRef
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.masking import masked
from proxy.retrieval.memory import Memory
from proxy.retrieval.objects import Objects
from proxy.retrieval.shared import Shared
from proxy.settings.retrieval import Retrieval
from proxy.wire import dicomjson, tags
from rendering.attributes import is_image, number_of_frames, read_attributes
from rendering.errors import UnsupportedObject
from rendering.frame import EncodedFrame
from rendering.sandbox.memory import LARGEST_REQUEST

FrameKey = tuple[str, InstanceRef, int]
_ATTRIBUTE_BYTES = 4096
_TOGETHER = 32  # frames that an archive is asked for at once


class Frames:
    """One frame at a time, as the archive stores it, with the attributes that explain it and say what may be shown."""

    def __init__(self, objects: Objects, settings: Retrieval, memory: Memory) -> None:
        self._objects = objects
        self._cache: ByteCache[FrameKey, EncodedFrame] = memory.cache("frames", settings.frame_cache_bytes, _size)
        self._shared = Shared(self._cache)

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
        areas = await self._objects.areas(permit)
        key = (permit.held.place, permit.target.of, number)
        return masked(await self._shared.have(key, lambda: self._fetch_one(permit, number), permit.held), areas)

    async def through(self, permit: Permit[FramesRef], number: int, voi_lut: int) -> EncodedFrame:
        """The same to be shown through its stored VOI LUT of this number, from 1; `InvalidOption` without it."""
        frame = await self.frame(permit, number)
        dataset = await self._objects.with_voi_lut(permit, number, voi_lut)
        tables = read_attributes(dataset, number, voi_lut).voi_luts
        return replace(frame, attributes=replace(frame.attributes, windows=(), voi_luts=tables))

    def forget(self, permit: Permit[FramesRef], number: int) -> None:
        """Ask the archive again for a frame that proved to be damaged, the next time that it is wanted."""
        self._cache.drop((permit.held.place, permit.target.of, number))

    async def ahead(self, permit: Permit[FramesRef], number: int) -> int:
        """Have frame `number` in memory before anybody wants it, if it may be kept there; how many bytes came."""
        if number not in permit.target.frames:
            raise NotFound
        key = (permit.held.place, permit.target.of, number)
        if not self._cache.keeps(permit.held) or key in self._cache:
            return 0
        frame = await self._shared.made(key, lambda: self._fetch_one(permit, number), permit.held, unseen=True)
        return len(frame.data)

    async def several(
        self, permit: Permit[FramesRef], numbers: Sequence[int], *, keep: bool = True
    ) -> tuple[EncodedFrame, ...]:
        """Like `frame` for each of `numbers`; those that are not in memory are asked for many at a time.

        Without `keep` they are not remembered, so that a moving image does not drive out everything else.
        """
        if not set(numbers) <= set(permit.target.frames):
            raise NotFound
        areas = await self._objects.areas(permit)
        place, target = permit.held.place, permit.target.of
        found = {one: frame for one in numbers if (frame := self._cache.find((place, target, one))) is not None}
        missing = sorted(set(numbers) - set(found))
        for start in range(0, len(missing), _TOGETHER):
            found |= await self._fetch_together(permit, tuple(missing[start : start + _TOGETHER]), keep)
            if sum(len(frame.data) for frame in found.values()) > LARGEST_REQUEST:
                raise TooLarge("the frames are too large to be shown together")
        return tuple(masked(found[number], areas) for number in numbers)

    async def _fetch_one(self, permit: Permit[FramesRef], number: int) -> EncodedFrame:
        return (await self._fetch(permit, (number,), keep=False))[number]

    async def _fetch_together(
        self, permit: Permit[FramesRef], numbers: tuple[int, ...], keep: bool
    ) -> dict[int, EncodedFrame]:
        """All at once, or one by one from an archive that understands no lists of frames."""
        try:
            return await self._fetch(permit, numbers, keep)
        except ArchiveTimedOut:
            raise
        except (ArchiveFailed, NotAcceptable, NotFound):
            if len(numbers) == 1:
                raise
        archive = self._objects.archive_of(permit.held)
        first = await self._fetch(permit, numbers[:1], keep)
        if archive.lacks_frames(permit.target.of):
            return first | await self._fetch(permit, numbers[1:], keep)
        return first | {number: (await self._fetch(permit, (number,), keep))[number] for number in numbers[1:]}

    async def _fetch(self, permit: Permit[FramesRef], numbers: tuple[int, ...], keep: bool) -> dict[int, EncodedFrame]:
        """The frames with these ascending numbers, at most `_TOGETHER`."""
        purges = self._cache.purges
        dataset = await self._objects.stored(permit)
        if not is_image(dataset):
            raise UnsupportedObject("this object has no pixels to show")
        if numbers[-1] > number_of_frames(dataset):
            raise NotFound
        attributes = {number: read_attributes(dataset, number) for number in numbers}
        target = permit.target
        wanted = FramesRef(target.study, target.series, target.instance, numbers)
        available = dicomjson.text(dataset, tags.AVAILABLE_TRANSFER_SYNTAX_UID)
        encoded = await self._objects.archive_of(permit.held).whole_frames(wanted, available, read_pixels(dataset))
        frames = {number: EncodedFrame(*encoded[number], attributes[number]) for number in numbers}
        for number, frame in frames.items() if keep and self._cache.purges == purges else ():
            self._cache.keep((permit.held.place, target.of, number), frame, permit.held)
        return frames


def _size(frame: EncodedFrame) -> int:
    attributes = frame.attributes
    overlays = sum(len(plane.bits) for plane in attributes.overlays)
    return len(frame.data) + len(attributes.colors.profile) + overlays + _ATTRIBUTE_BYTES
