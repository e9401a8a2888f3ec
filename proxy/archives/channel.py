"""The one way to an archive: a place in line, its credentials, a deadline and a size for every answer."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import cast

import httpx

from proxy.archives.credentials import Authorization
from proxy.archives.gate import Gate, Patience
from proxy.archives.refusals import in_own_words
from proxy.errors import ArchiveFailed, TooLarge
from proxy.wire.errors import MalformedMediaType
from proxy.wire.media import MediaType, read_media_type

_LINE_PER_CONNECTION = 16
_DISCONNECTED = "Server disconnected"


class Answer:
    """An archive's answer whose body has yet to be read; valid until the channel's context ends."""

    def __init__(
        self,
        response: httpx.Response,
        body: AsyncGenerator[bytes, None],
        patience: Patience,
        maximum_bytes: int,
        institution: str,
    ) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.url = response.request.url
        self._body = body
        self._patience = patience
        self._maximum_bytes = maximum_bytes
        self._institution = institution

    @property
    def media_type(self) -> MediaType | None:
        """The Content-Type, or `None` where it is absent or unreadable."""
        try:
            return read_media_type(self.headers.get("content-type", ""))
        except MalformedMediaType:
            return None

    @property
    def length(self) -> int | None:
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body in pieces as they come; raises `TooLarge`, `ArchiveTimedOut` or `ArchiveFailed`."""
        self._check_encoding()
        self._check_size(self.length or 0)
        received = 0
        while piece := await self._next():
            received += len(piece)
            self._check_size(received)
            yield piece

    async def read(self) -> bytes:
        """The whole body."""
        async with aclosing(self.pieces()) as pieces:
            return b"".join([piece async for piece in pieces])

    async def _next(self) -> bytes:
        with in_own_words(self._institution):
            piece = await self._patience.wait(anext(self._body, b""))
        self._patience.received(len(piece))
        return piece

    def _check_encoding(self) -> None:
        """An encoding that was not asked for may be a bomb: nothing is ever decompressed."""
        if self.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise ArchiveFailed("the archive compressed its answer, though asked not to", self._institution)

    def _check_size(self, size: int) -> None:
        if size > self._maximum_bytes:
            raise TooLarge("the archive's answer exceeds the limits of this service")


class Channel:
    """Asks one archive, never more at once than its limits allow."""

    def __init__(
        self, client: httpx.AsyncClient, authorization: Authorization, connections: int, institution: str
    ) -> None:
        self._client = client
        self._authorization = authorization
        self._gate = Gate(connections, connections * _LINE_PER_CONNECTION)
        self._institution = institution

    @asynccontextmanager
    async def ask(
        self, url: httpx.URL, accept: str, patience: Patience, maximum_bytes: int
    ) -> AsyncGenerator[Answer, None]:
        """The answer to GET `url`, of any status; its connection is closed or given back on every way out."""
        async with self._gate.place(patience):
            with in_own_words(self._institution):
                response = await patience.wait(self._send(url, accept))
            body = _nonempty(response)
            try:
                yield Answer(response, body, patience, maximum_bytes, self._institution)
            finally:
                await body.aclose()
                await response.aclose()

    async def _send(self, url: httpx.URL, accept: str) -> httpx.Response:
        try:
            return await self._send_once(url, accept)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError) as error:
            if isinstance(error, httpx.RemoteProtocolError) and not str(error).startswith(_DISCONNECTED):
                raise
        # The archive closed an idle connection just as it was used again: GET may be repeated (RFC 9110 §9.2.2).
        return await self._send_once(url, accept)

    async def _send_once(self, url: httpx.URL, accept: str) -> httpx.Response:
        request = self._client.build_request("GET", url, headers={"Accept": accept})
        return await self._client.send(request, stream=True, auth=self._authorization, follow_redirects=False)


async def _nonempty(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    # an async generator by nature, which httpx's annotation does not say; unclosed it would live on until collected
    source = cast("AsyncGenerator[bytes, None]", response.aiter_raw())
    async with aclosing(source) as pieces:
        async for piece in pieces:
            if piece:
                yield piece
