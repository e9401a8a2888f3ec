"""Bodies of answers: DICOM JSON, single parts, and multipart/related (PS3.18 §8.6.1.2, RFC 2387)."""

from collections.abc import AsyncIterator, Iterable, Sequence
import secrets
from typing import Any

import msgspec
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import Response, StreamingResponse

Part = tuple[str, str, bytes]
"""Content-Type, Content-Location and content of a part."""


def json_answer(document: Any, warnings: Sequence[str] = ()) -> Response:
    content = msgspec.json.encode(document, enc_hook=str)  # UIDs of pydicom are strings of a class of their own
    response = Response(content, media_type="application/dicom+json")
    for warning in warnings:
        response.headers.append("Warning", warning)
    return response


def parts_answer(media_type: str, parts: Iterable[Part], *, multipart: bool) -> Response:
    """Parts are made one by one, outside the event loop, as they are sent."""
    if not multipart:
        content_type, location, content = next(iter(parts))
        return Response(content, media_type=content_type, headers={"Content-Location": location})
    boundary = f"vitrine-demo-{secrets.token_hex(16)}"
    header = f'multipart/related; type="{media_type}"; boundary={boundary}'
    return StreamingResponse(_multipart(boundary, parts), media_type=header)


async def _multipart(boundary: str, parts: Iterable[Part]) -> AsyncIterator[bytes]:
    async for content_type, location, content in iterate_in_threadpool(parts):
        head = f"--{boundary}\r\nContent-Type: {content_type}\r\nContent-Location: {location}\r\n"
        yield f"{head}Content-Length: {len(content)}\r\n\r\n".encode("ascii")
        yield content
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode("ascii")
