"""RLE compression: a byte plane of each sample after the other, packed (PS3.5 Annex G)."""

from collections.abc import Iterator
from itertools import pairwise
import struct

import imagecodecs
import numpy as np

from rendering.decode.cells import Array, color_space, interleave, to_stored
from rendering.decode.stored import StoredValues
from rendering.errors import MalformedAttributes, MalformedFrame
from rendering.frame import EncodedFrame, FrameAttributes

_HEADER = struct.Struct("<16I")
_PADDING = 2  # bytes that a segment may unpack to beyond its plane


def decode_rle(frame: EncodedFrame) -> StoredValues:
    """Unpack every segment into its byte plane, and the planes into cells."""
    attributes = frame.attributes
    if attributes.bits_allocated == 1:
        raise MalformedAttributes("single-bit pixels cannot be RLE compressed")
    size = attributes.bits_allocated // 8
    planes = _unpack(frame.data, attributes.samples_per_pixel * size, attributes.rows * attributes.columns)
    cells = _to_cells(planes, size, attributes)
    return StoredValues(to_stored(cells, attributes), color_space(attributes), "rle")


def _unpack(data: bytes | memoryview, count: int, length: int) -> Array:
    """`count` byte planes of `length` bytes each; every byte of them is written or `MalformedFrame` raised."""
    unpacked = np.empty((count, length + _PADDING), np.uint8)
    for segment, plane in zip(_segments(data, count), unpacked, strict=True):
        _unpack_segment(segment, plane, length)
    return unpacked[:, :length]


def _unpack_segment(segment: memoryview, plane: Array, length: int) -> None:
    try:
        written = len(imagecodecs.packbits_decode(segment, out=plane))  # type: ignore[arg-type]  # any buffer will do
    except (RuntimeError, ValueError):
        raise MalformedFrame("an RLE segment is damaged") from None
    if written < length:
        raise MalformedFrame("an RLE segment is shorter than the image")


def _segments(data: bytes | memoryview, count: int) -> Iterator[memoryview]:
    """The segments that the header announces: exactly `count`, in order, within the frame (PS3.5 G.5)."""
    if len(data) < _HEADER.size:
        raise MalformedFrame("the RLE header is incomplete")
    announced, *offsets = _HEADER.unpack_from(data)
    if announced != count or count > len(offsets):
        raise MalformedFrame("the number of RLE segments contradicts the attributes")
    bounds = [*offsets[:count], len(data)]
    if bounds[0] < _HEADER.size or any(start >= end for start, end in pairwise(bounds)):
        raise MalformedFrame("the RLE header points outside the frame")
    return (memoryview(data)[start:end] for start, end in pairwise(bounds))


def _to_cells(planes: Array, size: int, attributes: FrameAttributes) -> Array:
    """Byte planes come with each sample's most significant byte first (PS3.5 G.2)."""
    shape = attributes.rows, attributes.columns
    by_sample = planes.reshape(attributes.samples_per_pixel, size, *shape)
    least_first: list[Array] = [plane for sample in by_sample for plane in sample[::-1]]
    if len(least_first) == 1:
        return least_first[0]
    cells: Array = interleave(least_first).view(f"<u{size}")
    return cells.reshape(shape) if attributes.samples_per_pixel == 1 else cells
