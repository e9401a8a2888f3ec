"""Asking many archives: the deadline holds, nobody waits for the slow one, and whoever failed is named."""

import asyncio
import time

import pytest

from proxy.errors import ArchiveFailed, ArchiveResting, ArchiveTimedOut, OutsideHours
from proxy.federation.sources import Rows, SourceAnswer, SourceState, ask_all, silence
from tests.proxy.federation.paper import PaperArchive, study_row


async def rows_of(archive: PaperArchive) -> Rows:
    answer = await archive.search_page("studies")
    return Rows(answer.rows, answer.more)


async def test_each_archive_answers_for_itself() -> None:
    well = PaperArchive("general", [study_row("1.2", "1")])
    slow, dead, capped = (
        PaperArchive("slow", delay=9),
        PaperArchive("dead", failing=True),
        PaperArchive("cap", more=True),
    )
    started = time.monotonic()
    answers = await ask_all([slow, dead, well, capped], rows_of, 0.1)
    assert time.monotonic() - started < 1
    assert [answer.state for answer in answers] == [
        SourceState.TIMED_OUT,
        SourceState.FAILED,
        SourceState.ANSWERED,
        SourceState.TRUNCATED,
    ]
    assert [len(answer.rows) for answer in answers] == [0, 0, 1, 0]
    assert answers[1].status(0).name == "Dead Hospital"


async def test_archives_are_asked_at_once() -> None:
    archives = [PaperArchive(f"a{number}", delay=0.1) for number in range(20)]
    started = time.monotonic()
    answers = await ask_all(archives, rows_of, 5)
    assert time.monotonic() - started < 1
    assert {answer.state for answer in answers} == {SourceState.ANSWERED}


async def test_who_is_still_silent_at_the_deadline_is_no_longer_asked() -> None:
    cancelled = asyncio.Event()

    async def ask(archive: PaperArchive) -> Rows:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()
        return Rows([])

    await ask_all([PaperArchive("slow")], ask, 0.05)
    await asyncio.sleep(0)
    assert cancelled.is_set()


async def test_an_archives_own_timeout_is_a_timeout() -> None:
    async def ask(archive: PaperArchive) -> Rows:
        raise ArchiveTimedOut("the archive did not answer in time", archive.institution.name)

    assert (await ask_all([PaperArchive("slow")], ask, 5))[0].state is SourceState.TIMED_OUT


async def test_nobody_to_ask_is_an_answer() -> None:
    assert await ask_all([], rows_of, 5) == []


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (OutsideHours("closed", "Hospital", 60), SourceState.OUTSIDE_HOURS),
        (ArchiveResting("resting", "Hospital", 60), SourceState.RESTING),
        (ArchiveFailed("left alone", "Hospital", 60), SourceState.FAILED),
    ],
)
async def test_an_archive_that_is_not_asked_now_says_why_and_for_how_long(
    error: ArchiveFailed, state: SourceState
) -> None:
    async def ask(archive: PaperArchive) -> Rows:
        raise error

    (answer,) = await ask_all([PaperArchive("closed")], ask, 5)
    assert (answer.state, answer.retry_after) == (state, 60)
    assert not answer.state.complete


@pytest.mark.parametrize(
    ("states", "kind", "retry_after"),
    [
        ([SourceState.OUTSIDE_HOURS, SourceState.OUTSIDE_HOURS], OutsideHours, 5),
        ([SourceState.OUTSIDE_HOURS, SourceState.RESTING], ArchiveResting, 5),
        ([SourceState.OUTSIDE_HOURS, SourceState.FAILED], ArchiveFailed, 5),
        ([SourceState.OUTSIDE_HOURS, SourceState.TIMED_OUT], ArchiveFailed, None),
        ([SourceState.TIMED_OUT, SourceState.TIMED_OUT], ArchiveTimedOut, None),
    ],
)
def test_silence_of_all_is_a_rest_or_a_time_out_only_when_that_is_true_of_all(
    states: list[SourceState], kind: type[ArchiveFailed], retry_after: int | None
) -> None:
    sources = [
        SourceAnswer(PaperArchive(f"a{at}"), state, retry_after=None if state is SourceState.TIMED_OUT else 5 + at)
        for at, state in enumerate(states)
    ]
    error = silence("nobody answered", [source.status(0) for source in sources])
    assert type(error) is kind
    assert (error.institution, error.retry_after) == ("A0 Hospital, A1 Hospital", retry_after)
