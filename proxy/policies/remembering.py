"""The facts of decisions that were recorded, kept for a while so that another policy can be asked about them.

They are kept after the audit log has committed the decision, and for comparison only: where they cannot be kept, nobody
is refused anything.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
import logging
from typing import Final

from policy.replay.past import PastDecision
from policy.request import AccessRequest, Capability
from proxy.errors import ConfigurationError
from proxy.policies.store import DecisionStore, StoreFailed
from proxy.repeating import repeated

_DAY_SECONDS: Final = 86_400
_WAITING: Final = 10_000
"""Decisions that wait to be written; beyond that the oldest are given up."""

_logger = logging.getLogger(__name__)


class PastDecisions:
    """Keeps at most `most` decisions for `days` days; `clock` gives Unix seconds."""

    def __init__(self, store: DecisionStore, clock: Callable[[], float], days: int, most: int) -> None:
        self._store = store
        self._clock = clock
        self._days = days
        self._most = most
        self._waiting: deque[PastDecision] = deque(maxlen=_WAITING)
        self._failing = False

    def remember(self, event: int, at: float, capability: Capability, request: AccessRequest) -> None:
        """Keep what was decided `at` a moment (Unix seconds) and recorded as `event`, soon."""
        if self._days:
            self._waiting.append(PastDecision(event, int(at), capability, request))

    async def of_days(self, days: int, most: int) -> list[PastDecision]:
        """The newest `most` of the last `days` days, those that wait among them. Raises `StoreFailed`."""
        await self.write()
        since = int(self._clock()) - days * _DAY_SECONDS
        return await asyncio.to_thread(self._store.since, since, most)

    async def write(self) -> None:
        """Write what waits. What cannot be written is given up, and said in the operational log once."""
        taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not taken:
            return
        oldest = int(self._clock()) - self._days * _DAY_SECONDS
        try:
            await asyncio.to_thread(self._store.add, taken, oldest, self._most)
        except (StoreFailed, ConfigurationError) as error:
            if not self._failing:
                _logger.warning("the facts of decisions cannot be kept", exc_info=error)
            self._failing = True
        else:
            self._failing = False

    @asynccontextmanager
    async def kept(self, every: float = 5.0) -> AsyncGenerator[None]:
        """Write every few seconds until the context ends, and then once more."""
        try:
            async with repeated(self.write, every, "facts of decisions"):
                yield
        finally:
            await self.write()
