"""How high a value is drawn: electrocardiograms at 10 mm/mV, other signals as their rows allow, with an axis."""

from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from numpy.typing import NDArray

from rendering.waveforms.recording import Channel

ECG_GAIN = 10.0
"""Millimetres for a millivolt."""

_MILLIVOLTS = {"V": 1e3, "mV": 1.0, "uV": 1e-3, "nV": 1e-6}
_STEPS = (1.0, 2.0, 5.0, 10.0)
_FARTHEST_OFFSET = 1.0  # mV; farther from zero a curve is moved to its row, and its row says so
_CLOSEST_TICKS = 4.0


@dataclass(frozen=True, slots=True)
class Scale:
    """`value` is drawn `gain` × (`value` - `zero`) millimetres above the line of its row."""

    unit: str
    gain: float
    zero: float = 0.0

    def heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return (values - self.zero) * self.gain


def millivolts(channel: Channel) -> float | None:
    """How many millivolts the channel's unit is; `None` when it measures something else."""
    return None if channel.unit is None else _MILLIVOLTS.get(channel.unit.replace("µ", "u").replace("μ", "u"))


def ecg_scale(channel: Channel, values: NDArray[np.float64]) -> Scale:
    """The scale of an electrocardiogram for values in the channel's unit, which is a part of a volt."""
    factor = millivolts(channel) or 1.0
    middle = _middle(values) * factor
    zero = 0.0 if abs(middle) <= _FARTHEST_OFFSET else round(middle * 2) / 2
    return Scale("mV", ECG_GAIN * factor, zero / factor)


def own_scale(channel: Channel, values: NDArray[np.float64], height: float, span: float | None = None) -> Scale:
    """A scale of 1, 2 or 5 millimetres for a power of ten of units, so that `span`, or all of it, fits `height`."""
    lowest, highest = _range(values)
    wanted = highest - lowest if span is None else span
    gain = nice_below(height / wanted) if wanted > 0 else 1.0
    zero = (lowest + highest) / 2 if span is None else _middle(values)
    return Scale(channel.unit or "", gain, zero)


def common_span(signals: list[NDArray[np.float64]]) -> float:
    """A span of values that most of `signals` stay within, leaving their odd samples out."""
    spans = [float(np.diff(np.nanpercentile(one, (1, 99)))[0]) for one in signals if np.isfinite(one).any()]
    return 1.5 * float(np.median(spans)) if spans else 0.0


def ticks(scale: Scale, values: NDArray[np.float64]) -> list[float]:
    """Round values to mark on the axis: the range of the signal, not closer than can be read."""
    lowest, highest = _range(values)
    step = nice_above(_CLOSEST_TICKS / scale.gain)
    if (highest - lowest) / step > 8:
        step = nice_above((highest - lowest) / 8)
    first, last = floor(lowest / step + 1e-9), ceil(highest / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def nice_below(number: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above `number`."""
    power = 10.0 ** floor(log10(number))
    return max(step for step in (0.5, *_STEPS) if step * power <= number * (1 + 1e-9)) * power


def nice_above(number: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below `number`."""
    power = 10.0 ** floor(log10(number))
    return min(step for step in _STEPS if step * power >= number * (1 - 1e-9)) * power


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)


def _middle(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else 0.0
