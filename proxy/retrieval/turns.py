"""Long work done by a few at a time, others waiting in a line with an end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from proxy.errors import Overloaded

MOVING_AT_ONCE, MOVING_IN_LINE = 2, 16
"""Moving images that are made at a time, each of which may take as much memory as an answer may have bytes."""

_RETRY_SECONDS = 10


class Turns:
    """`at_once` have their turn, `in_line` wait; whoever comes after them is told so at once."""

    def __init__(self, at_once: int, in_line: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._in_line = in_line
        self._waiting = 0

    @asynccontextmanager
    async def one(self) -> AsyncGenerator[None]:
        """Have a turn. Raises `Overloaded` when the line is full."""
        if self._free.locked() and self._waiting >= self._in_line:
            raise Overloaded("too many moving images are being made", _RETRY_SECONDS)
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()
