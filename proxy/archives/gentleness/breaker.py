"""An archive that keeps failing is left alone for a while, and then asked one question before all the others."""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
import math

from proxy.settings.gentleness import Gentleness


class State(StrEnum):
    """Open means that nothing passes, as with a switch in a circuit."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """Opens after so many failures on end; each probe that fails doubles the pause. `timer` gives growing seconds.

    Failures that may be due to what somebody asked are held against the archive only when several people meet them:
    half of what opens it, at most, comes from one person, and no probe of theirs settles anything.

    `since` is when it opened, by the timer; `None` while it is closed.
    """

    def __init__(self, settings: Gentleness, timer: Callable[[], float]) -> None:
        self._settings = settings
        self._timer = timer
        self._failures = 0
        self._doubtful: Counter[str] = Counter()
        self._pause = 0.0
        self._opened = 0.0
        self.since: float | None = None
        self._probing = False

    @property
    def state(self) -> State:
        if not self._pause:
            return State.CLOSED
        return State.OPEN if self._timer() < self._opened + self._pause else State.HALF_OPEN

    @property
    def passes(self) -> bool:
        """Whether somebody may ask now."""
        state = self.state
        return state is State.CLOSED or (state is State.HALF_OPEN and not self._probing)

    def seconds_to_probe(self) -> int:
        """Whole seconds, at least one, until asking may be worth while."""
        return max(1, math.ceil(self._opened + self._pause - self._timer()))

    def begin(self) -> bool:
        """Somebody who may asks now; true when theirs is the probe, after which they say `end_probe`."""
        probe = self.state is State.HALF_OPEN
        self._probing = self._probing or probe
        return probe

    def end_probe(self) -> None:
        """The probe is over; without a word on how it went, the next one may be sent."""
        self._probing = False

    def succeed(self) -> None:
        """Answers to questions from before the breaker opened close it too: the archive speaks."""
        self._failures, self._pause, self.since = 0, 0.0, None
        self._doubtful.clear()

    def fail(self, *, probe: bool, asker: str = "") -> None:
        """`asker` is whose question may be to blame, if it may."""
        if asker and (probe or self._doubtful[asker] >= max(1, self._settings.failures // 2)):
            return
        self._doubtful.update([asker] if asker else [])
        self._failures += 1
        if probe:
            self._open(min(2 * self._pause, self._settings.longest_pause_seconds))
        elif not self._pause and self._failures >= self._settings.failures:
            self._open(self._settings.pause_seconds)

    def _open(self, pause: float) -> None:
        self._pause = max(pause, self._settings.pause_seconds)
        self._opened = self._timer()
        self.since = self._opened if self.since is None else self.since
