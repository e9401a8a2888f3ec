"""Patience with an archive and a place in line: every wait has an end, every queue a length."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from proxy.errors import Overloaded

Answer = TypeVar("Answer")


class Patience:
    """How many seconds may yet be spent waiting for one answer; time that its reader takes does not count.

    An answer that is read whole has `seconds` in all. One that is streamed has them again after every `renewed_by`
    bytes, so that large answers may take long and dripping ones may not.
    """

    def __init__(self, seconds: float, renewed_by: int | None = None) -> None:
        self._seconds = seconds
        self._left = seconds
        self._renewed_by = renewed_by
        self._received = 0

    @property
    def left(self) -> float:
        return max(self._left, 0)

    async def wait(self, awaitable: Awaitable[Answer]) -> Answer:
        """Await within what is left, or raise `TimeoutError`."""
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(self.left):
                return await awaitable
        finally:
            self._left -= clock() - began

    def received(self, size: int) -> None:
        self._received += size
        if self._renewed_by is not None and self._received >= self._renewed_by:
            self._received = 0
            self._left = self._seconds


class Gate:
    """Lets `places` through at once and as many as `line` wait; who comes after them is told so without waiting."""

    def __init__(self, places: int, line: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._line = line
        self._waiting = 0

    @asynccontextmanager
    async def place(self, patience: Patience) -> AsyncGenerator[None]:
        """Hold a place; raises `Overloaded` when the line is full or does not move in time."""
        await self.take(patience)
        try:
            yield
        finally:
            self.give_back()

    def give_back(self) -> None:
        """Let the next one through; for every `take` once."""
        self._places.release()

    async def take(self, patience: Patience) -> None:
        """Like `place`, for whoever gives it back by hand."""
        if self._places.locked() and self._waiting >= self._line:
            raise Overloaded("an archive is being asked as much as it may be")
        self._waiting += 1
        try:
            await patience.wait(self._places.acquire())
        except TimeoutError:
            raise Overloaded("an archive is being asked as much as it may be") from None
        finally:
            self._waiting -= 1
