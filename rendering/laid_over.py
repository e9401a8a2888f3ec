"""What lies over a frame, as values: overlay planes, display shutters (PS3.3 C.9.2, C.7.6.11), lines of text.

Positions are in pixels of the frame from its upper left corner, so that the first pixel's centre is (0.5, 0.5).
"""

from dataclasses import dataclass

Color = tuple[int, int, int]
"""sRGB, 0 to 255 each."""


@dataclass(frozen=True, slots=True)
class OverlayPlane:
    """What one overlay plane shows over one frame; `group` is its 0x60xx.

    `bits` are single bits from the least significant of each byte on, rows not aligned, at least `rows * columns` of
    them. Without them the overlay is the bit `position` of the frame's own pixel cells (retired, PS3.3-2004 C.9.2).
    `left` and `top` say where the first bit lies, which may be outside the frame. A `region` marks an area of interest
    by all of its pixels; other overlays are graphics.
    """

    group: int
    rows: int
    columns: int
    left: int = 0
    top: int = 0
    bits: bytes = b""
    position: int = 0
    region: bool = False

    @property
    def embedded(self) -> bool:
        return not self.bits


@dataclass(frozen=True, slots=True)
class Rectangle:
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Circle:
    """`radius` in pixels along a row: a circle to the eye, and an ellipse in pixels that are not square."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Shutter:
    """Hides all that lies outside any of its shapes, or under a set bit of its `bitmap`.

    A `polygon` is closed from its last vertex (x, y) to its first. What is hidden is shown in `gray`, or in `color`
    where the image has colours and there is one.
    """

    rectangle: Rectangle | None = None
    circle: Circle | None = None
    polygon: tuple[tuple[float, float], ...] = ()
    bitmap: OverlayPlane | None = None
    gray: int = 0
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class Annotation:
    """Lines of text to burn into an image: who is shown, and how it was made (PS3.18 §8.3.5.1.1)."""

    patient: tuple[str, ...] = ()
    technique: tuple[str, ...] = ()
