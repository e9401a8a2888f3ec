"""Text burnt into the corners of an image: white letters on shaded ground, legible on any (PS3.18 §8.3.5.1.1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, TypeVar
from unicodedata import normalize

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from rendering.fonts import is_readable
from rendering.laid_over import Annotation
from rendering.lettering import broken, length, write
from rendering.options import Omission

Depth = TypeVar("Depth", np.uint8, np.uint16)

_LINES_IN_IMAGE = 32  # text height as a part of the image's shorter side
_SMALLEST_TEXT, _LARGEST_TEXT = 12, 40
_SMALLER = 0.8
_SHADE = 0.7  # how dark the ground around letters becomes, so that they stand out of noise and still let it be seen


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that fit, in the size in which they do."""

    lines: tuple[str, ...]
    size: int

    @property
    def pitch(self) -> int:
        return round(self.size * 1.4)

    @property
    def height(self) -> int:
        return self.pitch * len(self.lines) + self.size


def annotate(image: NDArray[Depth], annotation: Annotation) -> tuple[NDArray[Depth], tuple[Omission, ...]]:
    """The finished image, grey or RGB, with the patient above on the left and the technique below on the right.

    What does not fit whole, or cannot be written so that it can be read, is left out and told: half a name is worse
    than none.
    """
    patient, technique = _fitted(annotation, *image.shape[:2])
    if patient:
        image = _burnt_in(image, patient, below=False)
    if technique:
        image = _burnt_in(image, technique, below=True)
    omissions = (
        (Omission.PATIENT, bool(annotation.patient) and patient is None),
        (Omission.TECHNIQUE, bool(annotation.technique) and technique is None),
    )
    return image, tuple(what for what, left_out in omissions if left_out)


def _fitted(annotation: Annotation, rows: int, columns: int) -> tuple[_Block | None, _Block | None]:
    """Both in one size, if there is one; otherwise the patient alone, if at all, before the technique."""
    patient = technique = None
    for size in _sizes(min(rows, columns)):
        patient, technique = (_block(lines, size, columns) for lines in (annotation.patient, annotation.technique))
        missing = (annotation.patient and patient is None) or (annotation.technique and technique is None)
        if not missing and _height(patient) + _height(technique) <= rows:
            return patient, technique
    patient = patient if _height(patient) <= rows else None
    return patient, technique if _height(patient) + _height(technique) <= rows else None


def _sizes(side: int) -> Iterator[int]:
    size = min(max(side // _LINES_IN_IMAGE, _SMALLEST_TEXT), _LARGEST_TEXT)
    while size > _SMALLEST_TEXT:
        yield size
        size = max(int(size * _SMALLER), _SMALLEST_TEXT)
    yield size


def _height(block: _Block | None) -> int:
    return block.height if block else 0


def _block(lines: Sequence[str], size: int, columns: int) -> _Block | None:
    """The lines broken between words so that each fits; `None` where a word does not, or cannot be read."""
    composed = [normalize("NFC", line) for line in lines]
    if not lines or not all(map(is_readable, composed)):
        return None
    width = columns - 2 * _margin(size)
    parts = [part for line in composed for part in broken(line, size, width)]
    return _Block(tuple(parts), size) if all(length(part, size) <= width for part in parts) else None


def _margin(size: int) -> int:
    return size // 2


def _burnt_in(image: NDArray[Depth], block: _Block, *, below: bool) -> NDArray[Depth]:
    """The block in the upper left corner, or in the lower right one with the ends of its lines at the edge."""
    longest = ceil(max(length(line, block.size) for line in block.lines))
    columns = min(longest + 2 * _margin(block.size), image.shape[1])
    corner = (slice(-block.height, None), slice(-columns, None)) if below else (slice(block.height), slice(columns))
    letters = _written(block, columns, at_the_end=below)
    edges, ground = (_widened(letters, reach) for reach in (max(1, block.size // 10), block.size // 3))
    shade = np.maximum(edges, _SHADE * ground)
    if image.ndim == 3:
        letters, shade = letters[..., np.newaxis], shade[..., np.newaxis]
    mixed = image[corner] * (1 - shade) + np.iinfo(image.dtype).max * letters
    image = image.copy()
    image[corner] = np.minimum(np.rint(mixed), np.iinfo(image.dtype).max).astype(image.dtype)
    return image


def _written(block: _Block, columns: int, *, at_the_end: bool) -> NDArray[np.float32]:
    """How much of each pixel of a block `columns` wide the letters cover."""
    page = Image.new("L", (columns, block.height))
    draw: Any = ImageDraw.Draw(page)
    for number, line in enumerate(block.lines):
        margin = _margin(block.size)
        position = columns - margin - length(line, block.size) if at_the_end else float(margin)
        write(draw, (position, margin + block.pitch * number + block.size), line, block.size, 255)
    return np.asarray(page, np.float32) / np.float32(255)


def _widened(letters: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """The letters and all that is no further than `reach` pixels from them; fine strokes count as whole ones."""
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(np.minimum(4 * letters, 1), brush), np.float32)
