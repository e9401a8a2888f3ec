"""Parts of a representation by byte range, so that players can seek (RFC 9110 §14); one range at a time."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
import re

from starlette.requests import Request

from proxy.errors import RangeNotSatisfiable

_RANGE = re.compile(r"bytes[ \t]*=[ \t]*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))[ \t]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Extent:
    """Which bytes are sent, from `start` up to but without `stop`, of `length` in all; `partial` if asked for so."""

    start: int
    stop: int
    length: int
    partial: bool

    @property
    def status(self) -> int:
        return 206 if self.partial else 200

    def headers(self, validator: str) -> dict[str, str]:
        """What tells a client what it got, and that it may ask for other parts of the same (`validator`: its ETag)."""
        told = {"Accept-Ranges": "bytes", "ETag": validator, "Content-Length": str(self.stop - self.start)}
        return told | ({"Content-Range": f"bytes {self.start}-{self.stop - 1}/{self.length}"} if self.partial else {})


def read_extent(request: Request, length: int, validator: str) -> Extent:
    """The range that `request` asks for; all where it asks for none, for several, in another unit or unreadably.

    A range of something else than `validator` names counts as none (If-Range, §13.1.5). Raises `RangeNotSatisfiable`.
    """
    whole = Extent(0, length, length, partial=False)
    found = _RANGE.fullmatch(request.headers.get("range", "")) if request.method == "GET" else None
    if found is None or request.headers.get("if-range", validator) != validator:
        return whole
    first, last, suffix = found.groups()
    if suffix is not None:
        start, stop = max(0, length - int(suffix)), length
    else:
        start, stop = int(first), min(int(last) + 1, length) if last else length
        if last and int(last) < start:
            return whole
    if start >= stop:
        raise RangeNotSatisfiable(length)
    return Extent(start, stop, length, partial=True)


def read_range(request: Request) -> str:
    """The one range that `request` asks for, spelt as `bytes=5-9`; empty where it asks for none that is understood."""
    found = _RANGE.fullmatch(request.headers.get("range", "")) if request.method == "GET" else None
    if found is None:
        return ""
    first, last, suffix = found.groups()
    if suffix is None and last and int(last) < int(first):
        return ""
    return f"bytes=-{suffix}" if suffix is not None else f"bytes={first}-{last}"


async def cut(pieces: AsyncGenerator[bytes], extent: Extent) -> AsyncGenerator[bytes]:
    """What of `pieces` lies in `extent`; no more of them is asked for than that takes."""
    position = 0
    async with aclosing(pieces):
        async for piece in pieces:
            wanted = piece[max(0, extent.start - position) : max(0, extent.stop - position)]
            position += len(piece)
            if wanted:
                yield wanted
            if position >= extent.stop:
                return
