"""Presentation values → an encoded image, by media type (PS3.18 Table 8.7.4-1), with the profile that explains them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from numpy.typing import NDArray

from rendering.depth import widened
from rendering.encode.avif import to_avif
from rendering.encode.gif import fits_a_palette, to_gif
from rendering.encode.jpeg import to_jpeg
from rendering.encode.jpeg2000 import to_jp2, to_jph
from rendering.encode.jpegxl import to_jpegxl
from rendering.encode.png import to_png
from rendering.encode.webp import to_webp
from rendering.errors import InvalidOption
from rendering.options import BEST_QUALITY, EMBEDDING_PROFILES, Encoding

Image: TypeAlias = NDArray[Any]


_ENCODERS: Mapping[Encoding, Callable[[Image, int, bytes], bytes]] = {
    Encoding.JPEG: to_jpeg,
    Encoding.PNG: lambda image, _, profile: to_png(image, profile),
    Encoding.PNG_16: lambda image, _, profile: to_png(widened(image), profile),
    Encoding.GIF: lambda image, _quality, _profile: to_gif(image),
    Encoding.WEBP: to_webp,
    Encoding.AVIF: to_avif,
    Encoding.JXL: lambda image, quality, _: to_jpegxl(image, quality),
    Encoding.JP2: to_jp2,
    Encoding.JPH: to_jph,
}


def encode(image: Image, encoding: Encoding, quality: int, profile: bytes = b"") -> bytes:
    """Encode an image of shape (rows, columns) or (rows, columns, 3), of 8 bits, or of 16 for 16-bit PNG.

    `quality` from 1 to 100 matters to lossy encodings only; 100 asks those that can for no loss at all: WebP, JPEG XL,
    JPEG 2000 and HTJ2K. `profile` is an ICC profile of the image's values to embed, if not empty.
    """
    if profile and encoding not in EMBEDDING_PROFILES:
        raise InvalidOption("images of this media type carry no ICC profile here")
    encoder = _ENCODERS.get(encoding)
    if encoder is None:
        raise InvalidOption("this kind of object is not given in this media type")
    return encoder(image, quality, profile)


def is_lossy(image: Image, encoding: Encoding, quality: int) -> bool:
    """Whether encoding `image` so loses information, whatever was lost before."""
    match encoding:
        case Encoding.PNG | Encoding.PNG_16:
            return False
        case Encoding.GIF:
            return not fits_a_palette(image)
        case Encoding.WEBP | Encoding.JXL | Encoding.JP2 | Encoding.JPH:
            return quality < BEST_QUALITY
        case _:
            return True
