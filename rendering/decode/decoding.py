"""From an encoded frame to its stored values, by transfer syntax (PS3.5 §10, Annex A)."""

from collections.abc import Callable

from rendering.decode.agreement import check_attributes
from rendering.decode.jpeg import decode_jpeg
from rendering.decode.jpeg2000 import decode_jpeg2000
from rendering.decode.jpegls import decode_jpegls
from rendering.decode.native import decode_big_endian, decode_little_endian
from rendering.decode.rle import decode_rle
from rendering.decode.stored import StoredValues
from rendering.errors import MalformedFrame, UnsupportedObject
from rendering.frame import EncodedFrame

_BASE = "1.2.840.10008.1.2"

_DECODERS: dict[str, Callable[[EncodedFrame], StoredValues]] = {
    _BASE: decode_little_endian,
    f"{_BASE}.1": decode_little_endian,
    f"{_BASE}.1.99": decode_little_endian,
    f"{_BASE}.2": decode_big_endian,
    f"{_BASE}.4.50": decode_jpeg,
    f"{_BASE}.4.51": decode_jpeg,
    f"{_BASE}.4.57": decode_jpeg,
    f"{_BASE}.4.70": decode_jpeg,
    f"{_BASE}.4.80": decode_jpegls,
    f"{_BASE}.4.81": decode_jpegls,
    f"{_BASE}.5": decode_rle,
}

_REDUCING_DECODERS: dict[str, Callable[[EncodedFrame, tuple[int, int] | None], StoredValues]] = {
    f"{_BASE}.4.{number}": decode_jpeg2000 for number in (90, 91, 92, 93, 201, 202, 203)
}

TRANSFER_SYNTAXES = frozenset({*_DECODERS, *_REDUCING_DECODERS})
"""The UIDs that can be decoded (PS3.6 Table A-1)."""


def decode(
    frame: EncodedFrame, maximum_pixels: int = 200_000_000, smallest: tuple[int, int] | None = None
) -> StoredValues:
    """Decode one frame; `smallest` is how many (rows, columns) are enough where a lower resolution can be had.

    Raises `MalformedAttributes` for attributes that explain no pixels, `UnsupportedObject` for what cannot be decoded,
    `TooLarge` for more than `maximum_pixels` samples, and `MalformedFrame` for bytes that are damaged, cut off or
    contradict the attributes: those never become pixels.
    """
    check_attributes(frame.attributes, maximum_pixels)
    if not len(frame.data):
        raise MalformedFrame("the frame is empty")
    if reducing := _REDUCING_DECODERS.get(frame.transfer_syntax):
        return reducing(frame, smallest)
    decoder = _DECODERS.get(frame.transfer_syntax)
    if decoder is None:
        raise UnsupportedObject("the transfer syntax is not one that can be decoded")
    return decoder(frame)
