"""Deflated Image Frame Compression: one native frame as one raw deflate stream (PS3.5 §8.2.16, A.4.13; RFC 1951)."""

from dataclasses import replace
import zlib

from rendering.decode.native import decode_little_endian, frame_bits
from rendering.decode.stored import StoredValues
from rendering.errors import MalformedFrame
from rendering.frame import EncodedFrame

_WITHOUT_HEADER = -15
_PADDING = {b"", b"\0"}


def decode_deflated(frame: EncodedFrame) -> StoredValues:
    """Inflate exactly one frame, never more, and read it as native little-endian cells."""
    lengths = {-(-bits // unit) * unit // 8 for bits in frame_bits(frame.attributes) for unit in (8, 16)}
    inflated = _inflate(frame.data, max(lengths) + 1)
    if len(inflated) not in lengths:
        raise MalformedFrame("the deflated frame is longer or shorter than its rows and columns")
    return replace(decode_little_endian(replace(frame, data=inflated)), decoder="deflate")


def _inflate(data: bytes | memoryview, most: int) -> bytes:
    stream = zlib.decompressobj(_WITHOUT_HEADER)
    try:
        inflated = stream.decompress(data, most)
    except zlib.error:
        raise MalformedFrame("the deflated frame is damaged") from None
    if not stream.eof or stream.unused_data not in _PADDING:
        raise MalformedFrame("the deflated frame is cut off, or more than a frame")
    return inflated
