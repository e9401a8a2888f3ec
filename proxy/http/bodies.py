"""Bodies of requests, which only these routes take: of known length, of one kind, small, and soon whole."""

import asyncio
from collections.abc import Container
from typing import Final, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from proxy.errors import BadRequest

MAXIMUM_BYTES: Final = 2**20
_SECONDS: Final = 10.0
_JSON: Final = frozenset({"application/json"})
_SMALL: Final = 64 * 1024
_Read = TypeVar("_Read", bound=msgspec.Struct)


async def read_body(request: Request, kind: type[_Read], largest: int = _SMALL) -> _Read:
    """The body of `request`, JSON of one form, as a `kind`. Raises `BadRequest`."""
    try:
        return msgspec.json.decode(await body_of(request, _JSON, largest), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body is not what is expected here: {error}") from None


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
