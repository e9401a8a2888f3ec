"""One view session while it is open: what of it stands in events, and what waits to."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from proxy.access.caller import Caller
from proxy.access.events import of_view
from proxy.access.permit import Permit
from proxy.access.views.shown import Shown
from proxy.access.views.stretch import Counts, Detail, Stretch
from proxy.audit.event import Event, EventKind
from proxy.audit.views.view import Ended, Field


@dataclass(slots=True)
class Session:
    """`opened` and `used` are in seconds of a clock that only goes forward; `told` waits for the log, oldest first.

    `over` is set once its end is among what is told, or was.
    """

    caller: Caller
    permit: Permit[Any]
    opened: float
    used: float
    ended: Ended | None = None
    over: bool = False
    told: deque[Event] = field(default_factory=deque)
    _stretch: Stretch | None = None
    _unrecorded: int = 0
    _octets: int = 0
    _total: Counts = field(default_factory=Counts)

    @property
    def unrecorded(self) -> int:
        """How many frames left that are not on record."""
        return self._unrecorded + self.fresh

    @property
    def fresh(self) -> int:
        """How many frames left that no event tells of."""
        return self._stretch.counts.deliveries if self._stretch is not None else 0

    @property
    def behind_since(self) -> float | None:
        """When the first frame left that no event tells of."""
        return self._stretch.first if self._stretch is not None else None

    def show(self, shown: Shown, now: float) -> None:
        """Note frames that leave, also after the end of the session was told: then it goes on."""
        if self.over:
            self.ended, self.over = None, False
        if self._stretch is None:
            self._stretch = Stretch(shown.permit.obligations, now, now)
        self._stretch.add(shown, now)

    def differs(self, shown: Shown) -> bool:
        """Whether other things must be done to `shown` than to what left before it and is not told of."""
        return self._stretch is not None and self._stretch.obligations != shown.permit.obligations

    def sent(self, octets: int, now: float) -> None:
        self.used = now
        self._octets += octets

    def gather(self) -> None:
        """What left becomes events, the last of which says that the session is over, if it is."""
        stretch, self._stretch = self._stretch, None
        closing = self.ended is not None and not self.over
        details: list[Detail] = [{}] if closing else []
        obligations = self.permit.obligations
        if stretch is not None:
            stretch.counts.octets, self._octets = self._octets, 0
            self._total.add(stretch.counts)
            self._unrecorded += stretch.counts.deliveries
            details, obligations = list(stretch.details(self.opened)), stretch.obligations
        kinds = [EventKind.VIEW_PROGRESS] * len(details)
        if closing:
            if self._octets:  # of what was told of before they were sent
                details[-1] = {**details[-1], Field.BYTES: self._octets}
                self._total.octets += self._octets
                self._octets = 0
            kinds[-1], details[-1] = EventKind.VIEW_CLOSED, {**details[-1], **self._closing()}
            self.over = True
        events = zip(kinds, details, strict=True)
        self.told += (of_view(kind, self.caller, self.permit, obligations, detail) for kind, detail in events)

    def recorded(self) -> None:
        """The first of `told` is on record."""
        self.told.popleft()
        if not self.told:
            self._unrecorded = 0

    def _closing(self) -> Detail:
        total = self._total
        told: Detail = {
            Field.TOTAL_DELIVERED: total.delivered,
            Field.TOTAL_NATIVE_DELIVERED: total.native_delivered,
            Field.TOTAL_NEAR_DELIVERED: total.near_delivered,
            Field.TOTAL_BYTES: total.octets,
            Field.TOTAL_NATIVE_PIXELS: total.native_pixels,
        }
        return {Field.ENDED: str(self.ended), Field.SECONDS: int(self.used - self.opened), **told}
