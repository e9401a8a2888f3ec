"""The colour spaces that `iccprofile` names, from their published primaries and tone curves (PS3.18 §8.3.5.1.5).

IEC 61966-2-1 (sRGB), Adobe RGB (1998) and ISO 22028-2 (ROMM RGB).
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rendering.options import ColorProfile

Floats: TypeAlias = NDArray[np.float64]
Chromaticity: TypeAlias = tuple[float, float]

PCS_WHITE = (0.9642, 1.0, 0.8249)
"""XYZ of the white that all profiles refer to, D50 as ICC.1 rounds it."""

_D50: Chromaticity = (0.3457, 0.3585)
_D65: Chromaticity = (0.3127, 0.3290)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


@dataclass(frozen=True, slots=True)
class Curve:
    """From encoded values to light, both from 0 to 1: a power above `start`, a line of `slope` below.

    The power is that of the value when it is moved by `offset` and scaled back to 1.
    """

    gamma: float
    offset: float = 0.0
    start: float = 0.0
    slope: float = 0.0

    def to_light(self, encoded: Floats) -> Floats:
        powers = ((encoded + self.offset) / (1 + self.offset)) ** self.gamma
        return np.asarray(np.where(encoded < self.start, encoded * self.slope, powers))

    def to_encoded(self, light: Floats) -> Floats:
        powers = light ** (1 / self.gamma) * (1 + self.offset) - self.offset
        line = light / self.slope if self.slope else light
        return np.asarray(np.where(light < self.start * self.slope, line, powers))


@dataclass(frozen=True, slots=True)
class Space:
    """An RGB colour space by the chromaticities of its primaries and of its white."""

    name: str
    red: Chromaticity
    green: Chromaticity
    blue: Chromaticity
    white: Chromaticity
    curve: Curve

    def to_xyz(self) -> Floats:
        """The matrix from linear RGB to XYZ relative to D50, as profiles have it: one primary in each column."""
        primaries = np.stack([_xyz(one) for one in (self.red, self.green, self.blue)], axis=1)
        scaled = primaries * np.linalg.solve(primaries, _xyz(self.white))
        return _adaptation(self.white) @ scaled


SRGB = Space("sRGB", (0.64, 0.33), (0.30, 0.60), (0.15, 0.06), _D65, Curve(2.4, 0.055, 0.04045, 1 / 12.92))
ADOBE_RGB = Space("Adobe RGB (1998)", (0.64, 0.33), (0.21, 0.71), (0.15, 0.06), _D65, Curve(563 / 256))
ROMM_RGB = Space(
    "ROMM RGB", (0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), _D50, Curve(1.8, start=1 / 32, slope=1 / 16)
)


def asked_for(profile: ColorProfile) -> Space:
    """The space of an image whose own is not kept: sRGB where none is named."""
    match profile:
        case ColorProfile.ADOBE_RGB:
            return ADOBE_RGB
        case ColorProfile.ROMM_RGB:
            return ROMM_RGB
        case ColorProfile.NO | ColorProfile.YES | ColorProfile.SRGB:
            return SRGB


def _xyz(chromaticity: Chromaticity) -> Floats:
    x, y = chromaticity
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _adaptation(white: Chromaticity) -> Floats:
    """From `white` to that of profiles by the Bradford transformation (ICC.1 Annex E)."""
    ratios = (_BRADFORD @ np.array(PCS_WHITE)) / (_BRADFORD @ _xyz(white))
    return np.asarray(np.linalg.inv(_BRADFORD) @ np.diag(ratios) @ _BRADFORD)
