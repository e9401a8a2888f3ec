"""Pixels into the transfer syntaxes that archives keep them in (PS3.5 §8.2, Annex A.4)."""

from collections.abc import Callable, Mapping
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLSLossless,
)
import simplejpeg

Pixels = npt.NDArray[Any]

QUALITY = 90


def _native(pixels: Pixels) -> bytes:
    return pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()


def _jpeg_baseline(pixels: Pixels) -> bytes:
    """Three 8-bit samples as YCbCr, colour at half the columns: YBR_FULL_422 (PS3.5 §8.2.1)."""
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), QUALITY, "RGB", "422"))


def _jpeg_2000(pixels: Pixels) -> bytes:
    """Grey of 12 bits without loss, as a bare code stream."""
    return bytes(imagecodecs.jpeg2k_encode(pixels, level=0, codecformat="J2K", reversible=True, bitspersample=12))


_CODERS: Mapping[UID, Callable[[Pixels], bytes]] = {
    ExplicitVRLittleEndian: _native,
    JPEGBaseline8Bit: _jpeg_baseline,
    JPEGLossless: lambda pixels: bytes(imagecodecs.ljpeg_encode(pixels, bitspersample=16)),
    JPEGLSLossless: lambda pixels: bytes(imagecodecs.jpegls_encode(pixels)),
    JPEG2000Lossless: _jpeg_2000,
    HTJ2KLossless: lambda pixels: bytes(imagecodecs.htj2k_encode(pixels)),
}


def encode(pixels: Pixels, syntax: UID) -> bytes:
    """One frame in `syntax`: 16-bit grey (rows, columns) or 8-bit RGB (rows, columns, 3)."""
    return _CODERS[syntax](pixels)
