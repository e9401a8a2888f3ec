"""What a part sends: bytes that are there or come along; of a video also the range that a player asks for."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing

from starlette.requests import Request
from starlette.responses import Response

from proxy.dicomweb.rendered.presenting import Part, Stream
from proxy.errors import ArchiveFailed, RangeNotSatisfiable
from proxy.http.conditional import answer, is_current, not_modified, validator_of
from proxy.http.departure import StreamedResponse
from proxy.http.ranges import cut, read_extent

_SEEKABLE = "video/"


async def in_part(request: Request, part: Part, headers: Mapping[str, str]) -> Response:
    """`part` as the whole answer, unless the client has it; of video the range that is asked for (RFC 9110 §14.2)."""
    match part.data:
        case bytes() as data if part.media_type.startswith(_SEEKABLE):
            validator = await validator_of(data)
            if is_current(request, validator):
                return not_modified(validator, headers)
            extent = read_extent(request, len(data), validator)
            ranged = {**headers, **extent.headers(validator)}
            return Response(data[extent.start : extent.stop], extent.status, ranged, part.media_type)
        case bytes() as data:
            return await answer(request, data, headers, part.media_type, kept=part.kept)
        case Stream() as stream:
            return await _in_passing(request, part, stream, headers)


async def _in_passing(request: Request, part: Part, stream: Stream, headers: Mapping[str, str]) -> Response:
    """What lies before the range is read and left out: archives need not offer ranges of what they store."""
    if stream.length is None:
        return StreamedResponse(stream.pieces, part.media_type, {**headers, "Accept-Ranges": "none"}, stream.closing)
    if is_current(request, stream.validator):
        await stream.closing.aclose()
        return not_modified(stream.validator, headers)
    try:
        extent = read_extent(request, stream.length, stream.validator)
    except RangeNotSatisfiable:
        await stream.closing.aclose()
        raise
    pieces = cut(_of_length(stream.pieces, stream.length), extent)
    ranged = {**headers, **extent.headers(stream.validator)}
    return StreamedResponse(pieces, part.media_type, ranged, stream.closing, status=extent.status)


def length_of(part: Part) -> int | None:
    """How many bytes `part` has, if that is known."""
    return len(part.data) if isinstance(part.data, bytes) else part.data.length


async def body_of(part: Part) -> AsyncGenerator[bytes]:
    """All of `part`."""
    match part.data:
        case bytes() as data:
            yield data
        case Stream() as stream:
            async with stream.closing:
                async for piece in stream.pieces if stream.length is None else _of_length(stream.pieces, stream.length):
                    yield piece


def closing_of(part: Part) -> AsyncExitStack | None:
    """What ends the source of `part` even if none of it is ever read."""
    return part.data.closing if isinstance(part.data, Stream) else None


async def _of_length(pieces: AsyncGenerator[bytes], length: int) -> AsyncGenerator[bytes]:
    """`pieces`, which are to have `length` bytes in all, as the client was told."""
    received = 0
    async with aclosing(pieces):
        async for piece in pieces:
            received += len(piece)
            if received > length:
                break
            yield piece
    if received != length:
        raise ArchiveFailed("the archive's video is not as long as the archive says", "the archive")
