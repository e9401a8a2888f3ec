"""Images → JPEG 2000 and high-throughput JPEG 2000 in a JP2 or JPH file (ITU-T T.800, T.814; PS3.18 §8.7.4)."""

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from rendering.encode.boxes import file_of
from rendering.options import BEST_QUALITY


def to_jp2(image: NDArray[np.uint8], quality: int, profile: bytes = b"") -> bytes:
    """JPEG 2000 of a grey or RGB image in a JP2 file, reversible for the best quality."""
    exact = quality == BEST_QUALITY
    level = 0 if exact else _decibels(quality)
    stream = imagecodecs.jpeg2k_encode(image, level, codecformat="j2k", reversible=exact, numthreads=1)
    return file_of(b"jp2 ", bytes(stream), image.shape, profile)


def to_jph(image: NDArray[np.uint8], quality: int, profile: bytes = b"") -> bytes:
    """HTJ2K of a grey or RGB image in a JPH file, reversible for the best quality."""
    exact = quality == BEST_QUALITY
    stream = imagecodecs.htj2k_encode(image, None if exact else _step(quality), reversible=exact)
    return file_of(b"jph ", bytes(stream), image.shape, profile)


def _decibels(quality: int) -> int:
    """The peak signal-to-noise ratio to reach: about that of a JPEG of this quality, 26 to 51 dB."""
    return 26 + quality // 4


def _step(quality: int) -> float:
    """The quantisation step, as a part of the range, whose error has that ratio: its mean square is step² / 12."""
    return float(10 ** (-(_decibels(quality) - 10.8) / 20))
