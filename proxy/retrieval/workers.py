"""Rendering in a few locked-down processes: bounded in number, in time and in who may wait for one of them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
import logging
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

from proxy.errors import Overloaded
from proxy.settings.retrieval import Retrieval
from rendering.content import Content, Preparing, Transport
from rendering.errors import RenderingError, WorkerFailed
from rendering.frame import EncodedFrame, RenderedImage, TranscodedFrame
from rendering.options import RenderOptions
from rendering.sandbox.process import WorkerProcess

_LIFE_SECONDS = 600  # of work; then a worker is replaced, so that whatever has got into it does not stay
_CPU_MARGIN_SECONDS = 60  # for starting; the kernel's limit is behind ours, which loses nobody's image
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0  # seconds until a failed worker is replaced, doubling while they all fail

_logger = logging.getLogger(__name__)
Result = TypeVar("Result")
Work: TypeAlias = Callable[[WorkerProcess], Coroutine[Any, Any, Result]]
WorkerStart: TypeAlias = Callable[[int, int], Awaitable[WorkerProcess]]
"""Starts a worker for frames of so many pixels at most, that may use so many CPU seconds."""


class RenderingWorkers:
    """Worker processes that run while the context lasts; the attributes that can be read are for the metrics.

    Whoever is cancelled while waiting frees the place. Whoever is cancelled while a worker renders leaves it to
    finish: that takes less than starting another process, and the deadline bounds it.
    """

    def __init__(self, settings: Retrieval, start: WorkerStart = WorkerProcess.start) -> None:
        self._settings = settings
        self._start_worker = start
        self._workers: set[WorkerProcess] = set()
        self._idle: list[WorkerProcess] = []
        self._free = asyncio.Semaphore(0)  # counts the idle ones, and gives them to whoever has waited longest
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting = 0
        self._failures = 0
        self._replaced = 0
        self._level = ""
        self._closed = False

    async def __aenter__(self) -> Self:
        """Start all workers. Raises `WorkerFailed` when one cannot be started."""
        try:
            await asyncio.gather(*(self._own(self._start()) for _ in range(self._settings.workers)))
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    @property
    def level(self) -> str:
        """What confines the workers, as they have reported it."""
        return self._level

    @property
    def available(self) -> bool:
        """Whether any worker runs."""
        return any(worker.alive for worker in self._workers)

    @property
    def waiting(self) -> int:
        """Renderings that wait for a worker now."""
        return self._waiting

    @property
    def busy(self) -> int:
        """Workers that render now."""
        return len(self._workers) - len(self._idle)

    @property
    def replaced(self) -> int:
        """Workers replaced so far, for whatever reason."""
        return self._replaced

    async def render(self, content: Content, options: RenderOptions) -> RenderedImage:
        """`content` as an image. Raises `Overloaded`, `WorkerFailed`, and what `rendering.render.render` raises."""
        return await self._have(lambda worker: worker.render(content, options))

    async def transcode(self, transport: Transport) -> TranscodedFrame:
        """The frame in another transfer syntax. Raises the same, `UnsupportedObject` where it has no place in it."""
        return await self._have(lambda worker: worker.transcode(transport))

    async def prepare(self, preparing: Preparing) -> EncodedFrame:
        """The frame decoded and scaled, to be rendered again and again. Raises the same."""
        return await self._have(lambda worker: worker.prepare(preparing))

    async def _have(self, work: Work[Result]) -> Result:
        worker = await self._take()
        return await asyncio.shield(self._own(self._use(worker, work)))

    async def _take(self) -> WorkerProcess:
        if self._free.locked() and self._waiting >= self._settings.queue:
            raise Overloaded("too many images are being rendered")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._settings.render_seconds):
                return await self._next_alive()
        except TimeoutError:
            raise Overloaded("too many images are being rendered") from None
        finally:
            self._waiting -= 1

    async def _next_alive(self) -> WorkerProcess:
        while True:
            await self._free.acquire()
            worker = self._idle.pop()
            if worker.alive:
                return worker
            self._put_back(worker, usable=False)

    async def _use(self, worker: WorkerProcess, work: Work[Result]) -> Result:
        usable = False
        try:
            async with asyncio.timeout(self._settings.render_seconds):
                result = await work(worker)
            usable = True
        except TimeoutError:
            raise WorkerFailed("the image took too long to render") from None
        except RenderingError as error:
            usable = not isinstance(error, WorkerFailed)
            raise
        finally:
            self._put_back(worker, usable)
        return result

    def _put_back(self, worker: WorkerProcess, usable: bool) -> None:
        self._failures = 0 if usable else self._failures + 1
        if usable and worker.busy_seconds < _LIFE_SECONDS:
            self._offer(worker)
        elif not self._closed:
            self._own(self._replace(worker))

    def _offer(self, worker: WorkerProcess) -> None:
        self._idle.append(worker)
        self._free.release()

    async def _replace(self, worker: WorkerProcess) -> None:
        self._replaced += 1
        if self._failures:
            _logger.warning("a rendering process failed and is replaced")
        await worker.end()
        self._workers.discard(worker)
        while True:
            await asyncio.sleep(_pause(self._failures))
            try:
                return await self._start()
            except WorkerFailed:
                self._failures += 1

    async def _start(self) -> None:
        cpu_seconds = _LIFE_SECONDS + int(self._settings.render_seconds) + _CPU_MARGIN_SECONDS
        worker = await self._start_worker(self._settings.maximum_pixels, cpu_seconds)
        self._level = worker.level
        self._workers.add(worker)
        self._offer(worker)

    async def _close(self) -> None:
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._workers))

    def _own(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._disown)
        return task

    def _disown(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # seen, even if whoever asked has gone


def _pause(failures: int) -> float:
    return min(_LONGEST_PAUSE, _SHORTEST_PAUSE * 2 ** (failures - 1)) if failures else 0.0
