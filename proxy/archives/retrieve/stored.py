"""Frames cut out of pixels that an archive gives as bulk data (PS3.18 §8.7.3.3, PS3.5 A.4)."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from proxy.archives.channel import Answer
from proxy.archives.labels import frame_transfer_syntax
from proxy.archives.parts import TELLING_BYTES, Part, Payload, read_parts
from proxy.archives.refusals import in_own_words
from proxy.archives.retrieve.events import EventCutter
from proxy.archives.retrieve.pixels import StoredPixels
from proxy.archives.retrieve.whole import Wanted
from proxy.errors import ArchiveFailed
from proxy.wire.cutting import SIGNATURES, read_offsets
from proxy.wire.media import EXPLICIT_LITTLE_ENDIAN, MediaType
from proxy.wire.multipart import PartHeaders
from proxy.wire.part10 import (
    ItemsReader,
    PixelsEnded,
)

_LARGEST_TABLE = 2**20
_ITEM = b"\xfe\xff\x00\xe0"
_FIRST_OFFSET = bytes(4)


async def cut_bulkdata(answer: Answer, wanted: Wanted) -> AsyncGenerator[Part, None]:
    """The frames wanted of the pixels that `answer` gives: native ones behind one another; encoded ones frame by frame,
    or fragment by fragment, each in a part, or in the items of one (PS3.18 §8.7.3.3, PS3.5 A.4).
    """
    async with aclosing(read_parts(answer, wanted.limits, wanted.institution)) as parts:
        found = await anext(parts, None)
        offsets: Sequence[int] = ()
        if found is not None and await _is_table(found[1], wanted.pixels):
            offsets = read_offsets(await _read_table(found[1]))
            found = await anext(parts, None)
        if found is None:
            raise ArchiveFailed("the archive's pixels are empty", wanted.institution)
        headers, payload = found
        head = await payload.peek(TELLING_BYTES)
        syntax = _syntax(headers.media_type, answer.media_type, wanted.pixels.available, head)
        if head.startswith(_ITEM):
            cutting = _cut_items(payload, wanted, wanted.pixels.available)
        elif syntax == EXPLICIT_LITTLE_ENDIAN:
            cutting = _cut_native(payload, answer, wanted)
        else:
            cutting = _cut_parts(payload, parts, wanted, syntax, offsets)
        async with aclosing(cutting):
            async for part in cutting:
                yield part


def _syntax(part: MediaType | None, outer: MediaType | None, available: str, head: bytes) -> str:
    """The transfer syntax of pixels; the first of several fragments may be too short to show more than a signature."""
    found = frame_transfer_syntax(part, outer, available, head)
    return available if found == EXPLICIT_LITTLE_ENDIAN and head.startswith(SIGNATURES) else found


async def _is_table(payload: Payload, pixels: StoredPixels) -> bool:
    """Whether the first part is an offset table: it begins with zero, as no code stream does."""
    head = await payload.peek(len(_FIRST_OFFSET))
    encoded = pixels.available != "" and not pixels.is_native
    return encoded and head[: len(_FIRST_OFFSET)] in {b"", _FIRST_OFFSET}


async def _read_table(payload: Payload) -> bytes:
    table = bytearray()
    async for piece in payload:
        table += piece[: _LARGEST_TABLE - len(table)]
    return bytes(table)


async def _cut_native(payload: Payload, answer: Answer, wanted: Wanted) -> AsyncGenerator[Part, None]:
    cutter = wanted.native()
    if answer.status == 206:
        cutter.skip(cutter.first_byte)
    async for piece in payload:
        for part in wanted.parts(cutter.feed(memoryview(piece)), EXPLICIT_LITTLE_ENDIAN):
            yield part
        if cutter.complete:
            return
    raise ArchiveFailed("the archive's pixels end before the frame that was asked for", wanted.institution)


async def _cut_items(payload: Payload, wanted: Wanted, syntax: str) -> AsyncGenerator[Part, None]:
    reader, cutter = ItemsReader(), EventCutter(wanted, syntax)
    async for piece in payload:
        with in_own_words(wanted.institution):
            events = reader.feed(piece)
        for event in events:
            for part in cutter.take(event):
                yield part
        if cutter.complete:
            return
    if not reader.may_end:
        raise ArchiveFailed("the archive's pixels are cut short", wanted.institution)
    for part in cutter.take(PixelsEnded()):
        yield part


async def _cut_parts(
    first: Payload,
    rest: AsyncGenerator[tuple[PartHeaders, Payload], None],
    wanted: Wanted,
    syntax: str,
    offsets: Sequence[int],
) -> AsyncGenerator[Part, None]:
    cutter = wanted.fragments(syntax)
    cutter.offsets(offsets)
    payload: Payload | None = first
    while payload is not None:
        cutter.begin()
        length = 0
        async for piece in payload:
            length += len(piece)
            with in_own_words(wanted.institution):
                cuts = cutter.feed(piece)
            for part in wanted.parts(cuts, syntax):
                yield part
        with in_own_words(wanted.institution):
            cuts = cutter.end(length)
        for part in wanted.parts(cuts, syntax):
            yield part
        if cutter.complete:
            return
        following = await anext(rest, None)
        payload = following[1] if following is not None else None
    with in_own_words(wanted.institution):
        cuts = cutter.close()
    for part in wanted.parts(cuts, syntax):
        yield part
