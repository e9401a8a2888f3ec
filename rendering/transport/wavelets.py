"""Stored values → bare JPEG 2000 and HTJ2K code streams of their own precision (PS3.5 §8.2.4; T.800, T.814)."""

from math import ceil, log2
from typing import Any, TypeAlias

import imagecodecs
import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = NDArray[Any]

_COMPONENTS = 42  # where a code stream's size segment tells of the components (T.800 A.5.1)
_SIGNED = 0x80
_LEVELS = 5
_SMALLEST_SIDE = 64  # what the lowest resolution may still have in RPCL streams
_BY_RESOLUTION = 1  # tile-parts


def to_jpeg2000(values: Values, bits: int, rgb: bool) -> bytes:
    """Reversible JPEG 2000; red, green and blue are transformed (RCT), which the stream itself says."""
    stream = imagecodecs.jpeg2k_encode(
        values, level=0, codecformat="j2k", bitspersample=bits, reversible=True, mct=rgb, numthreads=1
    )
    return bytes(stream)


def to_htj2k(values: Values, bits: int, rgb: bool) -> bytes:
    """Reversible HTJ2K."""
    return _told(imagecodecs.htj2k_encode(_centered(values, bits), reversible=True, rgb=rgb), values, bits)


def to_htj2k_rpcl(values: Values, bits: int, rgb: bool) -> bytes:
    """Reversible HTJ2K by resolution, with the lengths of its parts in front, for clients that read only the first."""
    levels = max(_LEVELS, ceil(log2(max(values.shape[:2]) / _SMALLEST_SIDE)))
    stream = imagecodecs.htj2k_encode(
        _centered(values, bits), reversible=True, rgb=rgb, resolutions=levels, tlm=True, tilepart=_BY_RESOLUTION
    )
    return _told(stream, values, bits)


def to_htj2k_lossy(values: Values, bits: int, rgb: bool, step: float) -> bytes:
    """HTJ2K whose values are near to the stored ones: quantised by `step` of them."""
    wide = values << _spare(values, bits)
    stream = imagecodecs.htj2k_encode(wide, level=step / (1 << bits), reversible=False, rgb=rgb)
    return _told(stream, values, bits)


def _spare(values: Values, bits: int) -> int:
    return 8 * values.itemsize - bits


def _centered(values: Values, bits: int) -> Values:
    """`values` moved so that the middle of their `bits` bits is the middle of their type, which encoders subtract."""
    if values.dtype.kind == "i" or not _spare(values, bits):
        return values
    middle = (1 << (8 * values.itemsize - 1)) - (1 << (bits - 1))
    return np.asarray(values + values.dtype.type(middle))


def _told(stream: bytes | bytearray, values: Values, bits: int) -> bytes:
    """The stream with the precision of its values: the encoder knows that of their type only.

    Reversible samples lie around the middle of the range (T.800 G.1) and irreversible steps are parts of it (E.1), so
    that the coded bits are the same whichever range is told.
    """
    told = bytearray(stream)
    precision = (bits - 1) | (_SIGNED if values.dtype.kind == "i" else 0)
    for component in range(1 if values.ndim == 2 else values.shape[2]):
        told[_COMPONENTS + 3 * component] = precision
    return bytes(told)
