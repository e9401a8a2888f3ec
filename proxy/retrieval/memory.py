"""All caches of the service: made in one place, so that they age, forget and keep nothing of somebody together."""

from collections.abc import AsyncGenerator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from proxy.repeating import repeated
from proxy.resources import HeldStudy, Uid
from proxy.retrieval.cache import ByteCache
from proxy.settings.archives import Institution

Value = TypeVar("Value")

_SWEEPS = 20  # in the life of an entry: none outlives its age by more than a twentieth


class Memory:
    """What is remembered lives `seconds`; `institutions` may have nothing of their images kept."""

    def __init__(self, seconds: float, institutions: Iterable[Institution], timer: Callable[[], float]) -> None:
        self._seconds = seconds
        self._uncached = frozenset(one.id for one in institutions if not one.caching)
        self._timer = timer
        self._caches: list[ByteCache[Any, Any]] = []

    @property
    def caches(self) -> tuple[ByteCache[Any, Any], ...]:
        return tuple(self._caches)

    def cache(self, name: str, capacity: int, size_of: Callable[[Value], int]) -> ByteCache[Any, Value]:
        """A cache of what shows a study."""
        return self._made(ByteCache(name, capacity, self._seconds, size_of, self._timer, self._uncached))

    def attribute_cache(self, name: str, capacity: int, size_of: Callable[[Value], int]) -> ByteCache[Any, Value]:
        """A cache of what is said about a study: an archive would else be asked again for every image."""
        return self._made(ByteCache(name, capacity, self._seconds, size_of, self._timer))

    def forget(self) -> None:
        """Everything: what may be seen by whom has changed."""
        for cache in self._caches:
            cache.forget()

    def located(self, study: Uid, held: Collection[HeldStudy]) -> None:
        """Archives have said how they hold `study`: what is remembered of it otherwise is no longer true."""
        for cache in self._caches:
            cache.forget(study, held)

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """While this lasts what is too old leaves by itself; at the end nothing is left."""
        try:
            async with repeated(self._sweep, self._seconds / _SWEEPS, "sweep"):
                yield
        finally:
            self.forget()

    def _made(self, cache: ByteCache[Any, Value]) -> ByteCache[Any, Value]:
        self._caches.append(cache)
        return cache

    async def _sweep(self) -> None:
        for cache in self._caches:
            cache.expire()
