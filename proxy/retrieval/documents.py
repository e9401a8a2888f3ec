"""Encapsulated documents for whoever holds a permit: fetched once for all their pages, and kept for a while."""

from proxy.access.permit import Permit
from proxy.resources import InstanceRef
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.masking import refuse_masked
from proxy.retrieval.memory import Memory
from proxy.retrieval.objects import Objects
from proxy.retrieval.shared import Shared
from rendering.reading import tags

LARGEST_DOCUMENT = 64 * 2**20
_CACHE_BYTES = 2 * LARGEST_DOCUMENT

Key = tuple[str, InstanceRef]


class Documents:
    """The document of an instance as it is stored (PS3.3 C.24.2)."""

    def __init__(self, objects: Objects, memory: Memory) -> None:
        self._objects = objects
        cache: ByteCache[Key, bytes] = memory.cache("documents", _CACHE_BYTES, len)
        self._shared = Shared(cache)

    async def whole(self, permit: Permit[InstanceRef]) -> bytes:
        """All of it. Raises `NotFound` when there is none, `TooLarge` beyond `LARGEST_DOCUMENT`, `NotAnonymous`."""
        refuse_masked(permit)
        key = (permit.held.place, permit.target)
        return await self._shared.have(key, lambda: self._fetch(permit), permit.held)

    async def _fetch(self, permit: Permit[InstanceRef]) -> bytes:
        return await self._objects.bulk(permit, (tags.ENCAPSULATED_DOCUMENT,), LARGEST_DOCUMENT)
