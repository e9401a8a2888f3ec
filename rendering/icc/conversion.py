"""RGB values from the space that one ICC profile describes to that of another, by LittleCMS."""

from io import BytesIO
from threading import Lock

from cachetools import LRUCache, cached
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from rendering.icc.spaces import SRGB
from rendering.icc.writing import profile_of

_KEPT = 8
_SIGNATURE, _RGB = b"acsp", b"RGB "
_DEVICES = {b"scnr", b"mntr", b"prtr", b"spac"}  # a profile that links, names or changes colours describes no image
_MATRIX, _TABLE = b"rXYZ", b"A2B0"
_MOST_TAGS = 128


def is_usable(profile: bytes) -> bool:
    """Whether `profile` describes RGB values, and LittleCMS can convert from it."""
    return (
        profile[36:40] == _SIGNATURE
        and profile[16:20] == _RGB
        and profile[12:16] in _DEVICES
        and _transformation(profile, profile_of(SRGB)) is not None
    )


def is_matrix(profile: bytes) -> bool:
    """Whether `profile` is one of a matrix and tone curves alone, such as a JP2 file may hold."""
    count = min(int.from_bytes(profile[128:132]), _MOST_TAGS)
    tags = {profile[132 + 12 * number : 136 + 12 * number] for number in range(count)}
    return _MATRIX in tags and _TABLE not in tags


def convert(image: NDArray[np.uint8], source: bytes, target: bytes) -> NDArray[np.uint8]:
    """`image` of RGB values of 8 bits that `source` describes, as those that `target` does; `source` must be usable."""
    transformation = _transformation(source, target)
    if transformation is None:
        raise ValueError("the profile is not one that can be used")
    converted = Image.fromarray(image)
    ImageCms.applyTransform(converted, transformation, inPlace=True)
    return np.asarray(converted)


@cached(LRUCache(_KEPT), lock=Lock())
def _transformation(source: bytes, target: bytes) -> ImageCms.ImageCmsTransform | None:
    """By the intent that the source names; `None` for profiles that LittleCMS refuses."""
    try:
        given, wanted = (ImageCms.ImageCmsProfile(BytesIO(profile)) for profile in (source, target))
        intent = ImageCms.Intent(ImageCms.getDefaultIntent(given))
        return ImageCms.buildTransform(given, wanted, "RGB", "RGB", intent)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
