"""Images → baseline JPEG, as PS3.18 §8.7.4 requires (ITU-T T.81); its ICC profile in APP2 (ICC.1 Annex B.4)."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
import simplejpeg

from rendering.errors import TooLarge

_FULL_COLOR_QUALITY = 90
_LONGEST_SIDE = 65500  # libjpeg's own limit
_APP0, _APP2, _NAME = b"\xff\xe0", b"\xff\xe2", b"ICC_PROFILE\0"
_LONGEST_PIECE = 0xFFFF - 2 - len(_NAME) - 2


def to_jpeg(image: NDArray[np.uint8], quality: int, profile: bytes = b"") -> bytes:
    """Baseline JPEG of a grey or RGB image.

    From quality 90 up colour keeps its full resolution (4:4:4): thin coloured lines, such as those of Doppler traces,
    are findings. Below, 4:2:0.
    """
    if max(image.shape[:2]) > _LONGEST_SIDE:
        raise TooLarge("the image is too long for a JPEG")
    if image.ndim == 2:
        data = bytes(simplejpeg.encode_jpeg(image[..., np.newaxis], quality, "GRAY", "gray"))
    else:
        sampling = "444" if quality >= _FULL_COLOR_QUALITY else "420"
        data = bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(image), quality, "RGB", sampling))
    return with_profile(data, profile) if profile else data


def with_profile(data: bytes, profile: bytes) -> bytes:
    """The JPEG stream with `profile` in as many segments as it takes, behind JFIF, which must stay first."""
    start = 2
    if data[2:4] == _APP0:
        start += 2 + int.from_bytes(data[4:6])
    return b"".join([data[:start], *_segments(profile), data[start:]])


def _segments(profile: bytes) -> Iterator[bytes]:
    count = -(-len(profile) // _LONGEST_PIECE)
    for number in range(count):
        piece = profile[number * _LONGEST_PIECE : (number + 1) * _LONGEST_PIECE]
        content = _NAME + bytes([number + 1, count]) + piece
        yield _APP2 + (len(content) + 2).to_bytes(2) + content
