"""The images that something may be laid over: found by their names, or by where they lie in the patient."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

from rendering.attributes import is_image, number_of_frames
from rendering.errors import MalformedAttributes
from rendering.reading import tags
from rendering.reading.elements import Dataset, integer, text
from rendering.reading.plane import Plane, Point, frame_of_reference, read_plane
from rendering.reading.references import Reference
from rendering.reading.stack import Nearest, Stack, in_slice, to_stacks

MAXIMUM_FRAMES = 20_000


@dataclass(frozen=True, slots=True)
class PlacedFrame:
    """Frame `number` (from 1) of an instance, its size in pixels, and where it lies."""

    study: str
    series: str
    instance: str
    number: int
    rows: int
    columns: int
    plane: Plane | None
    frame_of_reference: str


@dataclass(frozen=True, slots=True)
class Images:
    """`by_instance` tells which of `frames` belong to an instance, `stacks` how they lie, by frame of reference.

    `slices` are how thick the frames' slices are, as far as that is known.
    """

    frames: tuple[PlacedFrame, ...]
    by_instance: Mapping[str, tuple[int, ...]]
    stacks: tuple[tuple[str, Stack], ...]
    slices: Mapping[int, float]

    @classmethod
    def of(cls, frames: Iterable[PlacedFrame]) -> Self:
        ordered = tuple(frames)
        by_instance: dict[str, list[int]] = {}
        for number, frame in enumerate(ordered):
            by_instance.setdefault(frame.instance, []).append(number)
        stacks = tuple(_stacks(ordered))
        slices = dict(chain.from_iterable(stack.slices() for _, stack in stacks))
        return cls(ordered, {name: tuple(numbers) for name, numbers in by_instance.items()}, stacks, slices)

    def named(self, reference: Reference) -> tuple[int, ...]:
        """Which frames a reference means: all of the instance, when it does not say which."""
        numbers = self.by_instance.get(reference.instance, ())
        if not reference.frames:
            return numbers
        return tuple(number for number in numbers if self.frames[number].number in reference.frames)

    def holds(self, number: int, points: Sequence[Point], reference: str) -> bool:
        """Whether all `points` lie in the slice of a frame, which may only be unsure of the frame of reference."""
        frame = self.frames[number]
        if frame.plane is None or not compatible(frame.frame_of_reference, reference):
            return False
        thickness = self.slices.get(number, 0.0)
        return all(in_slice(frame.plane.distance(point), thickness) for point in points)

    def behind(self, plane: Plane, reference: str) -> Nearest | None:
        """The parallel frame in whose slice `plane` lies, of those in the same frame of reference."""
        for known, stack in self.stacks:
            if reference and known == reference and stack.first.is_parallel_to(plane):
                nearest = stack.nearest(plane.position)
                if nearest.within:
                    return nearest
        return None

    def around(self, points: Sequence[Point], reference: str) -> int | None:
        """The frame in whose slice all `points` lie, of those in the same frame of reference."""
        for known, stack in self.stacks:
            if reference and known == reference:
                found = {(one.number if one.within else None) for one in map(stack.nearest, points)}
                if len(found) == 1 and (number := found.pop()) is not None:
                    return number
        return None


def compatible(one: str, other: str) -> bool:
    """Whether two frames of reference may be the same: positions in different ones are never compared."""
    return one == other or not (one and other)


def read_placed_frames(dataset: Dataset) -> tuple[PlacedFrame, ...]:
    """The frames of an image; none of what is no image, is not fully described, or has very many."""
    if not is_image(dataset):
        return ()
    try:
        count = number_of_frames(dataset)
        return tuple(
            PlacedFrame(
                study=text(dataset, tags.STUDY_INSTANCE_UID),
                series=text(dataset, tags.SERIES_INSTANCE_UID),
                instance=text(dataset, tags.SOP_INSTANCE_UID),
                number=number,
                rows=integer(dataset, tags.ROWS) or 0,
                columns=integer(dataset, tags.COLUMNS) or 0,
                plane=read_plane(dataset, number),
                frame_of_reference=frame_of_reference(dataset),
            )
            for number in (range(1, count + 1) if count <= MAXIMUM_FRAMES else ())
        )
    except MalformedAttributes:
        return ()


def _stacks(frames: Sequence[PlacedFrame]) -> Iterator[tuple[str, Stack]]:
    together: dict[str, list[tuple[int, Plane]]] = {}
    for number, frame in enumerate(frames):
        if frame.plane is not None:
            together.setdefault(frame.frame_of_reference, []).append((number, frame.plane))
    for reference, planes in together.items():
        for stack in to_stacks(planes):
            yield reference, stack
