"""What became of asking one archive: counts, the latest response times and the last failure, in bounded memory."""

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median, quantiles

_REMEMBERED = 256


class Reason(StrEnum):
    """Why an archive was not asked."""

    BUSY = "busy"
    OUTSIDE_HOURS = "outside-hours"
    RENDERED_ONLY = "rendered-only"
    BUDGET_SPENT = "budget-spent"
    RESTING = "resting"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Failure:
    """In the proxy's own words, and when, in Unix seconds."""

    words: str
    at: float


@dataclass(slots=True)
class Tally:
    """Since the service started."""

    requests: int = 0
    in_use: int = 0
    bytes: int = 0
    refusals: Counter[Reason] = field(default_factory=Counter)
    last_failure: Failure | None = None
    _seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def answered(self, seconds: float) -> None:
        """The head of an answer came after `seconds`."""
        self._seconds.append(seconds)

    @property
    def median_seconds(self) -> float | None:
        """Of the latest answers; `None` before the first."""
        return median(self._seconds) if self._seconds else None

    @property
    def p95_seconds(self) -> float | None:
        """What 19 of 20 of the latest answers did not exceed."""
        if len(self._seconds) < 2:
            return self.median_seconds
        return quantiles(self._seconds, n=20, method="inclusive")[-1]
