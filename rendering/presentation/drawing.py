"""Vector graphics on a finished image: bright lines with dark edges, or dark ones with bright, seen on any ground.

Positions are in pixels of the image from its upper left corner, so that the first pixel's centre is (0.5, 0.5).
"""

from collections.abc import Sequence
from math import hypot
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.laid_over import Color
from rendering.presentation.graphics import Graphic, Shape
from rendering.tint import Bytes, around, line_width, tint

Path: TypeAlias = NDArray[np.float64]
_FRACTION = 4  # bits of a coordinate behind its point
_FARTHEST = 1e6  # pixels: what is farther away is drawn towards there
_STEPS = 16  # straight pieces between two points of a curve
_TURN = np.linspace(0, 2 * np.pi, 129)
_POINT = 3.5  # line widths from the centre of a point to its edge


def draw(image: Bytes, graphic: Graphic, points: Sequence[tuple[float, float]], ink: Color) -> None:
    """Draw one graphic, whose points lie at `points`, into an image, grey or RGB; grey takes the ink's first value."""
    color, width = graphic.color or ink, max(1, round(line_width(image) * graphic.thickness))
    path = _path(graphic.shape, np.array(points), width)
    if graphic.filled or graphic.shape is Shape.POINT:
        _fill(image, path, graphic.fill or color, 1.0 if graphic.shape is Shape.POINT else graphic.opacity)
    draw_line(image, path, color, width)


def draw_line(image: Bytes, path: Path, color: Color, width: int) -> None:
    """Draw a line through `path`, of shape (n, 2), `width` pixels wide and with an edge around it."""
    for ink, wide in ((around(color), width + 2), (color, width)):
        cv2.polylines(image, [_fixed(path)], False, _value(image, ink), wide, cv2.LINE_AA, _FRACTION)


def _fill(image: Bytes, path: Path, color: Color, opacity: float) -> None:
    """Mix `color` into what lies inside of a closed path."""
    rows, columns = image.shape[:2]
    left, top = np.clip(np.floor(path.min(axis=0)), 0, (columns, rows)).astype(int)
    right, bottom = np.clip(np.ceil(path.max(axis=0)) + 1, 0, (columns, rows)).astype(int)
    part = image[top:bottom, left:right]
    if not part.size:
        return
    inside = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(inside, [_fixed(path - (left, top))], 255, cv2.LINE_AA, _FRACTION)
    tint(part if part.ndim == 3 else part[..., np.newaxis], inside * np.float32(opacity / 255), _ink(image, color))


def _path(shape: Shape, points: Path, width: int) -> Path:
    match shape:
        case Shape.POINT:
            return _ellipse(points[0], np.array([_POINT * width, 0]), np.array([0, _POINT * width]))
        case Shape.POLYLINE:
            return points
        case Shape.INTERPOLATED:
            return _curve(points)
        case Shape.CIRCLE:
            radius = hypot(*(points[1] - points[0]))
            return _ellipse(points[0], np.array([radius, 0]), np.array([0, radius]))
        case Shape.ELLIPSE:
            middle = (points[0] + points[1]) / 2
            return _ellipse(middle, (points[1] - points[0]) / 2, (points[3] - points[2]) / 2)


def _ellipse(middle: Path, major: Path, minor: Path) -> Path:
    return np.asarray(middle + np.outer(np.cos(_TURN), major) + np.outer(np.sin(_TURN), minor))


def _curve(points: Path) -> Path:
    """A Catmull-Rom spline: it passes through all points, and from the last to the first where those are the same."""
    closed = bool((points[0] == points[-1]).all())
    before, after = (points[-2], points[1]) if closed else (points[0], points[-1])
    known = np.vstack([before, points, after])
    p0, p1, p2, p3 = (known[start : len(points) - 1 + start, np.newaxis] for start in range(4))
    t = np.linspace(0, 1, _STEPS, endpoint=False)[np.newaxis, :, np.newaxis]
    linear, square, cube = p2 - p0, 2 * p0 - 5 * p1 + 4 * p2 - p3, 3 * p1 - p0 - 3 * p2 + p3
    pieces = p1 + (linear * t + square * t**2 + cube * t**3) / 2
    return np.vstack([pieces.reshape(-1, 2), points[-1:]])


def _fixed(path: Path) -> NDArray[np.int32]:
    """The path as OpenCV counts, from the centre of the first pixel."""
    return np.rint(np.clip(path - 0.5, -_FARTHEST, _FARTHEST) * (1 << _FRACTION)).astype(np.int32)


def _value(image: NDArray[Any], color: Color) -> tuple[int, ...]:
    return color if image.ndim == 3 else color[:1]


def _ink(image: NDArray[Any], color: Color) -> NDArray[np.float32]:
    return np.array(_value(image, color), np.float32)
