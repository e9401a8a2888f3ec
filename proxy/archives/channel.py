"""The one way to an archive: a place in line, its credentials, a deadline and a size for every answer."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx

from proxy.archives.conversation import Conversation
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
        conversation: Conversation,
        patience: Patience,
        maximum_bytes: int,
        institution: str,
    ) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.url = response.request.url
        self._conversation = conversation
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
            piece = await self._patience.wait(self._conversation.piece())
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
        self,
        client: httpx.AsyncClient,
        authorization: Authorization,
        connections: int,
        institution: str,
        renew: Callable[[], Awaitable[None]],
    ) -> None:
        """`renew` closes all connections of `client`, which opens new ones when it is used again."""
        self._client = client
        self._authorization = authorization
        self._gate = Gate(connections, connections * _LINE_PER_CONNECTION)
        self._institution = institution
        self._renew = renew
        self._endings: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def ask(
        self, url: httpx.URL, accept: str, patience: Patience, maximum_bytes: int
    ) -> AsyncGenerator[Answer, None]:
        """The answer to GET `url`, of any status; its connection is closed or given back on every way out."""
        await self._gate.take(patience)
        conversation = Conversation(self._send(url, accept, patience.left), patience.left)
        try:
            with in_own_words(self._institution):
                response = await patience.wait(conversation.response())
            yield Answer(response, conversation, patience, maximum_bytes, self._institution)
        finally:
            ending = self._own(self._end(conversation))
            if conversation.answered:
                await asyncio.shield(ending)

    async def _end(self, conversation: Conversation) -> None:
        if not await conversation.end():
            await self._renew()  # the client's pool may have lost a connection, and would go on losing them

    async def aclose(self) -> None:
        """Leave nothing behind; what is still on its way is cancelled, because nobody will need the pool again."""
        endings = list(self._endings)
        for ending in endings:
            ending.cancel()
        await asyncio.gather(*endings, return_exceptions=True)

    def _own(self, end: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Hold the place in line until the connection is free again, whoever has gone meanwhile."""
        ending = asyncio.create_task(end)
        self._endings.add(ending)
        ending.add_done_callback(self._ended)
        return ending

    def _ended(self, ending: "asyncio.Task[None]") -> None:
        self._endings.discard(ending)
        self._gate.give_back()

    async def _send(self, url: httpx.URL, accept: str, seconds: float) -> httpx.Response:
        try:
            return await self._send_once(url, accept, seconds)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError) as error:
            if isinstance(error, httpx.RemoteProtocolError) and not str(error).startswith(_DISCONNECTED):
                raise
        # The archive closed an idle connection just as it was used again: GET may be repeated (RFC 9110 §9.2.2).
        return await self._send_once(url, accept, seconds)

    async def _send_once(self, url: httpx.URL, accept: str, seconds: float) -> httpx.Response:
        timeout = httpx.Timeout(max(seconds, 0.001), connect=self._client.timeout.connect, pool=None)
        request = self._client.build_request("GET", url, headers={"Accept": accept}, timeout=timeout)
        return await self._client.send(request, stream=True, auth=self._authorization, follow_redirects=False)
