"""Which VOI transformation a frame is shown through: what is asked for, its own window or VOI LUT, or a default.

The default is not standardised, so it is stated here and told in every answer. Nothing but the frame decides, so that
it is the same whoever asks and whatever was shown before; the whole frame counts, never the region asked for, because
zooming in must not change the brightness.

1. Values that are P-Values already are shown as they are: eight bits without a modality transformation, and radiographs
   and secondary captures that could have a VOI transformation and have none (PS3.3 A.8.4.4, C.8.11.3.1.5).
2. Hounsfield units are shown through one window for soft tissue, which keeps all slices equally bright, unless more is
   above it than any body has of bone and contrast medium.
3. Everything else spans the 0.5th to the 99.5th percentile of the frame's modality values, padding left out; counts and
   activities begin at zero.

Smallest and Largest Image Pixel Value (0028,0106-0107) are not used: they include padding and outliers, and are often
those of the image before it was processed.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendering.frame import FrameAttributes, LookupTable
from rendering.grayscale import Floats, Transformation, to_modality
from rendering.options import VoiFunction, Window
from rendering.reading.padding import stored_range

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_PRESENTABLE = {_STORAGE + suffix for suffix in ("1.1", "1.2", "1.3", "7.2", "7.3", "13.1.4")}
"""Radiographs and mammographies for presentation, and grey multi-frame secondary captures."""
_COUNTING = {_STORAGE + suffix for suffix in ("5", "20", "128", "128.1", "130")}
"""Nuclear medicine and positron emission tomography."""
_SOFT_TISSUE = Window(40, 400)
_MOST_ABOVE = 0.25  # of the pixels of a body: bone and contrast medium
_PERCENTILES = (0.5, 99.5)
_SAMPLE = 1 << 18  # pixels that suffice for percentiles
_LARGEST = 1e300  # so that no window is infinite


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
        inverted and attributes.presentation_lut is None,
        attributes.padding,
        lowest,
        highest,
        attributes.presentation_lut,
    )
    return transformation, window_from


def default_window(values: NDArray[Any], attributes: FrameAttributes) -> Window:
    """The window of a frame with these stored values that brings none of its own."""
    full = stored_range(attributes.bits_stored, attributes.signed)
    if _is_presentable(attributes):
        return spanning(*full)
    modality = _sample(values, attributes, full)
    if attributes.hounsfield and np.mean(modality > _SOFT_TISSUE.center + _SOFT_TISSUE.width / 2) <= _MOST_ABOVE:
        return _SOFT_TISSUE
    lowest, highest = map(float, np.percentile(modality, _PERCENTILES))
    if lowest == highest:
        lowest, highest = float(modality.min()), float(modality.max())
    if attributes.sop_class in _COUNTING:
        lowest = min(lowest, 0.0) if modality.min() < 0 else 0.0
    return between(lowest, highest) if attributes.floating_point else spanning(lowest, highest)


def spanning(lowest: float, highest: float) -> Window:
    """The LINEAR window that maps `lowest` to black and `highest` to white (PS3.3 C.11.2.1.2.1)."""
    return Window((lowest + highest + 1) / 2, highest - lowest + 1)


def between(lowest: float, highest: float) -> Window:
    """The LINEAR_EXACT window that does the same where neighbouring values lie closer than one (C.11.2.1.3.2)."""
    width = highest - lowest
    return Window(lowest + width / 2, width or 1.0, VoiFunction.LINEAR_EXACT)


def _choose_voi(
    values: NDArray[Any], attributes: FrameAttributes, requested: Window | None
) -> tuple[Window | None, LookupTable | None, str]:
    if requested is not None:
        return requested, None, "request"
    if attributes.voi_luts:
        return None, attributes.voi_luts[0], "lut"
    if attributes.windows:
        return attributes.windows[0], None, "image"
    return default_window(values, attributes), None, "default"


def _is_presentable(attributes: FrameAttributes) -> bool:
    """Whether stored values are P-Values, as far as it is known."""
    rescaled = (attributes.rescale_slope, attributes.rescale_intercept) != (1.0, 0.0)
    if rescaled or attributes.modality_lut is not None or attributes.floating_point:
        return False
    return attributes.bits_stored <= 8 or attributes.sop_class in _PRESENTABLE


def _sample(values: NDArray[Any], attributes: FrameAttributes, full: tuple[int, int]) -> Floats:
    """Modality values of some of the frame's pixels, without padding and what a palette colours; never empty."""
    sample = _without_padding(_thinned(values), attributes.padding)
    sample = sample[np.isfinite(sample)]
    if attributes.palette is not None:
        sample = sample[sample < attributes.palette.red.first]
    stored = sample if sample.size else np.array(full)
    rescale = attributes.rescale_slope, attributes.rescale_intercept
    return to_modality(stored.astype(np.float64), *rescale, attributes.modality_lut).clip(-_LARGEST, _LARGEST)


def _thinned(values: NDArray[Any]) -> NDArray[Any]:
    step = max(1, int((values.size / _SAMPLE) ** 0.5))
    return values[::step, ::step]


def _without_padding(values: NDArray[Any], padding: tuple[float, float] | None) -> NDArray[Any]:
    return values.reshape(-1) if padding is None else values[(values < padding[0]) | (values > padding[1])]
