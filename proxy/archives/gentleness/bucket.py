"""How often an archive is asked: a token bucket, so that a scroll may start at once and cannot go on for ever."""

from collections.abc import Callable


class TokenBucket:
    """In any period of t seconds at most `burst` + t · `per_second` are taken. `timer` gives seconds that only grow."""

    def __init__(self, per_second: float, burst: int, timer: Callable[[], float]) -> None:
        self._per_second = per_second
        self._burst = burst
        self._timer = timer
        self._tokens = float(burst)
        self._filled = timer()

    def pause(self) -> float:
        """Seconds until something may be taken; 0 when it may be now."""
        self._fill()
        return max(0.0, (1 - self._tokens) / self._per_second)

    def take(self) -> None:
        """Only when there is no pause."""
        self._fill()
        self._tokens -= 1

    def _fill(self) -> None:
        now = self._timer()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._per_second)
        self._filled = now
