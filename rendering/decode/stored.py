"""What decoding gives: the stored values of one frame, before any transformation (PS3.3 C.7.6.3.1)."""

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class StoredValues:
    """The stored values of one frame, and how to read them.

    `values` is C-contiguous, of shape (rows, columns) for one sample and (rows, columns, 3) for three; its type is the
    smallest of (u)int8, (u)int16 and (u)int32 that the pixel cells or the code stream need. It holds the stored bits
    only, sign-extended where Pixel Representation says signed; 1-bit data are 0 and 1. Floating point pixels are
    float32 or float64, NaN where there is no value: padding, infinities and what was NaN itself. `values` may be
    read-only and share its memory with the frame's bytes.

    `color_space` is the photometric interpretation that holds after decoding: MONOCHROME1, MONOCHROME2, PALETTE COLOR,
    RGB, YBR_FULL, or YBR_PARTIAL, which stands for both of the retired interpretations of that range. `decoder` names
    what took the frame apart; `lossy` says that the code stream itself tells of information lost when it was made.
    `reduction` is n when the values are the image at 1/2**n of its size, rounded up; 0 is full size. `shift` is how
    far, in pixels of the full size, the centre of a reduced pixel lies before the middle of those that it stands for.
    """

    values: npt.NDArray[Any]
    color_space: str
    decoder: str
    lossy: bool = False
    reduction: int = 0
    shift: float = 0.0
