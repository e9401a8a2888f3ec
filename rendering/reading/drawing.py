"""Which image each contour of a structure set is drawn on: the one it names, if it lies there, else where it lies."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from rendering.errors import TooLarge
from rendering.layers import Contour, Structure
from rendering.reading.images import Images
from rendering.reading.plane import Plane
from rendering.reading.structures import MAXIMUM_POINTS, ContourType, Outline, Region


@dataclass(frozen=True, slots=True)
class Drawing:
    """The contours on each image, by its number; `missing` counts those that lie on none."""

    on: Mapping[int, tuple[Outline, ...]]
    missing: int


def to_drawing(outlines: Iterable[Outline], images: Images) -> Drawing:
    """The contours of `outlines` by image, in the order of position."""
    on: dict[int, list[Outline]] = {}
    missing = 0
    for outline in outlines:
        places = list(_places(outline, images))
        missing += not places
        for number, part in places:
            on.setdefault(number, []).append(part)
    ordered = chain.from_iterable(stack.numbers for _, stack in images.stacks)
    return Drawing({number: tuple(on[number]) for number in ordered if number in on}, missing)


def to_structures(outlines: Iterable[Outline], plane: Plane) -> tuple[Structure, ...]:
    """The contours of one image by region, in pixels of the image, whose plane is `plane`.

    Raises `TooLarge` for very many points.
    """
    contours: dict[Region, list[Contour]] = {}
    total = 0
    for outline in outlines:
        total += outline.size
        if total > MAXIMUM_POINTS:
            raise TooLarge("there are more points in one image than are drawn")
        points = tuple(part for point in outline.points() for part in plane.to_pixel(point))
        contours.setdefault(outline.region, []).append(Contour(points, outline.type.closed))
    return tuple(Structure(region.label, region.color, tuple(drawn)) for region, drawn in contours.items())


def _places(outline: Outline, images: Images) -> Iterator[tuple[int, Outline]]:
    if outline.type is ContourType.OPEN_NONPLANAR:
        yield from _pieces(outline, images)
        return
    sample, reference = outline.sample(), outline.region.frame_of_reference
    named = (number for source in outline.sources for number in images.named(source))
    holding = (number for number in named if sample and images.holds(number, sample, reference))
    number = next(holding, None)
    if number is None:
        number = images.around(sample, reference)
    if number is not None:
        yield number, outline


def _pieces(outline: Outline, images: Images) -> Iterator[tuple[int, Outline]]:
    """A line through many images, cut between points: each stretch on the image around its middle."""
    points = outline.points()
    stretches = list(pairwise(points))
    start, before = 0, None
    for place, (one, other) in enumerate(stretches):
        middle = ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2, (one[2] + other[2]) / 2)
        number = images.around([middle], outline.region.frame_of_reference)
        if number != before:
            yield from _piece(outline, before, start, place)
            start, before = place, number
    yield from _piece(outline, before, start, len(stretches))


def _piece(outline: Outline, number: int | None, start: int, stop: int) -> Sequence[tuple[int, Outline]]:
    return [] if number is None else [(number, replace(outline, span=(start, stop + 1)))]
