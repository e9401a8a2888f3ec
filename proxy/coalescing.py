"""The same question asked twice at once is answered once, and no longer worked on when nobody waits for it any more."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class Coalesced(Generic[Key, Answer]):
    """Shares one running task among all who ask for the same key.

    A waiter that is cancelled leaves; when the last one leaves, the task is cancelled too, so that an archive is not
    asked on behalf of a client that has gone.
    """

    def __init__(self) -> None:
        self._running: dict[Key, asyncio.Task[Answer]] = {}
        self._waiters: dict[Key, int] = {}

    async def ask(self, key: Key, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Await the answer for `key`, starting `work` only when nobody else waits for the same."""
        task = self._running.get(key)
        if task is None:
            task = self._start(key, work)
        self._waiters[key] += 1
        try:
            return await asyncio.shield(task)
        finally:
            self._leave(key, task)

    def _start(self, key: Key, work: Callable[[], Awaitable[Answer]]) -> asyncio.Task[Answer]:
        async def run() -> Answer:
            return await work()

        task = asyncio.create_task(run())
        self._running[key] = task
        self._waiters[key] = 0
        return task

    def _leave(self, key: Key, task: asyncio.Task[Answer]) -> None:
        if self._running.get(key) is not task:
            return
        self._waiters[key] -= 1
        if task.done() or self._waiters[key] == 0:
            task.cancel()
            del self._running[key], self._waiters[key]
