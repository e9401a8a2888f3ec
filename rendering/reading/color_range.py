"""Colours for a range of stored values, as parametric maps have them (PS3.3 C.7.6.16.2.26)."""

from rendering.options import VoiFunction, Window
from rendering.reading import tags
from rendering.reading.elements import Dataset, number, text
from rendering.reading.functional_groups import levels


def has_range_palette(dataset: Dataset) -> bool:
    """Whether there is a palette for a range of values, whatever numbers they are."""
    gray = text(dataset, tags.PHOTOMETRIC_INTERPRETATION).upper() == "MONOCHROME2"
    ranged = text(dataset, tags.PIXEL_PRESENTATION) == "COLOR_RANGE"
    return gray and ranged and all(tag in dataset for tag in tags.PALETTE_DESCRIPTORS)


def read_color_range(dataset: Dataset, frame_number: int, slope: float, intercept: float) -> tuple[Window, ...]:
    """The range of frame `frame_number` (from 1) as a window on its modality values; none where it is not told."""
    for level in levels(dataset, frame_number, tags.STORED_VALUE_COLOR_RANGE_SEQUENCE):
        lowest, highest = (number(level, tag) for tag in (tags.MINIMUM_MAPPED, tags.MAXIMUM_MAPPED))
        if lowest is not None and highest is not None and lowest < highest:
            center, width = slope * (lowest + highest) / 2 + intercept, abs(slope) * (highest - lowest)
            return (Window(center, width, VoiFunction.LINEAR_EXACT),)
    return ()
