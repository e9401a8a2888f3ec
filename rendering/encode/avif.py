"""Images → AVIF (AV1 Image File Format), for browsers that ask for nothing better known."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import AvifImagePlugin, Image

from rendering.errors import TooLarge

_FULL_COLOR_QUALITY = 90
_LONGEST_SIDE = 65535
_SPEED = 9  # of 0 to 10: slower ones cost up to ten times as long


def to_avif(image: NDArray[np.uint8], quality: int, profile: bytes = b"") -> bytes:
    """AVIF of a grey or RGB image, always with loss; colour keeps its full resolution from quality 90 up, as in JPEG.

    One thread: a worker that is locked down can start no other.
    """
    if max(image.shape[:2]) > _LONGEST_SIDE:
        raise TooLarge("the image is too long for AVIF")
    file = BytesIO()
    Image.fromarray(image).save(
        file,
        AvifImagePlugin.AvifImageFile.format,
        quality=quality,
        speed=_SPEED,
        codec="aom",
        max_threads=1,
        subsampling=_sampling(image, quality),
        icc_profile=profile,
    )
    return file.getvalue()


def _sampling(image: NDArray[np.uint8], quality: int) -> str:
    if image.ndim == 2:
        return "4:0:0"
    return "4:4:4" if quality >= _FULL_COLOR_QUALITY else "4:2:0"
