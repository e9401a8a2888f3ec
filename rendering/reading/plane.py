"""Where a frame lies in the patient: the plane of its pixels, in millimetres (PS3.3 C.7.6.2.1.1, C.7.6.16.2.3-4).

Positions in a frame are in pixels from its upper left corner, so that the first pixel's centre is (0.5, 0.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import TypeAlias

from rendering.errors import MalformedAttributes
from rendering.reading import tags
from rendering.reading.elements import Dataset, number, numbers, text
from rendering.reading.functional_groups import levels

Point: TypeAlias = tuple[float, float, float]
"""In the patient's coordinate system: towards the left, the back and the head."""

Affine: TypeAlias = tuple[float, float, float, float, float, float]
"""(a, b, c, d, e, f) takes (x, y) to (a x + b y + c, d x + e y + f)."""

IDENTITY: Affine = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_MOST_OBLIQUE = 1e-3  # between planes that count as parallel: half a millimetre over half a metre
_LEAST_CAREFUL = 1e-2  # in the length of a direction and in the right angle between two
_FARTHEST = 1e6


@dataclass(frozen=True, slots=True)
class Plane:
    """The plane of a frame's pixels.

    `position` is the centre of the first pixel; `across` and `down` are unit vectors along its rows and columns;
    `width` and `height` are a pixel's; `thickness` is that of the slice, where it is known.
    """

    position: Point
    across: Point
    down: Point
    width: float
    height: float
    thickness: float | None = None

    @property
    def normal(self) -> Point:
        return _cross(self.across, self.down)

    def distance(self, point: Point) -> float:
        """How far in front of the plane `point` is, along its normal."""
        return dot(self.normal, _minus(point, self.position))

    def to_pixel(self, point: Point) -> tuple[float, float]:
        """The position in the frame of `point`, seen along the normal."""
        offset = _minus(point, self.position)
        return dot(self.across, offset) / self.width + 0.5, dot(self.down, offset) / self.height + 0.5

    def to_patient(self, x: float, y: float) -> Point:
        """The point in the patient at a position in the frame."""
        right, below = (x - 0.5) * self.width, (y - 0.5) * self.height
        return along(along(self.position, self.across, right), self.down, below)

    def is_parallel_to(self, other: "Plane") -> bool:
        """Whether the planes nowhere cross, on whichever side they are looked at from."""
        crossed = _cross(self.normal, other.normal)
        return sqrt(dot(crossed, crossed)) <= _MOST_OBLIQUE

    def to_pixels_of(self, other: "Plane") -> Affine:
        """From positions in this frame to those in a parallel one, seen along the normal."""
        c, f = other.to_pixel(self.to_patient(0, 0))
        right, below = other.to_pixel(self.to_patient(1, 0)), other.to_pixel(self.to_patient(0, 1))
        return (right[0] - c, below[0] - c, c, right[1] - f, below[1] - f, f)

    def moved(self, distance: float) -> "Plane":
        """The same plane at another place along its normal."""
        return replace(self, position=along(self.position, self.normal, distance))


def read_plane(dataset: Dataset, frame_number: int) -> Plane | None:
    """The plane of frame `frame_number` (from 1), functional groups resolved; `None` when it is not fully described."""
    try:
        position = _found(dataset, frame_number, tags.PLANE_POSITION_SEQUENCE, tags.IMAGE_POSITION_PATIENT, 3)
        directions = _found(dataset, frame_number, tags.PLANE_ORIENTATION_SEQUENCE, tags.IMAGE_ORIENTATION_PATIENT, 6)
        spacing = _found(dataset, frame_number, tags.PIXEL_MEASURES_SEQUENCE, tags.PIXEL_SPACING, 2)
        thickness = _thickness(dataset, frame_number)
    except MalformedAttributes:
        return None
    if not position or len(directions) != 6 or len(spacing) != 2 or min(spacing) <= 0:
        return None
    across, down = _unit(directions[:3]), _unit(directions[3:])
    if across is None or down is None or abs(dot(across, down)) > _LEAST_CAREFUL:
        return None
    height, width = spacing
    return Plane((position[0], position[1], position[2]), across, down, width, height, thickness)


def frame_of_reference(dataset: Dataset) -> str:
    """The UID of the coordinate system that the planes are in (PS3.3 C.7.4.1), or the empty string."""
    return text(dataset, tags.FRAME_OF_REFERENCE_UID)


def dot(one: Point, two: Point) -> float:
    return one[0] * two[0] + one[1] * two[1] + one[2] * two[2]


def along(point: Point, direction: Point, distance: float) -> Point:
    """`point` moved by `distance` in a direction."""
    x, y, z = (start + distance * step for start, step in zip(point, direction, strict=True))
    return x, y, z


def _cross(one: Point, two: Point) -> Point:
    (a, b, c), (d, e, f) = one, two
    return b * f - c * e, c * d - a * f, a * e - b * d


def _minus(one: Point, two: Point) -> Point:
    return one[0] - two[0], one[1] - two[1], one[2] - two[2]


def _unit(direction: Sequence[float]) -> Point | None:
    x, y, z = direction
    length = sqrt(x * x + y * y + z * z)
    return (x / length, y / length, z / length) if abs(length - 1) <= _LEAST_CAREFUL else None


def _found(dataset: Dataset, frame_number: int, macro: str, tag: str, count: int) -> tuple[float, ...]:
    """The first `count` numbers that any level gives, all of them possible distances; none when there are not."""
    for level in levels(dataset, frame_number, macro):
        found = numbers(level, tag)
        if len(found) == count and all(abs(one) <= _FARTHEST for one in found):
            return found
    return ()


def _thickness(dataset: Dataset, frame_number: int) -> float | None:
    for level in levels(dataset, frame_number, tags.PIXEL_MEASURES_SEQUENCE):
        thickness = number(level, tags.SLICE_THICKNESS)
        if thickness is not None and 0 < thickness <= _FARTHEST:
            return thickness
    return None
