"""Radiotherapy doses: what a stored value means in gray, and where each plane of the grid lies (PS3.3 C.8.8.3)."""

from rendering.errors import MalformedAttributes, UnsupportedObject
from rendering.reading import tags
from rendering.reading.elements import Dataset, number, numbers, text
from rendering.reading.plane import Plane, read_plane

_UNITS = {"GY": "Gy", "RELATIVE": ""}
_SAME_PLACE = 1e-2  # millimetres


def read_unit(dataset: Dataset) -> str:
    """`Gy`, or nothing for doses that are relative to another one.

    Raises `UnsupportedObject` for errors of doses, which are none, and for units that the standard does not know.
    """
    unit = _UNITS.get(text(dataset, tags.DOSE_UNITS).upper())
    if unit is None or text(dataset, tags.DOSE_TYPE).upper() == "ERROR":
        raise UnsupportedObject("this type of dose is not one that is shown")
    return unit


def read_scaling(dataset: Dataset) -> float:
    """Dose Grid Scaling (3004,000E): the dose of a stored value of 1."""
    scaling = number(dataset, tags.DOSE_GRID_SCALING)
    if scaling is None or not 0 < scaling < 1e9:
        raise MalformedAttributes("the dose does not say how its values are scaled")
    return scaling


def read_dose_plane(dataset: Dataset, frame_number: int) -> Plane | None:
    """The plane of frame `frame_number` (from 1); `None` where the grid does not say where it lies."""
    first = read_plane(dataset, frame_number)
    try:
        offsets = numbers(dataset, tags.GRID_FRAME_OFFSET_VECTOR)
    except MalformedAttributes:
        return None
    if first is None or not offsets:
        return first if frame_number == 1 else None
    if frame_number > len(offsets):
        return None
    offset = offsets[frame_number - 1]
    return first.moved(offset) if abs(offsets[0]) <= _SAME_PLACE else _at(first, offsets[0], offset)


def _at(first: Plane, start: float, z: float) -> Plane | None:
    """The plane at `z`, where transverse grids give coordinates of the patient and no offsets (C.8.8.3.2)."""
    z_of_first, towards_head = first.position[2], first.normal[2]
    if abs(start - z_of_first) > _SAME_PLACE or abs(towards_head) < 1 - 1e-6:
        return None
    return first.moved((z - z_of_first) * towards_head)
