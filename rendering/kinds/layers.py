"""Layers over an image, in the order in which they hide each other: dose, then segments, then lines."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from rendering.decode.decoding import decode
from rendering.errors import UnsupportedObject
from rendering.frame import EncodedFrame
from rendering.kinds.dose import lay_dose
from rendering.kinds.segmentation import lay_segments
from rendering.kinds.structures import lay_structures
from rendering.layers import Layers
from rendering.legend import Line
from rendering.sampling import to_frame
from rendering.tint import Bytes, to_rgb
from rendering.viewport import Geometry


def lay_over(
    image: Bytes, layers: Layers, frames: Sequence[EncodedFrame], geometry: Geometry, maximum_pixels: int
) -> tuple[Bytes, tuple[Line, ...]]:
    """An upright image, grey or RGB, as RGB with `layers` over it, and the legend; `frames` are those of the still."""
    image, placement = to_rgb(image), to_frame(geometry)
    lines: list[Line] = []
    if layers.dose is not None:
        stored = _stored(frames[layers.dose.frame], maximum_pixels)
        lines += (Line(text, color) for text, color in lay_dose(image, layers.dose, stored, placement))
    if layers.segments is not None:
        values = {one.frame: _stored(frames[one.frame], maximum_pixels) for one in layers.segments.frames}
        segments = lay_segments(image, layers.segments, values, placement)
        lines += (Line(segment.label, segment.color) for segment in segments)
    if layers.structures:
        lay_structures(image, layers.structures, geometry)
        lines += (Line(structure.label, structure.color) for structure in layers.structures)
    return image, (*lines, *map(Line, layers.remarks))


def _stored(frame: EncodedFrame, maximum_pixels: int) -> NDArray[Any]:
    values = decode(frame, maximum_pixels).values
    if values.ndim != 2:
        raise UnsupportedObject("what is laid over an image has one sample for each pixel")
    return values
