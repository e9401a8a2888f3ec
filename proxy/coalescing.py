"""The same question asked twice at once is answered once, and no longer worked on when nobody waits for it any more."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from proxy.urgency import Demand, SharedDemand, current_demand, demanded

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Work(Generic[Answer]):
    task: asyncio.Task[Answer]
    demand: SharedDemand
    waiters: int = 0


class Coalesced(Generic[Key, Answer]):
    """Shares one running task among all who ask for the same key; it is as urgent as the most urgent of them.

    A waiter that is cancelled leaves; when the last one leaves, the task is cancelled too, so that an archive is not
    asked on behalf of a client that has gone.
    """

    def __init__(self) -> None:
        self._running: dict[Key, _Work[Answer]] = {}

    async def ask(self, key: Key, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Await the answer for `key`, starting `work` only when nobody else waits for the same."""
        demand = current_demand()
        running = self._running.get(key) or self._start(key, work)
        running.waiters += 1
        running.demand.join(demand)
        try:
            return await asyncio.shield(running.task)
        finally:
            self._leave(key, running, demand)

    def _start(self, key: Key, work: Callable[[], Awaitable[Answer]]) -> _Work[Answer]:
        shared = SharedDemand()

        async def run() -> Answer:
            return await work()

        with demanded(shared):
            running = self._running[key] = _Work(asyncio.create_task(run()), shared)
        return running

    def _leave(self, key: Key, running: _Work[Answer], demand: Demand) -> None:
        running.waiters -= 1
        running.demand.leave(demand)
        if self._running.get(key) is running and (running.task.done() or running.waiters == 0):
            running.task.cancel()
            del self._running[key]
