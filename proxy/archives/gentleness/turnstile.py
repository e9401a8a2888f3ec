"""Who may ask one archive now, and when it is their turn."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
import time

from msgspec import structs

from proxy.archives.gate import Gate, Patience
from proxy.archives.gentleness.breaker import Breaker
from proxy.archives.gentleness.bucket import TokenBucket
from proxy.archives.gentleness.budget import Spent
from proxy.archives.gentleness.standing import Standing, to_standing
from proxy.archives.gentleness.tally import Reason
from proxy.archives.gentleness.turn import Turn
from proxy.errors import ArchiveFailed
from proxy.settings.archives import Archive
from proxy.urgency import Demand, current_demand

_LINE_PER_PLACE = 16
_NEVER = 2**31
_CONNECTIONS_FOR_WHOLE_ANSWERS = 2
"""Clients that take streamed answers slowly hold a connection each; searches and images never wait for all of them."""


class Turnstile:
    """Every limit that an archive's owner has set. `clock` gives Unix seconds, `timer` seconds that only grow."""

    def __init__(
        self,
        archive: Archive,
        institution: str,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        settings, places = archive.gentleness, archive.limits.connections
        streams = max(1, places - _CONNECTIONS_FOR_WHOLE_ANSWERS)
        bucket = TokenBucket(settings.requests_per_second, settings.burst, timer)
        self.standing: Standing = to_standing(settings, institution, clock, timer)
        self.line = Gate(places, places * _LINE_PER_PLACE, bucket, timer)
        others = max(1, streams // 4)  # places that one person never has, who may take everything slowly
        self._streams = Gate(streams, streams * _LINE_PER_PLACE, timer=timer, most_each=max(1, streams - others))
        self._settings = settings

    def apart(self) -> "Turnstile":
        """The same line and limits, for questions that an archive may well refuse: none counts as its failure."""
        patient = structs.replace(self._settings, failures=_NEVER)
        other = copy(self)
        other.standing = replace(self.standing, breaker=Breaker(patient, self.standing.timer))
        return other

    @property
    def turned_away(self) -> int:
        """How many found a line too long."""
        return self.line.turned_away + self._streams.turned_away

    @asynccontextmanager
    async def stream(self, patience: Patience) -> AsyncGenerator[None]:
        """A place among those who pass full fidelity on, which ends before the budget of the day does."""
        standing = self.standing
        if standing.budget.spent is not Spent.LITTLE and not current_demand().emergency:
            raise standing.refused(Reason.RENDERED_ONLY, standing.rendered_only())
        async with self._streams.place(patience):
            yield

    @asynccontextmanager
    async def turn(self, patience: Patience) -> AsyncGenerator[Turn]:
        """The right to send one request. Raises `ArchiveFailed` or one of its kinds when none may be sent."""
        demand = current_demand()
        self._check(demand)
        async with self.line.place(patience):
            self._check(demand)
            turn = Turn(self.standing, demand, ample=patience.is_ample)
            try:
                yield turn
            finally:
                turn.end()

    @property
    def admits(self) -> bool:
        """Whether what is wanted now might be asked now."""
        return self._refusal(current_demand()) is None

    def _check(self, demand: Demand) -> None:
        refusal = self._refusal(demand)
        if refusal is not None:
            raise self.standing.refused(*refusal)

    def _refusal(self, demand: Demand) -> tuple[Reason, ArchiveFailed] | None:
        """What the archive itself says or shows counts for everybody, what its owner allows not for emergencies."""
        standing = self.standing
        if standing.rest.seconds:
            return Reason.RESTING, standing.resting()
        if not standing.breaker.passes:
            return Reason.FAILING, standing.failing()
        if not demand.emergency and not standing.hours.are_open:
            return Reason.OUTSIDE_HOURS, standing.closed()
        if standing.budget.spent is Spent.ALL and not (demand.emergency and standing.budget.has_reserve):
            return Reason.BUDGET_SPENT, standing.spent()
        return None
