"""A FHIR server that is asked: a deadline and a bound on each answer, and a pause after failures on end."""

import asyncio
from collections.abc import AsyncIterable, Callable
from math import inf
from typing import Final, cast

import httpx

_FAILURES: Final = 3
_LONGEST_REST_SECONDS: Final = 30.0
_AWAY: Final = frozenset({429, 502, 503, 504})
"""Statuses that say that the server is not there for anybody; others may be due to what was asked."""

_HEADERS: Final = {"Accept": "application/fhir+json", "Accept-Encoding": "identity", "User-Agent": "vitrine"}


class ServerSilent(Exception):
    """The server gave no answer; the words are safe."""


class FhirServer:
    """Asks the server that `transport` leads to; `name` is what it is called in errors. `timer` gives seconds."""

    def __init__(
        self,
        name: str,
        base_url: str,
        transport: httpx.AsyncBaseTransport,
        timer: Callable[[], float],
        *,
        connections: int,
        seconds: float,
        answer_bytes: int,
    ) -> None:
        self.name = name
        self.base = base_url.rstrip("/")
        self._transport = transport
        self._timer = timer
        self._turns = asyncio.Semaphore(connections)
        self._seconds = seconds
        self._answer_bytes = answer_bytes
        self._failures = 0
        self._rests_until = -inf

    async def close(self) -> None:
        await self._transport.aclose()

    async def get(self, target: str, **headers: str) -> tuple[int, bytes]:
        """Status and body of what is at `target` below the base URL. Raises `ServerSilent`."""
        return await self._send(httpx.Request("GET", f"{self.base}/{target}", headers={**_HEADERS, **headers}))

    async def post(self, target: str, content: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to `content`, JSON. Raises `ServerSilent`."""
        headers = {**_HEADERS, "Content-Type": "application/fhir+json"}
        return await self._send(httpx.Request("POST", f"{self.base}/{target}", headers=headers, content=content))

    async def _send(self, request: httpx.Request) -> tuple[int, bytes]:
        try:
            async with self._turns:
                if self._timer() < self._rests_until:  # also for those who stood in line when it failed
                    raise ServerSilent(f"{self.name} has just failed")
                async with asyncio.timeout(self._seconds):
                    status, body = await self._exchange(request)
        except TimeoutError:
            raise self._absent("did not answer in time") from None
        except (httpx.HTTPError, OSError):
            raise self._absent("cannot be reached") from None
        if status in _AWAY:
            raise self._absent("is not available")
        self._failures = 0
        return status, body

    async def _exchange(self, request: httpx.Request) -> tuple[int, bytes]:
        response = await self._transport.handle_async_request(request)
        try:
            body = bytearray()
            async for piece in cast("AsyncIterable[bytes]", response.stream):
                body += piece
                if len(body) > self._answer_bytes:
                    raise ServerSilent(f"{self.name} answered with too much")
            return response.status_code, bytes(body)
        finally:
            await response.aclose()

    def _absent(self, words: str) -> ServerSilent:
        """After some failures on end it is left alone, longer each time, so that nobody waits for it in vain."""
        self._failures += 1
        if self._failures >= _FAILURES:
            pause = min(2.0 ** (self._failures - _FAILURES), _LONGEST_REST_SECONDS)
            self._rests_until = self._timer() + pause
        return ServerSilent(f"{self.name} {words}")
