"""Which VOI transformation a frame is shown through: what is asked for, its first window, its VOI LUT, or a default.

The default is not standardised, so it is stated here and told in every answer. Eight bits without a modality
transformation are shown as they are. Anything else spans the 0.5th to the 99.5th percentile of the frame's modality
values, padding left out, and, for CT, only those that Hounsfield units can be. The whole frame counts, never the region
asked for: zooming in must not change the brightness.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendering.frame import FrameAttributes, LookupTable
from rendering.grayscale import Transformation, to_modality
from rendering.options import Window
from rendering.reading.padding import stored_range

_CT = "1.2.840.10008.5.1.4.1.1.2"
_HOUNSFIELD = (-1024.0, 3071.0)  # the twelve bits of scanners: air to dense bone
_PERCENTILES = (0.5, 99.5)
_SAMPLE = 1 << 18  # pixels that suffice for percentiles


def choose(
    values: NDArray[Any], inverted: bool, attributes: FrameAttributes, requested: Window | None
) -> tuple[Transformation, str]:
    """The transformation of a frame with these stored values, and `request`, `image`, `lut` or `default`."""
    window, voi_lut, window_from = _choose_voi(values, attributes, requested)
    lowest, highest = stored_range(attributes.bits_stored, attributes.signed)
    transformation = Transformation(
        attributes.rescale_slope,
        attributes.rescale_intercept,
        attributes.modality_lut,
        window,
        voi_lut,
        inverted,
        attributes.padding,
        lowest,
        highest,
    )
    return transformation, window_from


def default_window(values: NDArray[Any], attributes: FrameAttributes) -> Window:
    """A window that shows the range of modality values that the frame itself has."""
    full = stored_range(attributes.bits_stored, attributes.signed)
    if attributes.bits_stored <= 8 and _is_identity(attributes):
        return spanning(*full)
    sample = _without_padding(_thinned(values), attributes.padding)
    if attributes.palette is not None:
        sample = sample[sample < attributes.palette.red.first]
    if not sample.size:
        sample = np.array(full)
    modality = to_modality(
        sample.astype(np.float64), attributes.rescale_slope, attributes.rescale_intercept, attributes.modality_lut
    )
    if attributes.sop_class == _CT or attributes.sop_class.startswith(_CT + "."):
        modality = _plausible(modality)
    lowest, highest = np.percentile(modality, _PERCENTILES)
    if lowest == highest:
        lowest, highest = modality.min(), modality.max()
    return spanning(float(lowest), float(highest))


def spanning(lowest: float, highest: float) -> Window:
    """The LINEAR window that maps `lowest` to black and `highest` to white (PS3.3 C.11.2.1.2.1)."""
    return Window((lowest + highest + 1) / 2, highest - lowest + 1)


def _choose_voi(
    values: NDArray[Any], attributes: FrameAttributes, requested: Window | None
) -> tuple[Window | None, LookupTable | None, str]:
    if requested is not None:
        return requested, None, "request"
    if attributes.windows:
        return attributes.windows[0], None, "image"
    if attributes.voi_luts:
        return None, attributes.voi_luts[0], "lut"
    return default_window(values, attributes), None, "default"


def _is_identity(attributes: FrameAttributes) -> bool:
    rescaled = (attributes.rescale_slope, attributes.rescale_intercept) != (1.0, 0.0)
    return not rescaled and attributes.modality_lut is None


def _thinned(values: NDArray[Any]) -> NDArray[Any]:
    step = max(1, int((values.size / _SAMPLE) ** 0.5))
    return values[::step, ::step]


def _without_padding(values: NDArray[Any], padding: tuple[int, int] | None) -> NDArray[Any]:
    return values.reshape(-1) if padding is None else values[(values < padding[0]) | (values > padding[1])]


def _plausible(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without what scanners write around the circle they reconstruct, unless nothing else is there."""
    inside = values[(values >= _HOUNSFIELD[0]) & (values <= _HOUNSFIELD[1])]
    return inside if inside.size else values
