"""Many archives asked the same question: concurrently, until a deadline, and each one that failed is named."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from proxy.archives.client import ArchiveClient
from proxy.errors import ArchiveRefused, ArchiveTimedOut, NotFound, VitrineError
from proxy.resources import ArchiveId, InstitutionId

Row = dict[str, Any]


class SourceState(StrEnum):
    ANSWERED = "answered"
    FAILED = "failed"
    TIMED_OUT = "timed-out"
    TRUNCATED = "truncated"
    REFUSED = "refused"

    @property
    def complete(self) -> bool:
        return self is SourceState.ANSWERED


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How one archive answered; `name` is the institution's public name, `rows` what this caller was given of it."""

    archive: ArchiveId
    institution: InstitutionId
    name: str
    state: SourceState
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one archive, and whether it has more than it gave."""

    rows: Sequence[Row]
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What one archive answered: DICOM JSON rows, empty unless `state` says that it did answer."""

    archive: ArchiveClient
    state: SourceState
    rows: Sequence[Row] = ()

    def status(self, rows: int) -> SourceStatus:
        archive, institution = self.archive.archive, self.archive.institution
        return SourceStatus(ArchiveId(archive.id), InstitutionId(institution.id), institution.name, self.state, rows)


async def ask_all(
    archives: Sequence[ArchiveClient], ask: Callable[[ArchiveClient], Awaitable[Rows]], deadline_seconds: float
) -> list[SourceAnswer]:
    """Ask every archive at once; after `deadline_seconds` go on without the silent ones. Answers in archive order."""
    tasks = [asyncio.create_task(_ask(archive, ask)) for archive in archives]
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=deadline_seconds)
        return [
            task.result() if task.done() else SourceAnswer(archive, SourceState.TIMED_OUT)
            for archive, task in zip(archives, tasks, strict=True)
        ]
    finally:
        for task in tasks:
            task.cancel()


async def _ask(archive: ArchiveClient, ask: Callable[[ArchiveClient], Awaitable[Rows]]) -> SourceAnswer:
    try:
        answer = await ask(archive)
    except NotFound:
        return SourceAnswer(archive, SourceState.ANSWERED)  # it has nothing of what lies above the question
    except ArchiveTimedOut:
        return SourceAnswer(archive, SourceState.TIMED_OUT)
    except ArchiveRefused:
        return SourceAnswer(archive, SourceState.REFUSED)
    except VitrineError:
        return SourceAnswer(archive, SourceState.FAILED)
    return SourceAnswer(archive, SourceState.TRUNCATED if answer.truncated else SourceState.ANSWERED, answer.rows)
