"""Checkpoints while the service runs: the log is read on, signed, and the signature sent away from this machine."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
import logging
from typing import Final

from proxy.audit.checkpoints.checkpoint import Checkpoint, sign_checkpoint
from proxy.audit.checkpoints.growth import Signed, base_for, grown, head_at, latest, to_event, tree_from
from proxy.audit.checkpoints.note import Signer, Verifier
from proxy.audit.checkpoints.segments import Segments
from proxy.audit.checkpoints.surroundings import Surroundings
from proxy.audit.checkpoints.witnesses import Delivery, Witness
from proxy.audit.journal import Journal
from proxy.audit.store import EventReader, LogDamaged, LogUnreadable, Opening, SegmentedStore
from proxy.errors import VitrineError
from proxy.settings.audit import Audit

LOOK_SECONDS: Final = 1.0

_logger = logging.getLogger(__name__)


class Checkpoints:
    """`segmented` is the store when its parts can be closed. `clock` gives Unix seconds, `timer` only goes forward."""

    def __init__(
        self,
        reader: EventReader,
        journal: Journal,
        signer: Signer,
        settings: Audit,
        witnesses: Sequence[Witness],
        segmented: SegmentedStore | None,
        clock: Callable[[], float],
        timer: Callable[[], float],
    ) -> None:
        self._reader = reader
        self._journal = journal
        self._signer = signer
        self._settings = settings
        self._segments = None if segmented is None else Segments(reader, journal, segmented, settings.keep_months)
        self._clock = clock
        self._timer = timer
        self._deliveries = [Delivery(one, journal, self.consistency) for one in witnesses]
        self._surroundings = Surroundings(settings.folder, journal, clock, timer)
        self._end: Opening | None = None
        self._turn = asyncio.Lock()
        self._since = timer()
        self.damaged = False

    @property
    def verifier(self) -> Verifier:
        """Whose signature is under the checkpoints."""
        return self._signer.verifier

    @property
    def room_used(self) -> float:
        """The share of the audit log's disk that is taken."""
        return self._surroundings.used

    @property
    def behind(self) -> int:
        """How many witnesses have not taken the newest checkpoint."""
        return sum(one.behind for one in self._deliveries)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Sign, send and watch until the context ends."""
        tasks = [asyncio.create_task(self._watch(), name="audit checkpoints")]
        tasks += [asyncio.create_task(one.work(), name="audit witness") for one in self._deliveries]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for one in self._deliveries:
                await one.close()

    async def look(self) -> None:
        """Do what is due: once a second while the service runs."""
        await self._surroundings.look()
        if self._end is None:
            self._end = await asyncio.to_thread(self._start)
        if self._is_due():
            self._since = self._timer()
            await self.sign()
            if self._segments is not None:
                await self._segments.keep(self._clock(), self._read_on)

    async def sign(self) -> Signed:
        """Sign the log as it is, record that, and send it to the witnesses. Raises `AuditUnavailable`."""
        async with self._turn:
            end = await asyncio.to_thread(self._read_on)
            checkpoint = Checkpoint(self._signer.name, end.head.sequence, end.frontier.root)
            signed = Signed(checkpoint, end.frontier, sign_checkpoint(checkpoint, self._signer))
            await self._journal.record(to_event(signed))
        for one in self._deliveries:
            one.send(signed)
        return signed

    async def consistency(self, earlier: int, size: int) -> list[bytes]:
        """That the log of `size` records continues the one of `earlier`."""
        return await asyncio.to_thread(self._consistency, earlier, size)

    def _consistency(self, earlier: int, size: int) -> list[bytes]:
        base = base_for(self._reader, self._signer.verifier, earlier)
        if base.size > earlier:
            raise LogUnreadable("what a witness saw last is not here any more")
        return tree_from(self._reader, base, size).consistency(earlier, size)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
                self.damaged = False
            except LogDamaged:
                if not self.damaged:
                    _logger.exception("the audit log is not what was written")
                self.damaged = True
            except (VitrineError, OSError):
                _logger.warning("a checkpoint of the audit log could not be made")

    def _is_due(self) -> bool:
        """The checkpoint's own record alone is no reason for another."""
        signed = self._end.head.sequence if self._end else 0
        behind = self._journal.recorded - signed - 1
        late = self._timer() - self._since >= self._settings.checkpoint_seconds
        return behind > 0 and (late or behind >= self._settings.checkpoint_records)

    def _read_on(self) -> Opening:
        self._end = end = grown(self._reader, self._end or self._start())
        return end

    def _start(self) -> Opening:
        """Where reading begins after a start: behind what was signed last."""
        signed, opening = latest(self._reader, self._signer.verifier), self._reader.opening()
        if signed is None or signed.checkpoint.size < opening.head.sequence:
            return opening
        head = head_at(self._reader, signed.checkpoint.size) if signed.checkpoint.size else None
        return opening if head is None else Opening(head, signed.frontier)
