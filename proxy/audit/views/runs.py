"""Which frames of an instance: runs of numbers from 1, ascending, apart. Frame 0 is an instance that has no frames."""

from collections.abc import Iterable
from itertools import chain, groupby
from typing import Final

Run = tuple[int, int]
"""First and last, both included."""

Runs = tuple[Run, ...]

WHOLE: Final[Run] = (0, 0)
"""Of a document, a report, a waveform: it was shown, and has no frames to name."""


def to_runs(numbers: Iterable[int]) -> Runs:
    """`numbers`, which ascend."""
    groups = groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])
    found = [[number for _, number in group] for _, group in groups]
    return tuple((run[0], run[-1]) for run in found)


def joined(*some: Iterable[Run]) -> Runs:
    """All of `some`, whose runs may overlap and come in any order."""
    found: list[Run] = []
    for first, last in sorted(chain.from_iterable(some)):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return tuple(found)


def length(runs: Iterable[Run]) -> int:
    """How many frames they are."""
    return sum(last - first + 1 for first, last in runs)
