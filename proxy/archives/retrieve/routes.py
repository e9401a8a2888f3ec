"""The ways to an archive's frames, and which of them it was found to have (PS3.18 §10.4.1.1.5, §10.4.1.1.6)."""

from collections.abc import Callable
from enum import Enum, auto
import time

from cachetools import TTLCache

from proxy.resources import InstanceRef
from proxy.settings.archives import KnownDialect

_BELIEVED_SECONDS = 3600.0
_REMEMBERED = 10_000
_TELLING = 3  # instances, one of which may be odd


class Route(Enum):
    """In the order in which they are tried: what costs the archive least comes first."""

    FRAMES = auto()
    LINK = auto()
    """Where the metadata link to for the pixels."""

    PIXELDATA = auto()
    BULKDATA = auto()
    BULK = auto()
    """Where Orthanc keeps the pixels to which its metadata do not link."""

    INSTANCE = auto()
    """The object as a file, out of which its frames are cut."""


class Routes:
    """Learnt for each instance, and for all of them once several were found to have no other; for an hour.

    `offers_ranges` when the archive gives parts of bulk data (RFC 9110 §14). What is `known` from the beginning holds
    until something else is learnt.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic, known: KnownDialect | None = None) -> None:
        self._of_instance: TTLCache[InstanceRef, Route] = TTLCache(_REMEMBERED, _BELIEVED_SECONDS, timer)
        self._usual: TTLCache[None, Route] = TTLCache(1, _BELIEVED_SECONDS, timer)
        self._configured = Route[known.frames_by.upper()] if known and known.frames_by else None
        self.offers_ranges = bool(known and known.byte_ranges)
        self._last: Route | None = None
        self._in_a_row = 0

    def known(self, instance: InstanceRef) -> Route | None:
        """The way by which frames of `instance` came, or those of all others do."""
        return self._of_instance.get(instance) or self._usual.get(None) or self._configured

    def order(self, instance: InstanceRef) -> tuple[Route, ...]:
        """The one that is known first; the others after it, as archives change."""
        known = self.known(instance)
        return tuple(sorted(Route, key=lambda route: (route is not known, route.value)))

    def worked(self, route: Route, instance: InstanceRef) -> None:
        """Frames of `instance` came by `route`."""
        if route is not self._last:
            self._last, self._in_a_row = route, 0
        if self.known(instance) is route:
            return
        self._of_instance[instance] = route
        self._in_a_row += 1
        if route is Route.FRAMES or self._in_a_row >= _TELLING:
            self._usual[None] = route
