"""Everything on record goes to each repository, in order, at least once; views never wait for it.

The log itself is the queue: what a repository has not taken is read again from there. Where it stopped is kept beside
the log, so that an outage or a restart loses nothing; what was sent at such a moment may come twice, under its number.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
import logging
from typing import Final

from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.audit.reading import Readings, Record
from proxy.audit.store import EventQuery
from proxy.errors import AuditUnavailable
from proxy.repositories.positions import PositionStore
from proxy.repositories.way import Refused, RepositoryFailed, Way

LOOK_SECONDS: Final = 1.0
"""How often the log is looked at for something new."""

LONGEST_PAUSE: Final = 60.0

_OWN: Final = frozenset({EventKind.REPOSITORY_BEHIND, EventKind.REPOSITORY_REFUSED})
_logger = logging.getLogger(__name__)


class Delivery:
    """To one repository. `clock` gives Unix seconds, `timer` seconds that only go forward."""

    def __init__(
        self,
        name: str,
        way: Way,
        readings: Readings,
        positions: PositionStore,
        audit: AuditLog,
        times: tuple[Callable[[], float], Callable[[], float]],
        alarm_seconds: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._way = way
        self._readings = readings
        self._positions = positions
        self._audit = audit
        self._clock, self._timer = times
        self._alarm_seconds = alarm_seconds
        self._sleep = sleep
        self._kept: int | None = None
        self._sent = 0
        self._settling: deque[tuple[float, int]] = deque()
        self._oldest: Record | None = None
        self._alarmed = False
        self._batch = way.most
        self.backlog = 0
        self.taken = 0

    @property
    def behind_seconds(self) -> float:
        """The age of the oldest event that the repository has not taken; 0 when it has all."""
        return 0.0 if self._oldest is None else max(0.0, self._clock() - self._oldest.at.timestamp())

    @property
    def is_behind(self) -> bool:
        return self.behind_seconds > self._alarm_seconds

    async def work(self) -> None:
        """Send for ever: at once while there is more, again and again while it fails, less often each time."""
        pause = LOOK_SECONDS
        while True:
            try:
                more = await self.step()
                pause = 0.0 if more else LOOK_SECONDS
            except Exception as error:  # whatever went wrong, it is tried again, and the alarm goes on
                if not isinstance(error, RepositoryFailed | AuditUnavailable):
                    _logger.exception("an audit repository could not be sent to")
                pause = min(max(2 * pause, LOOK_SECONDS), LONGEST_PAUSE)
                await self._begin_again()
            await self._mind_the_alarm()
            await self._sleep(pause)

    async def step(self) -> bool:
        """Send what comes next; whether there may be more. Raises `RepositoryFailed`, `AuditUnavailable`."""
        if self._kept is None:
            self._kept = self._sent = await self._position()
        await self._settle()
        found = await self._readings.find(EventQuery(after=self._sent, limit=self._batch))
        if self._settling:
            self._way.require_standing()
        await self._look_at(found)
        if not found:
            return False
        try:
            refused = await self._way.send(found)
        except RepositoryFailed:
            self._batch = max(1, self._batch // 2)
            raise
        is_full, self._batch = len(found) >= self._batch, min(self._way.most, 2 * self._batch)
        self._settling.append((self._timer() + self._way.settle_seconds, found[-1].sequence))
        self._sent = found[-1].sequence
        self.taken += len(found)
        await self._tell_refused(refused)
        await self._settle()
        return is_full

    async def close(self) -> None:
        await self._way.close()

    async def _position(self) -> int:
        """Where to go on: from the start, when the log is another one that has not come so far."""
        kept = await asyncio.to_thread(self._positions.read, self.name)
        newest = await self._readings.find(EventQuery(limit=1, newest=True))
        return kept if newest and newest[0].sequence >= kept else 0

    async def _settle(self) -> None:
        """Keep what has been with the repository for long enough."""
        now, settled = self._timer(), self._kept
        while self._settling and self._settling[0][0] <= now:
            self._way.require_standing()
            _, settled = self._settling.popleft()
        if settled is not None and settled != self._kept:
            await asyncio.to_thread(self._positions.keep, self.name, settled)
            self._kept = settled

    async def _begin_again(self) -> None:
        """Over a new connection, and from where it is certain that everything before has come."""
        self._settling.clear()
        if self._kept is not None:
            self._sent = self._kept
        await self._way.hang_up()

    async def _look_at(self, found: Sequence[Record]) -> None:
        self._oldest = found[0] if found else None
        if not found:
            self.backlog = 0
            return
        newest = await self._readings.find(EventQuery(limit=1, newest=True))
        self.backlog = (newest or found)[-1].sequence - self._sent

    async def _mind_the_alarm(self) -> None:
        """An outage, and its end, are on record once each, and so reach whoever reads the log."""
        if self.is_behind == self._alarmed:
            return
        if self.is_behind:
            _logger.error("an audit repository is behind and does not take events")
        outcome = Outcome.FAILED if self.is_behind else Outcome.SUCCESS
        detail: dict[str, str | int] = {"repository": self.name, "backlog": self.backlog}
        try:
            await self._audit.record(Event(EventKind.REPOSITORY_BEHIND, outcome, detail=detail))
        except AuditUnavailable:
            return
        self._alarmed = not self._alarmed

    async def _tell_refused(self, refused: Sequence[Refused]) -> None:
        """What will never be taken holds up nothing else, and is on record; what tells of that is not told again."""
        for one in refused:
            _logger.error("an audit repository refused an event for good")
            if one.record.event.kind in _OWN:
                continue
            detail: dict[str, str | int] = {
                "repository": self.name,
                "record": one.record.sequence,
                "status": one.status,
            }
            await self._audit.record(replace(_REFUSED, detail=detail))


_REFUSED: Final = Event(EventKind.REPOSITORY_REFUSED, Outcome.FAILED)


class Deliveries:
    """To all repositories, side by side: one that is silent holds up no other."""

    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        self._all = tuple(deliveries)

    @property
    def backlog(self) -> int:
        return max((one.backlog for one in self._all), default=0)

    @property
    def behind_seconds(self) -> float:
        return max((one.behind_seconds for one in self._all), default=0.0)

    @property
    def behind(self) -> int:
        return sum(one.is_behind for one in self._all)

    @property
    def taken(self) -> int:
        return sum(one.taken for one in self._all)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        tasks = [asyncio.create_task(one.work(), name="audit repository") for one in self._all]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for one in self._all:
                await one.close()
