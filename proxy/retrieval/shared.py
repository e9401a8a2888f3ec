"""What several ask for at once is found in memory, or made once for all of them and kept."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from proxy.coalescing import Coalesced
from proxy.resources import HeldStudy
from proxy.retrieval.cache import ByteCache

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Make = Callable[[], Awaitable[Value]]


class Shared(Generic[Key, Value]):
    """What is made while it should be forgotten is given to those who wait, and not kept."""

    def __init__(self, cache: ByteCache[Key, Value]) -> None:
        self.cache = cache
        self._making: Coalesced[Key, Value] = Coalesced()

    async def have(self, key: Key, make: Make[Value], *held: HeldStudy) -> Value:
        """The value for `key`, which shows something of the studies `held`."""
        known = self.cache.find(key)
        return known if known is not None else await self.made(key, make, *held)

    async def made(self, key: Key, make: Make[Value], *held: HeldStudy, unseen: bool = False) -> Value:
        """Like `have` for what is known not to be there; `unseen` if nobody looks at it yet."""

        async def work() -> Value:
            purges = self.cache.purges
            value = await make()
            if self.cache.purges == purges:
                self.cache.keep(key, value, *held, unseen=unseen)
            return value

        return await self._making.ask(key, work)
