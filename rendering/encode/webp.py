"""Images → WebP (RFC 9649), for browsers that ask for nothing better known."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, WebPImagePlugin

from rendering.errors import TooLarge
from rendering.options import BEST_QUALITY

_LONGEST_SIDE = 16383  # of 14 bits
_EFFORT, _LOSSLESS_EFFORT = 2, 1  # of 0 to 6: more costs several times as long for a few percent
_LOSSLESS_SEARCH = 20  # what lossless WebP takes `quality` for


def to_webp(image: NDArray[np.uint8], quality: int, profile: bytes = b"") -> bytes:
    """WebP of a grey or RGB image, exact for the best quality. Grey is stored as colour, there is no other way."""
    if max(image.shape[:2]) > _LONGEST_SIDE:
        raise TooLarge("the image is too long for WebP")
    exact = quality == BEST_QUALITY
    file = BytesIO()
    Image.fromarray(image).save(
        file,
        WebPImagePlugin.WebPImageFile.format,
        lossless=exact,
        quality=_LOSSLESS_SEARCH if exact else quality,
        method=_LOSSLESS_EFFORT if exact else _EFFORT,
        icc_profile=profile,
    )
    return file.getvalue()
