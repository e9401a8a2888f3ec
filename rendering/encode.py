"""8-bit grey or RGB images → JPEG and PNG, the rendered media types of PS3.18 Table 8.7.4-1."""

import struct
import zlib

from isal import isal_zlib
import numpy as np
from numpy.typing import NDArray
import simplejpeg

from rendering.errors import InvalidOption, TooLarge
from rendering.options import Encoding

_FULL_COLOR_QUALITY = 90
_LONGEST_JPEG_SIDE = 65500  # libjpeg's own limit
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2  # PNG filter type: each byte minus the one above it


def encode(image: NDArray[np.uint8], encoding: Encoding, quality: int) -> bytes:
    """Encode an image of shape (rows, columns) or (rows, columns, 3); `quality` matters to JPEG only."""
    match encoding:
        case Encoding.JPEG:
            return to_jpeg(image, quality)
        case Encoding.PNG:
            return to_png(image)
        case _:
            raise InvalidOption("this kind of object is not given in this media type")


def is_lossy(encoding: Encoding) -> bool:
    """Whether `encoding` loses information of the image it is given, whatever was lost before."""
    return encoding is Encoding.JPEG


def to_jpeg(image: NDArray[np.uint8], quality: int) -> bytes:
    """Baseline JPEG, as PS3.18 §8.7.4 requires.

    From quality 90 up colour keeps its full resolution (4:4:4): thin coloured lines, such as those of Doppler traces,
    are findings. Below, 4:2:0.
    """
    if max(image.shape[:2]) > _LONGEST_JPEG_SIDE:
        raise TooLarge("the image is too long for a JPEG")
    if image.ndim == 2:
        return bytes(simplejpeg.encode_jpeg(image[..., np.newaxis], quality, "GRAY", "gray"))
    sampling = "444" if quality >= _FULL_COLOR_QUALITY else "420"
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(image), quality, "RGB", sampling))


def to_png(image: NDArray[np.uint8]) -> bytes:
    """PNG with one filter for all rows (PNG §9.2): as small as a careful search at level 1, many times faster."""
    rows, columns = image.shape[:2]
    lines = image.reshape(rows, -1)
    filtered = np.empty((rows, lines.shape[1] + 1), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = lines[0]
    np.subtract(lines[1:], lines[:-1], out=filtered[1:, 1:])
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0 if image.ndim == 2 else 2, 0, 0, 0)
    compressed = isal_zlib.compress(filtered, 1)
    return _PNG_SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", compressed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))
