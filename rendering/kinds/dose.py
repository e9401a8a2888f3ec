"""A plane of dose over an image: bands of colour between lines of equal dose (PS3.3 C.8.8.3).

The doses at which bands begin are the same for all images, and so are their colours: the same colour is the same dose
in whatever plane, plan or study. Of those that a plane reaches, the highest few are shown.
"""

from colorsys import hsv_to_rgb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendering.laid_over import Color
from rendering.layers import Dose
from rendering.reading.plane import Affine
from rendering.sampling import after, linear
from rendering.tint import Bytes, line_width, outline, tint

LEVELS = (
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0, 120.0,
    150.0, 200.0, 500.0, 1000.0,
)  # fmt: skip
_SHOWN = 10
_OPACITY = 0.3
_COLDEST, _HOTTEST = 0.70, -0.17  # hues: from blue by green, yellow and red to magenta
_COLD, _HOT = LEVELS.index(1.0), LEVELS.index(80.0)  # the doses that have them; lower ones fade, higher ones darken
_STEP = 0.13


def lay_dose(image: Bytes, dose: Dose, stored: NDArray[Any], placement: Affine) -> tuple[tuple[str, Color], ...]:
    """Draw over an RGB image; `stored` are the dose's values. What the colours mean, the highest dose first.

    `placement` takes positions in the image to those in the frame that it shows.
    """
    grid = stored.astype(np.float64) * dose.scaling
    levels = [level for level in LEVELS if level <= grid.max()][-_SHOWN:]
    size = image.shape[1], image.shape[0]
    doses = np.nan_to_num(linear(grid, after(dose.placement, placement), size), nan=-1.0)
    bands = np.searchsorted(levels, doses, side="right")
    inks = np.array([(0, 0, 0), *map(color_of, levels)], np.float32)[bands]
    tint(image, (bands > 0) * np.float32(_OPACITY), inks)
    for level in levels:
        outline(image, doses >= level, color_of(level), line_width(image))
    return tuple((f"{level:g} {dose.unit}".strip(), color_of(level)) for level in reversed(levels))


def color_of(level: float) -> Color:
    """The colour of the dose that begins at one of `LEVELS`."""
    place = LEVELS.index(level)
    warmth = min(max((place - _COLD) / (_HOT - _COLD), 0), 1)
    hue = (_COLDEST + (_HOTTEST - _COLDEST) * warmth) % 1
    saturation, value = 1 - _STEP * max(0, _COLD - place), 1 - _STEP / 2 * max(0, place - _HOT)
    red, green, blue = hsv_to_rgb(hue, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)
