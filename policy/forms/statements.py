"""A Cedar file taken apart into its rules as they are written, comments and all, so that one of them can be changed."""

from collections.abc import Iterator
import re
from typing import Final

_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|;|[^";/]+|.', re.DOTALL)
"""A string, a comment, the end of a rule, or what is between them."""


def split(text: str) -> tuple[list[str], str]:
    """The rules of `text` in their order, each with the comments before it, and what stands behind the last one.

    Joined again they are `text`, to the letter.
    """
    rules: list[str] = []
    held: list[str] = []
    for piece in _pieces(text):
        held.append(piece)
        if piece == ";":
            rules.append("".join(held))
            held = []
    return rules, "".join(held)


def _pieces(text: str) -> Iterator[str]:
    return (found[0] for found in _PIECE.finditer(text))
