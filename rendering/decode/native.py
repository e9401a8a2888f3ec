"""Native pixel data: cells one after the other, without compression (PS3.5 §8.1, §8.1.2)."""

import numpy as np

from rendering.decode.cells import Array, color_space, interleave, to_stored
from rendering.decode.stored import StoredValues
from rendering.decode.subsampled import count_cells, is_subsampled, upsample
from rendering.errors import MalformedFrame
from rendering.frame import EncodedFrame, FrameAttributes


def decode_little_endian(frame: EncodedFrame) -> StoredValues:
    """Implicit, explicit, deflated and encapsulated little endian: frames look the same in all of them."""
    return _decode(frame, "<")


def decode_big_endian(frame: EncodedFrame) -> StoredValues:
    """Explicit big endian (retired); cells of one byte are taken to be OB, whose bytes are not swapped."""
    return _decode(frame, ">")


def frame_bits(attributes: FrameAttributes) -> set[int]:
    """How many bits a native frame has (PS3.5 §8.1.1).

    One number, but for subsampled colour: some senders write three whole samples for each pixel all the same.
    """
    counts = {_count(attributes), count_cells(attributes) if is_subsampled(attributes) else _count(attributes)}
    return {count * attributes.bits_allocated for count in counts}


def _decode(frame: EncodedFrame, order: str) -> StoredValues:
    attributes = frame.attributes
    if attributes.floating_point:
        return StoredValues(_floats(frame, order), attributes.photometric_interpretation, "native")
    if attributes.bits_allocated == 1:
        return StoredValues(_single_bits(frame), attributes.photometric_interpretation, "native")
    kind = f"{order}u{attributes.bits_allocated // 8}"
    if is_subsampled(attributes) and 8 * len(frame.data) < max(frame_bits(attributes)):
        pixels = upsample(_read(frame.data, kind, count_cells(attributes)), attributes)
    else:
        pixels = _arranged(_read(frame.data, kind, _count(attributes)), attributes)
    return StoredValues(to_stored(pixels, attributes), color_space(attributes), "native")


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


def _floats(frame: EncodedFrame, order: str) -> Array:
    """Float and Double Float Pixel Data; padding and infinities become NaN (PS3.3 C.7.6.24, C.7.5.1.1.2)."""
    attributes = frame.attributes
    cells = _read(frame.data, f"{order}f{attributes.bits_allocated // 8}", _count(attributes))
    values = _arranged(cells, attributes)
    missing = np.isinf(values)
    if attributes.padding is not None:
        with np.errstate(over="ignore"):
            lowest, highest = np.array(attributes.padding).astype(values.dtype)
        missing |= (values >= lowest) & (values <= highest)
    return np.where(missing, values.dtype.type(np.nan), values) if missing.any() else values
