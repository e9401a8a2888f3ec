"""A cache with a name, a size in bytes and an age: it holds images, never permissions, and nothing about a caller."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from cachetools import TTLCache

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class ByteCache(Generic[Key, Value]):
    """Bounded by the bytes of what it holds and by their age; a value larger than the whole cache is not kept.

    `size_of` gives the bytes a value stands for; `hits` and `misses` count look-ups for the metrics.
    """

    def __init__(
        self,
        name: str,
        capacity: int,
        seconds: float,
        size_of: Callable[[Value], int],
        timer: Callable[[], float],
    ) -> None:
        self.name = name
        self.hits = 0
        self.misses = 0
        self._entries: TTLCache[Key, Value] = TTLCache(capacity, seconds, timer, size_of)
        self._size_of = size_of

    def find(self, key: Key) -> Value | None:
        value: Value | None = self._entries.get(key)
        if value is None:
            self.misses += 1
        else:
            self.hits += 1
        return value

    def keep(self, key: Key, value: Value) -> None:
        if self._size_of(value) <= self._entries.maxsize:
            self._entries[key] = value

    def forget(self) -> None:
        self._entries.clear()

    @property
    def bytes(self) -> int:
        return int(self._entries.currsize)
