"""The one way to an archive: a place in line, a deadline and a size for every answer."""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import cast

import httpx

from proxy.archives.gate import Patience
from proxy.archives.gentleness.turn import Turn
from proxy.archives.gentleness.turnstile import Turnstile
from proxy.archives.hubs.link import PROPER, Link
from proxy.archives.refusals import in_own_words
from proxy.errors import ArchiveFailed, TooLarge
from proxy.wire.errors import MalformedMediaType
from proxy.wire.media import MediaType, read_media_type

_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "vitrine", "Connection": "keep-alive"}


class Answer:
    """An archive's answer whose body has yet to be read; valid until the channel's context ends."""

    def __init__(
        self,
        url: httpx.URL,
        response: httpx.Response,
        patience: Patience,
        maximum_bytes: int,
        institution: str,
        turn: Turn,
    ) -> None:
        self.url = url
        self.status = response.status_code
        self.headers = response.headers
        self.http_version = response.http_version
        self._body = aiter(cast("AsyncIterable[bytes]", response.stream))
        self._patience = patience
        self._maximum_bytes = maximum_bytes
        self._institution = institution
        self._turn = turn
        self._received = 0

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
        self._check_head()
        while (piece := await self._next()) is not None:
            if piece:
                self._take(piece)
                yield piece

    async def read(self) -> bytes:
        """The whole body, waited for as one; raises what `pieces` raises."""
        self._check_head()
        with self._turn.watched(), in_own_words(self._institution):
            return await self._patience.wait(self._whole())

    async def _whole(self) -> bytes:
        pieces: list[bytes] = []
        async for piece in self._body:
            self._take(piece)
            pieces.append(piece)
        return b"".join(pieces)

    async def _next(self) -> bytes | None:
        with self._turn.watched(), in_own_words(self._institution):
            return await self._patience.wait(cast("Awaitable[bytes | None]", anext(self._body, None)))

    def _take(self, piece: bytes) -> None:
        self._received += len(piece)
        self._patience.received(len(piece))
        self._turn.received(len(piece))
        self._check_size(self._received)

    def _check_head(self) -> None:
        """An encoding that was not asked for may be a bomb: nothing is ever decompressed."""
        if self.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise ArchiveFailed("the archive compressed its answer, though asked not to", self._institution)
        self._check_size(self.length or 0)

    def _check_size(self, size: int) -> None:
        if size > self._maximum_bytes:
            raise TooLarge("the archive's answer exceeds the limits of this service")


class Channel:
    """Asks one archive, never more at once than its limits allow."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport, turnstile: Turnstile, institution: str, link: Link | None = None
    ) -> None:
        """With a `link` it is another exchange that is asked, and told by which way the question came."""
        self._transport = transport
        self._turnstile = turnstile
        self._institution = institution
        self._link = link

    @asynccontextmanager
    async def ask(
        self,
        url: httpx.URL,
        accept: str,
        patience: Patience,
        maximum_bytes: int,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[Answer, None]:
        """The answer to GET `url`, of any status; its connection is closed or given back on every way out."""
        way = self._link.fields() if self._link else {}
        request = httpx.Request("GET", url, headers={**_HEADERS, "Accept": accept, **way, **(headers or {})})
        async with self._turnstile.turn(patience) as turn:
            with turn.watched(), in_own_words(self._institution):
                response = await patience.wait(self._transport.handle_async_request(request))
            try:
                turn.answered(response.status_code, response.headers, PROPER if self._link else ())
                if self._link:
                    self._link.check(response.status_code)
                yield Answer(url, response, patience, maximum_bytes, self._institution, turn)
            finally:
                await response.aclose()
