"""From an encoded frame to its stored values, by transfer syntax (PS3.5 §10, Annex A)."""

from collections.abc import Callable

from rendering.decode.agreement import check_attributes
from rendering.decode.deflate import decode_deflated
from rendering.decode.jpeg import decode_jpeg
from rendering.decode.jpeg2000 import decode_jpeg2000
from rendering.decode.jpegls import decode_jpegls
from rendering.decode.jpegxl import decode_jpegxl
from rendering.decode.native import decode_big_endian, decode_little_endian
from rendering.decode.rle import decode_rle
from rendering.decode.stored import StoredValues
from rendering.errors import MalformedAttributes, MalformedFrame, UnsupportedObject
from rendering.frame import EncodedFrame
from rendering.masking import keep_only

_BASE = "1.2.840.10008.1.2"

_NATIVE: dict[str, Callable[[EncodedFrame], StoredValues]] = {
    _BASE: decode_little_endian,
    f"{_BASE}.1": decode_little_endian,
    f"{_BASE}.1.98": decode_little_endian,
    f"{_BASE}.1.99": decode_little_endian,
    f"{_BASE}.2": decode_big_endian,
    "1.2.840.113619.5.2": decode_big_endian,  # GE's own: implicit little endian but for the pixels
}

_DECODERS: dict[str, Callable[[EncodedFrame], StoredValues]] = {
    **_NATIVE,
    f"{_BASE}.4.80": decode_jpegls,
    f"{_BASE}.4.81": decode_jpegls,
    **{f"{_BASE}.4.{number}": decode_jpegxl for number in (110, 111, 112)},
    f"{_BASE}.5": decode_rle,
    f"{_BASE}.8.1": decode_deflated,
}

_HUFFMAN_CODED = (50, 51, 53, 55, 57, 70)
_OTHERWISE_CODED = (52, 54, 56, *range(58, 67))
"""Retired, arithmetic or hierarchical: frames are decoded only where they are not what their label says."""

_REDUCING_DECODERS: dict[str, Callable[[EncodedFrame, tuple[int, int] | None], StoredValues]] = {
    **{f"{_BASE}.4.{number}": decode_jpeg for number in (*_HUFFMAN_CODED, *_OTHERWISE_CODED)},
    **{f"{_BASE}.4.{number}": decode_jpeg2000 for number in (90, 91, 92, 93, 201, 202, 203)},
}

_PIXELS_ELSEWHERE = {f"{_BASE}.4.{number}" for number in (94, 95, 204, 205)}
"""JPIP: the data set holds an address instead of pixels, which nobody here goes to (PS3.5 A.6, A.7, A.11, A.12)."""

_KNOWN = frozenset({*_DECODERS, *_REDUCING_DECODERS})
TRANSFER_SYNTAXES = _KNOWN - {f"{_BASE}.4.{number}" for number in _OTHERWISE_CODED}
"""The UIDs that can be decoded (PS3.6 Table A-1)."""


def decode(
    frame: EncodedFrame, maximum_pixels: int = 200_000_000, smallest: tuple[int, int] | None = None
) -> StoredValues:
    """Decode one frame; `smallest` is how many (rows, columns) are enough where a lower resolution can be had.

    Raises `MalformedAttributes` for attributes that explain no pixels, `UnsupportedObject` for what cannot be decoded,
    `TooLarge` for more than `maximum_pixels` samples, and `MalformedFrame` for bytes that are damaged, cut off or
    contradict the attributes: those never become pixels. Of a frame with areas nothing else is given, in full size.
    """
    check_attributes(frame.attributes, maximum_pixels)
    if frame.transfer_syntax in _PIXELS_ELSEWHERE:
        raise UnsupportedObject("the pixels are kept elsewhere and only referred to")
    if frame.transfer_syntax not in _KNOWN:
        raise UnsupportedObject("the transfer syntax is not one that can be decoded")
    if frame.attributes.floating_point and frame.transfer_syntax not in _NATIVE:
        raise MalformedAttributes("floating point pixels are never compressed")
    if not len(frame.data):
        raise MalformedFrame("the frame is empty")
    areas = frame.attributes.areas
    if areas is not None:
        return keep_only(_decoded(frame, None), areas)
    return _decoded(frame, smallest)


def _decoded(frame: EncodedFrame, smallest: tuple[int, int] | None) -> StoredValues:
    if reducing := _REDUCING_DECODERS.get(frame.transfer_syntax):
        return reducing(frame, smallest)
    return _DECODERS[frame.transfer_syntax](frame)
