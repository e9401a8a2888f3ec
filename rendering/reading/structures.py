"""Radiotherapy structure sets: regions of interest and their contours in the patient (PS3.3 C.8.8.5, C.8.8.6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from rendering.errors import MalformedAttributes, TooLarge
from rendering.laid_over import Color
from rendering.reading import tags
from rendering.reading.colors import distinct_color
from rendering.reading.elements import Dataset, integer, items, numbers, sparse_numbers, text, values
from rendering.reading.plane import Point
from rendering.reading.references import MAXIMUM_REFERENCES, Reference, SeriesOf, read_reference

MAXIMUM_CONTOURS = 100_000
MAXIMUM_POINTS = 500_000  # in one image
_LONGEST_LABEL = 64


class ContourType(StrEnum):
    """Contour Geometric Type (PS3.3 C.8.8.6.1)."""

    POINT = "POINT"
    OPEN_PLANAR = "OPEN_PLANAR"
    OPEN_NONPLANAR = "OPEN_NONPLANAR"
    CLOSED_PLANAR = "CLOSED_PLANAR"
    CLOSED_PLANAR_XOR = "CLOSEDPLANAR_XOR"

    @property
    def closed(self) -> bool:
        return self in {ContourType.CLOSED_PLANAR, ContourType.CLOSED_PLANAR_XOR}


@dataclass(frozen=True, slots=True)
class Region:
    """A region of interest; its contours are in the coordinate system `frame_of_reference`, if that is told."""

    label: str
    color: Color
    frame_of_reference: str


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """One contour of a region, its points still unread in `item`; `sources` are the images it was drawn on.

    `span` is the part of the points that is meant, where not all of them are.
    """

    region: Region
    type: ContourType
    sources: tuple[Reference, ...]
    item: Dataset
    span: tuple[int, int] | None = None

    @property
    def size(self) -> int:
        """How many points there are."""
        stretch = range(len(values(self.item, tags.CONTOUR_DATA)) // 3)
        return len(stretch if self.span is None else stretch[slice(*self.span)])

    def sample(self) -> tuple[Point, ...]:
        """Up to three points that tell where a plane contour lies; none where the points cannot be read."""
        data = values(self.item, tags.CONTOUR_DATA)
        count = len(data) // 3
        starts = sorted({3 * (part * count // 3) for part in range(3)}) if count else ()
        return _points([one for start in starts for one in data[start : start + 3]])

    def points(self) -> tuple[Point, ...]:
        """The points; none where they cannot be read."""
        points = _points(values(self.item, tags.CONTOUR_DATA))
        return points if self.span is None else points[slice(*self.span)]


def read_outlines(dataset: Dataset) -> tuple[Outline, ...]:
    """All contours of a type that can be drawn, in their order. Raises `TooLarge` for very many."""
    found = tuple(islice(_outlines(dataset), MAXIMUM_CONTOURS + 1))
    if len(found) > MAXIMUM_CONTOURS:
        raise TooLarge("the structure set has more contours than are drawn")
    return found


def count_contours(dataset: Dataset) -> int:
    """How many contours there are, of whatever type."""
    return sum(len(values(drawn, tags.CONTOUR_SEQUENCE)) for drawn in items(dataset, tags.ROI_CONTOUR_SEQUENCE))


def read_image_series(dataset: Dataset) -> tuple[SeriesOf, ...]:
    """The series that the structures were drawn on, each with its study."""
    return tuple(dict.fromkeys(islice(_image_series(dataset), MAXIMUM_REFERENCES)))


def _outlines(dataset: Dataset) -> Iterator[Outline]:
    regions = _regions(dataset)
    for drawn in items(dataset, tags.ROI_CONTOUR_SEQUENCE):
        number = integer(drawn, tags.REFERENCED_ROI_NUMBER) or 0
        label, reference = regions.get(number, ("", ""))
        region = Region(label or f"Region {number}", _read_color(drawn) or distinct_color(number), reference)
        for item in items(drawn, tags.CONTOUR_SEQUENCE):
            outline = _read_outline(item, region)
            if outline is not None:
                yield outline


def _regions(dataset: Dataset) -> dict[int, tuple[str, str]]:
    """Name and frame of reference of each region, by its number."""
    return {
        integer(item, tags.ROI_NUMBER) or 0: (
            text(item, tags.ROI_NAME)[:_LONGEST_LABEL],
            text(item, tags.REFERENCED_FRAME_OF_REFERENCE_UID),
        )
        for item in items(dataset, tags.STRUCTURE_SET_ROI_SEQUENCE)
    }


def _read_color(item: Dataset) -> Color | None:
    try:
        parts = numbers(item, tags.ROI_DISPLAY_COLOR)
    except MalformedAttributes:
        return None
    if len(parts) != 3 or not all(0 <= part <= 255 for part in parts):
        return None
    red, green, blue = map(int, parts)
    return red, green, blue


def _read_outline(item: Dataset, region: Region) -> Outline | None:
    kind = text(item, tags.CONTOUR_GEOMETRIC_TYPE).upper()
    if kind not in set(ContourType):
        return None
    sources = filter(None, map(read_reference, items(item, tags.CONTOUR_IMAGE_SEQUENCE)))
    return Outline(region, ContourType(kind), tuple(sources), item)


def _points(data: list[Any]) -> tuple[Point, ...]:
    """Triplets in the order of writing; none at all where one is not whole, as nobody knows which."""
    try:
        coordinates = sparse_numbers({tags.CONTOUR_DATA: {"Value": data}}, tags.CONTOUR_DATA)
    except MalformedAttributes:
        return ()
    known = [one for one in coordinates if one is not None]
    if len(known) != len(coordinates) or len(known) % 3:
        return ()
    return tuple(zip(known[::3], known[1::3], known[2::3], strict=True))


def _image_series(dataset: Dataset) -> Iterator[SeriesOf]:
    for frame in items(dataset, tags.REFERENCED_FRAME_OF_REFERENCE_SEQUENCE):
        for study in items(frame, tags.RT_REFERENCED_STUDY_SEQUENCE):
            for series in items(study, tags.RT_REFERENCED_SERIES_SEQUENCE):
                uid = text(study, tags.REFERENCED_SOP_INSTANCE_UID)
                yield SeriesOf(text(series, tags.SERIES_INSTANCE_UID), uid)
