"""What a probe found, to be read, kept and compared: of an archive and its ways, never of a patient."""

from collections.abc import Iterator, Mapping
from itertools import groupby
import math
from pathlib import Path

import msgspec

from proxy.errors import ConfigurationError

NOT_TRIED = "not tried"
_UNKNOWN = frozenset({None, NOT_TRIED})


class Timing(msgspec.Struct, frozen=True):
    """Seconds to the head of an answer: of how many answers, their median and their 95th percentile."""

    count: int
    p50: float
    p95: float


class Report(msgspec.Struct, frozen=True):
    """`facts` are true of the archive whatever it holds, and are compared; `seen` depends on what was looked at.

    `ended` says why the probe broke off, if it did. `at` is a time as RFC 3339 writes it.
    """

    url: str
    at: str
    requests: int
    bytes: int
    facts: dict[str, str]
    seen: dict[str, str]
    timings: dict[str, Timing]
    ended: str = ""

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.url}, {self.at}: {self.requests} requests, {self.bytes / 2**20:.1f} MiB"
        yield from _grouped(self.facts)
        yield from _grouped({f"seen: {name}": value for name, value in self.seen.items()})
        if self.timings:
            yield "\nseconds to the head of an answer"
        for name, timing in self.timings.items():
            yield f"  {name:<28} p50 {timing.p50:.3f}, p95 {timing.p95:.3f} of {timing.count}"
        if self.ended:
            yield f"\nbroken off: {self.ended}"


class Change(msgspec.Struct, frozen=True):
    """A fact that is another than it was."""

    what: str
    before: str
    now: str

    def __str__(self) -> str:
        return f"{self.what}: was `{self.before}`, is `{self.now}`"


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[Change, ...]:
    """The facts that changed; what was not tried once has not changed."""
    known = [name for name in before if before[name] not in _UNKNOWN and now.get(name) not in _UNKNOWN]
    return tuple(Change(name, before[name], now[name]) for name in known if before[name] != now[name])


def to_timing(seconds: list[float]) -> Timing:
    """Nearest-rank percentiles of at least one measurement."""
    ordered = sorted(seconds)

    def rank(share: float) -> float:
        return round(ordered[math.ceil(share * len(ordered)) - 1], 4)

    return Timing(len(ordered), rank(0.5), rank(0.95))


def save_report(report: Report, path: Path) -> None:
    """Raises `ConfigurationError` when `path` cannot be written."""
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    except OSError as error:
        raise ConfigurationError(f"cannot write `{path}`: {error.strerror}") from None


def read_report(path: Path) -> Report:
    """Raises `ConfigurationError` when `path` is no report."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Report)
    except OSError as error:
        raise ConfigurationError(f"cannot read `{path}`: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ConfigurationError(f"`{path}` is not the report of a probe") from None


def _grouped(facts: Mapping[str, str]) -> Iterator[str]:
    for group, names in groupby(facts, lambda name: name.partition(": ")[0]):
        yield f"\n{group}"
        yield from (f"  {name.partition(': ')[2]:<28} {facts[name]}" for name in names)
