"""One connection to an archive: one request at a time, its response read no faster than somebody takes it."""

import asyncio
from collections.abc import Callable
from typing import cast

import httpx

from proxy.archives.http1.reading import Head, MalformedResponse, ResponseReader

_MOST_WAITING = 2**20  # bytes that may lie here, unread, before the socket is left alone
_FEW_WAITING = 2**18


class Connection(asyncio.Protocol):
    """Whoever waits here may be cancelled at any moment; then the connection is aborted and nothing else is touched."""

    def __init__(self) -> None:
        self._reader: ResponseReader | None = None
        self._error: httpx.TransportError | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._unread = 0
        self._paused = False
        self._closed = False
        self.idle_since = 0.0

    @property
    def reusable(self) -> bool:
        """Whether another request may follow: the last response was read to its end, and nobody hung up."""
        reader = self._reader
        return not self._closed and reader is not None and reader.complete and reader.reusable and not reader.pieces

    @property
    def unanswered(self) -> bool:
        """Whether the connection ended before a single byte of the response came."""
        return self._closed and self._reader is not None and not self._reader.begun

    async def ask(self, request: bytes) -> Head:
        """Send a whole request; the head of its response. Raises `httpx.TransportError`."""
        self._reader = reader = ResponseReader()
        self._error, self._unread = None, 0
        if self._closed:
            raise httpx.ReadError("the connection has ended")
        self._transport.write(request)
        while reader.head is None:
            await self._wait()
        return reader.head

    async def piece(self) -> bytes:
        """The next bytes of the body as they came, never none; empty at its end. Raises `httpx.TransportError`."""
        reader = cast("ResponseReader", self._reader)
        while not reader.pieces:
            if reader.complete and self._error is None:
                return b""
            await self._wait()
        piece = reader.pieces.popleft()
        self._unread -= len(piece)
        if self._paused and self._unread < _FEW_WAITING:
            self._paused = False
            self._transport.resume_reading()
        return piece

    def abort(self) -> None:
        """Hang up now; what has not been read is lost."""
        self._closed = True
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        if reader is None or reader.complete:
            self.abort()  # nothing was asked, so that nothing that comes can be an answer
            return
        self._read(lambda: reader.feed(data))
        self._unread += len(data)
        if self._unread > _MOST_WAITING and not self._paused and not self._closed:
            self._paused = True
            self._transport.pause_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._closed = True
        reader = self._reader
        if reader is not None and not reader.complete and self._error is None:
            if error is not None:
                self._fail(_broken(error))
            else:
                self._read(reader.end)
        self._wake()

    def _read(self, step: Callable[[], None]) -> None:
        try:
            step()
        except MalformedResponse as malformed:
            self._fail(httpx.RemoteProtocolError(str(malformed)))
            self.abort()
        self._wake()

    def _fail(self, error: httpx.TransportError) -> None:
        self._error = self._error or error

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def _wait(self) -> None:
        """Until something has changed; an error counts only when there is nothing left to be read before it."""
        if self._error is not None:
            raise self._error
        self._waiting = asyncio.get_running_loop().create_future()
        await self._waiting


def _broken(cause: Exception) -> httpx.ReadError:
    """`cause` may say that the other end ended TLS, and why."""
    error = httpx.ReadError("the connection broke")
    error.__cause__ = cause
    return error
