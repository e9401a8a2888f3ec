"""Patience with an archive and a place in line: every wait has an end, every queue a length; urgent ones go first."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
import time
from typing import Protocol, TypeVar

from proxy.errors import Overloaded
from proxy.urgency import Demand, current_demand

Answer = TypeVar("Answer")

AGING_SECONDS = 2.0
"""After so long in line one is a level more urgent: the least urgent of all are not passed for ever."""

_EMERGENCY_LEVELS = 8
_HOLDING_LEVELS = 4
_WAITING_LEVELS = 8
"""By so many levels is less urgent who holds all places, or is the whole line; those of less share in proportion.

What a client says of its own urgency can thus not keep the others out.
"""


class Patience:
    """How many seconds may yet be spent waiting for one answer; time that its reader takes does not count.

    An answer that is read whole has `seconds` in all. One that is streamed has them again after every `renewed_by`
    bytes, so that large answers may take long and dripping ones may not.
    """

    def __init__(self, seconds: float, renewed_by: int | None = None) -> None:
        self._seconds = seconds
        self._left = seconds
        self._renewed_by = renewed_by
        self._received = 0

    @property
    def left(self) -> float:
        return max(self._left, 0)

    @property
    def is_ample(self) -> bool:
        """Whether most of it is left: who spent it waiting in line cannot tell a slow archive from a long line."""
        return self._left > self._seconds / 2

    async def wait(self, awaitable: Awaitable[Answer]) -> Answer:
        """Await within what is left, or raise `TimeoutError`."""
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(self.left):
                return await awaitable
        finally:
            self._left -= clock() - began

    def received(self, size: int) -> None:
        self._received += size
        if self._renewed_by is not None and self._received >= self._renewed_by:
            self._received = 0
            self._left = self._seconds


class Pace(Protocol):
    """How often somebody may pass."""

    def pause(self) -> float:
        """Seconds until the next one may; 0 when one may now."""

    def take(self) -> None:
        """Somebody passes."""


@dataclass(eq=False, slots=True)
class _Waiter:
    turn: asyncio.Future[None]
    demand: Demand
    since: float
    granted: bool = False
    holder: str = ""

    def rank(self, now: float) -> float:
        """The lowest passes first; its demand may have risen since it came."""
        head_start = _EMERGENCY_LEVELS if self.demand.emergency else 0
        return self.demand.urgency - head_start - (now - self.since) / AGING_SECONDS


class Gate:
    """Lets `places` through at once, at the `pace` given, and as many as `line` wait.

    A full line tells the least urgent so without delay, be it who comes or who waits. One person holds at most
    `most_each` places, but in an emergency. `timer` gives growing seconds.
    """

    def __init__(
        self,
        places: int,
        line: int,
        pace: Pace | None = None,
        timer: Callable[[], float] = time.monotonic,
        most_each: int | None = None,
    ) -> None:
        self._free = self._places = places
        self._length = line
        self._most_each = most_each or places
        self._held: Counter[str] = Counter()
        self.turned_away = 0
        self._pace = pace
        self._timer = timer
        self._line: list[_Waiter] = []
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> Mapping[int, int]:
        """How many wait, by urgency."""
        return Counter(waiter.demand.urgency for waiter in self._line)

    @asynccontextmanager
    async def place(self, patience: Patience) -> AsyncGenerator[None]:
        """Hold a place; raises `Overloaded` when the line is full or does not move in time."""
        waiter = _Waiter(asyncio.get_running_loop().create_future(), current_demand(), self._timer())
        self._join(waiter)
        try:
            if not waiter.granted:
                await self._wait(waiter, patience)
            yield
        finally:
            self._leave(waiter)

    async def _wait(self, waiter: _Waiter, patience: Patience) -> None:
        try:
            await patience.wait(waiter.turn)
        except TimeoutError:
            self.turned_away += 1
            raise _busy() from None

    def _join(self, waiter: _Waiter) -> None:
        self._line.append(waiter)
        self._advance()
        if len(self._line) > self._length:
            self._turn_away()

    def _turn_away(self) -> None:
        """The least urgent; of several, who came last."""
        now = self._timer()
        waiting = Counter(waiter.demand.person for waiter in self._line)

        def rank(waiter: _Waiter) -> float:
            return waiter.rank(now) + _WAITING_LEVELS * self._share(waiter.demand, waiting, len(self._line))

        least = max(reversed(self._line), key=rank)
        self._line.remove(least)
        if not least.turn.done():
            self.turned_away += 1
            least.turn.set_exception(_busy())

    def _leave(self, waiter: _Waiter) -> None:
        if waiter.granted:
            self._give_back(waiter.holder)
        elif waiter in self._line:
            self._line.remove(waiter)
        self._advance()

    def _give_back(self, holder: str) -> None:
        self._free += 1
        self._held[holder] -= 1
        if not self._held[holder]:
            del self._held[holder]

    def _advance(self) -> None:
        """Let through as many as there are places for, and come back when the pace allows another."""
        while self._free and (waiter := self._next()) is not None:
            pause = self._pace.pause() if self._pace else 0.0
            if pause > 0:
                self._come_back_in(pause)
                return
            self._let_through(waiter)

    def _next(self) -> _Waiter | None:
        """The most urgent of those who may have a place more."""
        now = self._timer()

        def rank(waiter: _Waiter) -> float:
            return waiter.rank(now) + _HOLDING_LEVELS * self._share(waiter.demand, self._held, self._places)

        return min(filter(self._may_have_more, self._line), key=rank, default=None)

    def _may_have_more(self, waiter: _Waiter) -> bool:
        person = waiter.demand.person
        return not person or waiter.demand.emergency or self._held[person] < self._most_each

    def _share(self, demand: Demand, counted: Mapping[str, int], of: int) -> float:
        """How much of it one person has, which does not count in an emergency."""
        return 0.0 if not demand.person or demand.emergency else counted.get(demand.person, 0) / of

    def _let_through(self, waiter: _Waiter) -> None:
        self._line.remove(waiter)
        if waiter.turn.done():
            return  # given up; it leaves by itself
        if self._pace:
            self._pace.take()
        self._free -= 1
        waiter.granted, waiter.holder = True, waiter.demand.person
        self._held[waiter.holder] += 1
        waiter.turn.set_result(None)

    def _come_back_in(self, seconds: float) -> None:
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(seconds, self._awaken)

    def _awaken(self) -> None:
        self._alarm = None
        self._advance()


def _busy() -> Overloaded:
    return Overloaded("an archive is being asked as much as it may be")
