"""The display shutter of one frame: what its makers hide of it (PS3.3 C.7.6.11, C.7.6.15, C.7.6.16.2.16)."""

from rendering.errors import MalformedAttributes, UnsupportedObject
from rendering.laid_over import Circle, Color, OverlayPlane, Rectangle, Shutter
from rendering.reading import tags
from rendering.reading.cielab import to_srgb
from rendering.reading.elements import Dataset, integer, numbers, values
from rendering.reading.functional_groups import levels
from rendering.reading.overlays import GROUPS, read_overlay

_SHAPES = {"RECTANGULAR", "CIRCULAR", "POLYGONAL", "BITMAP"}
_MOST_NUMBERS = 20_000
_HALF = 0.5  # from the corner of a pixel to its centre, where a coordinate that names the pixel lies


def read_shutter(dataset: Dataset, frame_number: int) -> Shutter | None:
    """The shutter over frame `frame_number` (from 1), `None` when there is none.

    Raises `MalformedAttributes` or `UnsupportedObject` for one that is not understood: it may hide who is shown.
    """
    for level in levels(dataset, frame_number, tags.FRAME_DISPLAY_SHUTTER_SEQUENCE):
        if shapes := _shapes(level):
            gray, color = _presentation(level)
            return Shutter(
                rectangle=_rectangle(level) if "RECTANGULAR" in shapes else None,
                circle=_circle(level) if "CIRCULAR" in shapes else None,
                polygon=_polygon(level) if "POLYGONAL" in shapes else (),
                bitmap=_bitmap(level, dataset, frame_number) if "BITMAP" in shapes else None,
                gray=gray,
                color=color,
            )
    return None


def _shapes(level: Dataset) -> set[str]:
    written = "\\".join(map(str, values(level, tags.SHUTTER_SHAPE)))
    named = {shape.strip(" \0").upper() for shape in written.split("\\")} - {""}
    if not named <= _SHAPES:
        raise UnsupportedObject("the shape of the display shutter is not supported")
    return named


def _rectangle(level: Dataset) -> Rectangle:
    """The edges are pixels that are still shown."""
    left, right, top, bottom = (_of_length(level, tag, 1)[0] for tag in tags.SHUTTER_EDGES)
    if left > right or top > bottom:
        raise MalformedAttributes("the display shutter leaves nothing of the image")
    return Rectangle(left - 1, top - 1, right, bottom)


def _circle(level: Dataset) -> Circle:
    row, column = _of_length(level, tags.CENTER_OF_CIRCULAR_SHUTTER, 2)
    (radius,) = _of_length(level, tags.RADIUS_OF_CIRCULAR_SHUTTER, 1)
    if radius <= 0:
        raise MalformedAttributes("the display shutter leaves nothing of the image")
    return Circle(column - _HALF, row - _HALF, radius)


def _polygon(level: Dataset) -> tuple[tuple[float, float], ...]:
    found = numbers(level, tags.VERTICES_OF_THE_POLYGONAL_SHUTTER)
    if not 6 <= len(found) <= _MOST_NUMBERS or len(found) % 2:
        raise MalformedAttributes("the display shutter has no shape")
    return tuple((column - _HALF, row - _HALF) for row, column in zip(found[::2], found[1::2], strict=True))


def _bitmap(level: Dataset, dataset: Dataset, frame_number: int) -> OverlayPlane | None:
    group = integer(level, tags.SHUTTER_OVERLAY_GROUP)
    if group is None or group not in GROUPS:
        raise MalformedAttributes("the display shutter has no shape")
    return read_overlay(dataset, group, frame_number)


def _presentation(level: Dataset) -> tuple[int, Color | None]:
    """What is shown instead of what is hidden: a P-Value of 16 bits and a colour; black when nothing is said."""
    value = integer(level, tags.SHUTTER_PRESENTATION_VALUE) or 0
    lab = numbers(level, tags.SHUTTER_PRESENTATION_COLOR)
    if not 0 <= value <= 0xFFFF or (lab and not (len(lab) == 3 and all(0 <= part <= 0xFFFF for part in lab))):
        raise MalformedAttributes("the display shutter has no colour")
    return round(value * 255 / 0xFFFF), to_srgb(*lab) if lab else None


def _of_length(level: Dataset, tag: str, count: int) -> tuple[float, ...]:
    found = numbers(level, tag)
    if len(found) != count or any(abs(number) > 1e6 for number in found):
        raise MalformedAttributes("the display shutter has no shape")
    return found
