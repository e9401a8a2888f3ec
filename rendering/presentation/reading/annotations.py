"""Graphic annotations out of a presentation state: graphics, text and the layers they lie in (PS3.3 C.10.5, C.10.7)."""

import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
import struct

from rendering.errors import MalformedAttributes, TooLarge
from rendering.laid_over import Color
from rendering.presentation.graphics import Graphic, Justification, Placed, Points, Shape, Text, Units
from rendering.presentation.reading import tags
from rendering.presentation.reading.scope import Scoped, read_scoped
from rendering.presentation.reading.styles import THICKEST, is_plain_graphic, is_plain_text, style
from rendering.reading.colors import read_cielab
from rendering.reading.elements import Dataset, integer, items, number, numbers, text, values

MAXIMUM_OBJECTS = 5000
MAXIMUM_POINTS = 200_000
_LONGEST_TEXT = 10_240  # VR ST holds a tenth of that (PS3.5 §6.2)
_MOST_LINES = 100
_FARTHEST = 1e6
_FILLED = 0.4  # of what lies under a filled shape is covered, unless its style says more
_LAST = 2**31
_EXACT_POINTS = {Shape.POINT: 1, Shape.CIRCLE: 2, Shape.ELLIPSE: 4}

UNDRAWN = "Some annotations of the presentation state cannot be drawn and are missing."
COMPOUND = "Compound graphics of the presentation state without a simple equivalent are missing."
SIMPLIFIED = "Annotations are drawn in plain styles."


