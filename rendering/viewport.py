"""Which part of the frame is shown, how large and which way round (PS3.18 §8.3.5.1.3).

The source region is cut out, then scaled up or down so that it just fits the viewport with its physical shape kept:
the image is never larger than the viewport, and one of its sides is equal. Without a viewport the image has the size
of the source matrix, whatever the shape of its pixels. `maximum_side` bounds the scale of either, so that regions that
are put together again show no more detail than the whole frame does.
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.errors import InvalidOption, TooLarge
from rendering.frame import FrameAttributes
from rendering.options import RenderOptions, Viewport

_LONGEST_SIDE = 32766  # of an image that OpenCV can map with subpixel precision
_Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Geometry:
    """A source region in pixels of the full frame, and the size in which it is shown."""

    left: float
    top: float
    width: float
    height: float
    columns: int
    rows: int
    flip_horizontal: bool = False
    flip_vertical: bool = False

    def smallest(self, full_rows: int, full_columns: int) -> tuple[int, int]:
        """Rows and columns of a reduced frame that still holds every detail of the image."""
        down, across = self.rows / self.height, self.columns / self.width
        return max(1, ceil(full_rows * down)), max(1, ceil(full_columns * across))


def plan(attributes: FrameAttributes, options: RenderOptions) -> Geometry:
    """The geometry that `options` ask for. Raises `InvalidOption` when the source region lies outside the frame."""
    whole = Viewport(attributes.columns, attributes.rows)
    viewport = options.viewport or whole
    left, width = _clamped(viewport.x, viewport.region_width, attributes.columns)
    top, height = _clamped(viewport.y, viewport.region_height, attributes.rows)
    aspect = attributes.pixel_aspect if options.viewport else 1.0
    scale = min(viewport.width / width, viewport.height / (height * aspect))
    if options.maximum_side is not None:
        scale = min(scale, options.maximum_side / max(attributes.columns, attributes.rows * aspect))
    size = max(1, round(width * scale)), max(1, round(height * aspect * scale))
    return Geometry(left, top, width, height, *size, viewport.flip_horizontal, viewport.flip_vertical)


def _clamped(start: float, length: float | None, side: int) -> tuple[float, float]:
    end = side if length is None else min(side, start + length)
    if not 0 <= start < end:
        raise InvalidOption("the source region of the viewport lies outside the frame")
    return start, end - start


def scale(values: _Values, geometry: Geometry, attributes: FrameAttributes) -> _Values:
    """The region of `values`, which may be a reduced frame, at the size of the image, not flipped.

    8- and 16-bit types are kept (int8 becomes int16); wider integers become floating point when they are scaled.
    """
    down, across = values.shape[0] / attributes.rows, values.shape[1] / attributes.columns
    region = _Region(geometry.left * across, geometry.top * down, geometry.width * across, geometry.height * down)
    size = (geometry.columns, geometry.rows)
    if region.width >= size[0] and region.height >= size[1]:
        # Less than half a pixel of the source is less than half a pixel of the image.
        region = region.to_whole_pixels(values.shape[1], values.shape[0])
    values, region = region.cut_out_of(values)
    if (region.width, region.height) == size and region.covers(values):
        return np.ascontiguousarray(values)
    values, region = _halved(_scalable(values), region, size)
    if region.covers(values):
        shrinking = region.width >= size[0] and region.height >= size[1]
        return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR))
    return _mapped(values, region, size)


def scale_around_padding(
    values: _Values, geometry: Geometry, attributes: FrameAttributes, padding: tuple[int, int]
) -> _Values:
    """Like `scale`, with padding kept apart: no pixel of the image is mixed with padding, and none becomes padding."""
    lowest, highest = padding
    padded = (values >= lowest) & (values <= highest)
    unscaled = (geometry.columns, geometry.rows) == (geometry.width, geometry.height)
    if unscaled or not padded.any():
        return scale(values, geometry, attributes)
    precise = np.float32 if values.dtype.itemsize <= 2 else np.float64
    weights = scale((~padded).astype(precise), geometry, attributes)
    sums = scale(np.where(padded, 0, values).astype(precise), geometry, attributes)
    means = np.rint(sums / np.maximum(weights, np.finfo(precise).tiny))
    means = _away_from(means, lowest, highest)
    means[weights < 0.5] = lowest
    return means.astype(values.dtype) if values.dtype.itemsize <= 2 else means


def flip(image: NDArray[np.uint8], geometry: Geometry) -> NDArray[np.uint8]:
    """The image mirrored as the signs of the region's size ask."""
    if geometry.flip_horizontal:
        image = image[:, ::-1]
    if geometry.flip_vertical:
        image = image[::-1]
    return np.ascontiguousarray(image)


