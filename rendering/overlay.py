"""Overlay planes over an image, scaled so that the finest line stays a line (PS3.3 C.9.2)."""

from dataclasses import replace
import math
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.decode.decoding import decode
from rendering.errors import RenderingError
from rendering.frame import EncodedFrame
from rendering.laid_over import Color, OverlayPlane
from rendering.viewport import Geometry

Bytes: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]
Floats64: TypeAlias = NDArray[np.float64]

WHITE: Color = (255, 255, 255)
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
_MOST_SUMMED = 2**31
_BASE = "1.2.840.10008.1.2"
_WHOLE_CELLS = {_BASE, f"{_BASE}.1", f"{_BASE}.1.99", f"{_BASE}.2", f"{_BASE}.5"}
"""Transfer syntaxes that keep every bit of the pixel cells."""


def draw(image: Bytes, plane: OverlayPlane, geometry: Geometry, color: Color = WHITE) -> Bytes:
    """The upright image, grey or RGB, with the plane over it in `color`, of which a grey image takes the first value.

    A line one pixel of the frame wide is at least one pixel of the image wide, and as bright. A region of interest is
    drawn as its outline, so that what is of interest stays visible.
    """
    opacity = np.minimum(coverage(plane, geometry) / np.float32(min(1.0, *geometry.scale)), 1)
    drawn = opacity > 0
    ink = np.array(color if image.ndim == 3 else color[0], np.float32)
    share = opacity[drawn] if image.ndim == 2 else opacity[drawn][:, np.newaxis]
    image = image.copy()
    image[drawn] = np.rint(image[drawn] + (ink - image[drawn]) * share)
    return image


def coverage(plane: OverlayPlane, geometry: Geometry) -> Floats:
    """How much of each pixel of the upright image the plane's set bits cover, from 0 to 1: their exact area."""
    columns, rows = geometry.upright
    across = _edges(geometry.left - plane.left, geometry.width, columns)
    down = _edges(geometry.top - plane.top, geometry.height, rows)
    left, right = _touched(across, plane.columns)
    top, bottom = _touched(down, plane.rows)
    bits = np.ascontiguousarray(_drawn(plane)[top:bottom, left:right])
    if not bits.any():
        return np.zeros((rows, columns), np.float32)
    if (across[1] - across[0], down[1] - down[0]) == (1, 1) and across[0].is_integer() and down[0].is_integer():
        return _placed(bits, left - int(across[0]), top - int(down[0]), rows, columns)
    # The sum over a rectangle is linear between whole pixels, in either direction.
    sums = cv2.integral(bits, sdepth=cv2.CV_32S if bits.size < _MOST_SUMMED else cv2.CV_64F)
    before, share = _between(down - top, bits.shape[0])
    lines = np.diff(sums[before] * (1 - share[:, np.newaxis]) + sums[before + 1] * share[:, np.newaxis], axis=0)
    before, share = _between(across - left, bits.shape[1])
    covered = np.diff(lines[:, before] * (1 - share) + lines[:, before + 1] * share, axis=1)
    return np.asarray(covered * math.prod(geometry.scale), np.float32)


def _placed(bits: Bytes, left: int, top: int, rows: int, columns: int) -> Floats:
    placed = np.zeros((rows, columns), np.float32)
    placed[top : top + bits.shape[0], left : left + bits.shape[1]] = bits
    return placed


def _touched(edges: Floats64, count: int) -> tuple[int, int]:
    """The first, and one past the last, of `count` pixels in which something between `edges` lies."""
    return min(max(math.floor(edges[0]), 0), count), min(max(math.ceil(edges[-1]), 0), count)


def _between(positions: Floats64, count: int) -> tuple[NDArray[np.intp], Floats64]:
    """The whole number of pixels before each position, less than `count`, and the part of one that is left."""
    inside = np.clip(positions, 0, count)
    before = np.minimum(inside.astype(np.intp), count - 1)
    return before, np.asarray(inside - before, np.float64)


def extracted(plane: OverlayPlane, frame: EncodedFrame, maximum_pixels: int) -> OverlayPlane | None:
    """An embedded plane with its bits taken out of the frame's cells; `None` where compression has left none."""
    whole = replace(
        frame.attributes,
        bits_stored=frame.attributes.bits_allocated,
        high_bit=frame.attributes.bits_allocated - 1,
        signed=False,
    )
    try:
        cells = decode(replace(frame, attributes=whole), maximum_pixels).values
    except RenderingError:
        return None
    bits = (cells >> plane.position) & 1
    if frame.transfer_syntax not in _WHOLE_CELLS and not bits.any():
        return None
    return replace(plane, bits=np.packbits(bits, bitorder="little").tobytes())


def _drawn(plane: OverlayPlane) -> Bytes:
    packed = np.frombuffer(plane.bits, np.uint8)
    bits = np.unpackbits(packed, count=plane.rows * plane.columns, bitorder="little").reshape(plane.rows, plane.columns)
    if not plane.region:
        return bits
    inside = cv2.erode(bits, _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(bits - inside, np.uint8)


def _edges(start: float, length: float, count: int) -> Floats64:
    """Where `count` pixels begin that share `length`, and where the last one ends."""
    return np.asarray(start + np.arange(count + 1) * (length / count), np.float64)
