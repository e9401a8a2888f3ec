"""What the caller asks of a rendered image: window, viewport, quality, encoding (PS3.18 §8.3.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rendering.laid_over import Annotation


class VoiFunction(StrEnum):
    """VOI LUT Function as the `window` parameter spells it (PS3.18 §8.3.5.1.4, PS3.3 C.11.2.1.3)."""

    LINEAR = "linear"
    LINEAR_EXACT = "linear-exact"
    SIGMOID = "sigmoid"


class Encoding(StrEnum):
    """Media types of what rendering makes (PS3.18 Table 8.7.4-1, and three that browsers know)."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    PNG_16 = "image/png; bits=16"
    GIF = "image/gif"
    WEBP = "image/webp"
    AVIF = "image/avif"
    JXL = "image/jxl"
    JP2 = "image/jp2"
    JPH = "image/jph"
    SVG = "image/svg+xml"
    MP4 = "video/mp4"


EMBEDDING_PROFILES = frozenset(
    {Encoding.JPEG, Encoding.PNG, Encoding.PNG_16, Encoding.WEBP, Encoding.AVIF, Encoding.JP2, Encoding.JPH}
)
"""Encodings that carry an ICC profile."""

EXACT = frozenset({Encoding.PNG, Encoding.PNG_16, Encoding.GIF, Encoding.SVG})
"""Encodings that lose nothing by a choice of quality, and know none."""

BEST_QUALITY = 100
"""Asks encodings that can be without loss to be so."""


class ColorProfile(StrEnum):
    """The `iccprofile` parameter: which ICC profile is embedded, and whose space the values are in (PS3.18 §8.3.5.1.5).

    `no` embeds none, and the values are sRGB, which is what everybody takes an image without a profile for; `yes`
    leaves the values as they are and embeds the profile that explains them.
    """

    NO = "no"
    YES = "yes"
    SRGB = "srgb"
    ADOBE_RGB = "adobergb"
    ROMM_RGB = "rommrgb"


class Loss(StrEnum):
    """What a moving image loses by its encoding."""

    DETAIL = "detail"
    COLORS = "colors"
    COLOR_RESOLUTION = "color-resolution"
    GRAY_LEVELS = "gray-levels"
    TIMING = "timing"
    SOUND = "sound"


class Omission(StrEnum):
    """What an image should show and does not."""

    OVERLAY = "overlay"
    PATIENT = "patient"
    TECHNIQUE = "technique"


@dataclass(frozen=True, slots=True)
class Window:
    """A VOI window; centre and width in the units that leave the modality transformation (e.g. HU)."""

    center: float
    width: float
    function: VoiFunction = VoiFunction.LINEAR


@dataclass(frozen=True, slots=True)
class Viewport:
    """Target size and source region (PS3.18 §8.3.5.1.3).

    `width` and `height` in output pixels; `x`, `y`, `region_width`, `region_height` in source pixels, the latter two
    `None` for "to the edge"; the flips come from negative region sizes.
    """

    width: int
    height: int
    x: float = 0
    y: float = 0
    region_width: float | None = None
    region_height: float | None = None
    flip_horizontal: bool = False
    flip_vertical: bool = False


_NOT_ANNOTATED = Annotation()


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """Everything that changes the bytes of a rendered image, and nothing else: usable as part of a cache key.

    `quality` 1-100 (lossy encodings only); `maximum_side` caps, in output pixels, the longer side that the whole frame
    has at the scale of the image, which may show a part of it; `watermark` is text burnt into the image itself;
    `overlays` says whether the frame's overlay planes are shown, `annotation` is text to be burnt in beside them;
    `color_profile` says in which space, and described by what. What is `masked` shows nobody's name: only frames
    can be, of which it is known where there is none.
    """

    encoding: Encoding = Encoding.JPEG
    window: Window | None = None
    viewport: Viewport | None = None
    quality: int = 90
    maximum_side: int | None = None
    watermark: str | None = None
    overlays: bool = True
    annotation: Annotation = _NOT_ANNOTATED
    color_profile: ColorProfile = ColorProfile.NO
    masked: bool = False

    def annotated(self, omissions: Sequence[Omission]) -> tuple[str, ...]:
        """What an image with these omissions is annotated with, as the `annotation` parameter names it."""
        asked = {Omission.PATIENT: self.annotation.patient, Omission.TECHNIQUE: self.annotation.technique}
        return tuple(what.value for what, lines in asked.items() if lines and what not in omissions)
