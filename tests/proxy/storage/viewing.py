"""People who scroll through studies without end, until the process is killed; it starts as the service does.

It prints each frame before it is shown (`shown SESSION FRAME`) and each event that is on record (`SEQUENCE SESSION`).
Time passes a thousand times faster for the view sessions than for the clock.
"""

import asyncio
from collections.abc import Callable
import os
from pathlib import Path
import sys
import time

from proxy.access.permit import Obligations, Permit
from proxy.access.views.shown import frames
from proxy.access.views.views import Views
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.journal import Journal
from proxy.audit.log import AuditLog
from proxy.audit.views.interrupted import close_interrupted
from proxy.audit.views.view import Ended
from proxy.errors import AuditUnavailable
from proxy.resources import FramesRef
from proxy.storage.sqlite import SqliteEvents
from tests.proxy.access.gate import HELD, INSTANCE, SERIES, STUDY
from tests.proxy.access.people import caller_of

FRAMES = 40
PEOPLE = 12
STARTED = Event(EventKind.STARTED, Outcome.SUCCESS)


class Telling:
    """A log that says what is on record."""

    def __init__(self, journal: AuditLog, say: Callable[[str], None]) -> None:
        self._journal = journal
        self._say = say

    async def record(self, event: Event) -> int:
        sequence = await self._journal.record(event)
        self._say(f"{sequence} {event.view_session}")
        return sequence


class People:
    """`run` names the sessions apart from those of other runs."""

    def __init__(self, journal: AuditLog, run: str, say: Callable[[str], None]) -> None:
        self.views = Views(Telling(journal, say), lambda: 1000 * time.monotonic())
        self._log = Telling(journal, say)
        self._run = run
        self._say = say

    async def scroll_for_ever(self, person: int) -> None:
        view = 0
        while True:
            view += 1
            try:
                await self._scroll(f"{self._run}-{person}-{view}")
            except AuditUnavailable:
                await asyncio.sleep(0.01)

    async def look_for_ever(self) -> None:
        while True:
            await self.views.look()
            await asyncio.sleep(0.005)

    async def _scroll(self, session: str) -> None:
        await self._log.record(Event(EventKind.VIEW_OPENED, Outcome.SUCCESS, study=STUDY, view_session=session))
        for frame in range(1, FRAMES + 1):
            permit = Permit(FramesRef(STUDY, SERIES, INSTANCE, (frame,)), HELD, Obligations(), session)
            self.views.admitted(caller_of(), permit)
            self._say(f"shown {session} {frame}")
            self.views.show(caller_of(), frames(permit, (frame,)))
            await asyncio.sleep(0.001)
        self.views.ended(session, Ended.SIGNED_OUT)


def print_line(line: str) -> None:
    os.write(sys.stdout.fileno(), line.encode() + b"\n")


async def main(folder: Path, run: str) -> None:
    store = SqliteEvents(folder)
    journal = Journal(store, time.time)
    await journal.start()
    await close_interrupted(store, journal)
    await journal.record(STARTED)
    people = People(journal, run, print_line)
    await asyncio.gather(people.look_for_ever(), *map(people.scroll_for_ever, range(PEOPLE)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
