"""What sheets of paper have in common, whatever is on them: their media types, and the parameters they know."""

from collections.abc import Mapping
from dataclasses import replace

from proxy.dicomweb.parameters import WITHOUT_WINDOW, Rendition, read_rendition
from rendering.options import ColorProfile, Encoding
from rendering.reading.elements import Dataset

ENCODINGS = (Encoding.JPEG, Encoding.PNG, Encoding.WEBP)
_WITHOUT_PROFILE = "No ICC profile is embedded for this kind of object: it is in sRGB."


def read_sheet_rendition(parameters: Mapping[str, str], encoding: Encoding, dataset: Dataset) -> Rendition:
    """Size, region, quality and annotation; a window and a profile have no meaning on paper, which is said (§8.3.5)."""
    rendition = read_rendition(parameters, encoding, dataset)
    without_window = (WITHOUT_WINDOW,) if rendition.options.window is not None else ()
    described = rendition.options.color_profile is not ColorProfile.NO
    without_profile = (_WITHOUT_PROFILE,) if described else ()
    return replace(
        rendition,
        options=replace(rendition.options, window=None, color_profile=ColorProfile.NO),
        warnings=(*rendition.warnings, *without_window, *without_profile),
    )
