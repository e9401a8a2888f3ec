"""Rendered images for whoever holds a permit: the obligations are part of the image, not of good will."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import replace
from typing import Final

from proxy.access.permit import Obligations, Permit
from proxy.errors import NotAcceptable, NotPermitted
from proxy.resources import FramesRef, InstanceRef
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.memory import Memory
from proxy.retrieval.prepared import Prepared
from proxy.retrieval.shared import Shared
from proxy.retrieval.workers import RenderingWorkers
from proxy.settings.retrieval import Retrieval
from rendering.content import Content
from rendering.errors import MalformedFrame
from rendering.frame import RenderedImage
from rendering.options import EXACT, ColorProfile, Encoding, RenderOptions

ImageKey = tuple[str, InstanceRef, Hashable, RenderOptions]
Gather = Callable[[], Awaitable[Content]]
Render = Callable[[Content, RenderOptions], Awaitable[RenderedImage]]
Compose = Callable[[RenderOptions, Render], Awaitable[RenderedImage]]


class Rendered:
    """One rendered frame at a time; whoever asks for the same image at once shares one rendering."""

    def __init__(self, prepared: Prepared, workers: RenderingWorkers, settings: Retrieval, memory: Memory) -> None:
        self.prepared = prepared
        self._workers = workers
        self._cache: ByteCache[ImageKey, RenderedImage] = memory.cache("rendered", settings.rendered_cache_bytes, _size)
        self._shared = Shared(self._cache)

    def may_stay(self, permit: Permit[InstanceRef | FramesRef]) -> bool:
        """Whether a browser may keep what it is shown under `permit`, to ask only whether it is still the same.

        It may where the same person may have the stored values, and where the institution lets images be kept.
        """
        owed = permit.obligations
        unobliged = not owed.rendered_only and owed.maximum_side is None and owed.watermark is None and not owed.masked
        return unobliged and self._cache.keeps(permit.held)

    async def image(
        self, permit: Permit[FramesRef], number: int, options: RenderOptions, voi_lut: int | None = None
    ) -> RenderedImage:
        """Frame `number` of the permit's target as an image with the permit's obligations carried out.

        It is shown through the stored VOI LUT of the number `voi_lut`, from 1, instead of any window if there is one.
        """

        async def compose(narrowed: RenderOptions, render: Render) -> RenderedImage:
            try:
                return await render(await self.prepared.frame(permit, number, narrowed, voi_lut), narrowed)
            except MalformedFrame:
                self.prepared.forget(permit, number)
                raise

        return await self.composed(permit, (number, voi_lut), options, compose)

    async def made(
        self,
        permit: Permit[InstanceRef | FramesRef],
        what: Hashable,
        options: RenderOptions,
        gather: Gather,
        others: Sequence[Permit[InstanceRef | FramesRef]] = (),
    ) -> RenderedImage:
        """An image of the permit's instance with the permit's obligations carried out.

        `what` tells it from the instance's other images: with `options` it must hold everything that changes the
        bytes. `gather` fetches what it is made of, under permits of the caller's own; `others` are those of what is
        not the permit's: of all obligations the strictest ones hold.
        """

        async def compose(narrowed: RenderOptions, render: Render) -> RenderedImage:
            return await render(await gather(), narrowed)

        return await self.composed(permit, what, options, compose, others)

    async def composed(
        self,
        permit: Permit[InstanceRef | FramesRef],
        what: Hashable,
        options: RenderOptions,
        compose: Compose,
        others: Sequence[Permit[InstanceRef | FramesRef]] = (),
    ) -> RenderedImage:
        """Like `made`, in as many steps as `compose` takes: it is given what the obligations leave of `options`."""
        target = permit.target if isinstance(permit.target, InstanceRef) else permit.target.of
        obligations = strictest([one.obligations for one in (permit, *others)])
        circles = tuple(one.held.circle for one in others)
        key = (permit.held.place, target, (what, circles), with_obligations(options, obligations))
        shown = (permit.held, *(one.held for one in others))
        return await self._shared.have(key, lambda: compose(key[-1], self._workers.render), *shown)


LOSSY_QUALITY: Final = 90
"""Where nothing may leave without loss: at `BEST_QUALITY` several encodings lose nothing."""


def with_obligations(options: RenderOptions, obligations: Obligations) -> RenderOptions:
    """`options` narrowed by `obligations`: the smaller size wins, the watermark is always the obligation's.

    Raises `NotAcceptable` for an encoding that loses nothing where something has to be lost.
    """
    sides = [side for side in (options.maximum_side, obligations.maximum_side) if side is not None]
    narrowed = replace(options, maximum_side=min(sides, default=None), watermark=obligations.watermark)
    if obligations.masked:
        narrowed = _masked(narrowed)
    if not obligations.lossy_only:
        return narrowed
    if options.encoding in EXACT:
        raise NotAcceptable("only images that lose something in compression may be shown to you", [Encoding.JPEG])
    return replace(narrowed, quality=min(narrowed.quality, LOSSY_QUALITY))


def _masked(options: RenderOptions) -> RenderOptions:
    """No overlays, which may be letters, and no colour profile of the object's own, which is somebody's bytes."""
    own = options.color_profile is ColorProfile.YES
    profile = ColorProfile.SRGB if own else options.color_profile
    return replace(options, masked=True, overlays=False, color_profile=profile)


def hold_to(options: RenderOptions, permit: Permit[InstanceRef | FramesRef]) -> None:
    """Raise `NotPermitted` when `permit`, asked for anew, owes more than `options`, narrowed before, carry out."""
    owed = with_obligations(options, permit.obligations)
    if (
        owed.quality != options.quality
        or owed.masked != options.masked
        or owed.maximum_side != options.maximum_side
        or (owed.watermark is not None and options.watermark is None)
    ):
        raise NotPermitted("what may be shown has changed meanwhile; ask again")


def strictest(obligations: Sequence[Obligations]) -> Obligations:
    """What must be done to one image of which parts are owed these `obligations` each."""
    sides = [one.maximum_side for one in obligations if one.maximum_side is not None]
    return Obligations(
        rendered_only=any(one.rendered_only for one in obligations),
        lossy_only=any(one.lossy_only for one in obligations),
        maximum_side=min(sides, default=None),
        watermark=next((one.watermark for one in obligations if one.watermark is not None), None),
        masked=any(one.masked for one in obligations),
        notices=tuple(dict.fromkeys(notice for one in obligations for notice in one.notices)),
        transient=any(one.transient for one in obligations),
    )


def _size(image: RenderedImage) -> int:
    return len(image.data) + 512
