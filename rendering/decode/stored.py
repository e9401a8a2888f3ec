"""What decoding gives: the stored values of one frame, before any transformation (PS3.3 C.7.6.3.1)."""

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class StoredValues:
    """The stored values of one frame, and how to read them.

    `values` is C-contiguous, of shape (rows, columns) for one sample and (rows, columns, 3) for three; its type is the
    smallest of (u)int8, (u)int16 and (u)int32 that the pixel cells or the code stream need. It holds the stored bits
    only, sign-extended where Pixel Representation says signed; 1-bit data are 0 and 1. It may be read-only and share
    its memory with the frame's bytes.

    `color_space` is the photometric interpretation that holds after decoding: MONOCHROME1, MONOCHROME2, PALETTE COLOR,
    RGB or YBR_FULL. `reduction` is n when the values are the image at 1/2**n of its size, rounded up; 0 is full size.
    """

    values: npt.NDArray[Any]
    color_space: str
    reduction: int = 0
