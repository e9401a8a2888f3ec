"""Text in images: how long it is, how it is broken into lines, and its letters, each in a font that has them."""

from collections.abc import Iterator
from typing import Any

from rendering.fonts import runs

Ink = int | str | tuple[int, int, int]


def length(text: str, size: int) -> float:
    """How many pixels `text` takes along its line in letters of `size` pixels."""
    return sum(font.getlength(run) for font, run in runs(text, size))


def broken(text: str, size: int, width: float) -> Iterator[str]:
    """`text` broken between words into lines no longer than `width`, but for words that are longer by themselves."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and length(longer, size) > width:
            yield line
            longer = word
        line = longer
    yield line


def write(draw: Any, start: tuple[float, float], text: str, size: int, ink: Ink, edge: int = 0) -> None:
    """Draw `text` from `start`, the left end of its base line; `edge` makes the strokes wider, and no longer.

    `draw` is what Pillow gives to draw on an image.
    """
    position, baseline = start
    for font, run in runs(text, size):
        draw.text((position, baseline), run, fill=ink, font=font, anchor="ls", stroke_width=edge)
        position += font.getlength(run)
