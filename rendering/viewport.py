"""Which part of the frame is shown, how large and which way round (PS3.18 §8.3.5.1.3).

The source region is cut out, then scaled up or down so that it just fits the viewport with its physical shape kept:
the image is never larger than the viewport, and one of its sides is equal. Without a viewport the image has the size
of the source matrix, whatever the shape of its pixels. `maximum_side` bounds the scale of either, so that regions or
tiles that are put together again show no more detail than the whole frame or slide does.
"""

from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendering.decode.stored import StoredValues
from rendering.errors import InvalidOption
from rendering.frame import FrameAttributes
from rendering.options import RenderOptions, Viewport
from rendering.resampling import Region, resample

_SMALLEST_REGION = 0.5  # pixels of the frame, less than which shows nothing and would be enlarged beyond all measure

_Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Geometry:
    """A source region in pixels of the full frame, and the image in which it is shown, of `columns` and `rows`.

    The region is scaled to the `upright` size, then turned clockwise by `rotation` degrees (0, 90, 180 or 270), then
    mirrored (PS3.3 C.10.6).
    """

    left: float
    top: float
    width: float
    height: float
    columns: int
    rows: int
    flip_horizontal: bool = False
    flip_vertical: bool = False
    rotation: int = 0

    @property
    def upright(self) -> tuple[int, int]:
        """Columns and rows of the image before it is turned."""
        return (self.rows, self.columns) if self.rotation % 180 else (self.columns, self.rows)

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the upright image for each pixel of the frame, across and down."""
        columns, rows = self.upright
        return columns / self.width, rows / self.height

    def smallest(self, full_rows: int, full_columns: int) -> tuple[int, int]:
        """Rows and columns of a reduced frame that still holds every detail of the image."""
        across, down = self.scale
        return max(1, ceil(full_rows * down)), max(1, ceil(full_columns * across))

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Where the image shows the point (x, y) of the frame; both count from their upper left corner (C.10.5)."""
        across, down = self.scale
        x, y = (x - self.left) * across, (y - self.top) * down
        columns, rows = self.upright
        for _ in range(self.rotation // 90):
            x, y, columns, rows = rows - y, x, rows, columns
        return columns - x if self.flip_horizontal else x, rows - y if self.flip_vertical else y


def plan(attributes: FrameAttributes, options: RenderOptions) -> Geometry:
    """The geometry that `options` ask for. Raises `InvalidOption` when the source region lies outside the frame."""
    whole = Viewport(attributes.columns, attributes.rows)
    viewport = options.viewport or whole
    left, width = _clamped(viewport.x, viewport.region_width, attributes.columns)
    top, height = _clamped(viewport.y, viewport.region_height, attributes.rows)
    aspect = attributes.pixel_aspect if options.viewport else 1.0
    scale = min(viewport.width / width, viewport.height / (height * aspect))
    if options.maximum_side is not None:
        scale = min(scale, options.maximum_side / attributes.longer_side(aspect))
    size = max(1, round(width * scale)), max(1, round(height * aspect * scale))
    return Geometry(left, top, width, height, *size, viewport.flip_horizontal, viewport.flip_vertical)


def _clamped(start: float, length: float | None, side: int) -> tuple[float, float]:
    end = side if length is None else min(side, start + length)
    if not 0 <= start < end:
        raise InvalidOption("the source region of the viewport lies outside the frame")
    if end - start < _SMALLEST_REGION:
        raise InvalidOption("the source region of the viewport is smaller than a pixel")
    return start, end - start


def on_reduced(geometry: Geometry, stored: StoredValues, attributes: FrameAttributes) -> Geometry:
    """The geometry by which `scale` finds every point where a decoding at a lower resolution has it."""
    if not stored.reduction:
        return geometry
    rows, columns = stored.values.shape[:2]
    across, down = (
        full / (size << stored.reduction) for full, size in ((attributes.columns, columns), (attributes.rows, rows))
    )
    return replace(
        geometry,
        left=(geometry.left + stored.shift) * across,
        top=(geometry.top + stored.shift) * down,
        width=geometry.width * across,
        height=geometry.height * down,
    )


def scale(values: _Values, geometry: Geometry, attributes: FrameAttributes) -> _Values:
    """The region of `values`, which may be a reduced frame, at the size of the upright image.

    8- and 16-bit types are kept (int8 becomes int16); wider integers become floating point when they are scaled.
    """
    down, across = values.shape[0] / attributes.rows, values.shape[1] / attributes.columns
    region = Region(geometry.left * across, geometry.top * down, geometry.width * across, geometry.height * down)
    columns, rows = geometry.upright
    part = _whole_pixels(region, columns, rows, values)
    return resample(values, region, columns, rows) if part is None else part


def _whole_pixels(region: Region, columns: int, rows: int, values: _Values) -> _Values | None:
    """The region where it consists of pixels that need not be scaled."""
    left, top = int(region.left), int(region.top)
    if region != Region(left, top, columns, rows) or min(left, top) < 0:
        return None
    part = values[top : top + rows, left : left + columns]
    return np.ascontiguousarray(part) if part.shape[:2] == (rows, columns) else None


def scale_around_padding(
    values: _Values, geometry: Geometry, attributes: FrameAttributes, padding: tuple[float, float]
) -> _Values:
    """Like `scale`, with padding kept apart: no pixel of the image is mixed with padding, and none becomes padding."""
    lowest, highest = padding
    padded = (values >= lowest) & (values <= highest)
    if _is_unscaled(geometry) or not padded.any():
        return scale(values, geometry, attributes)
    means, seen = _means_without(padded, values, geometry, attributes)
    means = _away_from(np.rint(means), lowest, highest)
    means[~seen] = lowest
    return means.astype(values.dtype) if values.dtype.itemsize <= 2 else means


def scale_around_missing(values: _Values, geometry: Geometry, attributes: FrameAttributes) -> _Values:
    """Like `scale` for floating point, with NaN kept apart: it is mixed with no value, and stays NaN."""
    missing = np.isnan(values)
    if _is_unscaled(geometry) or not missing.any():
        return scale(values, geometry, attributes)
    means, seen = _means_without(missing, values, geometry, attributes)
    means[~seen] = np.nan
    return means


def turn(image: NDArray[np.uint8], geometry: Geometry) -> NDArray[np.uint8]:
    """The upright image turned, then mirrored."""
    image = np.rot90(image, -(geometry.rotation // 90))
    if geometry.flip_horizontal:
        image = image[:, ::-1]
    if geometry.flip_vertical:
        image = image[::-1]
    return np.ascontiguousarray(image)


def _is_unscaled(geometry: Geometry) -> bool:
    return geometry.upright == (geometry.width, geometry.height)


def _means_without(
    hidden: NDArray[np.bool_], values: _Values, geometry: Geometry, attributes: FrameAttributes
) -> tuple[NDArray[np.floating[Any]], NDArray[np.bool_]]:
    """Scaled means of what is not `hidden`, and where at least half of a pixel of the image was not."""
    precise = np.float32 if values.dtype.itemsize <= 2 else np.float64
    weights = scale((~hidden).astype(precise), geometry, attributes)
    sums = scale(np.where(hidden, 0, values).astype(precise), geometry, attributes)
    enough = weights >= 0.5
    return np.divide(sums, weights, out=np.zeros_like(sums), where=enough), enough


def _away_from(means: NDArray[np.floating[Any]], lowest: float, highest: float) -> NDArray[np.floating[Any]]:
    """Means of pixels of the image that happen to fall on padding, moved to the nearest value that is none."""
    inside = (means >= lowest) & (means <= highest)
    above = means - lowest > highest - means
    return np.where(inside, np.where(above, highest + 1, lowest - 1), means)
