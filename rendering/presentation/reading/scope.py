"""Which images and frames a state refers to, and which of them each of its parts is for (PS3.3 C.11.11, Table 10-3)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from rendering.errors import MalformedAttributes
from rendering.presentation.reading import tags
from rendering.reading.elements import Dataset, items, numbers, text
from rendering.reading.references import MAXIMUM_REFERENCES
from rendering.reading.tags import REFERENCED_FRAME_NUMBER, REFERENCED_SOP_INSTANCE_UID, SERIES_INSTANCE_UID

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Referred:
    """An image by its UIDs and which of its frames are meant (from 1): all, when none is named.

    `study` is empty for that of the object which refers to it.
    """

    series: str
    instance: str
    frames: tuple[int, ...] = ()
    study: str = ""


@dataclass(frozen=True, slots=True)
class Scoped(Generic[Value]):
    """What is said of some frames only: those of instances by UID, from 1.

    An instance without any is meant with all of its frames; without instances, all are meant.
    """

    value: Value
    frames: Mapping[str, frozenset[int]]

    def holds(self, instance: str, frame: int) -> bool:
        named = self.frames.get(instance)
        return not self.frames or (named is not None and (not named or frame in named))


def read_referred(level: Dataset, study: str = "") -> tuple[Referred, ...]:
    """The images below a Referenced Series Sequence in their order; frame numbers that are none count as all.

    Raises `MalformedAttributes` when there are more than are looked at.
    """
    found = tuple(islice(_referred(level, study), MAXIMUM_REFERENCES + 1))
    if len(found) > MAXIMUM_REFERENCES:
        raise MalformedAttributes("there are references to too many images")
    return found


def read_scoped(value: Value, item: Dataset) -> Scoped[Value]:
    """`value` for the images in the item's Referenced Image Sequence, or for all of the state's."""
    frames: dict[str, frozenset[int]] = {}
    for one in islice(items(item, tags.REFERENCED_IMAGE_SEQUENCE), MAXIMUM_REFERENCES):
        instance, named = text(one, REFERENCED_SOP_INSTANCE_UID), frozenset(frames_of(one))
        known = frames.get(instance)
        frames[instance] = named if known is None else (known | named if known and named else frozenset())
    return Scoped(value, frames)


def all_for(scoped: Iterable[Scoped[Value]], instance: str, frame: int) -> Iterator[Value]:
    """What is said of one frame, in the order in which it is."""
    return (one.value for one in scoped if one.holds(instance, frame))


def _referred(level: Dataset, study: str) -> Iterator[Referred]:
    for series in items(level, tags.REFERENCED_SERIES_SEQUENCE):
        for one in items(series, tags.REFERENCED_IMAGE_SEQUENCE):
            instance = text(one, REFERENCED_SOP_INSTANCE_UID)
            if instance:
                yield Referred(text(series, SERIES_INSTANCE_UID), instance, frames_of(one), study)


def frames_of(item: Dataset) -> tuple[int, ...]:
    """The frames (from 1) that a reference names; numbers that are none name none."""
    return tuple(int(one) for one in numbers(item, REFERENCED_FRAME_NUMBER) if one >= 1 and one.is_integer())
