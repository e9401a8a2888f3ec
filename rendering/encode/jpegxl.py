"""Images → JPEG XL (ISO/IEC 18181), whose code stream itself says that the values are sRGB."""

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from rendering.options import BEST_QUALITY

_EFFORT, _LOSSLESS_EFFORT = 3, 1  # of 1 to 9


def to_jpegxl(image: NDArray[np.uint8], quality: int) -> bytes:
    """JPEG XL of a grey or RGB image, exact for the best quality. One thread: a locked-down worker can start no other.

    No other profile than sRGB: the binding embeds none.
    """
    if quality == BEST_QUALITY:
        return bytes(imagecodecs.jpegxl_encode(image, lossless=True, effort=_LOSSLESS_EFFORT, numthreads=1))
    return bytes(imagecodecs.jpegxl_encode(image, distance=_distance(quality), effort=_EFFORT, numthreads=1))


def _distance(quality: int) -> float:
    """Butteraugli distance as libjxl maps it from the qualities of JPEG (JxlEncoderDistanceFromQuality)."""
    if quality >= 30:
        return 0.1 + (100 - quality) * 0.09
    return 53 / 3000 * quality * quality - 23 / 20 * quality + 25
