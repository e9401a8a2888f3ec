"""Stored values → 8-bit presentation values: modality, VOI and presentation transformation as one (PS3.4 N.2.1).

The three are composed into one table for the values that 8 or 16 bits can hold, and computed value by value beyond.
Floating point is kept from end to end and rounded once.
"""

from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeAlias

from cachetools import LRUCache, cached
import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.entries import to_array
from rendering.frame import LookupTable
from rendering.options import VoiFunction, Window

Floats: TypeAlias = NDArray[np.float64]
Bytes: TypeAlias = NDArray[np.uint8]
_KEPT_TABLES = 128  # of at most 64 KiB each
_BLOCK = 1 << 18  # values transformed at a time where there is no table


@dataclass(frozen=True, slots=True)
class Transformation:
    """What makes stored values visible; `window` or `voi_lut`, never both.

    `lowest` and `highest` bound the stored values; `padding` is an inclusive range of them and is shown as background.
    """

    slope: float
    intercept: float
    modality_lut: LookupTable | None
    window: Window | None
    voi_lut: LookupTable | None
    inverted: bool
    padding: tuple[int, int] | None
    lowest: int
    highest: int


def to_presentation(values: NDArray[Any], transformation: Transformation) -> Bytes:
    """Integers of 8, 16 or 32 bits, or floating point, as grey values from 0 to 255 in the same shape."""
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 2:
        table = _table(transformation, values.dtype.str)
        return np.asarray(cv2.LUT(np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}"), table))
    shown = np.empty(values.size, np.uint8)
    flat = values.reshape(-1)
    for start in range(0, flat.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        shown[block] = _transform(flat[block].astype(np.float64), transformation)
    return shown.reshape(values.shape)


def to_modality(stored: Floats, slope: float, intercept: float, table: LookupTable | None) -> Floats:
    """The modality transformation alone: a look-up table, or a rescale (PS3.3 C.11.1.1.2)."""
    return stored * slope + intercept if table is None else _look_up(stored, table).astype(np.float64)


def apply_window(values: Floats, window: Window) -> Floats:
    """Modality values through one window, as values from 0 to 255, not yet rounded (PS3.3 C.11.2.1.2, C.11.2.1.3)."""
    center, width = window.center, window.width
    with np.errstate(over="ignore"):
        match window.function:
            case VoiFunction.LINEAR if width <= 1:
                share = (values > center - 0.5).astype(np.float64)
            case VoiFunction.LINEAR:
                share = (values - (center - 0.5)) / (width - 1) + 0.5
            case VoiFunction.LINEAR_EXACT:
                share = (values - center) / width + 0.5
            case VoiFunction.SIGMOID:
                share = 1 / (1 + np.exp(-4 * ((values - center) / width)))
    return np.asarray(np.clip(share, 0, 1) * 255)


def apply_voi_lut(values: Floats, table: LookupTable) -> Floats:
    """Modality values through a VOI LUT, whose output spans the display's range (PS3.3 C.11.2.1.1).

    Entries beyond the declared bits occur; they widen the range, so that nothing wraps or saturates.
    """
    entries = to_array(table)
    bits = max(table.bits, int(entries.max()).bit_length())
    return _look_up(values, table).astype(np.float64) * (255 / ((1 << bits) - 1))


@cached(LRUCache(_KEPT_TABLES), lock=Lock())
def _table(transformation: Transformation, dtype: str) -> Bytes:
    """What each value of an 8- or 16-bit type becomes, in the order of its bit patterns."""
    kind = np.dtype(dtype)
    limits = np.iinfo(kind)
    lowest, highest = max(transformation.lowest, int(limits.min)), min(transformation.highest, int(limits.max))
    shown = _transform(np.arange(lowest, highest + 1, dtype=np.float64), transformation)
    patterns = np.arange(1 << 8 * kind.itemsize, dtype=f"u{kind.itemsize}").view(kind)
    return np.asarray(shown[np.clip(patterns, lowest, highest).astype(np.intp) - lowest])


def _transform(stored: Floats, transformation: Transformation) -> Bytes:
    one = transformation
    values = to_modality(stored, one.slope, one.intercept, one.modality_lut)
    if one.window is not None:
        values = apply_window(values, one.window)
    elif one.voi_lut is not None:
        values = apply_voi_lut(values, one.voi_lut)
    shown = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    if one.inverted:
        shown = 255 - shown
    if one.padding is not None:
        shown[(stored >= one.padding[0]) & (stored <= one.padding[1])] = 0
    return shown


def _look_up(values: Floats, table: LookupTable) -> NDArray[np.uint16]:
    """Values below the first mapped one take the first entry, those above the last one the last (C.11.1.1.1)."""
    positions = np.clip(np.rint(values) - table.first, 0, table.entries - 1)
    return np.asarray(to_array(table)[positions.astype(np.intp)])
