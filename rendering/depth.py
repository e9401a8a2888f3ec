"""Grey images of 16 bits: what is laid over them is drawn on their image of 8, and taken over from there."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Words: TypeAlias = NDArray[np.uint16]

_TO_16_BITS = 257  # 255 becomes 65535


def deepened(deep: Words, flat: Bytes, shown: Bytes) -> Words:
    """The grey image `deep` with everything that makes `shown` differ from `flat`, its image of 8 bits.

    All are of the shape (rows, columns), or `shown` of (rows, columns, 3), and so the result.
    """
    if shown.ndim == 3:
        deep, flat = deep[..., np.newaxis], flat[..., np.newaxis]
    drawn = shown != flat
    if shown.ndim == 3:
        drawn = drawn.any(axis=-1, keepdims=True)
    return np.asarray(np.where(drawn, widened(shown), deep))


def widened(image: NDArray[Any]) -> Words:
    """`image` in 16 bits, whose full range its own 8 span; one that has 16 is left alone."""
    return image if image.dtype == np.uint16 else image.astype(np.uint16) * np.uint16(_TO_16_BITS)
