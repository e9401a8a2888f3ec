"""Frames decoded and scaled ahead, for those who turn a window: only the first turn costs a decoding."""

from collections.abc import Hashable

from proxy.access.permit import Permit
from proxy.resources import FramesRef
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.frames import Frames
from proxy.retrieval.memory import Memory
from proxy.retrieval.shared import Shared
from proxy.retrieval.workers import RenderingWorkers
from proxy.settings.retrieval import Retrieval
from rendering.content import Preparing
from rendering.errors import TooLarge
from rendering.frame import EncodedFrame, FrameAttributes
from rendering.options import RenderOptions, Viewport

_GRAY = ("MONOCHROME1", "MONOCHROME2")
_NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")
_FAR_LARGER = 2  # times the pixels that are asked for


class Prepared:
    """What is prepared is grey, and looked at through a window that its viewer chose."""

    def __init__(self, frames: Frames, workers: RenderingWorkers, settings: Retrieval, memory: Memory) -> None:
        self._frames = frames
        self._workers = workers
        self._cache: ByteCache[Hashable, EncodedFrame] = memory.cache("prepared", settings.prepared_cache_bytes, _size)
        self._shared = Shared(self._cache)

    async def frame(
        self, permit: Permit[FramesRef], number: int, options: RenderOptions, voi_lut: int | None = None
    ) -> EncodedFrame:
        """Frame `number` of the permit's target, prepared for `options` where that saves anything.

        One that is to be shown through a stored VOI LUT, which is the number `voi_lut`, is not prepared.
        """
        if voi_lut is not None:
            return await self._frames.through(permit, number, voi_lut)
        if options.window is None or permit.obligations.masked:
            return await self._frames.frame(permit, number)
        size = _whole(options)
        key = (permit.held.place, permit.target.of, number, size)
        known = self._cache.find(key)
        if known is not None:
            return known
        frame = await self._frames.frame(permit, number)
        if not self._cache.keeps(permit.held) or not _is_worth_it(frame, size.viewport):
            return frame
        try:
            return await self._shared.made(key, lambda: self._workers.prepare(Preparing(frame, size)), permit.held)
        except TooLarge:
            return frame

    def forget(self, permit: Permit[FramesRef], number: int) -> None:
        """Let go of a frame that proved to be damaged; what is prepared has been decoded, and is not."""
        self._frames.forget(permit, number)


def _whole(options: RenderOptions) -> RenderOptions:
    """What decides the size of the whole frame; of a region every detail may be needed."""
    viewport = options.viewport
    if viewport is None or viewport != Viewport(viewport.width, viewport.height):
        return RenderOptions()
    return RenderOptions(viewport=viewport, maximum_side=options.maximum_side)


def _is_worth_it(frame: EncodedFrame, viewport: Viewport | None) -> bool:
    attributes = frame.attributes
    if not _can_be_prepared(attributes):
        return False
    asked = viewport.width * viewport.height if viewport else attributes.rows * attributes.columns
    return frame.transfer_syntax not in _NATIVE or attributes.rows * attributes.columns > _FAR_LARGER * asked


def _can_be_prepared(attributes: FrameAttributes) -> bool:
    """Not what is coloured value by value, nor what has overlays in bits that decoding takes away."""
    gray = attributes.photometric_interpretation in _GRAY and attributes.palette is None
    return gray and not any(plane.embedded for plane in attributes.overlays)


def _size(frame: EncodedFrame) -> int:
    return len(frame.data) + 4096
