"""Vector graphics and text over an image, as values, in the layers that they are drawn in (PS3.3 C.10.5, C.10.7).

Points are an x and a y in turn: in pixels of the frame from its upper left corner, or as parts of the displayed area.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from rendering.laid_over import Color, OverlayPlane

Points: TypeAlias = tuple[float, ...]


class Units(StrEnum):
    """What coordinates count: pixels of the frame, or of the slide it is a tile of, or parts of the displayed area."""

    PIXEL = "PIXEL"
    MATRIX = "MATRIX"
    DISPLAY = "DISPLAY"


class Shape(StrEnum):
    """Graphic Type (0070,0023)."""

    POINT = "POINT"
    POLYLINE = "POLYLINE"
    INTERPOLATED = "INTERPOLATED"
    CIRCLE = "CIRCLE"
    ELLIPSE = "ELLIPSE"


class Justification(StrEnum):
    """Bounding Box Text Horizontal Justification (0070,0012)."""

    LEFT = "LEFT"
    CENTER = "CENTER"
    RIGHT = "RIGHT"


@dataclass(frozen=True, slots=True)
class Graphic:
    """One graphic object; `color` and `fill` are its own where it has any, `thickness` is in lines of usual width.

    A circle is its centre and a point on it, an ellipse the ends of its major axis and those of its minor one.
    """

    shape: Shape
    units: Units
    points: Points
    filled: bool = False
    color: Color | None = None
    fill: Color | None = None
    opacity: float = 1.0
    thickness: float = 1.0


@dataclass(frozen=True, slots=True)
class Placed:
    """Points in their units."""

    units: Units
    points: Points


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of text, in a `box` of two corners or beside an `anchor`, or in the one and tied to the other."""

    lines: tuple[str, ...]
    box: Placed | None = None
    justification: Justification = Justification.LEFT
    anchor: Placed | None = None
    tied: bool = False
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """What is drawn together, in a grey or a `color` for all that has none of its own; later layers lie over it."""

    gray: int = 255
    color: Color | None = None
    overlays: tuple[OverlayPlane, ...] = ()
    graphics: tuple[Graphic, ...] = ()
    texts: tuple[Text, ...] = ()
