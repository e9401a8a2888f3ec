"""Encoded pixels as some archives write them where bulk data is asked for: fragment by fragment (PS3.5 A.4)."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from proxy.archives.channel import Answer
from proxy.archives.parts import read_parts
from proxy.wire.multipart import MultipartLimits

_MOST_FRAGMENTS = 2**16
_FIRST_OFFSET = bytes(4)


class FragmentStream:
    """One stream, put together from the parts of an answer; the offset table in front of them is left out.

    A table begins with the offset of the first frame, which is zero, as no video does.
    """

    length: int | None = None

    def __init__(self, answer: Answer, maximum_bytes: int, institution: str) -> None:
        limits = MultipartLimits(parts=_MOST_FRAGMENTS, part_bytes=maximum_bytes, total_bytes=2 * maximum_bytes)
        self._pieces = _read(answer, limits, institution)
        self._ahead = b""

    async def peek(self, minimum: int) -> bytes:
        """The first bytes, which stay to be read: at least `minimum`, or all."""
        while len(self._ahead) < minimum and (piece := await anext(self._pieces, b"")):
            self._ahead += piece
        return self._ahead

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self.peek(1):
            self._ahead = b""
            yield piece

    async def aclose(self) -> None:
        await self._pieces.aclose()


async def _read(answer: Answer, limits: MultipartLimits, institution: str) -> AsyncGenerator[bytes]:
    """The bytes of all fragments, in pieces of which none is empty."""
    first = True
    async with aclosing(read_parts(answer, limits, institution)) as parts:
        async for _, payload in parts:
            head = await payload.peek(len(_FIRST_OFFSET)) if first else b"fragment"
            first = False
            if head[: len(_FIRST_OFFSET)] not in {b"", _FIRST_OFFSET}:
                async for piece in payload:
                    yield piece
