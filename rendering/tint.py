"""Areas of an image in a colour of their own that still show what is under them, and their outlines."""

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.laid_over import Color

Bytes: TypeAlias = NDArray[np.uint8]
Mask: TypeAlias = NDArray[np.bool_]

BLACK: Color = (0, 0, 0)
WHITE: Color = (255, 255, 255)
_DARK = 90  # of 255: what is less bright is outlined in white
OUTLINE = 0.6
_FINEST = 400  # pixels of the shorter side for each pixel of a line's width
AROUND = np.ones((3, 3), np.uint8)


def to_rgb(image: Bytes) -> Bytes:
    """A copy of a grey or colour image, of shape (rows, columns, 3)."""
    return np.repeat(image[..., np.newaxis], 3, axis=-1) if image.ndim == 2 else image[..., :3].copy()


def line_width(image: NDArray[Any]) -> int:
    """How wide a line is that is seen in an image and hides little of it."""
    return max(1, int(min(image.shape[0], image.shape[1])) // _FINEST)


def around(color: Color) -> Color:
    """What outlines a line in `color`, so that it is seen on any ground, its own colour included."""
    red, green, blue = color
    return WHITE if 0.3 * red + 0.6 * green + 0.1 * blue < _DARK else BLACK


def tint(image: Bytes, opacity: NDArray[Any], color: Color | NDArray[np.float32]) -> None:
    """Mix `color`, or the colours of an image of this shape, into `image`, each pixel by its `opacity` from 0 to 1."""
    ground = image.astype(np.float32)
    ink = np.asarray(color, np.float32)
    image[...] = np.rint(ground + (ink - ground) * opacity[..., np.newaxis].astype(np.float32))


def outline(image: Bytes, inside: Mask, color: Color, width: int) -> None:
    """Draw the edge of the area `inside` within it, `width` pixels wide, and a contrasting one around it."""
    area = inside.astype(np.uint8)
    core = cv2.erode(area, AROUND, iterations=width)
    beyond = cv2.dilate(area, AROUND, iterations=width)
    tint(image, (beyond > area) * np.float32(OUTLINE), around(color))
    tint(image, area > core, color)


def extent(opacity: NDArray[Any], margin: int) -> tuple[slice, slice]:
    """The rows and columns that `opacity` is not nothing in, and `margin` pixels around them."""
    rows, columns = (np.flatnonzero(np.any(opacity, axis=axis)) for axis in (1, 0))
    if not rows.size:
        return slice(0), slice(0)
    (top, bottom), (left, right) = ((int(places[0]), int(places[-1])) for places in (rows, columns))
    return slice(max(0, top - margin), bottom + margin + 1), slice(max(0, left - margin), right + margin + 1)
