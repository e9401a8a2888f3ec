"""Images → an animated GIF (GIF89a): every frame is as exact as a GIF of its own, and the whole repeats for ever."""

from collections.abc import Sequence
import struct
from typing import Any

from numpy.typing import NDArray

from rendering.encode.gif import to_gif

_REPEATED = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
_HEAD = 13  # signature and logical screen descriptor
_BEGINNING = _HEAD + len(_REPEATED)
_HAS_TABLE, _TABLE_SIZE = 0x80, 0x07
_KEEP = 0x04  # the frame stays until the next one covers it
_END = b"\x3b"


class GifWriter:
    """Adds frames of `rows` × `columns`; durations are in microseconds and whole hundredths of a second."""

    def __init__(self, rows: int, columns: int) -> None:
        self._size = struct.pack("<HH", columns, rows)
        self._parts = [b"GIF89a", self._size, bytes(3), _REPEATED]

    def add(self, image: NDArray[Any], duration: int) -> None:
        table, content = _taken_apart(to_gif(image))
        self._parts += [
            struct.pack("<BBBBHBB", 0x21, 0xF9, 4, _KEEP, duration // 10_000, 0, 0),
            struct.pack("<BHH", 0x2C, 0, 0) + self._size + bytes([_HAS_TABLE | _bits(table)]),
            table,
            content,
        ]

    def finish(self) -> bytes:
        return b"".join([*self._parts, _END])


def join(pieces: Sequence[bytes | memoryview]) -> bytes:
    """Animations of one size that this module made, as one."""
    return b"".join([pieces[0][:_BEGINNING], *(piece[_BEGINNING:-1] for piece in pieces), _END])


def _taken_apart(still: bytes) -> tuple[bytes, bytes]:
    """The colour table and the compressed pixels of a GIF of one frame, which has a global table and nothing extra."""
    table = 3 << (still[10] & _TABLE_SIZE) + 1
    return still[_HEAD : _HEAD + table], still[_HEAD + table + 10 : -1]


def _bits(table: bytes) -> int:
    return (len(table) // 3).bit_length() - 2
