"""The tables of a bundle, which officers write: TOML that does not take more to read than it is worth."""

import tomllib
from typing import Any, Final

from policy.nesting import TOO_DEEP

_MOST_DOTS: Final = 500  # in a line: a key of so many parts takes the square of that in memory


def read_toml(text: str) -> dict[str, Any]:
    """The tables in `text`. Raises `ValueError`."""
    if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        raise ValueError("has a line with very many dots")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
