"""Images → GIF of a single frame, which PS3.18 Table 8.7.4-1 requires of every server (GIF89a)."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

_MOST_COLORS = 256


def to_gif(image: NDArray[np.uint8]) -> bytes:
    """GIF of a grey or RGB image: exact up to 256 grey levels or colours, beyond those the nearest of 256.

    Nothing is dithered: speckles would be taken for structure.
    """
    file = BytesIO()
    _indexed(image).save(file, GifImagePlugin.GifImageFile.format, interlace=0, optimize=False)
    return file.getvalue()


def fits_a_palette(image: NDArray[np.uint8]) -> bool:
    """Whether `image` has no more grey levels or colours than a GIF can hold."""
    return image.ndim == 2 or Image.fromarray(image).getcolors(_MOST_COLORS) is not None


def _indexed(image: NDArray[np.uint8]) -> Image.Image:
    if image.ndim == 2:
        return Image.fromarray(image)
    if fits_a_palette(image):
        return _exact(image)
    return Image.fromarray(image).quantize(_MOST_COLORS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def _exact(image: NDArray[np.uint8]) -> Image.Image:
    colors, indices = np.unique(image.reshape(-1, 3), axis=0, return_inverse=True)
    indexed = Image.fromarray(indices.reshape(image.shape[:2]).astype(np.uint8), "P")
    indexed.putpalette(colors.astype(np.uint8).tobytes())
    return indexed
