"""Who looked, and when, in the image itself: text across all of it, so that no useful part can be cut out without.

The text lies on the frame and not on the image: regions, enlargements and mirror images of a frame have the same pixels
of it covered, so that nobody puts together what is covered in one from what is not in another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2
from threading import Lock
from typing import Any

from cachetools import LRUCache, cached
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from rendering.lettering import broken, length, write

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


@dataclass(frozen=True, slots=True)
class Place:
    """The region of a frame that an image shows, in pixels of the frame, and the frame's shorter side."""

    left: float
    top: float
    width: float
    height: float
    side: int


def burn(image: NDArray[np.uint8], text: str, place: Place | None = None) -> NDArray[np.uint8]:
    """`image`, grey or RGB, with `text` all over it: white letters with dark edges, legible on any ground.

    Without a `place` the image is the frame itself.
    """
    rows, columns = image.shape[:2]
    place = place or Place(0, 0, columns, rows, min(rows, columns))
    size = _drawn_at(max(columns / place.width, rows / place.height))
    tile = _tile(text, max(1, round(place.side * size)))
    kept, added = (_spread(part, image.shape, place, size) for part in (tile.kept, tile.added))
    return np.asarray(cv2.add(cv2.multiply(image, kept, scale=1 / 255), added), np.uint8)


def _drawn_at(scale: float) -> float:
    """The scale of the frame for which text is drawn that images at `scale` carry: 1, or the nearest of ½, ¼, ….

    Enlargements show no more than the frame itself and have its text, enlarged. Reductions show less, and have larger
    letters than it to be legible.
    """
    return float(2.0 ** min(0, round(log2(scale))))


def _spread(part: NDArray[np.uint8], shape: tuple[int, ...], place: Place, size: float) -> NDArray[np.uint8]:
    """`part`, drawn for the frame at the scale `size`, as it repeats itself over the image."""
    rows, columns = shape[:2]
    left, top = place.left * size % part.shape[1], place.top * size % part.shape[0]
    across, down = place.width * size / columns, place.height * size / rows
    if (left, top, across, down) == (int(left), int(top), 1, 1):
        shifted = np.roll(part, (-int(top), -int(left)), (0, 1))
        repeated = np.tile(shifted, (-(-rows // part.shape[0]), -(-columns // part.shape[1])))[:rows, :columns]
    else:
        repeated = _sampled(part, left + (np.arange(columns) + 0.5) * across, top + (np.arange(rows) + 0.5) * down)
    return np.asarray(cv2.merge([repeated] * 3)) if len(shape) == 3 else np.ascontiguousarray(repeated)


def _sampled(part: NDArray[np.uint8], across: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The repeated `part` at these positions, between pixels by their distance: along the rows, then the columns."""
    for axis, positions in ((1, across - 0.5), (0, down - 0.5)):
        before = np.floor(positions).astype(int)
        weights = positions - before
        weights = weights if axis else weights[:, np.newaxis]
        first, second = (part.take(before + step, axis=axis, mode="wrap").astype(np.float32) for step in (0, 1))
        part = np.rint(first + (second - first) * weights.astype(np.float32)).astype(np.uint8)
    return part


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
    return broken(" ".join(piece for word in text.split() for piece in _pieces(word, size, width)), size, width)


def _pieces(word: str, size: int, width: float) -> Iterator[str]:
    while length(word, size) > width and len(word) > 1:
        fitting = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or length(word[:n], size) <= width)
        yield word[:fitting]
        word = word[fitting:]
    yield word


def _written(lines: list[str], size: int, stroke: int) -> Image.Image:
    """White text on black, turned; the same size whatever the stroke."""
    pitch, margin = round(size * 1.3), size // 2
    width = round(max(length(line, size) for line in lines)) + 2 * margin
    page = Image.new("L", (width, pitch * len(lines) + 2 * margin))
    draw: Any = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        write(draw, (margin, margin + pitch * number + size), line, size, 255, stroke)
    return page.rotate(_ANGLE, Image.Resampling.BICUBIC, expand=True)


def _staggered(page: Image.Image) -> NDArray[np.uint8]:
    """Two rows of the page, the second shifted by half, as bricks are laid."""
    row = np.asarray(page)
    return np.vstack([row, np.roll(row, row.shape[1] // 2, axis=1)])
