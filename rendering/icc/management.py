"""The colours of an image, from those of its frame to those that were asked for (PS3.18 §8.3.5.1.5).

Colour is converted before anything is laid over it, in one step, so that no space between narrows it. Grey has no space
of its own: it is taken for equal red, green and blue of sRGB, which is how it is displayed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendering.errors import InvalidOption
from rendering.frame import EncodedFrame
from rendering.icc.conversion import convert, is_matrix
from rendering.icc.source import source_of
from rendering.icc.spaces import ADOBE_RGB, ROMM_RGB, SRGB, Space, asked_for
from rendering.icc.writing import gray_profile_of, profile_of
from rendering.options import ColorProfile, Encoding, RenderOptions

_MATRIX_ONLY = {Encoding.JP2, Encoding.JPH}


@dataclass(frozen=True, slots=True)
class Colors:
    """What the values of an image mean: those that the RGB profile `described` says, from a source that was `found`.

    `space` is `srgb`, `adobergb`, `rommrgb`, `source` for the frame's own, or `none` for grey, which is to be described
    yet. `found` is that of `rendering.icc.source.Source`, or `none`.
    """

    space: str = "none"
    found: str = "none"
    described: bytes = b""


GRAY = Colors()


def to_asked(image: NDArray[np.uint8], frame: EncodedFrame, options: RenderOptions) -> tuple[NDArray[np.uint8], Colors]:
    """The RGB `image` of `frame` in the space that is asked for, or in its own where that is."""
    source = source_of(frame)
    asked = options.color_profile
    if asked is ColorProfile.YES and _can_embed(source.profile, options.encoding):
        return image, Colors(_name(source.profile), source.found, source.profile)
    target = profile_of(asked_for(asked))
    converted = image if source.profile == target else convert(image, source.profile, target)
    return converted, Colors(_name(target), source.found, target)


def to_described(image: NDArray[Any], colors: Colors, asked: ColorProfile) -> tuple[NDArray[Any], Colors, bytes]:
    """The finished image, what its values mean, and the profile to embed, empty for none."""
    if asked is ColorProfile.NO:
        return image, colors, b""
    if colors.described:
        return image, colors, colors.described
    space = asked_for(asked)
    profile = profile_of(space)
    described = Colors(_name(profile), "assumed", profile)
    if image.ndim == 2:
        return _toned(image, space), described, gray_profile_of(space)
    if space is SRGB:
        return image, described, profile
    if image.dtype != np.uint8:
        raise InvalidOption("colour of 16 bits is given in sRGB only")
    return convert(image, profile_of(SRGB), profile), described, profile


def _name(profile: bytes) -> str:
    known = {
        profile_of(SRGB): ColorProfile.SRGB,
        profile_of(ADOBE_RGB): ColorProfile.ADOBE_RGB,
        profile_of(ROMM_RGB): ColorProfile.ROMM_RGB,
    }
    found = known.get(profile)
    return "source" if found is None else found.value


def _can_embed(profile: bytes, encoding: Encoding) -> bool:
    return encoding not in _MATRIX_ONLY or is_matrix(profile)


def _toned(image: NDArray[Any], space: Space) -> NDArray[Any]:
    """Grey values of sRGB's tone curve as those of the curve of `space`, in the same type."""
    if space is SRGB:
        return image
    peak = np.iinfo(image.dtype).max
    light = SRGB.curve.to_light(np.arange(peak + 1) / peak)
    return np.asarray(np.rint(space.curve.to_encoded(light) * peak).astype(image.dtype)[image])
