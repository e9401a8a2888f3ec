"""One request and its answer, carried on by tasks of their own, so that nobody who leaves cancels the HTTP client.

httpcore's pool loses a connection when a request is cancelled while it connects, asks or reads; after as many as the
pool has, an archive is closed to everybody (tests/journeys/test_departure.py shows it). So whoever waits here may be
cancelled at any moment, and what the client was doing is brought to an end behind them.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
import contextlib
from typing import Any, cast

import httpx

_GRACE_SECONDS = 1.0


class Conversation:
    """`sending` is the request on its way; `response` and `piece` wait for what comes back.

    The client itself gives up an archive that is silent for `seconds`. One that goes on talking without ever coming to
    its answer has to be cut off.
    """

    def __init__(self, sending: Coroutine[Any, Any, httpx.Response], seconds: float) -> None:
        self._sending = asyncio.create_task(sending)
        self._cut_off_at = asyncio.get_running_loop().time() + seconds + _GRACE_SECONDS
        self._reading: asyncio.Task[bytes] | None = None
        self._pieces = self._read()

    async def response(self) -> httpx.Response:
        """The answer's head."""
        return await asyncio.shield(self._sending)

    async def piece(self) -> bytes:
        """The next bytes of the body as they come, never none; empty at its end."""
        self._reading = asyncio.create_task(cast("Coroutine[Any, Any, bytes]", anext(self._pieces, b"")))
        return await asyncio.shield(self._reading)

    @property
    def answered(self) -> bool:
        """Whether the head is there, or will not come."""
        return self._sending.done()

    async def end(self) -> bool:
        """Close the connection or give it back, as soon as that can be done; false when the client was cancelled."""
        if not self.answered and not await self._answers_in_time():
            return False
        await self._close()
        return True

    async def _answers_in_time(self) -> bool:
        try:
            async with asyncio.timeout_at(self._cut_off_at):
                await asyncio.wait([self._sending])
        except TimeoutError:
            return False
        finally:
            self._sending.cancel()
        return True

    async def _close(self) -> None:
        with contextlib.suppress(Exception):
            await self._sending.result().aclose()
        if self._reading is not None:
            with contextlib.suppress(Exception):
                await self._reading
        await self._pieces.aclose()

    async def _read(self) -> AsyncGenerator[bytes, None]:
        async for piece in self._sending.result().aiter_raw():
            if piece:
                yield piece
