"""Images → an animated WebP (RFC 9649 §2.7): every frame is a WebP of its own, and the whole repeats for ever."""

from collections.abc import Sequence
import struct
from typing import Any

from numpy.typing import NDArray

from rendering.encode.webp import to_webp

_ANIMATED = 0x02
_REPLACES = 0x02  # what was there before, without blending
_BEGINNING = 44  # RIFF header, VP8X and ANIM


class WebpWriter:
    """Adds frames of `rows` × `columns`; durations are in microseconds and whole milliseconds."""

    def __init__(self, rows: int, columns: int, quality: int) -> None:
        self._size = _three_bytes(columns - 1) + _three_bytes(rows - 1)
        self._quality = quality
        self._frames: list[bytes] = []

    def add(self, image: NDArray[Any], duration: int) -> None:
        place = _three_bytes(0) + _three_bytes(0)
        about = place + self._size + _three_bytes(duration // 1000) + bytes([_REPLACES])
        self._frames.append(_chunk(b"ANMF", about + _bit_stream(to_webp(image, self._quality))))

    def finish(self) -> bytes:
        extended = _chunk(b"VP8X", struct.pack("<I", _ANIMATED) + self._size)
        return _file([extended, _chunk(b"ANIM", bytes(6)), *self._frames])


def join(pieces: Sequence[bytes | memoryview]) -> bytes:
    """Animations of one size that this module made, as one."""
    return _file([pieces[0][12:_BEGINNING], *(piece[_BEGINNING:] for piece in pieces)])


def _bit_stream(still: bytes) -> bytes:
    """The VP8 or VP8L chunk of a WebP of one frame."""
    position = 12
    while position < len(still):
        kind, size = struct.unpack_from("<4sI", still, position)
        end = position + 8 + size + size % 2
        if kind in {b"VP8 ", b"VP8L"}:
            return still[position:end]
        position = end
    raise ValueError


def _file(chunks: Sequence[bytes | memoryview]) -> bytes:
    return b"".join([b"RIFF", struct.pack("<I", 4 + sum(map(len, chunks))), b"WEBP", *chunks])


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _three_bytes(value: int) -> bytes:
    return value.to_bytes(3, "little")
