"""An httpx transport for HTTP/1.1 whose requests can be given up at any moment, and which copies nothing.

httpx's own pool loses connections when a request is cancelled, and looks at all of them for each one that waits
(docs/decisions/0032). How many requests are on their way is bounded by whoever uses this (`archives.gate`).
"""

import asyncio
from collections.abc import Callable
import ssl

import httpx

from proxy.archives.http1.connection import Connection
from proxy.archives.http1.egress import Destination

_IDLE_SECONDS = 30.0


class Http1Transport(httpx.AsyncBaseTransport):
    """Requests to one destination, by connections that are kept for a while; every other request is refused."""

    def __init__(self, destination: Destination, context: ssl.SSLContext | None, connect_seconds: float) -> None:
        """`context` verifies the destination when it speaks TLS."""
        self._destination = destination
        self._context = context
        self._connect_seconds = connect_seconds
        self._idle: list[Connection] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response, whose body has yet to be read. Raises `httpx.TransportError`."""
        self._destination.check(request)
        message = _to_bytes(request)
        connection = self._reused()
        if connection is not None:
            try:
                return await self._ask(connection, message)
            except httpx.TransportError:
                # It was closed just as it was used again: a GET may be repeated (RFC 9110 §9.2.2).
                if not connection.unanswered:
                    raise
        return await self._ask(await self._connect(), message)

    async def aclose(self) -> None:
        """Close what is idle; what is in use ends with its response."""
        while self._idle:
            self._idle.pop().abort()

    async def _ask(self, connection: Connection, message: bytes) -> httpx.Response:
        try:
            head = await connection.ask(message)
        except BaseException:
            connection.abort()
            raise
        body, extensions = _Body(connection, self._take_back), {"http_version": head.version}
        return httpx.Response(head.status, headers=list(head.headers), stream=body, extensions=extensions)

    def _take_back(self, connection: Connection) -> None:
        if connection.reusable:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.abort()

    def _reused(self) -> Connection | None:
        """The connection used last, so that those which are too many grow old and are closed."""
        now = asyncio.get_running_loop().time()
        fresh = [one for one in self._idle if one.reusable and now - one.idle_since < _IDLE_SECONDS]
        for one in self._idle:
            if one not in fresh:
                one.abort()
        self._idle = fresh
        return self._idle.pop() if self._idle else None

    async def _connect(self) -> Connection:
        try:
            async with asyncio.timeout(self._connect_seconds):
                return await self._destination.connect(Connection, self._context)
        except TimeoutError:
            raise httpx.ConnectTimeout("connecting took too long") from None
        except OSError as error:
            raise httpx.ConnectError("no connection could be made") from error


class _Body(httpx.AsyncByteStream):
    """A response's body; closing it before its end closes the connection."""

    def __init__(self, connection: Connection, take_back: Callable[[Connection], None]) -> None:
        self._connection = connection
        self._take_back = take_back
        self._closed = False

    def __aiter__(self) -> "_Body":
        return self

    async def __anext__(self) -> bytes:
        piece = await self._connection.piece()
        if not piece:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            self._take_back(self._connection)


def _to_bytes(request: httpx.Request) -> bytes:
    """The request as it goes over the line (RFC 9112 §3.2)."""
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%s: %s" % field for field in request.headers.raw]
    return b"\r\n".join([*lines, b"", request.content])
