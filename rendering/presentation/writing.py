"""Text on a finished image, upright however the image is turned (PS3.3 C.10.5.1.1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from rendering.fonts import runs
from rendering.laid_over import Color
from rendering.presentation.drawing import draw_line
from rendering.presentation.graphics import Justification, Text
from rendering.presentation.planning import Plan
from rendering.tint import Bytes, around, line_width, tint

_SMALLEST, _LARGEST = 10, 96
_LINES_IN_IMAGE = 40  # text height where nothing is said of it, as a part of the image's shorter side
_LARGEST_SHARE = 12  # of the image's shorter side is the highest text
_PITCH = 1.3  # from line to line, in text heights
_EDGE = 12  # text heights in the width of a letter's edge
_BESIDE = 0.75  # text heights from an anchor to its text


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def touches(self, columns: int, rows: int) -> bool:
        return self.left < columns and self.right >= 0 and self.top < rows and self.bottom >= 0


def write(image: Bytes, text: Text, plan: Plan, ink: Color) -> None:
    """Write into an image, grey or RGB, unless neither box nor anchor are in it; grey takes the ink's first value."""
    rows, columns = image.shape[:2]
    box, anchor = _box(text, plan), _anchor(text, plan)
    seen = [place for place in (box, anchor) if place is not None and place.touches(columns, rows)]
    if not seen:
        return
    color = text.color or ink
    size = _size(text.lines, box, image)
    page = _written(_fitted(text.lines, size, image), size, text.justification)
    left, top = _beside(seen[0], page, size) if box is None else _in_box(box, page, text.justification)
    left, top = _inside(left, page.shape[1], columns), _inside(top, page.shape[0], rows)
    if box is not None and anchor is not None and text.tied:
        _tie(image, anchor, _Box(left, top, left + page.shape[1], top + page.shape[0]), color)
    _stamp(image, page, left, top, color)


def _box(text: Text, plan: Plan) -> _Box | None:
    if text.box is None:
        return None
    (x, y), (other_x, other_y) = plan.to_image(text.box.units, text.box.points)
    return _Box(min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y))


def _anchor(text: Text, plan: Plan) -> _Box | None:
    if text.anchor is None:
        return None
    ((x, y),) = plan.to_image(text.anchor.units, text.anchor.points)
    return _Box(x, y, x, y)


def _size(lines: Sequence[str], box: _Box | None, image: Bytes) -> int:
    """The height of text that fills its box, as far as it is legible and leaves something of the image to be seen."""
    side = int(min(image.shape[0], image.shape[1]))
    usual = min(max(side // _LINES_IN_IMAGE, _SMALLEST), _LARGEST)
    if box is None or box.bottom <= box.top or box.right <= box.left:
        return usual
    fitting = (box.bottom - box.top) / (_PITCH * len(lines))
    widest = max(_length(line, usual) for line in lines) / usual
    fitting = min(fitting, (box.right - box.left) / max(widest, 1e-3))
    return min(max(int(fitting), _SMALLEST), _LARGEST, max(usual, side // _LARGEST_SHARE))


def _length(line: str, size: int) -> float:
    return sum(font.getlength(run) for font, run in runs(line, size))


def _fitted(lines: Sequence[str], size: int, image: Bytes) -> list[str]:
    """Lines that fit the image: too long ones are broken, and after too many an ellipsis tells that there are more."""
    width, count = image.shape[1] - 2 * _margin(size), max(1, (image.shape[0] - 2 * _margin(size)) // _pitch(size))
    broken = [piece for line in lines for piece in _broken(line, size, width)]
    return broken if len(broken) <= count else [*broken[: count - 1], "…"]


def _broken(line: str, size: int, width: int) -> Iterator[str]:
    while _length(line, size) > width and len(line) > 1:
        fitting = _first_characters(line, size, width)
        space = line.rfind(" ", 1, fitting + 1)
        end = space if space > 0 else fitting
        yield line[:end].rstrip()
        line = line[end:].lstrip()
    yield line


def _first_characters(line: str, size: int, width: int) -> int:
    """How many of its characters fit; one always does."""
    fitting, beyond = 1, len(line)
    while beyond - fitting > 1:
        middle = (fitting + beyond) // 2
        fitting, beyond = (middle, beyond) if _length(line[:middle], size) <= width else (fitting, middle)
    return fitting


def _written(lines: Sequence[str], size: int, justification: Justification) -> Bytes:
    """The letters and, apart from them, letters with edges around, of shape (rows, columns, 2)."""
    lengths = [_length(line, size) for line in lines]
    shape = round(max(lengths)) + 2 * _margin(size), _pitch(size) * len(lines) + 2 * _margin(size)
    pages = [Image.new("L", shape), Image.new("L", shape)]
    for page, stroke in zip(pages, (0, _margin(size) - 1), strict=True):
        draw: Any = ImageDraw.Draw(page)
        for number, (line, length) in enumerate(zip(lines, lengths, strict=True)):
            position = _margin(size) + _shift(justification, max(lengths) - length)
            baseline = _margin(size) + _pitch(size) * number + size
            for font, run in runs(line, size):
                draw.text((position, baseline), run, fill=255, font=font, anchor="ls", stroke_width=stroke)
                position += font.getlength(run)
    return np.stack([np.asarray(page) for page in pages], axis=-1)


def _margin(size: int) -> int:
    return max(1, size // _EDGE) + 1


def _pitch(size: int) -> int:
    return round(size * _PITCH)


def _shift(justification: Justification, room: float) -> float:
    match justification:
        case Justification.LEFT:
            return 0.0
        case Justification.CENTER:
            return room / 2
        case Justification.RIGHT:
            return room


def _in_box(box: _Box, page: Bytes, justification: Justification) -> tuple[float, float]:
    """The upper left corner of a page at the top of a box."""
    return box.left + _shift(justification, box.right - box.left - page.shape[1]), box.top


def _beside(anchor: _Box, page: Bytes, size: int) -> tuple[float, float]:
    return anchor.left + _BESIDE * size, anchor.top - page.shape[0] / 2


def _inside(start: float, length: int, side: int) -> int:
    """Moved as far as it takes to be seen, its beginning first."""
    return max(0, min(round(start), side - length))


def _tie(image: Bytes, anchor: _Box, page: _Box, color: Color) -> None:
    """A line from the anchor to the nearest point of the text."""
    near = min(max(anchor.left, page.left), page.right), min(max(anchor.top, page.top), page.bottom)
    draw_line(image, np.array([(anchor.left, anchor.top), near]), color, line_width(image))


def _stamp(image: Bytes, page: Bytes, left: int, top: int, color: Color) -> None:
    part = image[top : top + page.shape[0], left : left + page.shape[1]]
    letters, edges = (page[: part.shape[0], : part.shape[1], one] / np.float32(255) for one in (0, 1))
    deep = part if part.ndim == 3 else part[..., np.newaxis]
    for opacity, ink in ((edges, around(color)), (letters, color)):
        tint(deep, opacity, np.array(ink[: deep.shape[-1]], np.float32))
