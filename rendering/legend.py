"""What colours over an image mean, in words in a corner of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from rendering.laid_over import Color
from rendering.lettering import length, write
from rendering.tint import Bytes

_SMALLEST_IMAGE = 192  # pixels of the shorter side that leave room for words
_LINES_IN_IMAGE = 36  # text height as a part of the image's shorter side
_SMALLEST_TEXT, _LARGEST_TEXT = 10, 28
_SHARE = 0.5  # of the image's height and width that the legend may cover
_MOST_CHARACTERS = 40
_GROUND = 0.4  # how much of the image is still seen behind the words


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the legend; without a colour it is a remark."""

    text: str
    color: Color | None = None


def write_legend(image: Bytes, lines: Sequence[Line]) -> Bytes:
    """An RGB image with `lines` in its lower left corner, as many as fit; a small image is left as it is."""
    side = min(image.shape[:2])
    if not lines or side < _SMALLEST_IMAGE:
        return image
    size = min(max(side // _LINES_IN_IMAGE, _SMALLEST_TEXT), _LARGEST_TEXT)
    fitting = _fitting(lines, int(image.shape[0] * _SHARE / _pitch(size)) - 1)
    box = _drawn(fitting, size, int(image.shape[1] * _SHARE))
    rows, columns = box.shape[:2]
    image = image.copy()
    corner = image[image.shape[0] - rows :, :columns]
    ground = (corner * _GROUND).astype(np.uint8)
    image[image.shape[0] - rows :, :columns] = np.maximum(ground, box)
    return image


def _fitting(lines: Sequence[Line], count: int) -> list[Line]:
    """At most `count` lines, the last of which says how many there are beyond; remarks always."""
    remarks, entries = ([one for one in lines if (one.color is None) is plain] for plain in (True, False))
    room = max(count - len(remarks), 1)
    if len(entries) > room:
        entries = [*entries[: room - 1], Line(f"and {len(entries) - room + 1} more")]
    return [*entries, *remarks]


def _drawn(lines: Sequence[Line], size: int, width: int) -> Bytes:
    """The lines on black, each after a patch of its colour."""
    pitch, margin = _pitch(size), size // 2
    texts = [_shortened(line.text, size, width - 3 * margin - size) for line in lines]
    widest = max(length(text, size) for text in texts)
    page = Image.new("RGB", (round(widest) + 3 * margin + size, pitch * len(lines) + margin))
    draw: Any = ImageDraw.Draw(page)
    for number, (line, text) in enumerate(zip(lines, texts, strict=True)):
        top = margin // 2 + number * pitch
        if line.color is not None:
            draw.rectangle((margin, top + pitch - size - 1, margin + size - 2, top + pitch - 3), line.color, "white")
        write(draw, (2 * margin + size, top + pitch - size // 4), text, size, "white")
    return np.asarray(page)


def _shortened(text: str, size: int, width: float) -> str:
    """`text` on one line, as much of it as fits; what cannot be printed is left out."""
    text = "".join(character for character in text if character.isprintable())[:_MOST_CHARACTERS]
    while len(text) > 1 and length(text, size) > width:
        text = text[:-2].rstrip() + "…"
    return text


def _pitch(size: int) -> int:
    return round(size * 1.35)
