"""Who looked, and when, in the image itself: text across all of it, so that no useful part can be cut out without."""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cachetools import LRUCache, cached
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from rendering.fonts import runs

_SMALLEST_TEXT, _LARGEST_TEXT = 10, 64
_LINES_IN_IMAGE = 32  # text height as a part of the image's shorter side
_SHARE = 0.25  # of the shorter side that one line takes: half of a side holds the period of the pattern and a copy
_ANGLE = 30
_OPACITY = 0.45
_KEPT_TILES = 16


@dataclass(frozen=True, slots=True)
class _Tile:
    """One period of the pattern: what to keep of the image (0 to 255), and the white to add."""

    kept: NDArray[np.uint8]
    added: NDArray[np.uint8]


def burn(image: NDArray[np.uint8], text: str) -> NDArray[np.uint8]:
    """`image`, grey or RGB, with `text` all over it: white letters with dark edges, legible on any ground."""
    tile = _tile(text, min(image.shape[:2]))
    kept, added = (_spread(part, image.shape) for part in (tile.kept, tile.added))
    return np.asarray(cv2.add(cv2.multiply(image, kept, scale=1 / 255), added), np.uint8)


def _spread(part: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    rows, columns = shape[:2]
    repeated = np.tile(part, (-(-rows // part.shape[0]), -(-columns // part.shape[1])))[:rows, :columns]
    return np.asarray(cv2.merge([repeated] * 3)) if len(shape) == 3 else np.ascontiguousarray(repeated)


@cached(LRUCache(_KEPT_TILES), lock=Lock())
def _tile(text: str, side: int) -> _Tile:
    size = min(max(side // _LINES_IN_IMAGE, _SMALLEST_TEXT), _LARGEST_TEXT)
    words = "".join(character if character.isprintable() else " " for character in text)
    lines = list(_lines(words, size, side * _SHARE))
    letters, edged = (_staggered(_written(lines, size, stroke)) for stroke in (0, max(1, size // 10)))
    return _Tile(
        kept=np.rint(255 - edged * _OPACITY).astype(np.uint8), added=np.rint(letters * _OPACITY).astype(np.uint8)
    )


def _lines(text: str, size: int, width: float) -> Iterator[str]:
    """`text` broken between words so that each line fits `width`; a word that does not is broken itself."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and _length(longer, size) > width:
            yield line
            longer = word
        while _length(longer, size) > width and len(longer) > 1:
            fitting = next(n for n in range(len(longer) - 1, 0, -1) if n == 1 or _length(longer[:n], size) <= width)
            yield longer[:fitting]
            longer = longer[fitting:]
        line = longer
    yield line


def _length(line: str, size: int) -> float:
    return sum(font.getlength(run) for font, run in runs(line, size))


def _written(lines: list[str], size: int, stroke: int) -> Image.Image:
    """White text on black, turned; the same size whatever the stroke."""
    pitch, margin = round(size * 1.3), size // 2
    width = round(max(_length(line, size) for line in lines)) + 2 * margin
    page = Image.new("L", (width, pitch * len(lines) + 2 * margin))
    draw: Any = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        position = float(margin)
        baseline = margin + pitch * number + size
        for font, run in runs(line, size):
            draw.text((position, baseline), run, fill=255, font=font, anchor="ls", stroke_width=stroke)
            position += font.getlength(run)
    return page.rotate(_ANGLE, Image.Resampling.BICUBIC, expand=True)


def _staggered(page: Image.Image) -> NDArray[np.uint8]:
    """Two rows of the page, the second shifted by half, as bricks are laid."""
    row = np.asarray(page)
    return np.vstack([row, np.roll(row, row.shape[1] // 2, axis=1)])
