"""Encapsulated documents for whoever holds a permit: fetched once for all their pages, and kept for a while."""

from collections.abc import Callable

from proxy.access.permit import Permit
from proxy.coalescing import Coalesced
from proxy.resources import InstanceRef
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.objects import Objects
from proxy.settings import Retrieval
from rendering.reading import tags

LARGEST_DOCUMENT = 64 * 2**20
_CACHE_BYTES = 2 * LARGEST_DOCUMENT

Key = tuple[str, InstanceRef]


class Documents:
    """The document of an instance as it is stored (PS3.3 C.24.2)."""

    def __init__(self, objects: Objects, settings: Retrieval, timer: Callable[[], float]) -> None:
        self._objects = objects
        self._cache: ByteCache[Key, bytes] = ByteCache("documents", _CACHE_BYTES, settings.cache_seconds, len, timer)
        self._asking: Coalesced[Key, bytes] = Coalesced()

    @property
    def cache(self) -> ByteCache[Key, bytes]:
        return self._cache

    async def whole(self, permit: Permit[InstanceRef]) -> bytes:
        """All of it. Raises `NotFound` when there is none, `TooLarge` beyond `LARGEST_DOCUMENT`."""
        key = (permit.held.archive, permit.target)
        known = self._cache.find(key)
        return known if known is not None else await self._asking.ask(key, lambda: self._fetch(permit, key))

    async def _fetch(self, permit: Permit[InstanceRef], key: Key) -> bytes:
        document = await self._objects.bulk(permit, (tags.ENCAPSULATED_DOCUMENT,), LARGEST_DOCUMENT)
        self._cache.keep(key, document)
        return document
