"""Rendered images for whoever holds a permit: the obligations are part of the image, not of good will."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import replace

from proxy.access.permit import Obligations, Permit
from proxy.coalescing import Coalesced
from proxy.resources import FramesRef, InstanceRef
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.prepared import Prepared
from proxy.retrieval.workers import RenderingWorkers
from proxy.settings import Retrieval
from rendering.content import Content
from rendering.frame import RenderedImage
from rendering.options import RenderOptions

ImageKey = tuple[str, InstanceRef, Hashable, RenderOptions]
Gather = Callable[[], Awaitable[Content]]
Render = Callable[[Content, RenderOptions], Awaitable[RenderedImage]]
Compose = Callable[[RenderOptions, Render], Awaitable[RenderedImage]]


class Rendered:
    """One rendered frame at a time; whoever asks for the same image at once shares one rendering."""

    def __init__(
        self, prepared: Prepared, workers: RenderingWorkers, settings: Retrieval, timer: Callable[[], float]
    ) -> None:
        self.prepared = prepared
        self._workers = workers
        self._cache: ByteCache[ImageKey, RenderedImage] = ByteCache(
            "rendered", settings.rendered_cache_bytes, settings.cache_seconds, _size, timer
        )
        self._rendering: Coalesced[ImageKey, RenderedImage] = Coalesced()

    @property
    def cache(self) -> ByteCache[ImageKey, RenderedImage]:
        return self._cache

    async def image(self, permit: Permit[FramesRef], number: int, options: RenderOptions) -> RenderedImage:
        """Frame `number` of the permit's target as an image with the permit's obligations carried out."""

        async def compose(narrowed: RenderOptions, render: Render) -> RenderedImage:
            return await render(await self.prepared.frame(permit, number, narrowed), narrowed)

        return await self.composed(permit, number, options, compose)

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
        key = (permit.held.archive, target, what, with_obligations(options, obligations))
        known = self._cache.find(key)
        return known if known is not None else await self._rendering.ask(key, lambda: self._make(key, compose))

    async def _make(self, key: ImageKey, compose: Compose) -> RenderedImage:
        image = await compose(key[-1], self._workers.render)
        self._cache.keep(key, image)
        return image


def with_obligations(options: RenderOptions, obligations: Obligations) -> RenderOptions:
    """`options` narrowed by `obligations`: the smaller size wins, the watermark is always the obligation's."""
    sides = [side for side in (options.maximum_side, obligations.maximum_side) if side is not None]
    return replace(options, maximum_side=min(sides, default=None), watermark=obligations.watermark)


def strictest(obligations: Sequence[Obligations]) -> Obligations:
    """What must be done to one image of which parts are owed these `obligations` each."""
    sides = [one.maximum_side for one in obligations if one.maximum_side is not None]
    return Obligations(
        rendered_only=any(one.rendered_only for one in obligations),
        maximum_side=min(sides, default=None),
        watermark=next((one.watermark for one in obligations if one.watermark is not None), None),
    )


def _size(image: RenderedImage) -> int:
    return len(image.data) + 512
