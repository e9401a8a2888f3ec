"""Frames fetched before they are wanted: where a viewer says that it is going, gently, and only while it goes there."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
import logging

from cachetools import LRUCache

from proxy.access.permit import Permit
from proxy.errors import VitrineError
from proxy.resources import FramesRef
from proxy.retrieval.frames import Frames
from proxy.urgency import LEAST_URGENT, RequestDemand, current_demand, demanded
from rendering.errors import RenderingError

_logger = logging.getLogger(__name__)

MOST_AHEAD = 24
"""Frames beyond those that were shown."""

MOST_BYTES = 32 * 2**20
"""Of frames that are fetched for one look: of large ones it is fewer."""

LASTING_SECONDS = 10.0
"""Whoever has said nothing for so long has gone: nothing more is begun."""

_AT_ONCE = 2
_JOURNEYS = 256

Admit = Callable[[FramesRef], Awaitable[Permit[FramesRef]]]
"""Gives the permit for a frame, or raises what the enforcement point does."""


class Ahead:
    """One journey for each view of a series; whoever turns round or jumps is on another journey."""

    def __init__(self, frames: Frames, timer: Callable[[], float]) -> None:
        self._frames = frames
        self._timer = timer
        self._journeys: LRUCache[Hashable, _Journey] = _Journeys(_JOURNEYS)

    def head_for(self, view: Hashable, targets: Sequence[FramesRef], admit: Admit) -> None:
        """Fetch `targets`, one frame each, in their order, and nothing else for `view` any longer.

        Each is fetched under a permit of its own, so that it ends when access does.
        """
        journey = self._journeys.get(view)
        if journey is None:
            journey = self._journeys[view] = _Journey(self._timer)
        journey.head_for(targets[:MOST_AHEAD], partial(self._fetch, admit))

    async def close(self) -> None:
        """End all journeys."""
        tasks = [task for journey in self._journeys.values() for task in journey.end()]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch(self, admit: Admit, target: FramesRef) -> int | None:
        """How many bytes came; `None` when it is better to stop, whatever the reason."""
        try:
            return await self._frames.ahead(await admit(target), target.frames[0])
        except (VitrineError, RenderingError):
            return None
        except Exception:
            _logger.exception("fetching ahead failed")  # nobody waits who could be told
            return None


class _Journey:
    """What is under way for one view, and what comes next."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._next: deque[FramesRef] = deque()
        self._under_way: dict[FramesRef, asyncio.Task[int | None]] = {}
        self._fetch: Callable[[FramesRef], Awaitable[int | None]]
        self._ends = 0.0
        self._bytes_left = 0

    def head_for(self, targets: Sequence[FramesRef], fetch: Callable[[FramesRef], Awaitable[int | None]]) -> None:
        self._fetch = fetch
        self._ends = self._timer() + LASTING_SECONDS
        self._bytes_left = MOST_BYTES
        self._next = deque(target for target in dict.fromkeys(targets) if target not in self._under_way)
        for target in self._under_way.keys() - set(targets):
            self._under_way[target].cancel()
        self._advance()

    def end(self) -> list[asyncio.Task[int | None]]:
        """Begin nothing more; what was under way, cancelled."""
        self._next.clear()
        for task in self._under_way.values():
            task.cancel()
        return list(self._under_way.values())

    def _advance(self) -> None:
        while self._next and len(self._under_way) < _AT_ONCE and self._bytes_left > 0 and self._timer() < self._ends:
            target = self._next.popleft()
            with demanded(RequestDemand(LEAST_URGENT, person=current_demand().person)):
                task = asyncio.create_task(self._one(target), name="ahead")
            self._under_way[target] = task
            task.add_done_callback(partial(self._arrived, target))

    async def _one(self, target: FramesRef) -> int | None:
        return await self._fetch(target)

    def _arrived(self, target: FramesRef, task: "asyncio.Task[int | None]") -> None:
        del self._under_way[target]
        size = None if task.cancelled() else task.result()
        if size is not None:
            self._bytes_left -= size
        elif not task.cancelled():
            self._next.clear()
        self._advance()


class _Journeys(LRUCache[Hashable, _Journey]):
    """The views that said least lately where they go are left alone."""

    def popitem(self) -> tuple[Hashable, _Journey]:
        view, journey = super().popitem()
        journey.end()
        return view, journey
