"""Segmentations: their segments, and which frames lie in which image (PS3.3 A.51, C.8.20.2, C.8.20.3, C.8.20.4)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from math import inf

from rendering.attributes import number_of_frames
from rendering.errors import MalformedAttributes, TooLarge, UnsupportedObject
from rendering.frame import Palette
from rendering.layers import Segment
from rendering.reading import tags
from rendering.reading.colors import distinct_color, palette_color, read_cielab
from rendering.reading.elements import Dataset, integer, items, text
from rendering.reading.functional_groups import levels
from rendering.reading.plane import Plane, Point, dot, read_plane
from rendering.reading.references import Reference, read_sources
from rendering.reading.tables import read_palette

MAXIMUM_FRAMES = 20_000
MAXIMUM_LAYERS = 256
MAXIMUM_SEGMENTS = 65_535
_LONGEST_LABEL = 64
_LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.7"
_SAME_PLACE = 1e-2  # millimetres between frames that are meant to lie in one plane


class SegmentationType(StrEnum):
    """How pixels say which segment they belong to (PS3.3 C.8.20.2.3)."""

    BINARY = "BINARY"
    FRACTIONAL = "FRACTIONAL"
    LABELMAP = "LABELMAP"


@dataclass(frozen=True, slots=True)
class SegmentedFrame:
    """One frame of a segmentation (from 1): its segment, unless its values say it; its plane; what it was made from."""

    number: int
    segment: int | None
    plane: Plane | None
    sources: tuple[Reference, ...]


Section = tuple[SegmentedFrame, ...]
"""Frames that lie in one and the same image."""


def read_type(dataset: Dataset) -> SegmentationType:
    """Segmentation Type (0062,0001), which has no default."""
    if text(dataset, tags.SOP_CLASS_UID) == _LABEL_MAP:
        return SegmentationType.LABELMAP
    try:
        return SegmentationType(text(dataset, tags.SEGMENTATION_TYPE).upper())
    except ValueError:
        raise UnsupportedObject("this type of segmentation is not one that is shown") from None


def read_whole(dataset: Dataset) -> int:
    """The stored value of a pixel that lies in its segment as a whole, or certainly (C.8.20.2.3.1)."""
    if read_type(dataset) is not SegmentationType.FRACTIONAL:
        return 1
    whole = integer(dataset, tags.MAXIMUM_FRACTIONAL_VALUE)
    if whole is None or not 1 <= whole <= 255:
        raise MalformedAttributes("a fractional segmentation does not say what a whole is")
    return whole


def read_background(dataset: Dataset) -> int:
    """The stored value of what belongs to no segment of a label map: its padding (C.8.20.2), 0 where it has none."""
    value = integer(dataset, tags.PIXEL_PADDING_VALUE)
    return value if value is not None and 0 <= value <= MAXIMUM_SEGMENTS else 0


def read_segments(dataset: Dataset) -> tuple[Segment, ...]:
    """The segments in their order, with the colours that the object recommends, or distinct ones."""
    palette = _palette(dataset)
    described = islice(items(dataset, tags.SEGMENT_SEQUENCE), MAXIMUM_SEGMENTS)
    return tuple(segment for item in described if (segment := _read_segment(item, palette)) is not None)


def read_frame(dataset: Dataset, frame_number: int) -> SegmentedFrame:
    """What frame `frame_number` (from 1) segments, and where."""
    sources = read_sources(dataset, frame_number)
    segment = None if read_type(dataset) is SegmentationType.LABELMAP else _segment_of(dataset, frame_number)
    return SegmentedFrame(frame_number, segment, read_plane(dataset, frame_number), sources)


def read_sections(dataset: Dataset) -> tuple[Section, ...]:
    """All frames by the images they lie in, in the order of position. Raises `TooLarge` for very many."""
    count = number_of_frames(dataset)
    if count > MAXIMUM_FRAMES:
        raise TooLarge("the segmentation has more frames than are put together; ask for frames")
    return to_sections([read_frame(dataset, number) for number in range(1, count + 1)])


def to_sections(frames: Sequence[SegmentedFrame]) -> tuple[Section, ...]:
    """`frames` by plane; in one plane, by what they were made from; those that are nowhere come last.

    Raises `TooLarge` for very many in one image.
    """
    nowhere = [frame for frame in frames if frame.plane is None]
    sections = tuple(section for together in (*_by_plane(frames), nowhere) for section in _by_source(together))
    if any(len(section) > MAXIMUM_LAYERS for section in sections):
        raise TooLarge("the segmentation has more segments in one image than are shown together; ask for frames")
    return sections


def _read_segment(item: Dataset, palette: Palette | None) -> Segment | None:
    number = integer(item, tags.SEGMENT_NUMBER)
    if number is None or not 0 <= number <= MAXIMUM_SEGMENTS:
        return None
    recommended = read_cielab(item, tags.RECOMMENDED_DISPLAY_CIELAB_VALUE)
    if recommended is None and palette is not None:
        recommended = palette_color(palette, number)
    label = text(item, tags.SEGMENT_LABEL)[:_LONGEST_LABEL]
    return Segment(number, label or f"Segment {number}", recommended or distinct_color(number))


def _palette(dataset: Dataset) -> Palette | None:
    colored = text(dataset, tags.PHOTOMETRIC_INTERPRETATION).upper() == "PALETTE COLOR"
    return read_palette(dataset, signed=False) if colored else None


def _segment_of(dataset: Dataset, frame_number: int) -> int:
    for level in levels(dataset, frame_number, tags.SEGMENT_IDENTIFICATION_SEQUENCE):
        number = integer(level, tags.REFERENCED_SEGMENT_NUMBER)
        if number is not None:
            return number
    described = items(dataset, tags.SEGMENT_SEQUENCE)
    only = integer(described[0], tags.SEGMENT_NUMBER) if len(described) == 1 else None
    if only is None:
        raise MalformedAttributes("a frame of the segmentation does not say which segment it is of")
    return only


def _by_plane(frames: Iterable[SegmentedFrame]) -> Iterator[list[SegmentedFrame]]:
    """Frames in one plane, plane after plane along their normal; one orientation after the other."""
    oriented: dict[Point, list[tuple[float, SegmentedFrame]]] = {}
    for frame in frames:
        if frame.plane is not None:
            x, y, z = normal = frame.plane.normal
            place = dot(normal, frame.plane.position)
            oriented.setdefault((round(x, 2), round(y, 2), round(z, 2)), []).append((place, frame))
    for placed in oriented.values():
        yield from _next_to_each_other(sorted(placed, key=lambda one: one[0]))


def _next_to_each_other(placed: Iterable[tuple[float, SegmentedFrame]]) -> Iterator[list[SegmentedFrame]]:
    together: list[SegmentedFrame] = []
    before = -inf
    for place, frame in placed:
        if together and place - before > _SAME_PLACE:
            yield together
            together = []
        together.append(frame)
        before = place
    yield together


def _by_source(frames: Iterable[SegmentedFrame]) -> Iterator[Section]:
    """Frames in one plane as they belong together: to the same image, and not one segment twice at one place.

    Moving organs are segmented at several times in the same plane.
    """
    sections: dict[tuple[Reference | None, int], list[SegmentedFrame]] = {}
    known: Counter[tuple[Reference | None, int | None, Plane | None]] = Counter()
    for frame in sorted(frames, key=lambda one: one.number):
        source = next(iter(frame.sources), None)
        place = source, frame.segment, frame.plane
        sections.setdefault((source, known[place]), []).append(frame)
        known[place] += 1
    yield from map(tuple, sections.values())
