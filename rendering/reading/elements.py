"""Values of data elements out of the DICOM JSON model, as archives really write it (PS3.18 Annex F)."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from rendering.errors import MalformedAttributes

Dataset = Mapping[str, Any]


def values(dataset: Dataset, tag: str) -> list[Any]:
    """The element's values, `[]` when it is absent or empty; a missing `vr` does not matter."""
    element = dataset.get(tag)
    held = element.get("Value") if isinstance(element, Mapping) else None
    return held if isinstance(held, list) else []


def items(dataset: Dataset, tag: str) -> list[Dataset]:
    """The items of a sequence; an item that is no object counts as empty, so that positions keep their meaning."""
    return [item if isinstance(item, Mapping) else {} for item in values(dataset, tag)]


def text(dataset: Dataset, tag: str) -> str:
    """The first value as text without padding, or the empty string."""
    first = next(iter(values(dataset, tag)), None)
    return first.strip(" \0") if isinstance(first, str) else ""


def sparse_numbers(dataset: Dataset, tag: str) -> tuple[float | None, ...]:
    """The values as numbers, `None` where one is empty; strings and backslash lists are read as DS and IS are.

    Raises `MalformedAttributes` when a value is not a finite number.
    """
    return tuple(_read_number(part) for value in values(dataset, tag) for part in _parts(value))


def numbers(dataset: Dataset, tag: str) -> tuple[float, ...]:
    """The values as numbers without the empty ones."""
    return tuple(number for number in sparse_numbers(dataset, tag) if number is not None)


def number(dataset: Dataset, tag: str) -> float | None:
    """The first value as a number, or `None`."""
    return next(iter(numbers(dataset, tag)), None)


def integer(dataset: Dataset, tag: str) -> int | None:
    """The first value as an integer, or `None`; raises `MalformedAttributes` when it has a fraction."""
    found = number(dataset, tag)
    if found is None:
        return None
    if not found.is_integer():
        raise MalformedAttributes("an attribute that counts has a fraction")
    return int(found)


def _parts(value: object) -> list[object]:
    return list(value.split("\\")) if isinstance(value, str) else [value]


def _read_number(value: object) -> float | None:
    if value is None or (isinstance(value, str) and not value.strip(" \0")):
        return None
    try:
        read = float(value.strip(" \0") if isinstance(value, str) else value)  # type: ignore[arg-type]  # checked below
    except (TypeError, ValueError, OverflowError):
        raise MalformedAttributes("an attribute that should be a number is not") from None
    if not isfinite(read) or isinstance(value, bool):
        raise MalformedAttributes("an attribute that should be a number is not")
    return read
