"""Stored values → pixel cells, as they are or RLE compressed (PS3.5 §8.1.1, §8.2.2, Annex G)."""

from itertools import accumulate
import struct
from typing import Any, TypeAlias

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from rendering.errors import UnsupportedObject
from rendering.frame import FrameAttributes

Values: TypeAlias = NDArray[Any]

_MOST_SEGMENTS = 15
_HEADER = struct.Struct("<16I")


def to_native(values: Values, attributes: FrameAttributes) -> bytes:
    """Little-endian octets in the layout that the attributes tell: cells, planes, or single bits without gaps."""
    if attributes.bits_allocated == 1:
        return np.packbits(values.reshape(-1), bitorder="little").tobytes()
    cells = _cells(values, attributes)
    if attributes.planar and cells.ndim == 3:
        cells = np.moveaxis(cells, -1, 0)
    return cells.tobytes()


def to_rle(values: Values, attributes: FrameAttributes) -> bytes:
    """A byte plane of each sample after the other, the most significant first, each row packed on its own."""
    if attributes.bits_allocated == 1:
        raise UnsupportedObject("single-bit pixels cannot be RLE compressed")
    cells = _cells(values, attributes)
    samples = np.moveaxis(cells[..., np.newaxis] if cells.ndim == 2 else cells, 2, 0)
    planes = [plane for sample in samples for plane in _byte_planes(sample)]
    if len(planes) > _MOST_SEGMENTS:
        raise UnsupportedObject("RLE has no place for so many bytes of each pixel")
    segments = [_even(bytes(imagecodecs.packbits_encode(plane, axis=-1))) for plane in planes]
    offsets = list(accumulate(map(len, segments[:-1]), initial=_HEADER.size))
    header = _HEADER.pack(len(segments), *offsets, *[0] * (_MOST_SEGMENTS - len(offsets)))
    return b"".join([header, *segments])


def _cells(values: Values, attributes: FrameAttributes) -> Values:
    """Each value in a cell of Bits Allocated, its most significant bit at High Bit, its sign extended above."""
    size = attributes.bits_allocated // 8
    shift = attributes.high_bit + 1 - attributes.bits_stored
    return np.ascontiguousarray(values.astype(f"<{values.dtype.kind}{size}") << shift)


def _byte_planes(sample: Values) -> list[NDArray[np.uint8]]:
    octets = np.ascontiguousarray(sample).view(np.uint8).reshape(*sample.shape, sample.itemsize)
    return [octets[..., place].copy() for place in reversed(range(sample.itemsize))]


def _even(segment: bytes) -> bytes:
    return segment + bytes(len(segment) % 2)
