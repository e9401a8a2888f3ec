"""The contours of structures as lines over an image, drawn at its own resolution (PS3.3 C.8.8.6)."""

from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rendering.layers import Contour, Structure
from rendering.tint import Bytes, around, line_width, tint
from rendering.viewport import Geometry

_OPACITY = 0.12
_FRACTION_BITS = 4
_FARTHEST = 2.0**26  # pixels from the image that a point may be and still be a number for OpenCV
_MARK = 4  # line widths from the middle of a point's cross to its ends

_Line = tuple[NDArray[np.int32], bool]


def lay_structures(image: Bytes, structures: Sequence[Structure], geometry: Geometry) -> None:
    """Draw over an upright RGB image: what closed contours enclose faintly, then all lines."""
    width = line_width(image)
    drawn = [(one, list(_lines(one.contours, geometry, width))) for one in structures]
    for structure, lines in drawn:
        enclosed = np.zeros(image.shape[:2], np.uint8)
        # One call for all: what lies in two of them is a hole.
        cv2.fillPoly(enclosed, [points for points, closed in lines if closed], 1, cv2.LINE_8, _FRACTION_BITS)
        tint(image, enclosed * np.float32(_OPACITY), structure.color)
    for structure, lines in drawn:
        for thickness, color in ((width + 3, around(structure.color)), (width + 1, structure.color)):
            for points, closed in lines:
                cv2.polylines(image, [points], closed, color, thickness, cv2.LINE_AA, _FRACTION_BITS)


def _lines(contours: Iterable[Contour], geometry: Geometry, width: int) -> Iterator[_Line]:
    for contour in contours:
        points = _in_image(contour.points, geometry)
        if len(points) > 1:
            yield _fixed(points), contour.closed
        for x, y in points if len(points) == 1 else ():
            arm = _MARK * width
            yield _fixed([(x - arm, y), (x + arm, y)]), False
            yield _fixed([(x, y - arm), (x, y + arm)]), False


def _in_image(points: Sequence[float], geometry: Geometry) -> NDArray[np.float64]:
    """Positions in the frame, x and y in turn, as positions in the upright image, of shape (points, 2)."""
    pairs = np.array(points, np.float64).reshape(-1, 2)
    return (pairs - (geometry.left, geometry.top)) * geometry.scale


def _fixed(points: ArrayLike) -> NDArray[np.int32]:
    """Positions as OpenCV has them: from the centre of the first pixel, in fixed-point numbers."""
    near = np.clip(np.asarray(points, np.float64) - 0.5, -_FARTHEST, _FARTHEST)
    return np.asarray(np.rint(near * (1 << _FRACTION_BITS)), np.int32)
