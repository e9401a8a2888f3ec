"""Colour to 8-bit RGB: palettes, YBR and deep RGB (PS3.3 C.7.6.3.1.2, C.7.9)."""

from dataclasses import replace
from threading import Lock
from typing import Any, TypeAlias

from cachetools import LRUCache, cached
import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.entries import to_array
from rendering.errors import UnsupportedObject
from rendering.frame import FrameAttributes, LookupTable, Palette

Bytes: TypeAlias = NDArray[np.uint8]
_BRIGHTEST = 65535


def to_rgb(values: NDArray[Any], color_space: str, attributes: FrameAttributes) -> Bytes:
    """Stored values in PALETTE COLOR, RGB, YBR_FULL or YBR_PARTIAL as RGB of 8 bits, of shape (rows, columns, 3)."""
    match color_space:
        case "PALETTE COLOR" if attributes.palette is not None:
            return palette_to_rgb(values, attributes.palette)
        case "RGB":
            return to_eight_bits(values, attributes.bits_stored)
        case "YBR_FULL":
            return ybr_full_to_rgb(values, attributes.bits_stored)
        case "YBR_PARTIAL":
            return ybr_partial_to_rgb(values, attributes.bits_stored)
        case _:
            raise UnsupportedObject("this photometric interpretation is not supported")


def palette_to_rgb(indices: NDArray[Any], palette: Palette) -> Bytes:
    """Indices (rows, columns) of 8 or 16 bits as RGB; those outside the table take its first or last colour."""
    if indices.dtype.itemsize > 2:
        raise UnsupportedObject("palettes for more than 16 bits are not supported")
    patterns = np.ascontiguousarray(indices).view(f"u{indices.dtype.itemsize}")
    return np.asarray(cv2.merge([cv2.LUT(patterns, table) for table in _palette_tables(palette, indices.dtype.str)]))


def with_colors(gray: Bytes, values: NDArray[Any], palette: Palette) -> Bytes:
    """`gray` as RGB, with those `values` in colour that a supplemental palette maps (PS3.3 C.7.6.19)."""
    mapped = values >= palette.red.first
    return np.where(mapped[..., np.newaxis], palette_to_rgb(values, palette), gray[..., np.newaxis])


def spanned_by(palette: Palette, shown: NDArray[Any]) -> Bytes:
    """Presentation values from 0 to 65535 in the colours of a palette, whose input they span (PS3.3 C.7.9)."""
    red, green, blue = (replace(table, first=0) for table in (palette.red, palette.green, palette.blue))
    indices = np.rint(shown * ((red.entries - 1) / _BRIGHTEST)).astype(np.uint16)
    return palette_to_rgb(indices, Palette(red, green, blue))


def ybr_full_to_rgb(ybr: NDArray[Any], bits_stored: int) -> Bytes:
    """YBR_FULL (rows, columns, 3) as RGB by the equations of PS3.3 C.7.6.3.1.2, each result rounded once."""
    y, cb, cr = cv2.split(to_eight_bits(ybr, bits_stored))
    red, green, blue = _chroma_tables()
    chroma = np.asarray(cv2.merge([cb, cr])).view("<u2").reshape(y.shape)
    offsets = (cv2.LUT(cr, red), cv2.LUT(chroma, green), cv2.LUT(cb, blue))
    return np.asarray(cv2.merge([cv2.add(y, offset, dtype=cv2.CV_8U) for offset in offsets]))


def ybr_partial_to_rgb(ybr: NDArray[Any], bits_stored: int) -> Bytes:
    """Luminance from 16 to 235 and chrominance from 16 to 240 as RGB (PS3.3-2017 C.7.6.3.1.2; ITU-R BT.601)."""
    luminance, chrominance = 255 / 219, 255 / 224
    factors = [
        (luminance, 0.0, 1.402 * chrominance),
        (luminance, -0.344136 * chrominance, -0.714136 * chrominance),
        (luminance, 1.772 * chrominance, 0.0),
    ]
    matrix = np.array([(y, cb, cr, -16 * y - 128 * (cb + cr)) for y, cb, cr in factors])
    return np.asarray(cv2.transform(to_eight_bits(ybr, bits_stored), matrix))


def to_eight_bits(values: NDArray[Any], bits_stored: int) -> Bytes:
    """Samples of `bits_stored` bits as 8: the most significant ones, and fewer stretched to the full range."""
    if bits_stored > 8:
        return np.asarray(values >> (bits_stored - 8)).astype(np.uint8)
    if bits_stored < 8:
        return np.asarray(values.astype(np.uint32) * 255 // ((1 << bits_stored) - 1)).astype(np.uint8)
    return values.astype(np.uint8, copy=False)


@cached(LRUCache(32), lock=Lock())
def _palette_tables(palette: Palette, dtype: str) -> tuple[Bytes, ...]:
    kind = np.dtype(dtype)
    patterns = np.arange(1 << 8 * kind.itemsize, dtype=f"u{kind.itemsize}").view(kind).astype(np.intp)
    tables = (palette.red, palette.green, palette.blue)
    entries = [to_array(table) for table in tables]
    # Tables that declare 16 bits and hold 8 are common; shifting those would leave a black image.
    deep = max(int(values.max()) for values in entries) > 255
    return tuple(
        _color_of(patterns, table, np.right_shift(values, max(0, table.bits - 8) if deep else 0))
        for table, values in zip(tables, entries, strict=True)
    )


def _color_of(patterns: NDArray[np.intp], table: LookupTable, colors: NDArray[Any]) -> Bytes:
    return np.asarray(np.minimum(colors, 255).astype(np.uint8)[np.clip(patterns - table.first, 0, table.entries - 1)])


@cached(LRUCache(1), lock=Lock())
def _chroma_tables() -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int16]]:
    """What Cr adds to red, the pair (Cb low byte, Cr high byte) to green, and Cb to blue."""
    distance = np.arange(256) - 128.0
    green = -0.344136 * distance[np.newaxis, :] - 0.714136 * distance[:, np.newaxis]
    red, blue = 1.402 * distance, 1.772 * distance
    return _rounded(red), _rounded(green.reshape(-1)), _rounded(blue)


def _rounded(values: NDArray[np.floating[Any]]) -> NDArray[np.int16]:
    return np.asarray(np.rint(values), np.int16)
