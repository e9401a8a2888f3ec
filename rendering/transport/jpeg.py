"""Stored values → lossless JPEG and JPEG XL, in which signed values are bit patterns (PS3.5 §8.2.1, §8.2.18)."""

from typing import Any, TypeAlias

import imagecodecs
from numpy.typing import NDArray

from rendering.errors import UnsupportedObject

Values: TypeAlias = NDArray[Any]

_FEWEST_BITS = 2
_EFFORT = 1  # of 1 to 9


def to_jpeg_lossless(values: Values, bits: int, rgb: bool) -> bytes:
    """Process 14, selection value 1, of grey or RGB: the encoder would transform other colours, with loss."""
    precision = max(bits, _FEWEST_BITS)
    if values.ndim == 2:
        return bytes(imagecodecs.jpeg8_encode(patterns(values, bits), lossless=True, bitspersample=precision))
    if not rgb:
        raise UnsupportedObject("lossless JPEG is given of grey and of RGB")
    stream = imagecodecs.jpeg8_encode(
        values, lossless=True, bitspersample=precision, colorspace="RGB", outcolorspace="RGB"
    )
    return bytes(stream)


def to_jpegxl(values: Values, bits: int, _rgb: bool) -> bytes:
    """Lossless JPEG XL. One thread: a worker that is locked down can start no other."""
    stream = imagecodecs.jpegxl_encode(
        patterns(values, bits), lossless=True, effort=_EFFORT, bitspersample=bits, usecontainer=False, numthreads=1
    )
    return bytes(stream)


def patterns(values: Values, bits: int) -> Values:
    """Two's complement in `bits` bits, for streams that know no sign."""
    unsigned = values.view(f"u{values.itemsize}")
    return unsigned if values.dtype.kind == "u" else unsigned & unsigned.dtype.type((1 << bits) - 1)
