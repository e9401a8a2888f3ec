"""Which keys left a cache a short while ago, as numbers that name nobody: whoever comes back was missed."""

from collections.abc import Hashable


class Departed:
    """As many as stand for `capacity` bytes, the latest of them."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._sizes: dict[int, int] = {}
        self._bytes = 0

    def note(self, key: Hashable, size: int) -> None:
        """`key`, which stood for `size` bytes, has left."""
        self.recall(key)
        self._sizes[hash(key)] = size
        self._bytes += size
        while self._bytes > self._capacity:
            self._bytes -= self._sizes.pop(next(iter(self._sizes)))

    def recall(self, key: Hashable) -> bool:
        """Whether `key` is one of them, which it is no longer."""
        size = self._sizes.pop(hash(key), None)
        self._bytes -= size or 0
        return size is not None
