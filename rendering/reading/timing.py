"""How long each frame of a moving image is shown (PS3.3 C.7.6.5, C.7.6.16.2.2, C.7.6.16.2.7)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import pairwise
import re

from rendering.errors import MalformedAttributes
from rendering.options import Encoding
from rendering.reading import tags
from rendering.reading.elements import Dataset, integer, items, number, numbers, text, values

USUAL = 40_000
"""Microseconds for each frame where nothing is said: 25 frames in a second, as the viewer plays them."""

_SHORTEST, _LONGEST = 1_000, 10_000_000
_LEAST_DELAY = {Encoding.GIF: 20_000, Encoding.WEBP: 11_000}  # anything shorter is a tenth of a second to browsers
_CLOCK = {Encoding.GIF: 10_000, Encoding.WEBP: 1_000}
_OF_CINES = (tags.RECOMMENDED_DISPLAY_FRAME_RATE, tags.CINE_RATE, tags.FRAME_TIME, tags.FRAME_TIME_VECTOR)
_Read = Callable[[], Sequence[float]]
_DATE_TIME = re.compile(r"(\d{14})(?:\.(\d{1,6}))?(?:[+-]\d{4})?", re.ASCII)


class TimedBy(StrEnum):
    """What the times of the frames come from."""

    DISPLAY_RATE = "display-rate"
    FRAME_TIME_VECTOR = "frame-time-vector"
    CINE_RATE = "cine-rate"
    FRAME_TIME = "frame-time"
    ACQUISITION = "acquisition"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Timing:
    """`durations` of the frames in microseconds, all from 1 000 to 10 000 000."""

    durations: tuple[int, ...]
    timed_by: TimedBy


def is_tiled(dataset: Dataset) -> bool:
    """Whether several frames are tiles of one image, as those of a slide are (PS3.3 C.8.12.14)."""
    return _is_multi_frame(dataset) and bool(values(dataset, tags.TOTAL_PIXEL_MATRIX_COLUMNS))


def follows_time(dataset: Dataset) -> bool:
    """Whether there are several frames that can be seen one after another."""
    return _is_multi_frame(dataset) and not is_tiled(dataset)


def is_cine(dataset: Dataset) -> bool:
    """Whether the frames follow each other in time, and not only in place."""
    return follows_time(dataset) and any(values(dataset, tag) for tag in _OF_CINES)


def read_timing(dataset: Dataset, count: int) -> Timing:
    """The times of the `count` frames of an instance.

    First what its makers recommend for display, then what they measured; a vector goes before rates where Frame
    Increment Pointer names it. Times that are missing, not numbers or beyond reason count as not told.
    """
    for timed_by, read in _sources(dataset, count):
        durations = _possible(read)
        if len(durations) == count:
            return Timing(durations, timed_by)
    return Timing((USUAL,) * count, TimedBy.DEFAULT)


def as_played(durations: Sequence[int], encoding: Encoding) -> tuple[int, ...]:
    """The durations in the ticks that `encoding` counts in, no shorter than browsers honour; errors do not add up."""
    clock, least = _CLOCK.get(encoding, 1), _LEAST_DELAY.get(encoding, 1)
    played, meant, shown = [], 0, 0
    for duration in durations:
        meant += duration
        played.append(max(least, round(meant / clock) * clock - shown))
        shown += played[-1]
    return tuple(played)


def _is_multi_frame(dataset: Dataset) -> bool:
    return (integer(dataset, tags.NUMBER_OF_FRAMES) or 1) > 1


def _sources(dataset: Dataset, count: int) -> Iterator[tuple[TimedBy, _Read]]:
    vector = TimedBy.FRAME_TIME_VECTOR, partial(_by_vector, dataset, count)
    yield TimedBy.DISPLAY_RATE, partial(_by_rate, dataset, tags.RECOMMENDED_DISPLAY_FRAME_RATE, count)
    if text(dataset, tags.FRAME_INCREMENT_POINTER).upper() == tags.FRAME_TIME_VECTOR:
        yield vector
    yield TimedBy.CINE_RATE, partial(_by_rate, dataset, tags.CINE_RATE, count)
    yield TimedBy.FRAME_TIME, partial(_by_frame_time, dataset, count)
    yield vector
    for macro, tag, to_microseconds in _INSTANTS:
        yield TimedBy.ACQUISITION, partial(_by_instants, dataset, count, macro, tag, to_microseconds)


def _possible(read: _Read) -> tuple[int, ...]:
    """The durations that `read` finds, none when one of them is not possible."""
    try:
        durations = read()
    except MalformedAttributes:
        return ()
    return tuple(map(round, durations)) if all(_SHORTEST <= one <= _LONGEST for one in durations) else ()


def _by_rate(dataset: Dataset, tag: str, count: int) -> list[float]:
    rate = number(dataset, tag) or 0
    return [1e6 / rate] * count if rate else []


def _by_frame_time(dataset: Dataset, count: int) -> list[float]:
    return [1000 * (number(dataset, tags.FRAME_TIME) or 0)] * count


def _by_vector(dataset: Dataset, count: int) -> list[float]:
    """Increments in milliseconds, the first of them 0 (C.7.6.5.1.2): each frame is shown until the next one comes."""
    return _until_next([1000 * one for one in numbers(dataset, tags.FRAME_TIME_VECTOR)[1:count]], count)


def _by_instants(
    dataset: Dataset, count: int, macro: str, tag: str, to_microseconds: Callable[[Dataset, str], float]
) -> list[float]:
    groups = items(dataset, tags.PER_FRAME_FUNCTIONAL_GROUPS)[:count]
    instants = [to_microseconds(level, tag) for group in groups for level in items(group, macro)[:1]]
    return _until_next([later - earlier for earlier, later in pairwise(instants)], count)


def _until_next(increments: list[float], count: int) -> list[float]:
    """The last frame has no next one and is shown as long as the others on the average."""
    return [*increments, sum(increments) / len(increments)] if increments and len(increments) == count - 1 else []


def _to_instant(level: Dataset, tag: str) -> float:
    found = _DATE_TIME.fullmatch(text(level, tag))
    if found is None:
        raise MalformedAttributes("a date and time is missing or not possible")
    try:
        second = datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise MalformedAttributes("a date and time is missing or not possible") from None
    since = second - datetime(1970, 1, 1, tzinfo=UTC)
    return since / timedelta(microseconds=1) + int((found[2] or "").ljust(6, "0"))


def _scaled(factor: float) -> Callable[[Dataset, str], float]:
    def to_microseconds(level: Dataset, tag: str) -> float:
        found = number(level, tag)
        if found is None:
            raise MalformedAttributes("a time is missing")
        return found * factor

    return to_microseconds


_INSTANTS = (
    (tags.TEMPORAL_POSITION_SEQUENCE, tags.TEMPORAL_POSITION_TIME_OFFSET, _scaled(1e6)),
    (tags.CARDIAC_SYNCHRONIZATION_SEQUENCE, tags.NOMINAL_CARDIAC_TRIGGER_DELAY_TIME, _scaled(1e3)),
    (tags.FRAME_CONTENT_SEQUENCE, tags.FRAME_REFERENCE_DATE_TIME, _to_instant),
    (tags.FRAME_CONTENT_SEQUENCE, tags.FRAME_ACQUISITION_DATE_TIME, _to_instant),
)
