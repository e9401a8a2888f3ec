"""A recording as a sheet to look at: its head, then each group in lines, at 25 mm/s (PS3.3 C.10.9).

Leads for no more than a beat or two, such as median beats, stand side by side; other groups have a line for each
channel, and as many such systems below each other as they last.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from textwrap import wrap

from rendering.waveforms.drawing import Ink, Lettering, Sheet
from rendering.waveforms.leads import standard_order
from rendering.waveforms.reading import LINE_SECONDS, LONGEST_LINE_SECONDS
from rendering.waveforms.recording import Group, Recording
from rendering.waveforms.rows import SPEED, Row, lines_of
from rendering.waveforms.samples import to_values
from rendering.waveforms.scales import common_span, ecg_scale, millivolts, own_scale

MARGIN = 5
START = 20
"""Where curves begin, in millimetres from the left; their scales stand before."""

_NARROWEST = 150
_SHORT_SECONDS = 2.5
_MOST_COLUMNS = 4
_CROWD = 24
TEXT_SIZE = 3.0
_TITLE, _PITCH = 4.5, 4
_LETTER_WIDTH = 0.6  # of its size, on average


def compose(recording: Recording) -> Sheet:
    """The sheet. Raises `MalformedFrame` when a group's data are too short."""
    width = START + max(map(_width, recording.groups)) + 2 * MARGIN
    sheet = Sheet(f"{recording.title}, {_scale(recording)}", float(max(_NARROWEST, width)))
    y = _head(sheet, recording)
    for group in recording.groups:
        y = _draw_group(sheet, group, recording.is_ecg, y)
    sheet.height = float(y + MARGIN)
    return sheet


def _scale(recording: Recording) -> str:
    return "25 mm/s, 10 mm/mV" if recording.is_ecg else "25 mm/s"


def _width(group: Group) -> int:
    if _is_short(group):
        return _column_width(group) * _columns(group)
    line = group.seconds if group.seconds <= LONGEST_LINE_SECONDS else LINE_SECONDS
    return ceil(line * SPEED / 5) * 5


def _is_short(group: Group) -> bool:
    """Whether its channels have room side by side, and names that are as short."""
    return group.seconds <= _SHORT_SECONDS and len(group.channels) > 1 and all(one.lead for one in group.channels)


def _column_width(group: Group) -> int:
    return ceil(group.seconds * SPEED / 5) * 5 + START


def _columns(group: Group) -> int:
    return min(_MOST_COLUMNS, len(group.channels))


def _head(sheet: Sheet, recording: Recording) -> int:
    y = MARGIN + 4
    sheet.letterings.append(Lettering(MARGIN, y, sheet.title, _TITLE))
    whole = [] if recording.is_whole else [_left_out(recording)]
    longest = int((sheet.width - 2 * MARGIN) / (TEXT_SIZE * _LETTER_WIDTH))
    paragraphs = (*recording.annotation, *whole, "; ".join(recording.statements))
    for line in (line for paragraph in paragraphs for line in wrap(paragraph, longest)):
        y += _PITCH
        sheet.letterings.append(Lettering(MARGIN, y, line, TEXT_SIZE))
    return y + 2


def _left_out(recording: Recording) -> str:
    group = max(recording.groups, key=lambda one: one.recorded / one.frequency)
    return f"Shown: the first {group.seconds:g} s of {group.recorded / group.frequency:g} s that were recorded."


def _draw_group(sheet: Sheet, group: Group, is_ecg: bool, y: int) -> int:
    rows = _rows(group, is_ecg)
    sheet.letterings.append(Lettering(MARGIN, y + _PITCH, _caption(group), TEXT_SIZE, Ink.QUIET))
    top = _on_paper(y + _PITCH)
    draw = _draw_columns if _is_short(group) else _draw_systems
    bottom = _on_paper(draw(sheet, rows, top, group))
    if any(row.is_ecg for row in rows):
        sheet.grids.append((MARGIN, top, START + _width(group), bottom))
    return bottom


def _on_paper(y: float) -> int:
    """The next thick line of the millimetre paper."""
    return ceil(y / 5) * 5


def _caption(group: Group) -> str:
    filters = dict.fromkeys(channel.filters for channel in group.channels)
    said = next(iter(filters)) if len(filters) == 1 else "channels filtered differently"
    return ", ".join(filter(None, (group.title, f"{group.frequency:g} Hz", said)))


def _rows(group: Group, is_ecg: bool) -> list[Row]:
    signals = list(zip(group.channels, to_values(group), strict=True))
    order = standard_order(tuple(channel.lead for channel in group.channels)) or range(len(signals))
    potentials = [values for channel, values in signals if millivolts(channel) is not None]
    span, height = common_span(potentials), 20.0 if len(signals) <= _CROWD // 2 else 10.0
    rows = []
    for channel, values in (signals[position] for position in order):
        potential = millivolts(channel) is not None
        if is_ecg and potential:
            scale = ecg_scale(channel, values)
        else:
            scale = own_scale(channel, values, height, span if potential and span else None)
        rows.append(Row(channel, values, group.frequency, scale, is_ecg and potential))
    return rows


def _spacing(rows: Sequence[Row]) -> tuple[int, int]:
    """How close and how far apart lines may be: many rows must share what a sheet has."""
    closest = 15 if any(row.is_ecg for row in rows) else 8
    return closest, 60 if len(rows) <= _CROWD else 30


def _draw_systems(sheet: Sheet, rows: Sequence[Row], top: float, group: Group) -> float:
    for first, many in _windows(group):
        system = [row.part(first, many) for row in rows]
        places, bottom = lines_of(system, top, *_spacing(rows))
        for row, place in zip(system, places, strict=True):
            row.draw(sheet, START, place, MARGIN)
        top = _draw_seconds(sheet, first / group.frequency, many / group.frequency, bottom)
    return top


def _windows(group: Group) -> Iterator[tuple[int, int]]:
    """First sample and number of samples of each system."""
    if group.seconds <= LONGEST_LINE_SECONDS:
        yield 0, group.samples
        return
    many = int(LINE_SECONDS * group.frequency)
    for first in range(0, group.samples, many):
        yield first, min(many, group.samples - first)


def _draw_seconds(sheet: Sheet, start: float, seconds: float, y: float) -> float:
    for second in range(int(seconds) + 1):
        x = START + second * SPEED
        sheet.line(Ink.QUIET, 0.15, (x, y), (x, y + 1))
        sheet.letterings.append(Lettering(x + 0.5, y + 3, f"{start + second:g} s", 2.0, Ink.QUIET))
    return y + 4


def _draw_columns(sheet: Sheet, rows: Sequence[Row], top: float, group: Group) -> float:
    """Channels side by side: down the first column, then the next, so that limb leads and chest leads keep together."""
    width, high = _column_width(group), ceil(len(rows) / _columns(group))
    bottoms = []
    for column in range(0, len(rows), high):
        some = rows[column : column + high]
        places, bottom = lines_of(some, top, *_spacing(rows))
        x = START + column // high * width
        for row, place in zip(some, places, strict=True):
            row.draw(sheet, x, place, x - START + MARGIN)
        bottoms.append(bottom)
    return max(bottoms)
