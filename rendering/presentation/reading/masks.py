"""Which frames a presentation state subtracts from which (PS3.3 C.7.6.10, C.11.13, C.11.19, C.11.21)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rendering.errors import MalformedAttributes, UnsupportedObject
from rendering.presentation.reading import tags
from rendering.presentation.reading.scope import Scoped, all_for, read_scoped
from rendering.reading.elements import Dataset, integer, items, number, numbers, text

MAXIMUM_MASK_FRAMES = 64
_AS_STORED = 1.0  # of the mask is visible


@dataclass(frozen=True, slots=True)
class Mask:
    """One item of the Mask Subtraction Sequence: the frames from which `operation` subtracts, by ranges, or all."""

    operation: str
    ranges: tuple[tuple[int, int], ...]
    frames: tuple[int, ...]
    offset: int

    def frames_for(self, frame: int) -> tuple[int, ...] | None:
        """The frames whose mean is subtracted from `frame`, `None` when none is.

        Raises `UnsupportedObject` where there would have to be one before the first.
        """
        within = next((span for span in self.ranges or ((1, frame),) if span[0] <= frame <= span[1]), None)
        if within is None:
            return None
        match self.operation:
            case "AVG_SUB":
                return self.frames
            case "TID":
                return (_existing(frame - self.offset),)
            case _:
                return (_existing(within[0] - self.offset - (frame - within[0])),)


@dataclass(frozen=True, slots=True)
class Viewing:
    """From `first` to `last`, how much of the mask stays visible: all of it, where nothing is to be subtracted."""

    first: int
    last: int
    visible: float


@dataclass(frozen=True, slots=True)
class Masks:
    """All subtractions of a state."""

    masks: tuple[Scoped[Mask], ...] = ()
    viewings: tuple[Scoped[Viewing], ...] = ()

    def subtracted(self, instance: str, frame: int) -> tuple[tuple[int, ...], float]:
        """The frames to be subtracted from one, and the part of their mean that stays visible; none, where none are."""
        shown = (one.visible for one in all_for(self.viewings, instance, frame) if one.first <= frame <= one.last)
        visible = next(shown, 0.0)
        if visible >= _AS_STORED:
            return (), 0.0
        found = (mask.frames_for(frame) for mask in all_for(self.masks, instance, frame))
        return next(filter(None, found), ()), visible


def read_masks(dataset: Dataset) -> Masks:
    """All subtractions. Raises `UnsupportedObject` for those that are not certain to be done as they are meant."""
    if text(dataset, tags.RECOMMENDED_VIEWING_MODE) == "NAT":
        return Masks()
    masks = tuple(read_scoped(_mask(item), item) for item in items(dataset, tags.MASK_SUBTRACTION_SEQUENCE))
    return Masks(masks, tuple(_viewings(dataset))) if masks else Masks()


def _mask(item: Dataset) -> Mask:
    operation = text(item, tags.MASK_OPERATION)
    if operation not in {"AVG_SUB", "TID", "REV_TID"} or (integer(item, tags.CONTRAST_FRAME_AVERAGING) or 1) != 1:
        raise UnsupportedObject("this kind of subtraction is not supported")
    moved = any(numbers(item, tags.MASK_SUB_PIXEL_SHIFT)) or tags.PIXEL_SHIFT_SEQUENCE in item
    if moved or tags.PIXEL_INTENSITY_RELATIONSHIP_LUT_SEQUENCE in item:
        raise UnsupportedObject("subtractions of shifted or transformed masks are not supported")
    frames = _counts(item, tags.MASK_FRAME_NUMBERS)
    if (operation == "AVG_SUB" and not frames) or len(frames) > MAXIMUM_MASK_FRAMES:
        raise MalformedAttributes("a subtraction does not say what is subtracted")
    ends = _counts(item, tags.APPLICABLE_FRAME_RANGE)
    ranges = tuple(pairwise(ends))[::2]
    if len(ends) % 2 or (operation == "REV_TID" and not ranges):
        raise MalformedAttributes("a subtraction does not say from what it is subtracted")
    offset = integer(item, tags.TID_OFFSET)
    return Mask(operation, ranges, frames, 1 if offset is None else offset)


def _viewings(dataset: Dataset) -> Iterator[Scoped[Viewing]]:
    """The playback of some frames may say that those are shown as they are, or how much of the mask (C.11.21)."""
    for item in items(dataset, tags.MULTI_FRAME_PRESENTATION_SEQUENCE):
        for one in items(item, tags.FRAME_DISPLAY_SEQUENCE):
            native = text(one, tags.RECOMMENDED_VIEWING_MODE) == "NAT"
            visible = _AS_STORED if native else (number(one, tags.MASK_VISIBILITY_PERCENTAGE) or 0.0) / 100
            first, last = integer(one, tags.START_TRIM) or 1, integer(one, tags.STOP_TRIM)
            yield read_scoped(Viewing(first, 2**31 if last is None else last, min(max(visible, 0.0), 1.0)), item)


def _counts(item: Dataset, tag: str) -> tuple[int, ...]:
    found = numbers(item, tag)
    if not all(one.is_integer() and one >= 1 for one in found):
        raise MalformedAttributes("a subtraction names frames that are none")
    return tuple(map(int, found))


def _existing(frame: int) -> int:
    if frame < 1:
        raise UnsupportedObject("there is no frame to be subtracted from this one")
    return frame
