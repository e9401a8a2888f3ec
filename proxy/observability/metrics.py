"""Counters, gauges and histograms in Prometheus' text format (version 0.0.4), with labels that cannot name a person.

The `prometheus-client` package takes any text as a label and never forgets one; here both are bounded by construction.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import accumulate
import math
import re
from typing import Final, Protocol

from proxy.observability.fields import WITHHELD, Field, to_safe

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
MAXIMUM_SERIES: Final = 500
OTHER: Final = "other"
DEFAULT_BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,80}", re.ASCII)


class Label(StrEnum):
    """All labels there are; their values have the forms of `Field`."""

    ROUTE = "route"
    METHOD = "method"
    STATUS = "status"
    ARCHIVE = "archive"
    URGENCY = "urgency"
    CONDITION = "condition"
    REASON = "reason"


Values = Mapping[Label, str | int]
_Key = tuple[str, ...]


class _Family(Protocol):
    def lines(self, name: str) -> Iterator[str]: ...


class _Series:
    """Label values in a fixed order, at most `MAXIMUM_SERIES` combinations; what is beyond counts as `other`."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self.labels = tuple(labels)
        self._known: set[_Key] = set()

    def key(self, values: Values) -> _Key:
        if set(values) != set(self.labels):
            raise ValueError("a measurement carries exactly the labels of its metric")
        key = tuple(_to_value(label, values[label]) for label in self.labels)
        if key not in self._known and len(self._known) >= MAXIMUM_SERIES:
            return (OTHER,) * len(self.labels)
        self._known.add(key)
        return key

    def text(self, key: _Key, *more: str) -> str:
        pairs = [f'{label}="{value}"' for label, value in zip(self.labels, key, strict=True)]
        return f"{{{','.join([*pairs, *more])}}}" if pairs or more else ""


class Reading:
    """Says how much there is, or how often something happened so far, by asking `read` when it is looked at."""

    def __init__(self, read: Callable[[], float]) -> None:
        self._read = read

    def lines(self, name: str) -> Iterator[str]:
        yield f"{name} {_number(self._read())}"


class Readings:
    """Like `Reading` for several things at once, as many as are configured, each with its label values."""

    def __init__(self, labels: Sequence[Label], read: Callable[[], Iterable[tuple[Values, float]]]) -> None:
        self._labels = tuple(labels)
        self._read = read

    def lines(self, name: str) -> Iterator[str]:
        for values, value in self._read():
            pairs = (f'{label}="{_to_value(label, values[label])}"' for label in self._labels)
            yield f"{name}{{{','.join(pairs)}}} {_number(value)}"


class Histogram:
    """Counts observations by upper bounds, which are inclusive. Used from the event loop's thread only."""

    def __init__(self, labels: Sequence[Label], bounds: Iterable[float] = DEFAULT_BOUNDS) -> None:
        self._series = _Series(labels)
        self._bounds = sorted(bounds)
        self._counts: dict[_Key, list[int]] = {}
        self._sums: dict[_Key, float] = {}

    def observe(self, value: float, values: Values | None = None) -> None:
        key = self._series.key(values or {})
        counts = self._counts.setdefault(key, [0] * (len(self._bounds) + 1))
        counts[bisect_left(self._bounds, value)] += 1
        self._sums[key] = self._sums.get(key, 0.0) + value

    def lines(self, name: str) -> Iterator[str]:
        for key, counts in self._counts.items():
            for bound, count in zip([*self._bounds, math.inf], accumulate(counts), strict=True):
                edge = f'le="{_number(bound)}"'
                yield f"{name}_bucket{self._series.text(key, edge)} {count}"
            yield f"{name}_sum{self._series.text(key)} {_number(self._sums[key])}"
            yield f"{name}_count{self._series.text(key)} {sum(counts)}"


class Metrics:
    """The metrics of one service, by name."""

    def __init__(self) -> None:
        self._families: dict[str, tuple[str, str, _Family]] = {}

    def counter(self, name: str, description: str, read: Callable[[], float]) -> None:
        """What `read` gives only grows while the service runs."""
        self._add(name, description, "counter", Reading(read))

    def gauge(self, name: str, description: str, read: Callable[[], float]) -> None:
        self._add(name, description, "gauge", Reading(read))

    def readings(
        self, name: str, description: str, labels: Sequence[Label], read: Callable[[], Iterable[tuple[Values, float]]]
    ) -> None:
        """A counter or gauge for each combination of label values that `read` gives."""
        self._add(name, description, _kind_of(name), Readings(labels, read))

    def histogram(
        self, name: str, description: str, *labels: Label, bounds: Iterable[float] = DEFAULT_BOUNDS
    ) -> Histogram:
        histogram = Histogram(labels, bounds)
        self._add(name, description, "histogram", histogram)
        return histogram

    def exposition(self) -> str:
        """All metrics as text, to be served as `CONTENT_TYPE`."""
        return "".join(f"{line}\n" for line in self._lines())

    def _add(self, name: str, description: str, kind: str, family: _Family) -> None:
        if not _NAME.fullmatch(name) or name in self._families:
            raise ValueError("a metric has a name of its own, in lower case")
        self._families[name] = (description, kind, family)

    def _lines(self) -> Iterator[str]:
        for name, (description, kind, family) in self._families.items():
            yield f"# HELP {name} {description}"
            yield f"# TYPE {name} {kind}"
            yield from family.lines(name)


def _kind_of(name: str) -> str:
    return "counter" if name.endswith("_total") else "gauge"


def _to_value(label: Label, value: str | int) -> str:
    safe = to_safe(Field(label.value), value)
    return OTHER if safe == WITHHELD else str(safe)


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(int(value) if value == int(value) else value)
