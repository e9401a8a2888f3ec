"""How fast somebody takes new frames, against what a display can show: those that come too soon wait their time."""

from dataclasses import dataclass
from typing import Final

LONGEST_SECONDS: Final = 20.0
"""Who would have to wait longer is told to come back."""

_ASSUMED_VIEWPORTS, _MOST_VIEWPORTS = 2, 8


def display_of(viewports: int) -> float:
    """How much faster than one of two viewports a display of so many shows frames; unknown or absurd ones as usual."""
    return min(max(viewports, _ASSUMED_VIEWPORTS), _MOST_VIEWPORTS) / _ASSUMED_VIEWPORTS


@dataclass(slots=True)
class Pace:
    """Frames are paid for with time, from `_paid` on; so many seconds may be owed."""

    _paid: float = 0.0

    def wait(self, now: float, owed_seconds: float) -> float:
        """Seconds until frames may leave again."""
        return max(0.0, self._paid - now - owed_seconds)

    def pay(self, now: float, seconds: float) -> None:
        self._paid = max(self._paid, now) + seconds


def usual_seconds(per_viewport: float, burst: int) -> float:
    """How long a display of the usual size shows `burst` frames, which is what may be owed."""
    return burst / (per_viewport * _ASSUMED_VIEWPORTS)


def frame_seconds(per_viewport: float, display: float, slowed: float) -> float:
    """How long one frame stands for: longer for whoever is `slowed` by such a factor."""
    return slowed / (per_viewport * _ASSUMED_VIEWPORTS * display)
