"""The search ahead: a patient's studies are looked for, metadata only, before whoever will ask for them comes."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
import heapq
import logging
from typing import Final

from cachetools import TTLCache

from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.care.expected import Expected, Found, Holdings
from proxy.care.relationships import EventRelationship, EventRelationships
from proxy.resources import PatientIdentifier
from proxy.urgency import LEAST_URGENT, RequestDemand, demanded

Gather = Callable[[Sequence[PatientIdentifier]], Awaitable[Sequence[Holdings]]]
"""Asks every archive that can know a patient under these identifiers."""

PURPOSE: Final = "TREAT"
"""Why it is searched (HL7 v3 ActReason): for a treatment that is about to begin."""

_LOOK_SECONDS: Final = 60.0
_FRESH_SECONDS: Final = 300.0
"""Several events of one patient, as a hospital sends them within minutes, are one search."""

_FRESH_STUDIES: Final = 200
_FRESH_PATIENTS: Final = 64

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class Plan:
    """A search that is `due` at a moment, in Unix seconds, as long as any of `relationships` stands by then."""

    due: float
    number: int
    event: str = field(compare=False)
    sender: str = field(compare=False)
    relationships: tuple[str, ...] = field(compare=False)
    subjects: tuple[str, ...] = field(compare=False)
    patients: tuple[str, ...] = field(compare=False)
    identifiers: tuple[PatientIdentifier, ...] = field(compare=False)


class SearchesAhead:
    """Searches, a few at once and each as the least urgent of all, and keeps what is found in `expected`.

    At most `queue` searches are planned; `done` hears of each that was made. `clock` gives Unix seconds.
    """

    def __init__(
        self,
        gather: Gather,
        expected: Expected,
        relationships: EventRelationships,
        audit: AuditLog,
        clock: Callable[[], float],
        done: Callable[[Plan], None],
        queue: int,
    ) -> None:
        self._gather = gather
        self._expected = expected
        self._relationships = relationships
        self._audit = audit
        self._clock = clock
        self._done = done
        self._queue = queue
        self._plans: list[Plan] = []
        self._planned = 0
        self._wake = asyncio.Event()
        self._fresh: TTLCache[tuple[PatientIdentifier, ...], Found] = TTLCache(_FRESH_PATIENTS, _FRESH_SECONDS, clock)

    @property
    def waiting(self) -> int:
        """How many searches are planned."""
        return len(self._plans)

    def plan(self, begun: Iterable[EventRelationship], now: datetime) -> None:
        """Search for the patient of one care event when its first relationship begins, or now."""
        relationships = list(begun)
        if not relationships:
            return
        if len(self._plans) >= self._queue:
            _logger.warning("too many searches ahead are planned; one was left out")
            return
        first, self._planned = relationships[0], self._planned + 1
        plan = Plan(
            max(now, min(one.since for one in relationships)).timestamp(),
            self._planned,
            first.event,
            first.sender,
            tuple(one.id for one in relationships),
            tuple(dict.fromkeys(one.subject for one in relationships)),
            tuple(dict.fromkeys(one.patient for one in relationships)),
            first.identifiers,
        )
        heapq.heappush(self._plans, plan)
        self._wake.set()

    @asynccontextmanager
    async def running(self, searches: int) -> AsyncGenerator[None]:
        """Make the searches that are due, `searches` at once, until the context ends."""
        tasks = [asyncio.create_task(self._work(), name="searches ahead") for _ in range(searches)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            plan = await self._next()
            if not any(name in self._relationships for name in plan.relationships):
                continue
            try:
                await self._search(plan)
            except Exception as error:  # whatever it is, the next search goes on
                _logger.warning("a search ahead failed", exc_info=error)

    async def _next(self) -> Plan:
        while not self._plans or self._plans[0].due > self._clock():
            pause = min(_LOOK_SECONDS, self._plans[0].due - self._clock()) if self._plans else _LOOK_SECONDS
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
        return heapq.heappop(self._plans)

    async def _search(self, plan: Plan) -> None:
        found = self._fresh.get(plan.identifiers)
        if found is None:
            with demanded(RequestDemand(urgency=LEAST_URGENT, person=f"care:{plan.sender}")):
                holdings = await self._gather(plan.identifiers)
            found = Found(self._clock(), tuple(holdings))
            await self._audit.record(_searched(plan, found))
            if found.studies <= _FRESH_STUDIES:
                self._fresh[plan.identifiers] = found
        self._expected.keep(plan.subjects, plan.patients, found)
        self._done(plan)


def _searched(plan: Plan, found: Found) -> Event:
    """The service itself has searched, because of an event; what was found is for nobody yet."""
    first = plan.identifiers[0]
    silent = [one.status.archive for one in found.holdings if not one.status.state.complete]
    detail: dict[str, str | int] = {
        "level": "ahead",
        "rows": found.studies,
        "incomplete": ",".join(silent),
        "event": plan.event,
        "sender": plan.sender,
    }
    patient = f"{first.authority}|{first.value}"
    return Event(EventKind.SEARCH, Outcome.SUCCESS, purpose=PURPOSE, patient=patient, detail=detail)
