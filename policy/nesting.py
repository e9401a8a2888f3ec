"""How deep a text goes before Cedar reads it: Cedar's reader takes the whole process with it where its stack ends."""

import re
from typing import Any, Final

_PASSED_OVER: Final = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n\r]*')
"""Texts and comments, as Cedar tells them."""

_SIGN: Final = re.compile(r"[(\[{<)\]}>;]|[-+*.!&|=]+|\b(?:if|has|like|in|is)\b")
_DEEPEST: Final = 100  # brackets in each other; Cedar's reader bears five times as many
_MOST_OPERATORS: Final = 500  # of a rule, each of which may make it a level deeper; it bears more than twice as many
_DEEPEST_BODY: Final = 120  # levels of a rule in Cedar's JSON form, of which its reader takes 124

TOO_DEEP: Final = "is nested too deeply to be read"


def require_shallow(text: str, *, angles: bool = False) -> None:
    """Raise `ValueError` for rules, or a schema with its `angles`, that Cedar may not come back from."""
    opening, closing = ("([{<", ")]}>") if angles else ("([{", ")]}")
    depth = operators = 0
    for sign in _SIGN.findall(_PASSED_OVER.sub(" ", text)):
        if sign == ";":
            operators = 0
        elif sign in opening:
            depth += 1
        elif sign in closing:
            depth = max(0, depth - 1)
        else:
            operators += 1
        if depth > _DEEPEST or operators > _MOST_OPERATORS:
            raise ValueError(f"a rule or a type {TOO_DEEP}")


def is_shallow(body: Any, room: int = _DEEPEST_BODY) -> bool:
    """Whether a rule in Cedar's JSON form can be given to Cedar again, also with the action written out."""
    inner = body.values() if isinstance(body, dict) else body if isinstance(body, list) else None
    return inner is None or (room > 0 and all(is_shallow(one, room - 1) for one in inner))
