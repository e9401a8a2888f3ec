"""A part of bulk data by byte range (RFC 9110 §14.2), from archives that give such parts."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
import re

from proxy.archives.asking import RENEWING_BYTES, Asking
from proxy.archives.channel import Answer
from proxy.archives.gate import Patience
from proxy.errors import ArchiveFailed, RangeNotSatisfiable

_ASKED = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_GIVEN = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.ASCII)
_LENGTH = re.compile(r"bytes \*/(\d{1,18})", re.ASCII)
_STRONG_TAG = re.compile(r'"[\x21\x23-\x7e]{1,200}"', re.ASCII)


@dataclass(frozen=True, slots=True)
class PartialBody:
    """Bytes from `start` up to but without `stop` of `length` in all; `tag` is what the archive calls that version.

    The tag is empty where the archive gives none that is strong, and is not for clients, as an archive wrote it.
    """

    start: int
    stop: int
    length: int
    tag: str
    pieces: AsyncGenerator[bytes]


class ExtentAsking(Asking):
    """Byte ranges."""

    @asynccontextmanager
    async def extent(self, uri: str, asked: str) -> AsyncGenerator[PartialBody | None]:
        """What `asked`, as `bytes=5-9`, `bytes=5-` or `bytes=-5`, names of the bulk data that a link leads to.

        `None` where the archive gives no such part, or another one. Raises `RangeNotSatisfiable`.
        """
        patience = Patience(self._limits.retrieve_seconds, renewed_by=RENEWING_BYTES)
        url, headers = await self._link(uri), {"Range": asked}
        async with (
            self.turnstile.stream(patience),
            self._channel.ask(
                url, "application/octet-stream", patience, self._limits.bulkdata_bytes, headers
            ) as answer,
        ):
            pieces = answer.pieces()
            async with aclosing(pieces):
                yield self._read(answer, asked, pieces)

    def _read(self, answer: Answer, asked: str, pieces: AsyncGenerator[bytes]) -> PartialBody | None:
        told = answer.headers.get("content-range", "")
        if answer.status == 416 and (length := _LENGTH.fullmatch(told)):
            raise RangeNotSatisfiable(int(length[1]))
        given = _GIVEN.fullmatch(told)
        in_parts = answer.media_type is not None and answer.media_type.is_multipart
        if answer.status != 206 or given is None or in_parts:
            return None
        start, last, length_in_all = map(int, given.groups())
        if not _is_what_was_asked(asked, start, last, length_in_all):
            return None
        tag = answer.headers.get("etag", "")
        exactly = self._exactly(pieces, last + 1 - start)
        return PartialBody(start, last + 1, length_in_all, tag if _STRONG_TAG.fullmatch(tag) else "", exactly)

    async def _exactly(self, pieces: AsyncGenerator[bytes], size: int) -> AsyncGenerator[bytes]:
        """As many bytes as the client was told."""
        received = 0
        async for piece in pieces:
            received += len(piece)
            if received > size:
                break
            yield piece
        if received != size:
            raise ArchiveFailed("the archive's answer is not as long as it says", self.institution.name)


def _is_what_was_asked(asked: str, start: int, last: int, length: int) -> bool:
    form = _ASKED.fullmatch(asked)
    if form is None or not start <= last < length:
        return False
    first, end = form.groups()
    if not first:
        return last == length - 1 and last - start < int(end)
    return start == int(first) and (not end or last <= int(end))
