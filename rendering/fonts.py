"""Fonts for text in images: those that Debian has installed, read once, then Pillow's own, which always is there."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import cast
from unicodedata import bidirectional, category, normalize

from PIL import ImageFont, features
from PIL.ImageFont import FreeTypeFont

from rendering.font_files import FONT_FILES

_NO_CHARACTER = "\U0010ffff"  # no font has it, so it is drawn as whatever a font lacks
_PROBING_SIZE = 16
_FROM_THE_RIGHT = {"R", "AL"}
_MARKS = {"Mn", "Mc"}


def is_readable(text: str) -> bool:
    """Whether the `runs` of `text`, side by side, say what it says.

    Nothing may be spelt or lose its accent. Scripts that run from the right, or whose letters change with their
    neighbours, have to be laid out by libraries that may be missing, and the former not be put together from pieces.
    """
    if any(_number_for(character) is None for character in text):
        return False
    from_the_right = any(bidirectional(character) in _FROM_THE_RIGHT for character in text)
    if not from_the_right and not any(category(character) in _MARKS for character in text):
        return True
    in_one_piece = len(list(runs(text, _PROBING_SIZE))) == 1
    return _lays_out() and (in_one_piece or not from_the_right)


@cache
def _lays_out() -> bool:
    return features.check_feature("raqm") is True and features.check_feature("fribidi") is True


def runs(text: str, size: int) -> Iterator[tuple[FreeTypeFont, str]]:
    """`text` in pieces that one font of `size` pixels can write.

    What none can loses its accent, or is spelt as its code point, `U+5C71`.
    After the first call no file is opened, so that a locked-down process can still write all that is installed.
    """
    for number, run in groupby(map(_written, text), key=lambda written: written[0]):
        yield _font(number, size), "".join(piece for _, piece in run)


def _written(character: str) -> tuple[int, str]:
    """The font for a character, and the character, or its base letter, or its code point, whichever can be written."""
    for candidate in (character, normalize("NFKD", character)[0]):
        number = _number_for(candidate)
        if number is not None:
            return number, candidate
    return len(_installed()), f"U+{ord(character):04X}"


@lru_cache(4096)
def _number_for(character: str) -> int | None:
    return next((number for number in range(len(_installed()) + 1) if _has(number, character)), None)


def _has(number: int, character: str) -> bool:
    """Asked without layout, which puts circles under marks that stand alone."""
    font = _font(number, _PROBING_SIZE, ImageFont.Layout.BASIC)
    return character == " " or bytes(font.getmask(character)) != bytes(font.getmask(_NO_CHARACTER))


@lru_cache(32)
def _font(number: int, size: int, layout: ImageFont.Layout | None = None) -> FreeTypeFont:
    """The installed font `number`; past the last one Pillow's own."""
    files = _installed()
    if number < len(files):
        return ImageFont.truetype(BytesIO(files[number]), size, layout_engine=layout)
    return cast(FreeTypeFont, ImageFont.load_default(size))


@cache
def _installed() -> tuple[bytes, ...]:
    found: list[bytes] = []
    for file in FONT_FILES:
        with suppress(OSError):
            found.append(Path(file).read_bytes())
    return tuple(found)
