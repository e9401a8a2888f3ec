"""When the client goes away, the work done for it ends: nothing is asked of an archive for nobody (RFC 9110 §9.2.1)."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
import contextlib
from typing import Any, NoReturn, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from proxy.errors import NotAuthenticated

Answer = TypeVar("Answer")

TAKING_SECONDS = 30.0
"""How long a client may leave one piece of a stream lying: an archive's connection waits for it."""

_UNWATCHED_SECONDS = 0.02
"""Most requests are answered sooner; asking the server for a departure costs as much as sending a piece."""


class ClientDeparted(Exception):
    """The client closed its connection; there is nobody left to answer."""


def departure_of(scope: Scope, receive: Receive) -> "asyncio.Task[None]":
    """A task that ends when the client of this request goes away; the same one for all who ask.

    There is one because a server may take a second `receive`, after a first that was cancelled, for a departure. It is
    ended with the request, by `end_watch`.
    """
    state = scope.setdefault("state", {})
    if state.get("over"):
        _refuse()
    if "departure" not in state:
        state["departure"] = asyncio.create_task(_departure(receive), name="departure")
    task: asyncio.Task[None] = state["departure"]
    return task


def end_watch(scope: Scope) -> None:
    """The request is answered; whether its client is still there no longer matters."""
    state = scope.get("state", {})
    watching = state.pop("departure", None)
    if watching is not None:
        watching.cancel()
    for forget in state.pop("endings", ()):
        forget()


def on_end(scope: Scope, forget: Callable[[], object]) -> None:
    """Call `forget` when the request is answered."""
    scope.setdefault("state", {}).setdefault("endings", []).append(forget)


def end_early(scope: Scope) -> None:
    """End the answer to this request now: its sign-in is over. A stream is cut, everything else becomes a 401."""
    state = scope.setdefault("state", {})
    state["over"] = True
    if "departure" in state:
        state["departure"].cancel()


def _refuse() -> NoReturn:
    raise NotAuthenticated("the sign-in has ended")


async def _departure(receive: Receive) -> None:
    await asyncio.sleep(_UNWATCHED_SECONDS)
    while (await receive())["type"] != "http.disconnect":
        pass


async def while_connected(request: Request, work: Awaitable[Answer]) -> Answer:
    """Await `work`, cancelling it as soon as the client goes away; then `ClientDeparted` is raised."""
    working = asyncio.ensure_future(work)
    try:
        if not await _ends_first(working, departure_of(request.scope, request.receive)):
            raise ClientDeparted
        return working.result()
    finally:
        await _cancel(working)


async def _ends_first(working: "asyncio.Future[Any]", watching: "asyncio.Future[Any]") -> bool:
    """Whether `working` ends before the client goes away. Raises `NotAuthenticated` when its sign-in ends first."""
    await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
    if watching.cancelled():
        _refuse()
    return working.done()


async def _cancel(task: "asyncio.Future[Any]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task


class StreamedResponse(Response):
    """A body sent piece by piece as it arrives, whose source is closed in every case: end, error or departed client.

    `closing` holds what the pieces come from. It is closed here, because a generator that was never started, as with
    HEAD, does not run its own `finally`. An error after the first byte must not look like an end, so it is raised
    through to the server, which cuts the connection (a truncated multipart is not ended cleanly, PS3.18 §8.6.1.2).
    `headers` has a Content-Length only where it is known. `ending` gives what comes after the last piece.
    """

    def __init__(
        self,
        pieces: AsyncGenerator[bytes],
        media_type: str,
        headers: Mapping[str, str],
        closing: contextlib.AsyncExitStack | None = None,
        taking_seconds: float = TAKING_SECONDS,
        status: int = 200,
        ending: Callable[[], bytes] = bytes,
    ) -> None:
        super().__init__(status_code=status, headers=headers, media_type=media_type)
        if "Content-Length" not in headers:
            del self.headers["content-length"]
        self._pieces = pieces
        self._closing = closing or contextlib.AsyncExitStack()
        self._taking_seconds = taking_seconds
        self._ending = ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._closing, contextlib.aclosing(self._pieces):
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            without_body = scope["method"] == "HEAD"
            if without_body or await self._pass_on(receive, send, scope):
                # not raced with the departure: servers report one as soon as the last piece is handed to them
                ending = b"" if without_body else self._ending()
                await send({"type": "http.response.body", "body": ending, "more_body": False})

    async def _pass_on(self, receive: Receive, send: Send, scope: Scope) -> bool:
        """Send all pieces; false when the client went away meanwhile."""
        sending = asyncio.ensure_future(self._send_pieces(send))
        try:
            if not await _ends_first(sending, departure_of(scope, receive)):
                return False
            sending.result()
            return True
        finally:
            await _cancel(sending)

    async def _send_pieces(self, send: Send) -> None:
        async for piece in self._pieces:
            async with asyncio.timeout(self._taking_seconds):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
