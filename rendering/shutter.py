"""Display shutters over an image: what they hide is replaced, to the pixel of the image (PS3.3 C.7.6.11, C.7.6.15)."""

from typing import Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from rendering.laid_over import Circle, Rectangle, Shutter
from rendering.overlay import coverage
from rendering.viewport import Geometry

Depth = TypeVar("Depth", np.uint8, np.uint16)
Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

_TOLERANCE = 1e-6  # of a pixel of the frame: what lies on an edge is inside


def close(image: NDArray[Depth], shutter: Shutter, geometry: Geometry, pixel_aspect: float) -> NDArray[Depth]:
    """The upright image, grey or RGB, with all replaced that the shutter hides: each pixel by where its centre lies.

    It may have 16 bits.
    """
    across, down = _centers(geometry)
    shown = np.ones(image.shape[:2], np.bool_)
    if shutter.rectangle is not None:
        shown &= _in_rectangle(shutter.rectangle, across, down)
    if shutter.circle is not None:
        shown &= _in_circle(shutter.circle, across, down, pixel_aspect)
    if shutter.polygon:
        shown &= _in_polygon(np.array(shutter.polygon), across, down)
    if shutter.bitmap is not None:
        shown &= coverage(shutter.bitmap, geometry) < 0.5
    cover = np.array(shutter.gray if image.ndim == 2 else shutter.color or (shutter.gray,) * 3)
    cover = (cover * (np.iinfo(image.dtype).max // 255)).astype(image.dtype)
    return np.where(shown if image.ndim == 2 else shown[..., np.newaxis], image, cover)


def _centers(geometry: Geometry) -> tuple[Floats, Floats]:
    """Where in the frame the centres of the image's columns and rows lie."""
    columns, rows = geometry.upright
    return _centers_of(geometry.left, geometry.width, columns), _centers_of(geometry.top, geometry.height, rows)


def _centers_of(start: float, length: float, count: int) -> Floats:
    return np.asarray(start + (np.arange(count) + 0.5) * (length / count), np.float64)


def _in_rectangle(rectangle: Rectangle, across: Floats, down: Floats) -> Mask:
    columns = (across >= rectangle.left) & (across <= rectangle.right)
    rows = (down >= rectangle.top) & (down <= rectangle.bottom)
    return np.outer(rows, columns)


def _in_circle(circle: Circle, across: Floats, down: Floats, pixel_aspect: float) -> Mask:
    reach = (circle.radius + _TOLERANCE) ** 2 - ((down - circle.y) * pixel_aspect) ** 2
    return np.asarray((across - circle.x) ** 2 <= reach[:, np.newaxis])


def _in_polygon(vertices: Floats, across: Floats, down: Floats) -> Mask:
    """What lies inside by the even-odd rule, or on an edge.

    Edges hold their upper end and not their lower one, or the other way round: both together hold all of the outline.
    """
    return _between_edges(vertices, across, down, "left") | _between_edges(vertices, across, down, "right")


def _between_edges(vertices: Floats, across: Floats, down: Floats, side: Literal["left", "right"]) -> Mask:
    crossings: list[tuple[NDArray[np.intp], Floats]] = []
    for (x, y), (next_x, next_y) in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
        first, last = np.searchsorted(down, sorted((y, next_y)), side)
        rows = np.arange(first, last)
        if rows.size:
            crossings.append((rows, x + (down[rows] - y) * ((next_x - x) / (next_y - y))))
    return _filled(crossings, across, down.size)


def _filled(crossings: list[tuple[NDArray[np.intp], Floats]], across: Floats, rows: int) -> Mask:
    """Each row from every odd crossing to the next even one, ends included."""
    turns = np.zeros((rows, across.size + 1), np.int16)
    if crossings:
        row, place = (np.concatenate(parts) for parts in zip(*crossings, strict=True))
        order = np.lexsort((place, row))
        row, place = row[order], place[order]
        entering, leaving = slice(0, None, 2), slice(1, None, 2)
        np.add.at(turns, (row[entering], np.searchsorted(across, place[entering] - _TOLERANCE)), 1)
        np.add.at(turns, (row[leaving], np.searchsorted(across, place[leaving] + _TOLERANCE)), -1)
    return np.asarray(np.cumsum(turns, axis=1, dtype=np.int16)[:, :-1] > 0)
