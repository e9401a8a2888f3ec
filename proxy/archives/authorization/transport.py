"""Identifies this service to an archive: the one place where an Authorization field is added to a request."""

from collections.abc import Awaitable
from typing import Protocol

import httpx


class AuthorizationFailed(httpx.TransportError):
    """What would identify this service could not be had; the words are safe, and the archive was not asked."""


class Authorization(Protocol):
    """What an Authorization field is to hold (RFC 9110 §11.6.2)."""

    def field(self) -> Awaitable[str]:
        """The field's value now. Raises `AuthorizationFailed`."""

    def renewed(self, refused: str) -> Awaitable[str | None]:
        """Another value after the archive answered 401 to `refused`; `None` when there is none."""


class Authorized(httpx.AsyncBaseTransport):
    """Adds the field to every request; after a 401 a request is repeated once, if there is another value by then."""

    def __init__(self, transport: httpx.AsyncBaseTransport, authorization: Authorization) -> None:
        self._transport = transport
        self._authorization = authorization

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        field = await self._authorization.field()
        response = await self._transport.handle_async_request(_with(request, field))
        if response.status_code != 401:
            return response
        await response.aclose()
        challenges = [("WWW-Authenticate", text) for text in response.headers.get_list("www-authenticate")]
        return await self._again(request, field) or httpx.Response(401, headers=challenges)

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _again(self, request: httpx.Request, refused: str) -> httpx.Response | None:
        field = await self._authorization.renewed(refused)
        return None if field is None else await self._transport.handle_async_request(_with(request, field))


def _with(request: httpx.Request, field: str) -> httpx.Request:
    headers = httpx.Headers(request.headers)
    headers["Authorization"] = field
    content = request.content or None
    return httpx.Request(request.method, request.url, headers=headers, content=content, extensions=request.extensions)
