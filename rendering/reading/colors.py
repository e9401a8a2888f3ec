"""The colours of things that are told apart by them: those that the object recommends, else distinct ones."""

from colorsys import hsv_to_rgb

from rendering.errors import MalformedAttributes
from rendering.frame import LookupTable, Palette
from rendering.laid_over import Color
from rendering.reading.cielab import to_srgb
from rendering.reading.elements import Dataset, numbers

_GOLDEN_ANGLE = 0.618034  # of a turn: successive hues lie as far from all before as they can
_SHADES = ((1.0, 1.0), (0.55, 1.0), (1.0, 0.7))


def distinct_color(number: int) -> Color:
    """A colour for the thing with this number, always the same, unlike those of the numbers next to it."""
    saturation, value = _SHADES[number // 12 % len(_SHADES)]
    red, green, blue = hsv_to_rgb(number * _GOLDEN_ANGLE % 1, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def read_cielab(dataset: Dataset, tag: str) -> Color | None:
    """A colour in CIELab as 16-bit values (PS3.3 C.10.7.1.1), if there is one."""
    try:
        encoded = numbers(dataset, tag)
    except MalformedAttributes:
        return None
    return to_srgb(*encoded) if len(encoded) == 3 and all(0 <= one <= 0xFFFF for one in encoded) else None


def palette_color(palette: Palette, value: int) -> Color:
    """The colour of a stored value (PS3.3 C.7.6.3.1.5)."""
    red, green, blue = (_entry(table, value) for table in (palette.red, palette.green, palette.blue))
    return red, green, blue


def _entry(table: LookupTable, value: int) -> int:
    """The entry of `value`, its most significant eight bits where it has more."""
    place = min(max(value - table.first, 0), table.entries - 1)
    if len(table.data) >= 2 * table.entries:
        entry = int.from_bytes(table.data[2 * place : 2 * place + 2], "little")
    else:
        entry = table.data[place]
    return min(entry >> max(0, table.bits - 8), 255)
