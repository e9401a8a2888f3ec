"""Native pixel data: cells one after the other, without compression (PS3.5 §8.1, §8.1.2)."""

import numpy as np

from rendering.decode.cells import Array, color_space, interleave, to_stored
from rendering.decode.stored import StoredValues
from rendering.errors import MalformedAttributes, MalformedFrame
from rendering.frame import EncodedFrame, FrameAttributes


def decode_little_endian(frame: EncodedFrame) -> StoredValues:
    """Implicit, explicit and deflated little endian: frames look the same in all of them."""
    return _decode(frame, "<")


def decode_big_endian(frame: EncodedFrame) -> StoredValues:
    """Explicit big endian (retired); cells of one byte are taken to be OB, whose bytes are not swapped."""
    return _decode(frame, ">")


def _decode(frame: EncodedFrame, order: str) -> StoredValues:
    attributes = frame.attributes
    if attributes.bits_allocated == 1:
        return StoredValues(_single_bits(frame), attributes.photometric_interpretation)
    if _is_subsampled(frame):
        return StoredValues(to_stored(_upsampled(frame), attributes), "YBR_FULL")
    cells = _read(frame.data, f"{order}u{attributes.bits_allocated // 8}", _count(attributes))
    return StoredValues(to_stored(_arranged(cells, attributes), attributes), color_space(attributes))


def _read(data: bytes | memoryview, kind: str, count: int) -> Array:
    """`count` cells in the machine's own order, without a copy where they are; a pad byte or more behind them is left.

    Raises `MalformedFrame` when there are fewer.
    """
    dtype = np.dtype(kind)
    if len(data) < count * dtype.itemsize:
        raise MalformedFrame("the frame is shorter than its rows and columns")
    cells = np.frombuffer(data, dtype, count)
    return np.require(cells, dtype.newbyteorder("="), ["ALIGNED"])


def _count(attributes: FrameAttributes) -> int:
    return attributes.rows * attributes.columns * attributes.samples_per_pixel


def _arranged(cells: Array, attributes: FrameAttributes) -> Array:
    shape = attributes.rows, attributes.columns
    if attributes.samples_per_pixel == 1:
        return cells.reshape(shape)
    if attributes.planar:
        return interleave(list(cells.reshape(3, *shape)))
    return cells.reshape(*shape, 3)


def _single_bits(frame: EncodedFrame) -> Array:
    """Bits from the least significant of each byte on, rows not aligned (PS3.5 §8.1.1)."""
    count = _count(frame.attributes)
    packed = _read(frame.data, "u1", (count + 7) // 8)
    bits = np.unpackbits(packed, count=count, bitorder="little")
    return bits.reshape(frame.attributes.rows, frame.attributes.columns)


def _is_subsampled(frame: EncodedFrame) -> bool:
    """YBR_FULL_422, unless there are three whole samples for each pixel, as some senders write it."""
    attributes = frame.attributes
    labelled = attributes.photometric_interpretation == "YBR_FULL_422"
    return labelled and len(frame.data) < _count(attributes) * (attributes.bits_allocated // 8)


def _upsampled(frame: EncodedFrame) -> Array:
    """Y1 Y2 Cb Cr of each pair of pixels as two whole pixels (PS3.3 C.7.6.3.1.2)."""
    attributes = frame.attributes
    if attributes.columns % 2 or attributes.bits_allocated != 8:
        raise MalformedAttributes("YBR_FULL_422 needs 8-bit cells and an even number of columns")
    pairs = _read(frame.data, "u1", attributes.rows * attributes.columns * 2).reshape(-1, 4)
    first, second, blue, red = pairs.T
    luminance = np.stack((first, second), axis=-1).reshape(attributes.rows, attributes.columns)
    chroma = (np.repeat(each, 2).reshape(luminance.shape) for each in (blue, red))
    return interleave([luminance, *chroma])
