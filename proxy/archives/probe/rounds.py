"""Archives that are looked at again and again while the service runs, when nobody else waits for them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
import logging
import time

from proxy.archives.client import ArchiveClient
from proxy.archives.probe.probing import probe
from proxy.archives.probe.report import Change
from proxy.resources import ArchiveId, InstitutionId
from proxy.urgency import LEAST_URGENT, RequestDemand, demanded

_FIRST_SECONDS = 300.0
_HOUR_SECONDS = 3600.0
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Changed:
    """An archive that is not what it was, in one respect."""

    archive: ArchiveId
    institution: InstitutionId
    change: Change


class Rounds:
    """Probes every archive that has `probe_hours`; `report` hears of changes. `sleep` waits."""

    def __init__(
        self,
        archives: Iterable[ArchiveClient],
        report: Callable[[Changed], Awaitable[None]],
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._archives = [one for one in archives if one.archive.probe_hours]
        self._report = report
        self._clock = clock
        self._sleep = sleep

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Probes until the context ends."""
        tasks = [asyncio.create_task(self._repeat(one)) for one in self._archives]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self, archive: ArchiveClient) -> None:
        """One probe, by the line that all others stand in; not of an archive that is left alone anyway."""
        if not archive.is_well:
            return
        with demanded(RequestDemand(LEAST_URGENT)):
            report = await probe(archive.archive, archive.apart(), clock=self._clock, sleep=self._sleep)
        for change in archive.history.add(report):
            await self._report(Changed(ArchiveId(archive.archive.id), InstitutionId(archive.institution.id), change))

    async def _repeat(self, archive: ArchiveClient) -> None:
        """The first look is what the others are compared with."""
        pause = _FIRST_SECONDS
        while True:
            await self._sleep(pause)
            pause = archive.archive.probe_hours * _HOUR_SECONDS
            try:
                await self.look(archive)
            except Exception as error:
                _logger.warning("a probe failed", exc_info=error)
