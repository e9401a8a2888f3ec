"""Many archives asked the same question: concurrently, until a deadline, and each one that failed is named."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from proxy.archives.client import ArchiveClient
from proxy.archives.hubs.beyond import Beyond
from proxy.archives.search.paging import Rows
from proxy.errors import (
    ArchiveFailed,
    ArchiveRefused,
    ArchiveResting,
    ArchiveTimedOut,
    AskedAlready,
    NotFound,
    NotPassedOn,
    NotPermitted,
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
    NOT_PERMITTED = "not-permitted"
    HOP_LIMIT = "hop-limit"
    ASKED_ALREADY = "asked-already"

    @property
    def complete(self) -> bool:
        """Whether nothing of it is missing: an exchange that asks us has what it has itself."""
        return self in {SourceState.ANSWERED, SourceState.ASKED_ALREADY}


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How one archive answered; `name` is the institution's public name, `rows` what this caller was given of it.

    `retry_after` seconds are known of archives that are not asked before. `literal` when names were to be matched
    fuzzily and were not. `origin` is the archive's name among exchanges, `beyond` that it is one behind the exchange
    `archive`.
    """

    archive: ArchiveId
    institution: InstitutionId
    name: str
    state: SourceState
    rows: int = 0
    retry_after: int | None = None
    literal: bool = False
    origin: str = ""
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What one archive answered: DICOM JSON rows, empty unless `state` says that it did answer."""

    archive: ArchiveClient
    state: SourceState
    rows: Sequence[Row] = ()
    retry_after: int | None = None
    literal: bool = False
    beyond: tuple[Beyond, ...] = ()

    def statuses(self, rows: int, own: Collection[str]) -> list[SourceStatus]:
        """Its own, and of each behind it that did not give everything; those of `own` origin answer for themselves."""
        status = self.status(rows)
        return [status, *(_beyond(status, one) for one in dict.fromkeys(self.beyond) if one.origin not in own)]

    def status(self, rows: int) -> SourceStatus:
        archive, institution = self.archive.archive, self.archive.institution
        return SourceStatus(
            *(ArchiveId(archive.id), InstitutionId(institution.id), institution.name, self.state, rows),
            *(self.retry_after, self.literal, self.archive.origin),
        )


def _beyond(hub: SourceStatus, one: Beyond) -> SourceStatus:
    """As the hub says it: where it names nobody, it is the hub's own."""
    state = SourceState(one.state) if one.state in set(SourceState) else SourceState.FAILED
    name = f"{one.name} via {hub.name}" if one.name else hub.name
    return SourceStatus(hub.archive, hub.institution, name, state, origin=one.origin, beyond=True)


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
    tasks = [asyncio.create_task(ask_one(archive, ask)) for archive in archives]
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


async def ask_one(archive: ArchiveClient, ask: Callable[[ArchiveClient], Awaitable[Rows]]) -> SourceAnswer:
    """What one archive answers, or how it failed."""
    try:
        answer = await ask(archive)
    except VitrineError as error:
        return without_answer(archive, error)
    state = SourceState.TRUNCATED if answer.truncated else SourceState.ANSWERED
    return SourceAnswer(archive, state, answer.rows, beyond=answer.beyond)


def without_answer(archive: ArchiveClient, error: VitrineError) -> SourceAnswer:
    """What `error` says of the archive that was asked."""
    match error:
        case NotFound():
            return SourceAnswer(archive, SourceState.ANSWERED)  # it has nothing of what lies above the question
        case AskedAlready():
            return SourceAnswer(archive, SourceState.ASKED_ALREADY)
        case NotPermitted():
            return SourceAnswer(archive, SourceState.NOT_PERMITTED)
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
        case NotPassedOn():
            return SourceState.HOP_LIMIT
        case OutsideHours():
            return SourceState.OUTSIDE_HOURS
        case ArchiveResting():
            return SourceState.RESTING
        case _:
            return SourceState.FAILED
