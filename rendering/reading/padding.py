"""Which stored values are padding around the image and no part of it (PS3.3 C.7.5.1.1.2)."""

from rendering.errors import MalformedAttributes
from rendering.reading import tags
from rendering.reading.elements import Dataset, integer, number


def stored_range(bits_stored: int, signed: bool) -> tuple[int, int]:
    """The lowest and the highest value that `bits_stored` bits can hold."""
    return (-(1 << bits_stored - 1), (1 << bits_stored - 1) - 1) if signed else (0, (1 << bits_stored) - 1)


def read_padding(dataset: Dataset, signed: bool, possible: tuple[int, int]) -> tuple[int, int] | None:
    """Pixel Padding Value and Range Limit in either order, as far as a pixel can have them (C.7.5.1.1.2)."""
    value = integer(dataset, tags.PIXEL_PADDING_VALUE)
    if value is None:
        return None
    limit = integer(dataset, tags.PIXEL_PADDING_RANGE_LIMIT)
    ends = [_with_sign(end, signed) for end in (value, value if limit is None else limit)]
    lowest, highest = max(min(ends), possible[0]), min(max(ends), possible[1])
    return (lowest, highest) if lowest <= highest else None


def read_float_padding(dataset: Dataset) -> tuple[float, float] | None:
    """The same for floating point; a value that is no number says nothing, because NaN is never shown."""
    for value_tag, limit_tag in zip(tags.FLOAT_PIXEL_PADDING, tags.FLOAT_PIXEL_PADDING_LIMIT, strict=True):
        value, limit = _finite(dataset, value_tag), _finite(dataset, limit_tag)
        if value is not None:
            return (value, value) if limit is None else (min(value, limit), max(value, limit))
    return None


def _finite(dataset: Dataset, tag: str) -> float | None:
    try:
        return number(dataset, tag)
    except MalformedAttributes:
        return None


def _with_sign(value: int, signed: bool) -> int:
    """A 16-bit value written as US where the pixels make it SS, or the other way round."""
    if signed and 0x7FFF < value <= 0xFFFF:
        return value - 0x10000
    return value + 0x10000 if not signed and -0x8000 <= value < 0 else value
