"""Pictograms, drawn once for a while: they show nobody and nothing, and so need no permit and bear no mark."""

from collections.abc import Callable

from proxy.coalescing import Coalesced
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.workers import RenderingWorkers
from rendering.content import Icon
from rendering.frame import RenderedImage
from rendering.options import RenderOptions
from rendering.pictograms import Pictogram

_CACHE_BYTES = 2**20
_SECONDS = 3600.0

IconKey = tuple[Pictogram, RenderOptions]


class Icons:
    """Pictograms in whatever size and encoding."""

    def __init__(self, workers: RenderingWorkers, timer: Callable[[], float]) -> None:
        self._workers = workers
        self._cache: ByteCache[IconKey, RenderedImage] = ByteCache("icons", _CACHE_BYTES, _SECONDS, _size, timer)
        self._drawing: Coalesced[IconKey, RenderedImage] = Coalesced()

    @property
    def cache(self) -> ByteCache[IconKey, RenderedImage]:
        return self._cache

    async def icon(self, pictogram: Pictogram, options: RenderOptions) -> RenderedImage:
        """The pictogram as large as the viewport of `options` allows."""
        key = (pictogram, options)
        known = self._cache.find(key)
        return known if known is not None else await self._drawing.ask(key, lambda: self._draw(key))

    async def _draw(self, key: IconKey) -> RenderedImage:
        pictogram, options = key
        image = await self._workers.render(Icon(pictogram), options)
        self._cache.keep(key, image)
        return image


def _size(image: RenderedImage) -> int:
    return len(image.data) + 512
