"""Pictograms for what cannot or shall not be shown in small: lines on a dark square (PS3.18 §10.4.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.content import Icon
from rendering.encode import encode, is_lossy
from rendering.frame import RenderedImage
from rendering.options import RenderOptions
from rendering.pictograms import Pictogram

_GROUND, _INK = 38, 184
_GRID = 100  # what coordinates count to, from the upper left corner
_DRAWN_SIDE = 1024  # before it is reduced, which is what makes edges smooth
_STROKE = 5
_DEFAULT_SIDE = 128


@dataclass(frozen=True, slots=True)
class _Line:
    """Through points (x, y), and back to the first where it is `closed`."""

    points: tuple[tuple[int, int], ...]
    closed: bool = False


@dataclass(frozen=True, slots=True)
class _Arc:
    """Of an ellipse around `center`, in degrees clockwise from the right."""

    center: tuple[int, int]
    radii: tuple[int, int]
    start: int = 0
    end: int = 360


_Stroke: TypeAlias = _Line | _Arc


def _box(left: int, top: int, right: int, bottom: int) -> _Line:
    return _Line(((left, top), (right, top), (right, bottom), (left, bottom)), closed=True)


_PAGE = (_Line(((28, 16), (60, 16), (74, 30), (74, 84), (28, 84)), closed=True), _Line(((60, 16), (60, 30), (74, 30))))
_FRAME = _box(16, 20, 84, 80)

_DRAWINGS: Mapping[Pictogram, tuple[_Stroke, ...]] = {
    Pictogram.SLICES: (
        _Line(((50, 16), (84, 32), (50, 48), (16, 32)), closed=True),
        _Line(((16, 49), (50, 65), (84, 49))),
        _Line(((16, 66), (50, 82), (84, 66))),
    ),
    Pictogram.PROJECTION: (
        _box(20, 14, 80, 86),
        _Line(((50, 24), (50, 76))),
        *(_Arc((50, 40 + 14 * number), (20, 8), 180, 360) for number in range(3)),
    ),
    Pictogram.ULTRASOUND: (
        _Line(((42, 20), (16, 66))),
        _Line(((58, 20), (84, 66))),
        _Arc((50, 20), (8, 4), 0, 180),
        _Arc((50, 66), (34, 18), 0, 180),
        _Arc((50, 46), (20, 10), 0, 180),
    ),
    Pictogram.NUCLEAR: (_Arc((50, 50), (8, 8)), *(_Arc((50, 50), (34, 34), turn, turn + 60) for turn in (0, 120, 240))),
    Pictogram.PHOTOGRAPH: (
        _box(14, 32, 86, 80),
        _Line(((36, 32), (42, 20), (58, 20), (64, 32))),
        _Arc((50, 56), (15, 15)),
    ),
    Pictogram.SLIDE: (_box(14, 34, 86, 66), _Line(((64, 34), (64, 66))), _Arc((39, 50), (14, 9))),
    Pictogram.VIDEO: (_FRAME, _Line(((42, 36), (42, 64), (64, 50)), closed=True)),
    Pictogram.CAPTURE: (_box(14, 18, 86, 68), _Line(((50, 68), (50, 82))), _Line(((34, 82), (66, 82)))),
    Pictogram.WAVEFORM: (
        _Line(((10, 54), (30, 54), (36, 46), (42, 54), (46, 54), (51, 20), (57, 80), (62, 54), (90, 54))),
    ),
    Pictogram.REPORT: (*_PAGE, *(_Line(((38, height), (64, height))) for height in (44, 56, 68))),
    Pictogram.DOCUMENT: _PAGE,
    Pictogram.KEY_OBJECTS: (
        _Line(
            ((50, 14), (60, 40), (86, 42), (66, 59), (73, 85), (50, 70), (27, 85), (34, 59), (14, 42), (40, 40)),
            closed=True,
        ),
    ),
    Pictogram.PRESENTATION: tuple(
        stroke
        for height, knob in ((28, 62), (50, 34), (72, 54))
        for stroke in (
            _Line(((14, height), (knob - 7, height))),
            _Arc((knob, height), (7, 7)),
            _Line(((knob + 7, height), (86, height))),
        )
    ),
    Pictogram.SEGMENTATION: (
        _FRAME,
        _Arc((50, 50), (22, 18)),
        _Line(((38, 40), (56, 64))),
        _Line(((46, 36), (64, 58))),
    ),
    Pictogram.DOSE: tuple(_Arc((50, 50), (radius, radius * 3 // 4)) for radius in (12, 24, 36)),
    Pictogram.STRUCTURES: (
        _Line(((30, 24), (62, 18), (82, 44), (70, 76), (36, 82), (18, 52)), closed=True),
        _Line(((44, 44), (58, 42), (60, 58), (46, 60)), closed=True),
    ),
    Pictogram.OBJECT: (
        _Line(((50, 16), (80, 32), (80, 68), (50, 84), (20, 68), (20, 32)), closed=True),
        _Line(((20, 32), (50, 48), (80, 32))),
        _Line(((50, 48), (50, 84))),
    ),
}


def render_icon(icon: Icon, options: RenderOptions) -> RenderedImage:
    """The pictogram, as large as fits the viewport; it shows nobody and bears no mark."""
    viewport = options.viewport
    side = _DEFAULT_SIDE if viewport is None else min(viewport.width, viewport.height)
    image = _drawn(icon.pictogram, side)
    lossy = is_lossy(image, options.encoding, options.quality)
    data = encode(image, options.encoding, options.quality)
    return RenderedImage(data, options.encoding, side, side, None, "none", lossy)


def _drawn(pictogram: Pictogram, side: int) -> NDArray[np.uint8]:
    canvas = np.full((_DRAWN_SIDE, _DRAWN_SIDE), _GROUND, np.uint8)
    width = _DRAWN_SIDE * _STROKE // _GRID
    for stroke in _DRAWINGS[pictogram]:
        match stroke:
            case _Line():
                points = np.array([_scaled(point) for point in stroke.points], np.int32)
                cv2.polylines(canvas, [points], stroke.closed, _INK, width, cv2.LINE_AA)
            case _Arc():
                center, radii = _scaled(stroke.center), _scaled(stroke.radii)
                cv2.ellipse(canvas, center, radii, 0, stroke.start, stroke.end, _INK, width, cv2.LINE_AA)
    smaller = side < _DRAWN_SIDE
    return np.asarray(cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR))


def _scaled(point: tuple[int, int]) -> tuple[int, int]:
    return point[0] * _DRAWN_SIDE // _GRID, point[1] * _DRAWN_SIDE // _GRID
