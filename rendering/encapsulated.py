"""The frames in encapsulated Pixel Data: fragments, and which of them belong together (PS3.5 A.4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
import struct

from rendering.errors import MalformedFrame

_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_ITEM_HEADER = 8
_BEGINNINGS = (
    b"\xff\xd8\xff",  # JPEG, JPEG-LS
    b"\xff\x4f\xff\x51",  # JPEG 2000
    b"\x00\x00\x00\x0cjP  ",
    b"\xff\x0a",  # JPEG XL
    b"\x00\x00\x00\x0cJXL ",
)
"""How code streams and the files around them begin, whose frames may have several fragments."""


@dataclass(frozen=True, slots=True)
class _Fragment:
    """`offset` is counted from the first item behind the basic offset table (PS3.5 A.4)."""

    offset: int
    data: bytes


def encapsulated_frame(value: bytes, number: int, count: int, extended_offsets: bytes = b"") -> bytes:
    """Frame `number` (from 1) of `count`; `extended_offsets` is the Extended Offset Table (7FE0,0001).

    Offset tables are believed where they can be true. Raises `MalformedFrame` when there is no telling the frames
    apart.
    """
    table, *fragments = _fragments(value)
    for packed, size in ((extended_offsets, "Q"), (table.data, "I")):
        starts = _starts(packed, size, fragments, count)
        if starts is not None:
            return _joined(fragments, starts, number)
    return _joined(fragments, _guessed_starts(fragments, count), number)


def _fragments(value: bytes) -> Iterator[_Fragment]:
    """Every item of the value, the basic offset table first."""
    position = origin = 0
    while value[position : position + 4] == _ITEM and position + _ITEM_HEADER <= len(value):
        (length,) = struct.unpack_from("<I", value, position + 4)
        start = position + _ITEM_HEADER
        if start + length > len(value):
            raise MalformedFrame("the fragments of the frames are cut off")
        origin = origin or start + length
        yield _Fragment(position - origin, value[start : start + length])
        position = start + length
    if not position or value[position : position + 4] not in {b"", _END}:
        raise MalformedFrame("the fragments of the frames are damaged")


def _starts(packed: bytes, size: str, fragments: Sequence[_Fragment], count: int) -> list[int] | None:
    """Which fragments begin a frame according to an offset table, unless it contradicts what is there."""
    if len(packed) != count * struct.calcsize(f"<{size}"):
        return None
    numbers = {fragment.offset: number for number, fragment in enumerate(fragments)}
    starts = [numbers.get(offset, -1) for offset in struct.unpack(f"<{count}{size}", packed)]
    ascending = all(earlier < later for earlier, later in pairwise(starts))
    return starts if ascending and starts[0] == 0 else None


def _guessed_starts(fragments: Sequence[_Fragment], count: int) -> list[int]:
    if count == 1:
        return [0]
    if len(fragments) == count:
        return list(range(count))
    starts = [number for number, fragment in enumerate(fragments) if fragment.data.startswith(_BEGINNINGS)]
    if len(starts) != count or starts[0]:
        raise MalformedFrame("nothing tells which fragments are which frame")
    return starts


def _joined(fragments: Sequence[_Fragment], starts: Sequence[int], number: int) -> bytes:
    start, end = starts[number - 1], starts[number] if number < len(starts) else len(fragments)
    return b"".join(fragment.data for fragment in fragments[start:end])
