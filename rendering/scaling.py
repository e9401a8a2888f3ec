"""Grey values at the size of the image, with what is no value kept apart."""

from typing import Any

from numpy.typing import NDArray

from rendering import viewport
from rendering.frame import FrameAttributes
from rendering.viewport import Geometry


def smallest(attributes: FrameAttributes, geometry: Geometry) -> tuple[int, int] | None:
    """How far decoding may reduce the frame: not where a mean of stored values means nothing, or mixes padding in."""
    if attributes.palette is not None or attributes.padding is not None:
        return None
    return geometry.smallest(attributes.rows, attributes.columns)


def scale_gray(values: NDArray[Any], attributes: FrameAttributes, geometry: Geometry) -> NDArray[Any]:
    """The region of `values` that is shown, at its size, never mixed with padding or with what is missing."""
    if attributes.floating_point:
        return viewport.scale_around_missing(values, geometry, attributes)
    if attributes.padding is None:
        return viewport.scale(values, geometry, attributes)
    return viewport.scale_around_padding(values, geometry, attributes, attributes.padding)