@dataclass(frozen=True, slots=True)
class _Region:
    """A source region in pixels of an array."""

    left: float
    top: float
    width: float
    height: float

    def to_whole_pixels(self, columns: int, rows: int) -> "_Region":
        left, top = min(_nearest(self.left), columns - 1), min(_nearest(self.top), rows - 1)
        right, bottom = _nearest(self.left + self.width), _nearest(self.top + self.height)
        return _Region(left, top, max(1, min(right, columns) - left), max(1, min(bottom, rows) - top))

    def cut_out_of(self, values: _Values) -> tuple[_Values, "_Region"]:
        """The pixels that the region touches, and the region in terms of those."""
        left, top = floor(self.left), floor(self.top)
        right, bottom = ceil(self.left + self.width), ceil(self.top + self.height)
        return values[top:bottom, left:right], _Region(self.left - left, self.top - top, self.width, self.height)

    def covers(self, values: _Values) -> bool:
        return (self.left, self.top, self.height, self.width) == (0, 0, *values.shape[:2])

    def times(self, across: float, down: float) -> "_Region":
        return _Region(self.left * across, self.top * down, self.width * across, self.height * down)


def _nearest(position: float) -> int:
    return floor(position + 0.5)


def _scalable(values: _Values) -> _Values:
    """`values` in a type that OpenCV scales."""
    if values.dtype == np.int8:
        return values.astype(np.int16)
    return values.astype(np.float64) if values.dtype.kind in "iu" and values.dtype.itemsize > 2 else values


def _halved(values: _Values, region: _Region, size: tuple[int, int]) -> tuple[_Values, _Region]:
    """`values` halved by area as long as they stay at least as large as the image needs them."""
    whole = region.covers(values)
    while True:
        rows, columns = values.shape[:2]
        across = columns // 2 if region.width >= 2 * size[0] and columns > 1 else columns
        down = rows // 2 if region.height >= 2 * size[1] and rows > 1 else rows
        if (down, across) == (rows, columns):
            return values, region
        values = np.asarray(cv2.resize(values, (across, down), interpolation=cv2.INTER_AREA))
        region = _Region(0, 0, across, down) if whole else region.times(across / columns, down / rows)


def _mapped(values: _Values, region: _Region, size: tuple[int, int]) -> _Values:
    """The region at its subpixel position, interpolated linearly; pixel centres lie at halves."""
    if max(*size, *values.shape[:2]) > _LONGEST_SIDE:
        raise TooLarge("this region is too large to be scaled")
    across, down = region.width / size[0], region.height / size[1]
    matrix = np.array(
        [[across, 0, region.left + across / 2 - 0.5], [0, down, region.top + down / 2 - 0.5]], dtype=np.float64
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(values, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _away_from(means: NDArray[np.floating[Any]], lowest: int, highest: int) -> NDArray[np.floating[Any]]:
    """Means of pixels of the image that happen to fall on padding, moved to the nearest value that is none."""
    inside = (means >= lowest) & (means <= highest)
    above = means - lowest > highest - means
    return np.where(inside, np.where(above, highest + 1, lowest - 1), means)
