"""Parallel planes, one behind the other: which of them is nearest to a point, and whether the point is in its slice."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rendering.reading.plane import Plane, Point, dot

_SAME_PLACE = 1e-2  # millimetres
_ROUNDING = 1e-3  # millimetres that positions written as text may be wrong by


@dataclass(frozen=True, slots=True)
class Nearest:
    """The plane with this `number`, `distance` millimetres from the point, and how thick its slice is."""

    number: int
    distance: float
    slice: float

    @property
    def within(self) -> bool:
        return in_slice(self.distance, self.slice)


@dataclass(frozen=True, slots=True)
class Stack:
    """`places` are where the planes lie along the first one's normal, ascending; `numbers` which ones they are."""

    first: Plane
    places: tuple[float, ...]
    numbers: tuple[int, ...]

    def nearest(self, point: Point) -> Nearest:
        """The plane nearest to `point`; of several in one place the first."""
        place = dot(self.first.normal, point)
        after = bisect_left(self.places, place)
        around = [at for at in (after - 1, after) if 0 <= at < len(self.places)]
        at = min(around, key=lambda one: abs(self.places[one] - place))
        same = range(bisect_left(self.places, self.places[at] - _SAME_PLACE), at + 1)
        at = min(same, key=lambda one: self.numbers[one])
        return Nearest(self.numbers[at], abs(self.places[at] - place), self._slice(at))

    def slices(self) -> Iterator[tuple[int, float]]:
        """The number of each plane, and how thick its slice is."""
        return ((number, self._slice(at)) for at, number in enumerate(self.numbers))

    def _slice(self, at: int) -> float:
        """How thick the slice of one plane is, told by its neighbours and by itself; the smaller counts."""
        place = self.places[at]
        before = bisect_left(self.places, place - _SAME_PLACE) - 1
        after = bisect_left(self.places, place + _SAME_PLACE)
        known = [abs(self.places[one] - place) for one in (before, after) if 0 <= one < len(self.places)]
        if self.first.thickness is not None:
            known.append(self.first.thickness)
        return min(known, default=0.0)


def in_slice(distance: float, thickness: float) -> bool:
    """Whether what is so far from a plane is in its slice: not more than half of one away."""
    return abs(distance) <= thickness / 2 + _ROUNDING


def to_stacks(planes: Sequence[tuple[int, Plane]]) -> tuple[Stack, ...]:
    """The stacks that numbered planes make, the highest first."""
    oriented: dict[Point, list[tuple[int, Plane]]] = {}
    for number, plane in planes:
        x, y, z = plane.normal
        oriented.setdefault((round(x, 3), round(y, 3), round(z, 3)), []).append((number, plane))
    stacks = [_to_stack(together) for together in oriented.values()]
    return tuple(sorted(stacks, key=lambda stack: -len(stack.places)))


def _to_stack(together: Sequence[tuple[int, Plane]]) -> Stack:
    first = together[0][1]
    placed = sorted((dot(first.normal, plane.position), number) for number, plane in together)
    return Stack(first, tuple(place for place, _ in placed), tuple(number for _, number in placed))