@dataclass(frozen=True, slots=True)
class LayerColors:
    """In which order a graphic layer is drawn, and how: a grey from 0 to 255, and a colour where there is one."""

    order: int = _LAST
    gray: int = 255
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one item of the Graphic Annotation Sequence draws, and in which layer."""

    layer: str
    graphics: tuple[Graphic, ...]
    texts: tuple[Text, ...]


@dataclass(slots=True)
class _Account:
    """What may still be drawn, and what is to be said of what is not."""

    objects: int = MAXIMUM_OBJECTS
    points: int = MAXIMUM_POINTS
    warnings: dict[str, None] = field(default_factory=dict)

    def warn(self, warning: str) -> None:
        self.warnings[warning] = None

    def spend(self, points: int) -> None:
        self.objects -= 1
        self.points -= points
        if self.objects < 0 or self.points < 0:
            raise TooLarge("the presentation state has more annotations than are drawn")


def read_annotations(dataset: Dataset) -> tuple[tuple[Scoped[Annotation], ...], tuple[str, ...]]:
    """All annotations, and what is to be said of those that are not drawn as they should be.

    Raises `TooLarge` when there are too many.
    """
    account = _Account()
    annotations: list[Scoped[Annotation]] = []
    for item in items(dataset, tags.GRAPHIC_ANNOTATION_SEQUENCE):
        if _has_lost_compounds(item):
            account.warn(COMPOUND)
        drawn = Annotation(
            text(item, tags.GRAPHIC_LAYER), tuple(_graphics(item, account)), tuple(_texts(item, account))
        )
        annotations.append(read_scoped(drawn, item))
    return tuple(annotations), tuple(account.warnings)


def read_layers(dataset: Dataset) -> dict[str, LayerColors]:
    """The layers of the Graphic Layer Sequence by name."""
    return {text(item, tags.GRAPHIC_LAYER): _layer(item) for item in items(dataset, tags.GRAPHIC_LAYER_SEQUENCE)}


def _layer(item: Dataset) -> LayerColors:
    order = integer(item, tags.GRAPHIC_LAYER_ORDER)
    gray = integer(item, tags.GRAPHIC_LAYER_RECOMMENDED_DISPLAY_GRAYSCALE_VALUE)
    return LayerColors(
        order=_LAST if order is None else order,
        gray=255 if gray is None else round(min(max(gray, 0), 0xFFFF) * 255 / 0xFFFF),
        color=read_cielab(item, tags.GRAPHIC_LAYER_RECOMMENDED_DISPLAY_CIELAB_VALUE),
    )


def _has_lost_compounds(item: Dataset) -> bool:
    """Each has an equivalent of simple objects beside it, which are what is drawn (C.10.5.1.3.1)."""
    simple = (*items(item, tags.GRAPHIC_OBJECT_SEQUENCE), *items(item, tags.TEXT_OBJECT_SEQUENCE))
    drawn = {integer(one, tags.COMPOUND_GRAPHIC_INSTANCE_ID) for one in simple} - {None}
    compounds = items(item, tags.COMPOUND_GRAPHIC_SEQUENCE)
    return any(integer(one, tags.COMPOUND_GRAPHIC_INSTANCE_ID) not in drawn for one in compounds)


def _graphics(item: Dataset, account: _Account) -> Iterator[Graphic]:
    for one in items(item, tags.GRAPHIC_OBJECT_SEQUENCE):
        try:
            graphic = _graphic(one)
        except MalformedAttributes:
            account.warn(UNDRAWN)
            continue
        if not is_plain_graphic(one):
            account.warn(SIMPLIFIED)
        account.spend(len(graphic.points) // 2)
        yield graphic


def _graphic(item: Dataset) -> Graphic:
    shape = _shape(item)
    points = _points(item, tags.GRAPHIC_DATA, _EXACT_POINTS.get(shape))
    line, fill = style(item, tags.LINE_STYLE_SEQUENCE), style(item, tags.FILL_STYLE_SEQUENCE)
    opacity, thickness = number(fill, tags.PATTERN_ON_OPACITY), number(line, tags.LINE_THICKNESS)
    return Graphic(
        shape=shape,
        units=_units(item, tags.GRAPHIC_ANNOTATION_UNITS),
        points=points,
        filled=text(item, tags.GRAPHIC_FILLED) == "Y" and _is_closed(shape, points),
        color=read_cielab(line, tags.PATTERN_ON_COLOR_CIELAB_VALUE),
        fill=read_cielab(fill, tags.PATTERN_ON_COLOR_CIELAB_VALUE),
        opacity=_FILLED if opacity is None else min(max(opacity, 0.0), 1.0),
        thickness=1.0 if thickness is None else min(max(thickness, 1.0), THICKEST),
    )


def _texts(item: Dataset, account: _Account) -> Iterator[Text]:
    for one in items(item, tags.TEXT_OBJECT_SEQUENCE):
        try:
            written = _text(one)
        except MalformedAttributes:
            account.warn(UNDRAWN)
            continue
        if not is_plain_text(one):
            account.warn(SIMPLIFIED)
        account.spend(len(written.lines))
        if written.lines:
            yield written


def _text(item: Dataset) -> Text:
    box, anchor = _box(item), None
    if values(item, tags.ANCHOR_POINT):
        anchor = Placed(_units(item, tags.ANCHOR_POINT_ANNOTATION_UNITS), _points(item, tags.ANCHOR_POINT, 1))
    if box is None and anchor is None:
        raise MalformedAttributes("a text has no place")
    justified = text(item, tags.BOUNDING_BOX_TEXT_HORIZONTAL_JUSTIFICATION)
    return Text(
        lines=_lines(item),
        box=box,
        justification=Justification(justified) if justified in set(Justification) else Justification.LEFT,
        anchor=anchor,
        tied=text(item, tags.ANCHOR_POINT_VISIBILITY) == "Y",
        color=read_cielab(style(item, tags.TEXT_STYLE_SEQUENCE), tags.TEXT_COLOR_CIELAB_VALUE),
    )


def _box(item: Dataset) -> Placed | None:
    corners = (tags.BOUNDING_BOX_TOP_LEFT_HAND_CORNER, tags.BOUNDING_BOX_BOTTOM_RIGHT_HAND_CORNER)
    if not any(values(item, corner) for corner in corners):
        return None
    first, second = (_points(item, corner, 1) for corner in corners)
    return Placed(_units(item, tags.BOUNDING_BOX_ANNOTATION_UNITS), first + second)


def _lines(item: Dataset) -> tuple[str, ...]:
    """The lines of an Unformatted Text Value; what else controls a printer is left out."""
    written = values(item, tags.UNFORMATTED_TEXT_VALUE)
    if not written and "BulkDataURI" in item.get(tags.UNFORMATTED_TEXT_VALUE, ()):
        raise MalformedAttributes("a text was not fetched")
    whole = "\\".join(one for one in written if isinstance(one, str))
    if len(whole) > _LONGEST_TEXT or len(lines := whole.splitlines()) > _MOST_LINES:
        raise MalformedAttributes("a text is too long")
    printable = ("".join(one if one.isprintable() else " " for one in line).rstrip() for line in lines)
    return tuple(printable) if whole.strip(" \0\r\n") else ()


def _shape(item: Dataset) -> Shape:
    named = text(item, tags.GRAPHIC_TYPE)
    if named not in set(Shape):
        raise MalformedAttributes("a graphic has no known shape")
    return Shape(named)


def _units(item: Dataset, tag: str) -> Units:
    named = text(item, tag)
    if named not in set(Units):
        raise MalformedAttributes("an annotation has no known units")
    return Units(named)


def _points(item: Dataset, tag: str, count: int | None) -> Points:
    found = _floats(item, tag)
    enough = len(found) == 2 * count if count else len(found) >= 4 and len(found) % 2 == 0
    if not enough or not all(abs(one) <= _FARTHEST for one in found):
        raise MalformedAttributes("an annotation has no place")
    return found


def _floats(item: Dataset, tag: str) -> Points:
    """Coordinates, which archives may give as bulk data like any long value of numbers (PS3.18 §10.4.3.3.2)."""
    element = item.get(tag, {})
    if "InlineBinary" not in element:
        return numbers(item, tag)
    try:
        data = binascii.a2b_base64(element["InlineBinary"])
        return struct.unpack(f"<{len(data) // 4}f", data)
    except (binascii.Error, struct.error, TypeError, ValueError):
        raise MalformedAttributes("an annotation has no place") from None


def _is_closed(shape: Shape, points: Sequence[float]) -> bool:
    """Whether there is an inside that could be filled (Table C.10-5, Graphic Filled)."""
    return shape in {Shape.CIRCLE, Shape.ELLIPSE} or (len(points) >= 8 and points[:2] == points[-2:])
