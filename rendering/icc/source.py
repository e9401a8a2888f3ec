"""Which profile explains the colours of a frame (PS3.18 §8.3.5.1.5, PS3.3 C.11.15)."""

from dataclasses import dataclass

from rendering.frame import EncodedFrame
from rendering.icc.conversion import is_usable
from rendering.icc.embedded import profile_in
from rendering.icc.spaces import ADOBE_RGB, ROMM_RGB, SRGB
from rendering.icc.writing import profile_of
from rendering.reading.color_description import LARGEST_PROFILE

_NAMED = {"SRGB": SRGB, "ADOBERGB": ADOBE_RGB, "ROMMRGB": ROMM_RGB}


@dataclass(frozen=True, slots=True)
class Source:
    """The `profile` of a frame's colours, and where it is `found`.

    That is `image` for the attribute, `stream` for the code stream, `name` for the name of a known space, `assumed`
    where nothing says anything, and `damaged` where there is a profile that cannot be used: sRGB stands in for both.
    """

    profile: bytes
    found: str


def source_of(frame: EncodedFrame) -> Source:
    """The attribute's profile, else the code stream's, else that of the space named, else sRGB."""
    colors = frame.attributes.colors
    if colors.unread or (colors.profile and not is_usable(colors.profile)):
        return Source(profile_of(SRGB), "damaged")
    if colors.profile:
        return Source(colors.profile, "image")
    if embedded := profile_in(frame.data):
        usable = len(embedded) <= LARGEST_PROFILE and is_usable(embedded)
        return Source(embedded if usable else profile_of(SRGB), "stream" if usable else "damaged")
    named = _NAMED.get(colors.space)
    return Source(profile_of(named or SRGB), "assumed" if named is None else "name")
