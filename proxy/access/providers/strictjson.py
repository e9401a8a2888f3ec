"""JSON objects from strangers, read so that no two readers understand them differently (RFC 8259 §4, RFC 8725 §2.4)."""

import json
from typing import Any, NoReturn


def read_object(data: bytes) -> dict[str, Any]:
    """Parse a JSON object. Raises `ValueError` for anything else.

    Refused are names that stand twice, numbers that are not finite, text that is not valid Unicode, and nesting beyond
    what the parser follows.
    """
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except RecursionError:
        raise ValueError("nested too deeply") from None
    match document:
        case dict():
            return document
        case _:
            raise ValueError("not an object")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
