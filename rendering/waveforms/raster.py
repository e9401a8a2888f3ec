"""A sheet as pixels: the same lines and letters as its SVG, drawn at the size that is asked for."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from rendering.documents.blocks import printable
from rendering.lettering import length, write
from rendering.viewport import Geometry
from rendering.waveforms.drawing import Lettering, Sheet, Stroke, grid_lines

_SUBPIXEL_BITS = 5
_SMALLEST_LETTER = 3
_FINEST_GRID = 3.0  # pixels between lines; closer, they would be a tint


def to_pixels(sheet: Sheet, geometry: Geometry, pixels_per_millimetre: float) -> NDArray[np.uint8]:
    """The region that `geometry` names, of its rows and columns and three colours, not mirrored."""
    image = np.full((geometry.rows, geometry.columns, 3), 255, np.uint8)
    view = _View(geometry, pixels_per_millimetre)
    for step in (1, 5):
        if step * view.scale >= _FINEST_GRID:
            for stroke in (stroke for grid in sheet.grids for stroke in grid_lines(grid, step)):
                view.draw(image, stroke)
    for stroke in sheet.strokes:
        view.draw(image, stroke)
    return view.letter(image, sheet.letterings)


class _View:
    """Where a point of the sheet lies in the image."""

    def __init__(self, geometry: Geometry, pixels_per_millimetre: float) -> None:
        across, down = geometry.scale
        self._factors = np.array([across, down]) * pixels_per_millimetre
        self._origin = np.array([geometry.left * across, geometry.top * down])
        self._farthest = 4.0 * max(geometry.columns, geometry.rows) + 1000
        self.scale = float(min(self._factors))

    def place(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Positions in pixels, whose centres lie at halves; far outside of the image they only keep their side."""
        placed = points * self._factors - self._origin - 0.5
        return np.asarray(np.clip(placed, -self._farthest, self._farthest), np.float64)

    def draw(self, image: NDArray[np.uint8], stroke: Stroke) -> None:
        fixed = np.rint(self.place(stroke.points) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        width = max(1, round(stroke.width * self.scale))
        cv2.polylines(image, [fixed], False, _rgb(stroke.ink), width, cv2.LINE_AA, _SUBPIXEL_BITS)

    def letter(self, image: NDArray[np.uint8], letterings: list[Lettering]) -> NDArray[np.uint8]:
        page = Image.fromarray(image)
        draw: Any = ImageDraw.Draw(page)
        for lettering in letterings:
            size = round(lettering.size * self.scale)
            if size >= _SMALLEST_LETTER:
                x, y = self.place(np.array([lettering.x, lettering.y], np.float64))
                text = printable(lettering.text)
                x -= length(text, size) if lettering.ends else 0
                write(draw, (x, y), text, size, lettering.ink.value)
        return np.asarray(page)


def _rgb(ink: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(ink.removeprefix("#"))
    return red, green, blue
