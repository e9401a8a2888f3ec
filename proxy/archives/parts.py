"""The parts of an archive's answer, streamed and checked; an answer that is no multipart counts as one part."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from proxy.archives.channel import Answer
from proxy.archives.checks import foreign_location, located_frame
from proxy.archives.labels import frame_media_type, is_frame
from proxy.archives.refusals import in_own_words
from proxy.errors import ArchiveFailed, TooLarge
from proxy.resources import FramesRef
from proxy.wire.media import MediaType
from proxy.wire.multipart import (
    Ended,
    MultipartEvent,
    MultipartLimits,
    MultipartReader,
    PartBegan,
    PartData,
    PartEnded,
    PartHeaders,
    settle_boundary,
)

Refuse = Callable[[str], Awaitable[ArchiveFailed]]
"""Reports that an answer is about another `study`, `series`, `instance` or `frame`; gives the error to raise."""

_Events = AsyncGenerator[MultipartEvent, None]
_OCTETS = MediaType("application", "octet-stream")
TELLING_BYTES = 32 * 2**10
"""How much of a frame is read before it is labelled: the headers of code streams, embedded profiles included."""

_LONGEST_FIRST_LINE = 256
_MOST_PARTS = 2**16
"""More than one part is refused, but not before the first has told what it is: encoded frames come one a part."""


class Payload:
    """The pieces of one part as they come, each given once; gone when the next part is asked for."""

    def __init__(self, events: _Events) -> None:
        self._events = events
        self._ahead = b""
        self._ended = False

    async def peek(self, minimum: int = 1) -> bytes:
        """What comes next, which stays to be read: at least `minimum` bytes, or all that is left of the part."""
        while len(self._ahead) < minimum and (piece := await self._next()):
            self._ahead += piece
        return self._ahead

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self.peek():
            self._ahead = b""
            yield piece

    async def read(self) -> bytes:
        """All that is left of the part, which the limits of the archive bound."""
        return b"".join([piece async for piece in self])

    def put_back(self, data: bytes) -> None:
        """`data`, which was read, comes next again."""
        self._ahead = data + self._ahead

    async def _next(self) -> bytes:
        event = None if self._ended else await anext(self._events, None)
        if isinstance(event, PartData):
            return _to_bytes(event.data)
        self._ended = True
        return b""


class Part:
    """One frame of an instance: its number (from 1), its media type with transfer syntax, its bytes.

    `length` is how many there are, if the archive says so.
    """

    def __init__(self, frame: int, media_type: MediaType, payload: Payload, length: int | None) -> None:
        self.frame = frame
        self.media_type = media_type
        self.length = length
        self._payload = payload

    async def peek(self, minimum: int) -> bytes:
        """The first bytes, which stay to be read: at least `minimum`, or all."""
        return await self._payload.peek(minimum)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._payload)

    async def read(self) -> bytes:
        return await self._payload.read()

    def put_back(self, data: bytes) -> None:
        """`data`, which was read, is to be read again."""
        self._payload.put_back(data)


class PartStream:
    """The frames asked for, each exactly once: `async for part in stream: async for piece in part`.

    Frames that are missing, more or others than asked for raise `ArchiveFailed`, at the latest after the last one. A
    part is read before the next one is asked for; what is left of it is passed over.
    """

    def __init__(self, parts: AsyncGenerator[Part, None]) -> None:
        self._parts = parts

    def __aiter__(self) -> AsyncIterator[Part]:
        return self._parts

    async def aclose(self) -> None:
        await self._parts.aclose()


def read_frames(
    answer: Answer, ref: FramesRef, available: str, part_bytes: int, institution: str, refuse: Refuse
) -> AsyncGenerator[Part, None]:
    """The frames of `ref` that `answer` gives each in a part of at most `part_bytes`."""
    return _FrameReader(answer, ref, available, institution, refuse).read(part_bytes)


class _FrameReader:
    def __init__(self, answer: Answer, ref: FramesRef, available: str, institution: str, refuse: Refuse) -> None:
        self._answer = answer
        self._ref = ref
        self._available = available
        self._institution = institution
        self._refuse = refuse

    async def read(self, part_bytes: int) -> AsyncGenerator[Part, None]:
        missing = list(self._ref.frames)
        limits = MultipartLimits(parts=len(missing) + 1, part_bytes=part_bytes)
        async with aclosing(read_parts(self._answer, limits, self._institution)) as parts:
            async for headers, payload in parts:
                frame = await self._number(headers, missing)
                missing.remove(frame)
                yield Part(frame, await self._label(headers, payload), payload, headers.content_length)
        if missing:
            raise await self._refuse("frame")

    async def _number(self, headers: PartHeaders, missing: list[int]) -> int:
        """Which frame a part is: what its Content-Location says, else the next of those that are missing."""
        foreign = foreign_location(headers.content_location, self._ref)
        if foreign is not None:
            raise await self._refuse(foreign)
        located = located_frame(headers.content_location)
        frame = located if located is not None or not missing else missing[0]
        if frame not in missing or frame is None:
            raise await self._refuse("frame")
        return frame

    async def _label(self, headers: PartHeaders, payload: Payload) -> MediaType:
        part, outer = headers.media_type, self._answer.media_type
        if not is_frame(part, outer):
            raise ArchiveFailed("the archive answered with something else than frames", self._institution)
        return frame_media_type(part, outer, self._available, await payload.peek(TELLING_BYTES))


class BodyStream:
    """One piece of bulk data: `media_type`, and its bytes by `async for piece in stream` or `read`."""

    def __init__(self, answer: Answer, maximum_bytes: int, institution: str) -> None:
        self.media_type = _OCTETS
        self._institution = institution
        limits = MultipartLimits(parts=_MOST_PARTS, part_bytes=maximum_bytes, total_bytes=2 * maximum_bytes)
        self._parts = read_parts(answer, limits, institution)
        self._payload: Payload | None = None

    async def begin(self) -> None:
        """Read as far as the media type is known."""
        headers, self._payload = await self._next() or (PartHeaders(), None)
        self.media_type = headers.media_type or _OCTETS

    async def peek(self) -> bytes:
        """The first bytes, which stay to be read: enough to tell what they are."""
        return await self._payload.peek(TELLING_BYTES) if self._payload is not None else b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._payload is not None:
            async for piece in self._payload:
                yield piece
        if await self._next() is not None:
            raise ArchiveFailed("the archive answered with several parts where there is one", self._institution)

    async def read(self, maximum_bytes: int | None = None) -> bytes:
        """The whole body; raises `TooLarge` when it is more than `maximum_bytes`."""
        pieces, size = [], 0
        async for piece in self:
            pieces.append(piece)
            size += len(piece)
            if maximum_bytes is not None and size > maximum_bytes:
                raise TooLarge("the archive's answer exceeds the limits of this service")
        return b"".join(pieces)

    async def aclose(self) -> None:
        await self._parts.aclose()

    async def _next(self) -> tuple[PartHeaders, Payload] | None:
        return await anext(self._parts, None)


async def read_parts(
    answer: Answer, limits: MultipartLimits, institution: str
) -> AsyncGenerator[tuple[PartHeaders, Payload], None]:
    """Head and payload of each part, in their order."""
    async with aclosing(_read_events(answer, limits, institution)) as events:
        async for event in events:
            if isinstance(event, PartBegan):
                payload = Payload(events)
                yield event.headers, payload
                async for _ in payload:
                    pass


def _read_events(answer: Answer, limits: MultipartLimits, institution: str) -> _Events:
    media_type = answer.media_type
    if media_type is not None and media_type.is_multipart:
        return _multipart_events(answer, media_type.boundary or "", limits, institution)
    return _single_events(answer)


async def _multipart_events(answer: Answer, boundary: str, limits: MultipartLimits, institution: str) -> _Events:
    reader: MultipartReader | None = None
    async with aclosing(answer.pieces()) as pieces:
        async for piece in _from_a_boundary(pieces):
            with in_own_words(institution):
                reader = reader or MultipartReader(settle_boundary(boundary, piece), limits)
                events = reader.feed(piece)
            for event in events:
                yield event
    with in_own_words(institution):
        events = (reader or MultipartReader(boundary, limits)).close()
    for event in events:
        yield event


async def _from_a_boundary(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same bytes, the first piece long enough to hold the first boundary."""
    head = b""
    async for piece in pieces:
        head += piece
        if len(head) >= _LONGEST_FIRST_LINE:
            yield head
            break
    else:
        if head:
            yield head
    async for piece in pieces:
        yield piece


async def _single_events(answer: Answer) -> _Events:
    names = ("content-type", "content-location", "content-length")
    yield PartBegan(PartHeaders(tuple((name, answer.headers[name]) for name in names if name in answer.headers)))
    async with aclosing(answer.pieces()) as pieces:
        async for piece in pieces:
            yield PartData(memoryview(piece))
    yield PartEnded()
    yield Ended()


def _to_bytes(view: memoryview) -> bytes:
    """Without copying when the view is all of what it looks into."""
    whole = view.obj
    return whole if isinstance(whole, bytes) and len(whole) == view.nbytes else bytes(view)
