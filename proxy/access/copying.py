"""Viewing or copying: what a person took in full fidelity of which studies, and how fast.

Whoever reads a study may see all of it, again and again: only frames that are new to a person count. What counts is
how many studies' worth of them a day brings, and whether a display could have shown them so fast. First the pace
falls, then the person is asked to confirm, then officers are told. Emergencies are told of only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
import math
from typing import Final

from cachetools import LRUCache

from policy.request import PurposeOfUse
from proxy.access.caller import Caller
from proxy.access.coverage import Coverage, Taken
from proxy.access.events import copying_suspected
from proxy.access.pace import LONGEST_SECONDS, Pace, display_of, frame_seconds, usual_seconds
from proxy.access.permit import Permit
from proxy.audit.event import Outcome
from proxy.audit.log import AuditLog
from proxy.coalescing import Coalesced
from proxy.errors import FullFidelityUnconfirmed, TooFast
from proxy.resources import BulkdataRef, FramesRef, InstanceRef, Uid
from proxy.settings.retrieval import Copying as Budget

FullFidelity = Permit[FramesRef] | Permit[BulkdataRef] | Permit[InstanceRef]

DAY_SECONDS: Final = 86_400.0
MAXIMUM_PEOPLE: Final = 20_000
MAXIMUM_STUDIES: Final = 4096
"""Studies whose frames are told apart, of all people together; each takes 8 KiB."""

SLOWEST: Final = 16.0
_DECIMALS = 9  # ten tenths of a study are a whole one


@dataclass(slots=True)
class _Person:
    """One day of a person: `studies` is how many whole studies' worth was taken, `confirmed` how many beyond."""

    began: float
    studies: float = 0.0
    confirmed: float = 0.0
    pace: Pace = field(default_factory=Pace)
    told: set[str] = field(default_factory=set)


class Copying:
    """`timer` gives seconds that only grow, `sleep` waits for some. What is counted does not survive the process."""

    def __init__(
        self,
        budget: Budget,
        audit: AuditLog,
        timer: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._budget = budget
        self._audit = audit
        self._timer = timer
        self._sleep = sleep
        self._people: LRUCache[str, _Person] = LRUCache(MAXIMUM_PEOPLE)
        self._studies: LRUCache[tuple[str, Uid], Coverage] = LRUCache(MAXIMUM_STUDIES)
        self._telling: Coalesced[Hashable, None] = Coalesced()

    async def admit(
        self, caller: Caller, permit: FullFidelity, taken: Taken, *, viewports: int = 0, confirmed: bool = False
    ) -> None:
        """Before an archive is asked: wait as long as the pace of `caller` demands.

        `viewports` are those of the display that the client declares, 0 when it does not. Raises `TooFast` where the
        wait would be long, and `FullFidelityUnconfirmed` when the budget is spent and the need not `confirmed`.
        """
        person, new = self._person(caller), self._coverage(caller, permit).new(taken)
        if caller.purpose is PurposeOfUse.ETREAT or not new:
            return
        if person.studies >= self._budget.ask_after + person.confirmed:
            await self._ask(caller, permit, person, confirmed=confirmed)
        await self._keep_pace(person, new, display_of(viewports))

    async def take(self, caller: Caller, permit: FullFidelity, taken: Taken) -> None:
        """Count what is about to leave, and tell officers when it is too much."""
        person = self._person(caller)
        person.studies = round(person.studies + self._coverage(caller, permit).add(taken), _DECIMALS)
        if person.studies >= self._budget.report_after:
            await self._tell("reported", Outcome.SUCCESS, caller, permit, person)

    async def _ask(self, caller: Caller, permit: FullFidelity, person: _Person, *, confirmed: bool) -> None:
        if not confirmed:
            await self._tell("asked", Outcome.REFUSED, caller, permit, person)
            raise FullFidelityUnconfirmed(
                f"you have taken {int(person.studies)} studies' worth of frames in full fidelity today; rendered images"
                " go on, and more can be had by confirming that it is needed, which is recorded"
            ).recorded()
        person.told.discard("confirmed")
        await self._tell("confirmed", Outcome.SUCCESS, caller, permit, person)
        person.confirmed = person.studies
        person.told.discard("asked")

    async def _keep_pace(self, person: _Person, new: int, display: float) -> None:
        now, budget = self._timer(), self._budget
        wait = person.pace.wait(now, usual_seconds(budget.frames_per_second, budget.burst))
        if wait > LONGEST_SECONDS:
            words = "frames in full fidelity are asked for faster than a display shows them"
            raise TooFast(words, math.ceil(wait - LONGEST_SECONDS))
        person.pace.pay(now, new * frame_seconds(budget.frames_per_second, display, self._slowed(person)))
        if wait:
            await self._sleep(wait)

    def _slowed(self, person: _Person) -> float:
        """1 up to `slow_after`, then twice as slow at each quarter of the way to where the person is asked."""
        spent = person.studies - person.confirmed
        way = (spent - self._budget.slow_after) / (self._budget.ask_after - self._budget.slow_after)
        return float(SLOWEST ** min(max(way, 0.0), 1.0))

    async def _tell(self, stage: str, outcome: Outcome, caller: Caller, permit: FullFidelity, person: _Person) -> None:
        """Once a day for each stage, unless it begins anew. Not told is not gone on: raises `AuditUnavailable`."""
        if stage not in person.told:
            key = (caller.subject, stage)
            await self._telling.ask(key, lambda: self._record(stage, outcome, caller, permit, person))

    async def _record(
        self, stage: str, outcome: Outcome, caller: Caller, permit: FullFidelity, person: _Person
    ) -> None:
        share = self._coverage(caller, permit).share
        detail: dict[str, str | int] = {
            "stage": stage,
            "studies": int(person.studies),
            "percent-of-study": round(100 * share),
        }
        await self._audit.record(copying_suspected(outcome, caller, permit.held, permit.view_session, detail))
        person.told.add(stage)

    def _person(self, caller: Caller) -> _Person:
        now, person = self._timer(), self._people.get(caller.subject)
        if person is None or now - person.began >= DAY_SECONDS:
            person = self._people[caller.subject] = _Person(now)
        return person

    def _coverage(self, caller: Caller, permit: FullFidelity) -> Coverage:
        key = (caller.subject, permit.held.study)
        coverage = self._studies.get(key)
        if coverage is None:
            coverage = self._studies[key] = Coverage()
        return coverage
