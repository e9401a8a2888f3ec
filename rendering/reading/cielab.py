"""Colours that a data set names in CIELab, for displays that know sRGB (PS3.3 C.10.7.1.1)."""

from rendering.laid_over import Color

_WHITE = (0.96422, 1.0, 0.82521)  # D50, which PCS values are relative to
_TO_LINEAR_SRGB = (  # from XYZ under D50, adapted to the D65 of sRGB as Bradford has it
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)
_HIGHEST = 0xFFFF


def to_srgb(lightness: float, a: float, b: float) -> Color:
    """The nearest sRGB colour to a CIELab triplet encoded in 16 bits: 0 to 100, and twice -128 to 127."""
    y = (lightness * 100 / _HIGHEST + 16) / 116
    x, z = y + (a * 255 / _HIGHEST - 128) / 500, y - (b * 255 / _HIGHEST - 128) / 200
    xyz = [_expanded(part) * white for part, white in zip((x, y, z), _WHITE, strict=True)]
    red, green, blue = (sum(map(float.__mul__, row, xyz)) for row in _TO_LINEAR_SRGB)
    return _encoded(red), _encoded(green), _encoded(blue)


def _expanded(part: float) -> float:
    return part**3 if part > 6 / 29 else 3 * (6 / 29) ** 2 * (part - 4 / 29)


def _encoded(linear: float) -> int:
    linear = min(max(linear, 0.0), 1.0)
    encoded = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return round(255 * encoded)
