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
Words: TypeAlias = NDArray[np.uint16]
_KEPT_TABLES = 128  # of at most 64 KiB each, twice that for 16 bits
_BLOCK = 1 << 18  # values transformed at a time where there is no table


@dataclass(frozen=True, slots=True)
class Transformation:
    """What makes stored values visible; `window` or `voi_lut`, never both.

    `lowest` and `highest` bound the stored values; `padding` is an inclusive range of them and is shown as background.
    `presentation_lut` and then inversion follow the VOI transformation.
    """

    slope: float
    intercept: float
    modality_lut: LookupTable | None
    window: Window | None
    voi_lut: LookupTable | None
    inverted: bool
    padding: tuple[float, float] | None
    lowest: int
    highest: int
    presentation_lut: LookupTable | None = None


def to_presentation(values: NDArray[Any], transformation: Transformation) -> Bytes:
    """Integers of 8, 16 or 32 bits, or floating point, as grey values from 0 to 255 in the same shape.

    What is no number, or not a finite one, is shown as background.
    """
    return _shown(values, transformation, 8)


def to_deep_presentation(values: NDArray[Any], transformation: Transformation) -> Words:
    """The same from 0 to 65535: windows wider than 256 keep their levels apart."""
    return _shown(values, transformation, 16)


def _shown(values: NDArray[Any], transformation: Transformation, bits: int) -> NDArray[Any]:
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 2:
        table = _table(transformation, values.dtype.str, bits)
        return np.asarray(cv2.LUT(np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}"), table))
    shown = np.empty(values.size, f"u{bits // 8}")
    flat = values.reshape(-1)
    for start in range(0, flat.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        shown[block] = _transform_known(flat[block], transformation, bits)
    return shown.reshape(values.shape)


def to_modality(stored: Floats, slope: float, intercept: float, table: LookupTable | None) -> Floats:
    """The modality transformation alone: a look-up table, or a rescale (PS3.3 C.11.1.1.2)."""
    if table is not None:
        return _look_up(stored, table).astype(np.float64)
    with np.errstate(over="ignore"):  # what lies beyond all numbers is past any window
        return stored * slope + intercept


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
    return _spanned(_look_up(values, table), table)


def apply_presentation_lut(values: Floats, table: LookupTable) -> Floats:
    """Values from 0 to 255, which span the table's input, through a Presentation LUT, as values from 0 to 255.

    What the first mapped value is does not matter, since what comes before is scaled onto all entries (C.11.6.1).
    """
    positions = np.rint(values * ((table.entries - 1) / 255)).astype(np.intp)
    return _spanned(to_array(table)[positions], table)


@cached(LRUCache(_KEPT_TABLES), lock=Lock())
def _table(transformation: Transformation, dtype: str, bits: int) -> NDArray[Any]:
    """What each value of an 8- or 16-bit type becomes, in the order of its bit patterns."""
    kind = np.dtype(dtype)
    limits = np.iinfo(kind)
    lowest, highest = max(transformation.lowest, int(limits.min)), min(transformation.highest, int(limits.max))
    shown = _transform(np.arange(lowest, highest + 1, dtype=np.float64), transformation, bits)
    patterns = np.arange(1 << 8 * kind.itemsize, dtype=f"u{kind.itemsize}").view(kind)
    return np.asarray(shown[np.clip(patterns, lowest, highest).astype(np.intp) - lowest])


def _transform(stored: Floats, transformation: Transformation, bits: int) -> NDArray[Any]:
    one, peak = transformation, (1 << bits) - 1
    values = to_modality(stored, one.slope, one.intercept, one.modality_lut)
    if one.window is not None:
        values = apply_window(values, one.window)
    elif one.voi_lut is not None:
        values = apply_voi_lut(values, one.voi_lut)
    if one.presentation_lut is not None:
        values = apply_presentation_lut(values, one.presentation_lut)
    shown = np.clip(np.rint(values * (peak / 255)), 0, peak).astype(f"u{bits // 8}")
    if one.inverted:
        shown = peak - shown
    if one.padding is not None:
        shown[(stored >= one.padding[0]) & (stored <= one.padding[1])] = 0
    return shown


def _transform_known(stored: NDArray[Any], transformation: Transformation, bits: int) -> NDArray[Any]:
    known = np.isfinite(stored)
    shown = _transform(np.where(known, stored, 0).astype(np.float64), transformation, bits)
    return np.where(known, shown, shown.dtype.type(0))


def _look_up(values: Floats, table: LookupTable) -> NDArray[np.uint16]:
    """Values below the first mapped one take the first entry, those above the last one the last (C.11.1.1.1)."""
    positions = np.clip(np.rint(values) - table.first, 0, table.entries - 1)
    return np.asarray(to_array(table)[positions.astype(np.intp)])


def _spanned(outputs: NDArray[np.uint16], table: LookupTable) -> Floats:
    """What a table gives, spread over 0 to 255; entries beyond the declared bits widen the range."""
    bits = max(table.bits, int(to_array(table).max()).bit_length())
    return outputs.astype(np.float64) * (255 / ((1 << bits) - 1))
