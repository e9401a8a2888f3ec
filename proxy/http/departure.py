"""When the client goes away, the work done for it ends: nothing is asked of an archive for nobody (RFC 9110 §9.2.1)."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping
import contextlib
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Answer = TypeVar("Answer")


class ClientDeparted(Exception):
    """The client closed its connection; there is nobody left to answer."""


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def while_connected(request: Request, work: Awaitable[Answer]) -> Answer:
    """Await `work`, cancelling it as soon as the client goes away; then `ClientDeparted` is raised."""
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_departure(request.receive))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDeparted
    finally:
        for task in (working, watching):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await working


class StreamedResponse(Response):
    """A body sent piece by piece as it arrives, whose source is closed in every case: end, error or departed client.

    `closing` holds what the pieces come from. It is closed here, because a generator that was never started, as with
    HEAD, does not run its own `finally`. An error after the first byte must not look like an end, so it is raised
    through to the server, which cuts the connection (a truncated multipart is not ended cleanly, PS3.18 §8.6.1.2).
    """

    def __init__(
        self,
        pieces: AsyncGenerator[bytes],
        media_type: str,
        headers: Mapping[str, str],
        closing: contextlib.AsyncExitStack | None = None,
    ) -> None:
        super().__init__(headers=headers, media_type=media_type)
        del self.headers["content-length"]
        self._pieces = pieces
        self._closing = closing or contextlib.AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._closing:
            await self._send_while_connected(scope, receive, send)

    async def _send_while_connected(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(self._send(send, bodiless=scope["method"] == "HEAD"))
        watching = asyncio.ensure_future(_departure(receive))
        try:
            await asyncio.wait({sending, watching}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            for task in (sending, watching):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await sending

    async def _send(self, send: Send, *, bodiless: bool) -> None:
        async with contextlib.aclosing(self._pieces) as pieces:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if not bodiless:
                async for piece in pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
