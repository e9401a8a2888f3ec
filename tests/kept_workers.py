"""Rendering workers that outlive the exchange of one test and serve the next: starting one takes most of a second."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Self

from rendering.content import Task
from rendering.errors import RenderingError, WorkerFailed
from rendering.options import RenderOptions
from rendering.sandbox.process import COMMAND, WorkerProcess

_kept: dict[tuple[int, int], list["KeptWorker"]] = defaultdict(list)


class KeptWorker(WorkerProcess):
    """The worker of the service, which is kept at its end when all that was asked of it was answered."""

    limits: tuple[int, int] = (0, 0)
    sound = False

    @classmethod
    async def start(cls, maximum_pixels: int, cpu_seconds: int, command: Sequence[str] = COMMAND) -> Self:
        worker = await super().start(maximum_pixels, cpu_seconds, command)
        worker.limits, worker.sound = (maximum_pixels, cpu_seconds), True
        return worker

    async def _have(self, task: Task, options: RenderOptions) -> tuple[Any, bytes]:
        self.sound = False
        try:
            answer = await super()._have(task, options)
        except RenderingError as error:
            self.sound = not isinstance(error, WorkerFailed)
            raise
        self.sound = True
        return answer

    async def end(self) -> None:
        if self.sound and self.alive:
            _kept[self.limits].append(self)
        else:
            await super().end()


async def start_kept_worker(maximum_pixels: int, cpu_seconds: int) -> WorkerProcess:
    """One that was kept with these limits and still runs, or a new one."""
    kept = _kept[maximum_pixels, cpu_seconds]
    while kept:
        worker = kept.pop()
        if worker.alive:
            return worker
        await WorkerProcess.end(worker)
    return await KeptWorker.start(maximum_pixels, cpu_seconds)


async def end_kept_workers() -> None:
    """End all that wait for another exchange."""
    for kept in _kept.values():
        while kept:
            await WorkerProcess.end(kept.pop())
