"""What the log depends on: room on its disk, and a clock that goes with the time."""

import asyncio
from collections.abc import Callable
import logging
from pathlib import Path
import shutil
from typing import Final

from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog

ALARMING: Final = 0.8
"""The share of the disk that may be taken; beyond it somebody has to make room before nothing can be shown."""

_CALM: Final = 0.75
_JUMP_SECONDS: Final = 5.0  # more than a clock is ever set right by in small steps

_logger = logging.getLogger(__name__)


class Surroundings:
    """`clock` gives Unix seconds, `timer` seconds that only go forward; where they part, the clock was changed."""

    def __init__(self, folder: Path, audit: AuditLog, clock: Callable[[], float], timer: Callable[[], float]) -> None:
        self._folder = folder
        self._audit = audit
        self._clock = clock
        self._timer = timer
        self._offset = clock() - timer()
        self._filling = False
        self.used = 0.0

    async def look(self) -> None:
        """Record what has changed. Raises `AuditUnavailable`."""
        self.used = await asyncio.to_thread(_share_used, self._folder)
        if self.used >= ALARMING and not self._filling:
            detail: dict[str, str | int] = {"percent": int(100 * self.used)}
            await self._audit.record(Event(EventKind.AUDIT_FILLING, Outcome.SUCCESS, detail=detail))
            _logger.warning("the disk of the audit log is filling up; when it is full, nothing is shown")
            self._filling = True
        elif self.used < _CALM:
            self._filling = False
        await self._look_at_clock()

    async def _look_at_clock(self) -> None:
        offset = self._clock() - self._timer()
        jump = offset - self._offset
        if abs(jump) >= _JUMP_SECONDS:
            detail: dict[str, str | int] = {"milliseconds": round(1000 * jump)}
            await self._audit.record(Event(EventKind.CLOCK_JUMPED, Outcome.SUCCESS, detail=detail))
        self._offset = offset


def _share_used(folder: Path) -> float:
    """Of what this account could have: what is reserved for others is as good as taken."""
    usage = shutil.disk_usage(folder)
    return usage.used / (usage.used + usage.free) if usage.used + usage.free else 1.0
