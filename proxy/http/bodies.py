"""Bodies of requests, which only these routes take: of known length, of one kind, small, and soon whole."""

import asyncio
from collections.abc import Container
from typing import Final

from starlette.requests import ClientDisconnect, Request

from proxy.errors import BadRequest

MAXIMUM_BYTES: Final = 2**20
_SECONDS: Final = 10.0


async def body_of(request: Request, media_types: Container[str], maximum: int = MAXIMUM_BYTES) -> bytes:
    """The whole body of `request`, of `maximum` bytes at most. Raises `BadRequest`."""
    media_type, _, rest = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() not in media_types:
        raise BadRequest("the body is of a media type that is not taken here")
    if "charset" in rest.lower() and "utf-8" not in rest.lower():
        raise BadRequest("the body must be in UTF-8")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise BadRequest("the body must not be compressed")
    try:
        async with asyncio.timeout(_SECONDS):
            return await _read(request, maximum)
    except (TimeoutError, ClientDisconnect):
        raise BadRequest("the body did not come in time") from None


async def _read(request: Request, maximum: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > maximum:
            raise BadRequest(f"the body is larger than {maximum} bytes")
    return bytes(body)
