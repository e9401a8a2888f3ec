"""Scaling that shows nothing that is not there: detail too fine for the image is smoothed away before it is left out.

Every weight is positive, so that no pixel leaves the range of the ones that it is made of: a sharper filter would draw
dark seams around metal. Large reductions go through a pyramid of smoothed halves, which costs a fraction and keeps
enough detail for the last step.
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Values: TypeAlias = NDArray[Any]

_HALVED_FROM = 2.8  # how many pixels to one: what is left of 1.4 and more hides that halves are softer
_SOFT_ENOUGH = 2.0  # up to how many pixels to one the softness of a half stands for a part of the last smoothing
_MARGIN = 4  # pixels around a region that smoothing reaches into: of the image, or of the array if it is coarser
_NARROWEST = 1e-3
_BAND = 128  # rows of the image at a time, so that what is calculated with stays in the processor's cache


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an array in its pixels, fractions included."""

    left: float
    top: float
    width: float
    height: float

    def moved(self, across: float, down: float) -> "Region":
        return Region(self.left + across, self.top + down, self.width, self.height)

    def halved(self) -> "Region":
        """The same part of an array of every second pixel, which begins with the first: their centres stay."""
        return Region(self.left / 2 + 0.25, self.top / 2 + 0.25, self.width / 2, self.height / 2)


def resample(values: Values, region: Region, columns: int, rows: int) -> Values:
    """The region of `values`, of shape (r, c) or (r, c, 3), as `rows` by `columns`; beyond the edge, the edge goes on.

    8- and 16-bit types are kept (int8 becomes int16); wider integers become floating point.
    """
    region = Region(region.left, region.top, max(region.width, _NARROWEST), max(region.height, _NARROWEST))
    across, down = region.width / columns, region.height / rows
    halvings = _halvings(min(across, down))
    values, region = _cut_out(values, region, across, down, 1 << halvings)
    values = _scalable(values)
    if region == Region(0, 0, values.shape[1], values.shape[0]) and max(across, down) <= 1:
        return np.asarray(cv2.resize(values, (columns, rows), interpolation=cv2.INTER_LINEAR))  # the same, and quicker
    for _ in range(halvings):
        values, region = np.asarray(cv2.pyrDown(values)), region.halved()
    soft = halvings > 0 and max(across, down) / (1 << halvings) < _SOFT_ENOUGH
    return _fitted(values, region, columns, rows, Image.Resampling.HAMMING if soft else Image.Resampling.BILINEAR)


def _halvings(reduction: float) -> int:
    count = 0
    while reduction / (1 << count) >= _HALVED_FROM:
        count += 1
    return count


def _cut_out(values: Values, region: Region, across: float, down: float, step: int) -> tuple[Values, Region]:
    """What the region needs of `values`, from a multiple of `step` on, so that parts are smoothed as the whole is."""
    left, right = _reach(region.left, region.width, across, values.shape[1], step)
    top, bottom = _reach(region.top, region.height, down, values.shape[0], step)
    return values[top:bottom, left:right], region.moved(-left, -top)


def _reach(start: float, length: float, pixel: float, count: int, step: int) -> tuple[int, int]:
    margin = _MARGIN * max(1.0, pixel)
    first = floor((start - margin) / step) * step
    last = ceil(start + length + margin)
    return min(max(first, 0), count - 1), max(min(last, count), 1)


def _scalable(values: Values) -> Values:
    """`values` in a type that OpenCV smooths."""
    if values.dtype == np.int8:
        return values.astype(np.int16)
    return values.astype(np.float64) if values.dtype.kind in "iu" and values.dtype.itemsize > 2 else values


def _fitted(values: Values, region: Region, columns: int, rows: int, smoothing: Image.Resampling) -> Values:
    values, region = _extended(values, region)
    if values.dtype == np.uint8:
        return _resized(np.ascontiguousarray(values), region, columns, rows, smoothing)
    least = _least(values)
    scaled = np.empty((rows, columns), values.dtype)
    across, down = region.width / columns, region.height / rows
    for first in range(0, rows, _BAND):
        count = min(_BAND, rows - first)
        band = Region(region.left, region.top + first * down, region.width, count * down)
        part, band = _cut_out(values, band, across, down, 1)
        single = _resized((part - least if least else part).astype(np.float32), band, columns, count, smoothing)
        exact = np.rint(single) if values.dtype.kind in "iu" else single.astype(values.dtype) + least
        scaled[first : first + count] = exact
    return scaled


def _least(values: Values) -> Any:
    """What to calculate from: Pillow has single precision, which suffices for what exceeds the least of the values."""
    least = values.min() if values.dtype == np.float64 else values.dtype.type(0)
    return least if np.isfinite(least) else values.dtype.type(0)


def _resized(values: Values, region: Region, columns: int, rows: int, smoothing: Image.Resampling) -> Values:
    right = min(region.left + region.width, values.shape[1])
    bottom = min(region.top + region.height, values.shape[0])
    return np.asarray(
        Image.fromarray(values).resize((columns, rows), smoothing, (region.left, region.top, right, bottom))
    )


def _extended(values: Values, region: Region) -> tuple[Values, Region]:
    """`values` with its edges repeated as far as the region lies beyond them."""
    rows, columns = values.shape[:2]
    left, top = max(0, ceil(-region.left)), max(0, ceil(-region.top))
    right = max(0, ceil(region.left + region.width - columns))
    bottom = max(0, ceil(region.top + region.height - rows))
    if not (left or top or right or bottom):
        return values, region
    wider = cv2.copyMakeBorder(np.ascontiguousarray(values), top, bottom, left, right, cv2.BORDER_REPLICATE)
    return np.asarray(wider), region.moved(left, top)
