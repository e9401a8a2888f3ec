"""What stored values mean in the real world: quantities with a unit, for whoever measures (PS3.3 C.7.6.16.2.11).

They are told and never shown through: modality and VOI transformation are for display, these are not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rendering.errors import MalformedAttributes
from rendering.reading.codes import unit
from rendering.reading.elements import Dataset, items, number, numbers
from rendering.reading.functional_groups import items_of

_REAL_WORLD_VALUE_MAPPING_SEQUENCE = "00409096"
_FIRST_VALUE_MAPPED = ("00409216", "00409214")  # of integers, of floating point
_LAST_VALUE_MAPPED = ("00409211", "00409213")
_SLOPE, _INTERCEPT = "00409225", "00409224"
_LUT_DATA = "00409212"
_MAXIMUM_MAPPINGS = 32


@dataclass(frozen=True, slots=True)
class RealWorldValues:
    """A quantity in `unit`: `slope` · stored value + `intercept`, for stored values from `first` to `last`, inclusive.

    Where it is not linear, `entries` are the quantities of `first`, `first` + 1 and so on.
    """

    unit: str
    first: float
    last: float
    slope: float = 1.0
    intercept: float = 0.0
    entries: tuple[float, ...] = ()


def read_real_world_values(dataset: Dataset, frame_number: int) -> tuple[RealWorldValues, ...]:
    """The mappings of frame `frame_number` (from 1), which are alternatives; one that is damaged is left out.

    Raises `MalformedAttributes` when there are fewer functional groups than frames.
    """
    found = items_of(dataset, frame_number, _REAL_WORLD_VALUE_MAPPING_SEQUENCE)
    return tuple(_readable((found or items(dataset, _REAL_WORLD_VALUE_MAPPING_SEQUENCE))[:_MAXIMUM_MAPPINGS]))


def _readable(mappings: list[Dataset]) -> Iterator[RealWorldValues]:
    for mapping in mappings:
        try:
            yield _read(mapping)
        except MalformedAttributes:
            continue


def _read(mapping: Dataset) -> RealWorldValues:
    first, last = _either(mapping, _FIRST_VALUE_MAPPED), _either(mapping, _LAST_VALUE_MAPPED)
    slope, intercept = number(mapping, _SLOPE), number(mapping, _INTERCEPT)
    linear = slope is not None and intercept is not None
    entries = () if linear else numbers(mapping, _LUT_DATA)
    if first > last or (not linear and len(entries) != last - first + 1):
        raise MalformedAttributes("a real world value mapping does not say what it maps")
    return RealWorldValues(
        unit=unit(mapping),
        first=first,
        last=last,
        slope=1.0 if slope is None else slope,
        intercept=intercept or 0.0,
        entries=entries,
    )


def _either(mapping: Dataset, tags: tuple[str, str]) -> float:
    found = next((end for tag in tags if (end := number(mapping, tag)) is not None), None)
    if found is None:
        raise MalformedAttributes("a real world value mapping does not say what it maps")
    return found
