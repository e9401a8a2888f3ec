"""Values of one grid of pixels at the pixels of another: nearest, averaged, or linear between them.

An affine map takes positions in the image, from its upper left corner, to those in the values; pixels' centres lie at
halves in both.
"""

from collections.abc import Iterator
from math import ceil, hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendering.reading.plane import Affine
from rendering.viewport import Geometry

_Values = NDArray[Any]
_Floats = NDArray[np.floating[Any]]
_NOTHING = 1e-6  # pixels that rounding moves, over a whole image
_ON_THE_EDGE = 1e-9  # what lies between two pixels belongs to the second, however it was rounded
_MOST_SAMPLES = 16


def to_frame(geometry: Geometry) -> Affine:
    """From positions in an upright image to those in the frame that it shows."""
    across, down = geometry.scale
    return (1 / across, 0.0, geometry.left, 0.0, 1 / down, geometry.top)


def after(second: Affine, first: Affine) -> Affine:
    """The map that does as `first` does, then as `second`."""
    a, b, c, d, e, f = second
    g, h, i, j, k, m = first
    return (a * g + b * j, a * h + b * k, a * i + b * m + c, d * g + e * j, d * h + e * k, d * i + e * m + f)


def nearest(values: _Values, placement: Affine, size: tuple[int, int], outside: int) -> _Values:
    """The values whose pixels hold the centres of an image's, of `size` (columns, rows); `outside` beyond them."""
    x, y = _positions(placement, size, 0.5, 0.5)
    return _at(values, x, y, outside)


def averaged(values: _Values, placement: Affine, size: tuple[int, int]) -> NDArray[np.float32]:
    """The mean of the values under each pixel of an image of `size` (columns, rows), 0 beyond them.

    Pixels that are smaller than those of the values have one value each.
    """
    a, b, _, d, e, _ = placement
    across, down = (
        min(max(1, ceil(2 * step)) if step > 1 else 1, _MOST_SAMPLES) for step in (hypot(a, d), hypot(b, e))
    )
    sums = np.zeros((size[1], size[0]), np.float32)
    for right, below in _inside_a_pixel(across, down):
        x, y = _positions(placement, size, right, below)
        sums += _at(values, x, y, 0)
    return sums / np.float32(across * down)


def linear(values: _Values, placement: Affine, size: tuple[int, int]) -> _Floats:
    """The values linearly between their pixels' centres, at the centres of an image's of `size` (columns, rows).

    Beyond the outermost centres, to the edges of their pixels, these hold; beyond the edges there is no number.
    """
    rows, columns = values.shape
    x, y = _positions(placement, size, 0.5, 0.5)
    outside = (x < 0) | (x > columns) | (y < 0) | (y > rows)
    left, right, share_right = _neighbours(x, columns)
    above, below, share_below = _neighbours(y, rows)
    upper = values[above, left] * (1 - share_right) + values[above, right] * share_right
    lower = values[below, left] * (1 - share_right) + values[below, right] * share_right
    return np.where(outside, np.nan, upper * (1 - share_below) + lower * share_below)


def _inside_a_pixel(across: int, down: int) -> Iterator[tuple[float, float]]:
    return (((right + 0.5) / across, (below + 0.5) / down) for below in range(down) for right in range(across))


def _positions(placement: Affine, size: tuple[int, int], right: float, below: float) -> tuple[_Floats, _Floats]:
    """Where the points (`right`, `below`) inside each pixel lie in the values, as arrays that broadcast to the image.

    Where the grids are not turned against each other, one is a row and the other a column.
    """
    a, b, c, d, e, f = placement
    columns, rows = size
    u, v = np.arange(columns)[np.newaxis, :] + right, np.arange(rows)[:, np.newaxis] + below
    straight = max(abs(b) * rows, abs(d) * columns) < _NOTHING
    return (a * u + c, e * v + f) if straight else (a * u + b * v + c, d * u + e * v + f)


def _at(values: _Values, x: _Floats, y: _Floats, outside: int) -> _Values:
    rows, columns = values.shape
    column, row = (np.floor(one + _ON_THE_EDGE) for one in (x, y))
    within = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    column, row = np.clip(column, 0, columns - 1).astype(np.intp), np.clip(row, 0, rows - 1).astype(np.intp)
    if column.shape[0] == row.shape[1] == 1:
        picked = values.take(row[:, 0], axis=0).take(column[0], axis=1)
    else:
        picked = values[row, column]
    return picked if within.all() else np.asarray(np.where(within, picked, values.dtype.type(outside)))


def _neighbours(position: _Floats, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp], _Floats]:
    """The pixels whose centres are before and after `position`, and how far it is from the first to the second."""
    inside = np.clip(position - 0.5, 0, count - 1)
    before = np.floor(inside).astype(np.intp)
    return before, np.minimum(before + 1, count - 1), inside - before
