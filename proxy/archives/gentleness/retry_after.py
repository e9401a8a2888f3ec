"""Until when an archive asks to be left alone (Retry-After, RFC 9110 §10.2.3): seconds, or a date."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime
import math

import httpx

LONGEST_SECONDS = 3600


def read_retry_after(headers: httpx.Headers, now: float) -> int | None:
    """Seconds to wait, at most an hour; `None` when nothing readable is said. `now` is in Unix seconds."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return LONGEST_SECONDS if len(text) > 8 else min(int(text), LONGEST_SECONDS)
    return _seconds_until(text, now) if text else None


def _seconds_until(date: str, now: float) -> int | None:
    try:
        seconds = parsedate_to_datetime(date).timestamp() - now
    except (ValueError, OverflowError, OSError):
        return None
    return min(max(0, math.ceil(seconds)), LONGEST_SECONDS)


class Rest:
    """The time before which nothing is asked, and `since` when. `timer` gives seconds that only grow."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._until = timer()
        self.since = self._until

    @property
    def seconds(self) -> int:
        """Whole seconds that are left of it; 0 when it is over."""
        return max(0, math.ceil(self._until - self._timer()))

    def begin(self, seconds: int) -> None:
        """A later answer does not shorten what an earlier one asked for."""
        self.since = self.since if self.seconds else self._timer()
        self._until = max(self._until, self._timer() + seconds)
