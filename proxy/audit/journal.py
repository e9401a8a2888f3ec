"""The audit log while the service runs: events of many callers in one commit, and each caller waits for its own."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
import logging
from typing import Final, TypeVar

from proxy.audit.appending import ChainWriter, Stamped
from proxy.audit.canonical import to_event_json, to_time
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.store import EventStore, Opening, Segment, SegmentedStore
from proxy.errors import AuditUnavailable

RETRY_SECONDS: Final = 1.0
"""How often a log that failed is tried again when nobody asks for it."""

_logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _Waiting:
    stamped: Stamped
    committed: asyncio.Future[int]


@dataclass(slots=True)
class _Outage:
    """Since when nothing could be committed (Unix seconds), and how many waiting events were refused."""

    since: float
    refused: int = 0


class Journal:
    """Implements `proxy.audit.log.AuditLog` over a store.

    Events are committed in the order in which `record` was called. `clock` gives Unix seconds and is read in `record`;
    when it goes backwards, events keep what it said and the step is written beside them. At most `queue` events wait;
    one commit takes at most `batch` of them. Nobody waits longer than `patience` seconds. A journal serves one event
    loop, from `start` to `close`.

    After a failure the store is tried again, with every event and once a second. The first commit then begins with an
    `audit-recovered` event that says since when, and how often, recording was refused.
    """

    def __init__(
        self,
        store: EventStore,
        clock: Callable[[], float],
        *,
        queue: int = 4096,
        batch: int = 256,
        patience: float = 5.0,
    ) -> None:
        self._chain = ChainWriter(store)
        self._clock = clock
        self._queue = queue
        self._batch = batch
        self._patience = patience
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._outage: _Outage | None = None
        self._closing = False
        self._thread: ThreadPoolExecutor | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def available(self) -> bool:
        """Whether events can be recorded now, as far as is known."""
        return self._running and self._outage is None

    @property
    def waiting(self) -> int:
        """How many events wait for their commit."""
        return len(self._waiting)

    @property
    def recorded(self) -> int:
        """The number of the last record, as far as is known."""
        return self._chain.last

    async def turn(self, store: SegmentedStore, read_end: Callable[[], Opening], month: str) -> Opening:
        """Close a segment of `store`, between two commits. Raises `StoreFailed` when it cannot be done now."""
        return await self._on_thread(lambda: self._chain.turn(store, read_end(), month))

    async def retire(self, store: SegmentedStore, segment: Segment) -> None:
        """Remove a closed segment of `store`, between two commits. Raises `StoreFailed`."""
        await self._on_thread(lambda: store.retire(segment))

    async def start(self) -> None:
        """Open the log. Raises `ConfigurationError` when it may not be written, `AuditUnavailable` when it fails."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="audit")
        try:
            await self._on_thread(self._chain.open)
        except BaseException:
            self._thread.shutdown(wait=False)
            raise
        self._task = asyncio.create_task(self._write(), name="audit journal")

    async def record(self, event: Event) -> int:
        """Commit `event` durably and return its sequence number, or raise `AuditUnavailable`.

        An event whose caller goes away, or has lost patience, may still be committed: more is recorded than shown.
        """
        stamped = Stamped(self._clock(), to_event_json(event))
        if not self._running:
            raise AuditUnavailable("the audit log is closed")
        if len(self._waiting) >= self._queue:
            self._count_refused(1)
            raise AuditUnavailable("too many events wait for the audit log")
        committed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(stamped, committed))
        self._wake.set()
        try:
            async with asyncio.timeout(self._patience):
                return await committed
        except TimeoutError:
            raise AuditUnavailable("the audit log did not commit in time") from None

    async def close(self) -> None:
        """Commit what waits, and close the log; what cannot be committed in time is refused."""
        if self._task is None or self._thread is None or self._closing:
            return
        self._closing = True
        self._wake.set()
        try:
            async with asyncio.timeout(2 * self._patience):
                await self._task
                await self._on_thread(self._chain.close)
        except TimeoutError:
            _logger.warning("the audit log did not close in time")
        finally:
            self._task.cancel()
            self._refuse(self._waiting)
            self._waiting.clear()
            self._thread.shutdown(wait=False)

    @property
    def _running(self) -> bool:
        return self._task is not None and not self._task.done() and not self._closing

    async def _write(self) -> None:
        while self._waiting or not self._closing:
            await self._woken()
            taken = [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]
            batch = [*self._recovery(), *taken]
            if batch:
                await self._commit(batch)

    async def _woken(self) -> None:
        """Until there is something to do: events, the end, or an outage that may be over by now."""
        if self._waiting or self._closing:
            return
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETRY_SECONDS if self._outage else None):
                await self._wake.wait()

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            sequences = await self._on_thread(lambda: self._chain.append([one.stamped for one in batch]))
        except Exception as error:  # whatever went wrong, nothing was recorded, and the callers must hear it
            self._note_failure(error)
            self._refuse(batch)
            return
        self._outage = None
        for one, sequence in zip(batch, sequences, strict=True):
            if not one.committed.done():
                one.committed.set_result(sequence)

    def _recovery(self) -> Iterator[_Waiting]:
        """What the first commit after an outage begins with."""
        if self._outage is None:
            return
        since = to_time(datetime.fromtimestamp(self._outage.since, UTC))
        detail: dict[str, str | int] = {"since": since, "refused": self._outage.refused}
        event = Event(EventKind.AUDIT_RECOVERED, Outcome.SUCCESS, detail=detail)
        unawaited = asyncio.get_running_loop().create_future()
        unawaited.cancel()
        yield _Waiting(Stamped(self._clock(), to_event_json(event)), unawaited)

    def _note_failure(self, error: Exception) -> None:
        if self._outage is None:
            _logger.error("the audit log cannot commit", exc_info=error)
            self._outage = _Outage(self._clock())

    def _count_refused(self, number: int) -> None:
        if self._outage is not None:
            self._outage.refused += number

    def _refuse(self, batch: Sequence[_Waiting]) -> None:
        refused = [one.committed for one in batch if not one.committed.done()]
        self._count_refused(len(refused))
        for committed in refused:
            committed.set_exception(AuditUnavailable("the audit log cannot commit"))

    async def _on_thread(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
