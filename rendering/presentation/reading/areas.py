"""Displayed areas out of a presentation state (PS3.3 C.10.4)."""

from dataclasses import dataclass

from rendering.errors import MalformedAttributes
from rendering.presentation.reading import tags
from rendering.presentation.reading.scope import Scoped, read_scoped
from rendering.reading.elements import Dataset, items, number, numbers, text

_FARTHEST = 2**20
_FLATTEST, _TALLEST = 0.01, 100.0
_MODES = {"SCALE TO FIT", "TRUE SIZE", "MAGNIFY"}


@dataclass(frozen=True, slots=True)
class DisplayedArea:
    """The pixels from `left` and `top` to before `right` and `bottom`, from the upper left one of the frame.

    `aspect` is height over width of a pixel as displayed, if told. With a `magnification` so many pixels, one way, are
    to show one of the frame. The pixels are those of a whole slide where it `spans_slide`.
    """

    left: int
    top: int
    right: int
    bottom: int
    aspect: float | None
    magnification: float | None
    spans_slide: bool


def read_areas(dataset: Dataset) -> tuple[Scoped[DisplayedArea], ...]:
    """All items of the Displayed Area Selection Sequence. Raises `MalformedAttributes`."""
    return tuple(read_scoped(_area(item), item) for item in items(dataset, tags.DISPLAYED_AREA_SELECTION_SEQUENCE))


def _area(item: Dataset) -> DisplayedArea:
    """The corners are pixels that are still shown; which of them is which depends on how the image is turned."""
    mode = text(item, tags.PRESENTATION_SIZE_MODE)
    if mode not in _MODES:
        raise MalformedAttributes("a displayed area has no known size mode")
    (x, y), (other_x, other_y) = (
        _corner(item, tag)
        for tag in (tags.DISPLAYED_AREA_TOP_LEFT_HAND_CORNER, tags.DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER)
    )
    return DisplayedArea(
        left=min(x, other_x) - 1,
        top=min(y, other_y) - 1,
        right=max(x, other_x),
        bottom=max(y, other_y),
        aspect=_aspect(item),
        magnification=_magnification(item) if mode == "MAGNIFY" else None,
        spans_slide=text(item, tags.PIXEL_ORIGIN_INTERPRETATION) == "VOLUME",
    )


def _corner(item: Dataset, tag: str) -> tuple[int, int]:
    found = numbers(item, tag)
    if len(found) != 2 or not all(one.is_integer() and abs(one) <= _FARTHEST for one in found):
        raise MalformedAttributes("a displayed area has no corners")
    return int(found[0]), int(found[1])


def _aspect(item: Dataset) -> float | None:
    """Row spacing over column spacing, or the ratio that stands for it."""
    pair = numbers(item, tags.PRESENTATION_PIXEL_SPACING) or numbers(item, tags.PRESENTATION_PIXEL_ASPECT_RATIO)
    if not pair:
        return None
    if len(pair) != 2 or min(pair) <= 0 or not _FLATTEST <= pair[0] / pair[1] <= _TALLEST:
        raise MalformedAttributes("a displayed area has pixels of a shape that is not possible")
    return pair[0] / pair[1]


def _magnification(item: Dataset) -> float:
    magnification = number(item, tags.PRESENTATION_PIXEL_MAGNIFICATION_RATIO)
    if magnification is None or not 1e-3 <= magnification <= 1e3:
        raise MalformedAttributes("a displayed area has no possible magnification")
    return magnification
