"""Signals as rows of a sheet: each on a line of its own, far enough from the next one to be told from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from rendering.waveforms.drawing import Ink, Lettering, Sheet, Stroke
from rendering.waveforms.recording import Channel
from rendering.waveforms.scales import ECG_GAIN, Scale, ticks

SPEED = 25.0
"""Millimetres for a second."""

_GAP = 2
_FINEST = 0.02  # mm between samples; where there are more, the extremes of each such step are drawn
_TRACE, _AXIS = 0.25, 0.15
_LABEL_SIZE, _TICK_SIZE = 3.0, 2.0


@dataclass(frozen=True, slots=True)
class Row:
    """A signal and how it is drawn: `values` sampled at `frequency` Hz; `is_ecg` with the mark of its calibration."""

    channel: Channel
    values: NDArray[np.float64]
    frequency: float
    scale: Scale
    is_ecg: bool

    def part(self, first: int, many: int) -> "Row":
        """The row of `many` samples from `first` on."""
        return Row(self.channel, self.values[first : first + many], self.frequency, self.scale, self.is_ecg)

    @property
    def reach(self) -> tuple[int, int]:
        """Whole millimetres that it takes above and below its line, with its label."""
        highest, lowest = self._extent
        return ceil(max(highest, self._label_height + _LABEL_SIZE)), ceil(max(-lowest, 0))

    def draw(self, sheet: Sheet, x: float, y: float, margin: float) -> None:
        """The signal from `x` on, on the line at `y`, with its scale in the `margin` before."""
        sheet.letterings.append(Lettering(margin, y - self._label_height, self.label, _LABEL_SIZE))
        self._draw_scale(sheet, margin, x, y)
        for points in self._points(x, y):
            sheet.strokes.append(Stroke(points, Ink.TRACE, _TRACE, self.channel.label))

    @property
    def label(self) -> str:
        unit = self.channel.unit
        said = [self.channel.label]
        if unit is None:
            said.append("(not calibrated)")
        elif not self.is_ecg and unit:
            said.append(f"[{unit}]")
        if self.is_ecg and self.scale.zero:
            said.append(f"(line at {self.scale.zero * self.scale.gain / ECG_GAIN:g} mV)")
        return " ".join(said)

    @property
    def _label_height(self) -> float:
        return ECG_GAIN + 1.0 if self.is_ecg else self._extent[0] + 1.5

    @property
    def _extent(self) -> tuple[float, float]:
        """Where the curve, and the marks of its scale, are highest and lowest above the line."""
        marks = [] if self.is_ecg else ticks(self.scale, self.values)
        heights = self.scale.heights(np.append(self.values, marks))
        known = heights[np.isfinite(heights)]
        return (float(known.max()), float(known.min())) if known.size else (0.0, 0.0)

    def _draw_scale(self, sheet: Sheet, margin: float, x: float, y: float) -> None:
        if self.is_ecg:
            start, rise, fall, end = margin, margin + 2.5, margin + 7.5, margin + 10
            top = y - ECG_GAIN
            sheet.line(Ink.TRACE, _TRACE, (start, y), (rise, y), (rise, top), (fall, top), (fall, y), (end, y))
            return
        marks = ticks(self.scale, self.values)
        places = y - self.scale.heights(np.array(marks))
        sheet.line(Ink.QUIET, _AXIS, (x - 1, places[0]), (x - 1, places[-1]))
        for mark, place in zip(marks, places, strict=True):
            sheet.line(Ink.QUIET, _AXIS, (x - 2, place), (x - 1, place))
            sheet.letterings.append(Lettering(x - 2.5, place + 0.7, f"{mark:.6g}", _TICK_SIZE, Ink.QUIET, ends=True))

    def _points(self, x: float, y: float) -> list[NDArray[np.float64]]:
        """The curve in pieces between missing samples; a sample that stands alone is a piece that goes nowhere."""
        seconds = np.arange(self.values.size) / self.frequency + self.channel.skew
        points = np.stack([x + SPEED * seconds, y - self.scale.heights(self.values)], axis=1)
        known = np.isfinite(points[:, 1])
        cuts = np.flatnonzero(np.diff(known.astype(np.int8))) + 1
        pieces = np.split(points, cuts)[0 if known.size and known[0] else 1 :: 2]
        return [_thinned(piece, self.frequency) if len(piece) > 1 else piece.repeat(2, axis=0) for piece in pieces]


def _thinned(points: NDArray[np.float64], frequency: float) -> NDArray[np.float64]:
    """The lowest and the highest of every few samples, where they are closer than a line is thin."""
    many = int(_FINEST * frequency / SPEED) * 2
    if many <= 2:
        return points
    whole = len(points) // many * many
    blocks = points[:whole, 1].reshape(-1, many)
    first = np.arange(0, whole, many)
    ends = np.sort(np.stack([blocks.argmin(axis=1), blocks.argmax(axis=1)], axis=1), axis=1) + first[:, np.newaxis]
    kept = np.unique(np.concatenate([[0], ends.ravel(), np.arange(whole, len(points)), [len(points) - 1]]))
    return np.asarray(points[kept], np.float64)


def lines_of(rows: Sequence[Row], top: float, closest: int, farthest: int) -> tuple[list[float], float]:
    """Where the line of each row lies below `top`, and where the last one ends."""
    places, y, above_next = [], top, 0
    for row in rows:
        above, below = row.reach
        y += min(max(above_next + above + _GAP, closest), farthest)
        places.append(y)
        above_next = below
    return places, y + min(above_next, farthest) + _GAP
