"""Every view session from its opening to its end: which frames left in it is recorded as it goes on, and at the end.

The opening is committed before the first frame leaves. What leaves afterwards is gathered here and told by events of
many frames each: after `MOST_DELIVERIES` frames, after `TELLING_SECONDS`, and whenever what must be done to images
changes. So far may the log be behind when the service is killed. Where it cannot take them, nobody is given a permit
from `LATEST_SECONDS` or `MOST_UNRECORDED` on (docs/decisions/0057).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import islice
import logging
from typing import Any, Final

from proxy.access.caller import Caller
from proxy.access.enforcement import IDLE_SECONDS, MAXIMUM_VIEWS
from proxy.access.permit import Permit
from proxy.access.views.session import Session
from proxy.access.views.shown import Shown
from proxy.audit.log import AuditLog
from proxy.audit.views.view import Ended
from proxy.errors import AuditUnavailable

TELLING_SECONDS: Final = 30.0
MOST_DELIVERIES: Final = 500

LATEST_SECONDS: Final = 120.0
MOST_UNRECORDED: Final = 2000
"""Frames of one view session."""

LOOK_SECONDS: Final = 1.0
MOST_AT_ONCE: Final = 50
"""View sessions that are told of together, and of which time alone makes an event at one look."""

_logger = logging.getLogger(__name__)


class Views:
    """Implements `proxy.access.watch.Watch`. `timer` gives seconds that only go forward, whatever clocks do."""

    def __init__(self, audit: AuditLog, timer: Callable[[], float]) -> None:
        self._audit = audit
        self._timer = timer
        self._open: dict[str, Session] = {}  # in the order in which they were used last
        self._behind: dict[str, float] = {}  # since when something of them is not on record, in about that order
        self._due: dict[str, None] = {}
        self._stopping = asyncio.Event()

    @property
    def open(self) -> int:
        """How many view sessions are open."""
        return len(self._open)

    @property
    def unrecorded(self) -> int:
        """How many frames left that are not on record."""
        return sum(self._open[session].unrecorded for session in self._behind)

    def admitted(self, caller: Caller, permit: Permit[Any]) -> None:
        """`caller` is about to be given `permit`. Raises `AuditUnavailable` when too much is not on record yet."""
        since = self._behind.get(permit.view_session)
        if since is not None and self._is_too_late(permit.view_session, since):
            raise AuditUnavailable("what was shown before is not on record yet")
        self._use(caller, permit)

    def show(self, caller: Caller, shown: Iterable[Shown]) -> None:
        """Note what is handed to the server now; `sent` is told of the bytes."""
        for one in shown:
            name, session = one.permit.view_session, self._use(caller, one.permit)
            if session.differs(one):
                session.gather()
                self._due[name] = None
            session.show(one, session.used)
            self._behind.setdefault(name, session.used)
            if session.fresh >= MOST_DELIVERIES:
                self._due[name] = None

    def sent(self, name: str, octets: int) -> None:
        """So many bytes more were handed to the server in the view session of that name."""
        if (session := self._open.get(name)) is not None:
            session.sent(octets, self._timer())

    def ended(self, name: str, why: Ended) -> None:
        """The view session of that name is over, if it is open."""
        session = self._open.get(name)
        if session is not None and session.ended is None:
            session.ended = why
            self._due[name] = None

    def end_all(self, whose: Callable[[Caller], bool], why: Ended) -> None:
        """The view sessions of these callers are over."""
        for name, session in self._open.items():
            if whose(session.caller):
                self.ended(name, why)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Tell the log until the context ends, and then that everything open is over."""
        task = asyncio.create_task(self._tell(), name="views")
        try:
            yield
        finally:
            self._stopping.set()
            await task
            self.end_all(lambda _: True, Ended.STOPPED)
            await self.look()
            if self._open:
                _logger.warning("not all views could be told to be over; the next start tells it")

    async def look(self) -> None:
        """Tell the log what is due. What it cannot take now waits for the next look."""
        self._end_idle()
        due = list(dict.fromkeys([*self._due, *islice(self._late(), MOST_AT_ONCE)]))
        for start in range(0, len(due), MOST_AT_ONCE):
            if not await self._record(due[start : start + MOST_AT_ONCE]):
                return

    async def _tell(self) -> None:
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._stopping.wait()
            try:
                await self.look()
            except Exception:  # whatever went wrong, it is tried again; what waits for too long stops permits
                _logger.exception("the views that are open could not be told of")

    async def _record(self, names: Sequence[str]) -> bool:
        """Tell of these in one commit; whether the log took all of it."""
        results = await asyncio.gather(*map(self._record_one, names), return_exceptions=True)
        failures = [one for one in results if one is not None]
        for failure in failures:
            if not isinstance(failure, AuditUnavailable):
                raise failure
        return not failures

    async def _record_one(self, name: str) -> None:
        session = self._open[name]
        self._due.pop(name, None)
        session.gather()
        try:
            while session.told:
                await self._audit.record(session.told[0])
                session.recorded()
        except AuditUnavailable:
            self._due[name] = None
            raise
        self._behind.pop(name, None)
        if session.behind_since is not None:
            self._behind[name] = session.behind_since
        elif session.over:
            del self._open[name]

    def _use(self, caller: Caller, permit: Permit[Any]) -> Session:
        now, name = self._timer(), permit.view_session
        session = self._open.pop(name, None)
        if session is None:
            self._make_room()
            session = Session(caller, permit, now, now)
        session.caller, session.permit, session.used = caller, permit, now
        self._open[name] = session
        return session

    def _make_room(self) -> None:
        """There are about as many as enforcement keeps: whoever comes back after so many finds a new view session."""
        if len(self._open) >= MAXIMUM_VIEWS:
            self.ended(next(iter(self._open)), Ended.DISPLACED)

    def _is_too_late(self, name: str, since: float) -> bool:
        return self._timer() - since > LATEST_SECONDS or self._open[name].unrecorded > MOST_UNRECORDED

    def _end_idle(self) -> None:
        now = self._timer()
        for name, session in islice(self._open.items(), MOST_AT_ONCE):
            if now - session.used > IDLE_SECONDS:
                self.ended(name, Ended.IDLE)

    def _late(self) -> Iterator[str]:
        now = self._timer()
        return (name for name, since in self._behind.items() if now - since >= TELLING_SECONDS)
