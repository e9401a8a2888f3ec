"""Query parameters of rendered resources and thumbnails, parsed once (PS3.18 §8.3.5): what is not valid is refused."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
import re
from typing import TypeVar

from proxy.errors import BadRequest
from rendering.attributes import takes_window
from rendering.laid_over import Annotation
from rendering.options import (
    EMBEDDING_PROFILES,
    EXACT,
    ColorProfile,
    Encoding,
    RenderOptions,
    Viewport,
    VoiFunction,
    Window,
)
from rendering.reading.annotation import AnnotationKeyword, read_annotation
from rendering.reading.elements import Dataset

Value = TypeVar("Value")

WITHOUT_QUALITY = "The quality does not apply to a media type that is always without loss. It has been ignored."
WITHOUT_WINDOW = "A window does not apply to this kind of object. It has been ignored."
WITHOUT_VOI_LUT = "A VOI LUT cannot be chosen for this kind of object. The choice has been ignored."
MAXIMUM_OUTPUT_PIXELS = 64 * 2**20
_NUMBER = re.compile(r"-?\d{1,10}(\.\d{1,10})?([eE][+-]?\d{1,2})?", re.ASCII)
_POSITIVE = re.compile(r"[1-9]\d{0,4}", re.ASCII)
_KEYWORD = re.compile(r"[A-Za-z]+", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_OF_ALL = frozenset({"accept", "charset"})
_OF_THUMBNAILS = _OF_ALL | {"viewport"}
_OF_IMAGES = _OF_THUMBNAILS | {"window", "voilut", "quality", "annotation", "iccprofile"}


@dataclass(frozen=True, slots=True)
class Rendition:
    """What is asked of a rendered resource, and what of it is not done (said in `Warning`, PS3.18 §8.3.5.1.1).

    `annotated` says what the annotation is about: it stands in `options` as far as it is that of all frames. A frame is
    shown through its stored VOI LUT of the number `voi_lut`, from 1, if there is one.
    """

    options: RenderOptions
    warnings: tuple[str, ...] = ()
    annotated: tuple[AnnotationKeyword, ...] = ()
    voi_lut: int | None = None

    def options_for(self, dataset: Dataset, frame_number: int) -> RenderOptions:
        """The options for one frame of an instance, annotated with what is its own."""
        if not self.annotated:
            return self.options
        return replace(self.options, annotation=read_annotation(dataset, frame_number, self.annotated))


def ignored_parameters(pairs: Sequence[tuple[str, str]], *, thumbnail: bool = False) -> tuple[str, ...]:
    """What to say of parameters in `pairs`, decoded and in order, that a resource does not have and ignores (§8.3).

    Raises `BadRequest` when one that it has is given twice: two readers could take two different ones.
    """
    known = _OF_THUMBNAILS if thumbnail else _OF_IMAGES
    counts = Counter(name for name, _ in pairs)
    if any(counts[name] > 1 for name in known):
        raise BadRequest("a parameter is given twice")
    ignored = [name for name in counts if name not in known]
    shown = ", ".join(filter(_NAME.fullmatch, ignored)) or "unnamed"
    return (f"The following parameters are not supported and were ignored: {shown}",) if ignored else ()


def read_rendition(
    parameters: Mapping[str, str], encoding: Encoding, dataset: Dataset | None = None, *, has_tables: bool = False
) -> Rendition:
    """All parameters of a rendered resource. Raises `BadRequest` for a supported parameter with a bad value (§8.3).

    `dataset` explains what can be annotated; without one nothing can. Only what `has_tables` of its own is shown
    through one of them.
    """
    known, unknown = read_annotation_keywords(parameters.get("annotation"))
    options = RenderOptions(
        encoding=encoding,
        window=_read(parameters, "window", read_window),
        viewport=_read(parameters, "viewport", read_viewport),
        quality=_read(parameters, "quality", read_quality) or 90,
        color_profile=read_color_profile(parameters.get("iccprofile", ColorProfile.NO), encoding),
        annotation=read_annotation(dataset, None, known) if dataset is not None else Annotation(),
    )
    if dataset is None:
        known, unknown = (), (*known, *unknown)
    warnings = _annotation_warnings(unknown)
    if "quality" in parameters and encoding in EXACT:
        warnings = (*warnings, WITHOUT_QUALITY)
    voi_lut = _read(parameters, "voilut", read_voi_lut)
    if voi_lut is not None and options.window is not None:
        raise BadRequest("`window` and `voilut` are alternatives")
    if voi_lut is not None and not has_tables:
        voi_lut, warnings = None, (*warnings, WITHOUT_VOI_LUT)
    if options.window is not None and dataset is not None and not takes_window(dataset):
        return Rendition(replace(options, window=None), (*warnings, WITHOUT_WINDOW), known)
    return Rendition(options, warnings, known, voi_lut)


def read_thumbnail(parameters: Mapping[str, str], encoding: Encoding, default_side: int) -> RenderOptions:
    """A thumbnail has a viewport of two values and nothing else (PS3.18 §8.3.5.2)."""
    text = parameters.get("viewport")
    viewport = Viewport(default_side, default_side) if text is None else read_viewport(text)
    if text is not None and text.count(",") != 1:
        raise BadRequest("the viewport of a thumbnail is `width,height`")
    return RenderOptions(encoding=encoding, viewport=viewport, quality=85, overlays=False)


def _read(parameters: Mapping[str, str], name: str, read: Callable[[str], Value]) -> Value | None:
    text = parameters.get(name)
    return None if text is None else read(text)


def read_window(text: str) -> Window:
    """`center,width,function` in the units that leave the modality transformation (PS3.18 §8.3.5.1.4)."""
    parts = text.split(",")
    if len(parts) != 3 or parts[2] not in set(VoiFunction):
        raise BadRequest("`window` is `center,width,function` with linear, linear-exact or sigmoid as its function")
    center, width = (_number(part, "window") for part in parts[:2])
    function = VoiFunction(parts[2])
    if width < 1 if function is VoiFunction.LINEAR else width <= 0:
        raise BadRequest("the width of `window` is too small for its function")
    return Window(center, width, function)


def read_voi_lut(text: str) -> int:
    """The number of an item of the VOI LUT Sequence, from 1: of this service, since PS3.18 knows windows alone."""
    if not re.fullmatch(r"[1-9]\d{0,2}", text, re.ASCII):
        raise BadRequest("`voilut` is the number of a VOI LUT of the image, from 1")
    return int(text)


def read_viewport(text: str) -> Viewport:
    """`width,height[,[x],[y],[region width],[region height]]` (PS3.18 §8.3.5.1.3); negative sizes flip."""
    parts = text.split(",")
    if not 2 <= len(parts) <= 6 or not all(map(_POSITIVE.fullmatch, parts[:2])) or (len(parts) > 2 and not parts[-1]):
        raise BadRequest("`viewport` is `width,height` or `width,height,x,y,region width,region height`")
    width, height = map(int, parts[:2])
    if width * height > MAXIMUM_OUTPUT_PIXELS:
        raise BadRequest("`viewport` is larger than this service renders")
    region = [_number(part, "viewport") if part else None for part in parts[2:]]
    x, y, region_width, region_height = (*region, None, None, None, None)[:4]
    if region_width == 0 or region_height == 0:
        raise BadRequest("the source region of `viewport` is empty")
    return Viewport(
        width=width,
        height=height,
        x=abs(x or 0),
        y=abs(y or 0),
        region_width=None if region_width is None else abs(region_width),
        region_height=None if region_height is None else abs(region_height),
        flip_horizontal=(region_width or 0) < 0,
        flip_vertical=(region_height or 0) < 0,
    )


def read_quality(text: str) -> int:
    """An integer from 1 to 100 (PS3.18 §8.3.5.1.2)."""
    if not re.fullmatch(r"[1-9]\d?|100", text, re.ASCII):
        raise BadRequest("`quality` is an integer from 1 to 100")
    return int(text)


def read_color_profile(text: str, encoding: Encoding) -> ColorProfile:
    """`no`, `yes` or the name of a space, for a media type that carries profiles (PS3.18 §8.3.5.1.5)."""
    if text not in set(ColorProfile):
        raise BadRequest("`iccprofile` is no, yes, srgb, adobergb or rommrgb")
    if text != ColorProfile.NO and encoding not in EMBEDDING_PROFILES:
        raise BadRequest("this media type carries no ICC profile")
    return ColorProfile(text)


def _number(text: str, parameter: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise BadRequest(f"a value of `{parameter}` is not a number")
    return float(text)


def read_annotation_keywords(text: str | None) -> tuple[tuple[AnnotationKeyword, ...], tuple[str, ...]]:
    """The keywords that this service knows, and the others, which are ignored and told (PS3.18 §8.3.5.1.1)."""
    values = () if text is None else tuple(dict.fromkeys(text.split(",")))
    if not all(map(_KEYWORD.fullmatch, values)):
        raise BadRequest("`annotation` is a list of keywords")
    known = tuple(one for one in AnnotationKeyword if one in values)
    return known, tuple(value for value in values if value not in set(AnnotationKeyword))


def _annotation_warnings(unknown: Sequence[str]) -> tuple[str, ...]:
    return (f"The following annotation values are not supported: {', '.join(unknown)}",) if unknown else ()
