"""A sheet of paper and what is drawn on it, in millimetres from its upper left corner."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Of shape (points, 2): x to the right, y down."""


class Ink(StrEnum):
    """Colours, as SVG writes them."""

    TRACE = "#000000"
    TEXT = "#202020"
    QUIET = "#606060"
    FINE_GRID = "#f6d9d9"
    GRID = "#e9a8a8"


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through `points`, named if it shows a signal."""

    points: Points
    ink: Ink
    width: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Lettering:
    """Text of a `size`, its baseline beginning at (x, y), or ending there."""

    x: float
    y: float
    text: str
    size: float = 3.0
    ink: Ink = Ink.TEXT
    ends: bool = False


@dataclass(slots=True)
class Sheet:
    """`grid` is where millimetre paper lies: left, top, right, bottom; all of them on whole millimetres."""

    title: str
    width: float
    height: float = 0.0
    strokes: list[Stroke] = field(default_factory=list)
    letterings: list[Lettering] = field(default_factory=list)
    grids: list[tuple[float, float, float, float]] = field(default_factory=list)

    def line(self, ink: Ink, width: float, *points: tuple[float, float]) -> None:
        self.strokes.append(Stroke(np.array(points, np.float64), ink, width))


def grid_lines(grid: tuple[float, float, float, float], step: int) -> list[Stroke]:
    """The lines of millimetre paper each `step` millimetres."""
    left, top, right, bottom = grid
    down = [np.array([(x, top), (x, bottom)]) for x in np.arange(left, right + 0.1, step)]
    across = [np.array([(left, y), (right, y)]) for y in np.arange(top, bottom + 0.1, step)]
    ink, width = (Ink.FINE_GRID, 0.1) if step == 1 else (Ink.GRID, 0.2)
    return [Stroke(points, ink, width) for points in (*down, *across)]
