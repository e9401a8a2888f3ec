"""Many archives asked the same question: concurrently, until a deadline, and each one that failed is named."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from proxy.archives.client import ArchiveClient
from proxy.errors import (
    ArchiveFailed,
    ArchiveRefused,
    ArchiveResting,
    ArchiveTimedOut,
    NotFound,
    OutsideHours,
    VitrineError,
)
from proxy.resources import ArchiveId, InstitutionId

Row = dict[str, Any]


class SourceState(StrEnum):
    ANSWERED = "answered"
    FAILED = "failed"
    TIMED_OUT = "timed-out"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    OUTSIDE_HOURS = "outside-hours"
    RESTING = "resting"

    @property
    def complete(self) -> bool:
        return self is SourceState.ANSWERED


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How one archive answered; `name` is the institution's public name, `rows` what this caller was given of it.

    `retry_after` seconds are known of archives that are not asked before. `literal` when names were to be matched
    fuzzily and were not.
    """

    archive: ArchiveId
    institution: InstitutionId
    name: str
    state: SourceState
    rows: int = 0
    retry_after: int | None = None
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one archive, whether it has more than it gave, and whether it compared names by the letter alone."""

    rows: Sequence[Row]
    truncated: bool = False
    literal: bool = False


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What one archive answered: DICOM JSON rows, empty unless `state` says that it did answer."""

    archive: ArchiveClient
    state: SourceState
    rows: Sequence[Row] = ()
    retry_after: int | None = None
    literal: bool = False

    def status(self, rows: int) -> SourceStatus:
        archive, institution = self.archive.archive, self.archive.institution
        return SourceStatus(
            *(ArchiveId(archive.id), InstitutionId(institution.id), institution.name, self.state, rows),
            *(self.retry_after, self.literal),
        )


def silence(words: str, sources: Sequence[SourceStatus]) -> ArchiveFailed:
    """The error for an answer that none of `sources` gave: a time-out, or nothing but rest, when all were that."""
    states = {source.state for source in sources}
    names = ", ".join(dict.fromkeys(source.name for source in sources))
    pauses = [source.retry_after for source in sources if source.retry_after is not None]
    retry_after = min(pauses, default=None)
    if states == {SourceState.OUTSIDE_HOURS}:
        return OutsideHours("the archive is outside its hours, and answers emergencies only", names, retry_after)
    if states <= {SourceState.OUTSIDE_HOURS, SourceState.RESTING}:
        return ArchiveResting("the archive is not asked for now", names, retry_after)
    kind = ArchiveTimedOut if states == {SourceState.TIMED_OUT} else ArchiveFailed
    return kind(words, names, retry_after if len(pauses) == len(sources) else None)


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
    except VitrineError as error:
        return without_answer(archive, error)
    return SourceAnswer(archive, SourceState.TRUNCATED if answer.truncated else SourceState.ANSWERED, answer.rows)


def without_answer(archive: ArchiveClient, error: VitrineError) -> SourceAnswer:
    """What `error` says of the archive that was asked."""
    match error:
        case NotFound():
            return SourceAnswer(archive, SourceState.ANSWERED)  # it has nothing of what lies above the question
        case ArchiveFailed():
            return SourceAnswer(archive, _state_of(error), retry_after=error.retry_after)
        case _:
            return SourceAnswer(archive, SourceState.FAILED)


def _state_of(error: ArchiveFailed) -> SourceState:
    match error:
        case ArchiveTimedOut():
            return SourceState.TIMED_OUT
        case ArchiveRefused():
            return SourceState.REFUSED
        case OutsideHours():
            return SourceState.OUTSIDE_HOURS
        case ArchiveResting():
            return SourceState.RESTING
        case _:
            return SourceState.FAILED
