"""Whatever an archive does, the outcome is the one that is written down: status, words, never a wrong image."""

from pathlib import Path

import pytest

from proxy.audit.canonical import read_body
from proxy.audit.event import EventKind
from proxy.storage.sqlite import SqliteEvents
from tests.faults import lines
from tests.faults.hostile import institution, outcomes
from tests.faults.lines import line_outcomes
from tests.faults.outcome import Outcome, timeless
from tests.faults.page import PAGE, hostile_rows, line_rows, page
from tests.faults.scenarios import DEADLINE, RETRIEVALS, SEARCHES

AGAIN = "run `make faults` and look at what it wrote"
_SLACK = 4.0
"""Seconds that a busy machine may add to a deadline."""


def written() -> str:
    return PAGE.read_text("utf-8")


def rows_of(text: str) -> list[str]:
    return [timeless(line) for line in text.splitlines() if timeless(line) != line]


def check(found: list[Outcome], deadline: float) -> None:
    assert [one for one in found if one.status >= 500 and one.status not in {502, 503, 504}] == []
    assert [one for one in found if one.seconds > deadline + _SLACK] == []


async def test_every_bad_search_comes_to_what_is_written(tmp_path: Path) -> None:
    found = await outcomes(tmp_path, SEARCHES)
    check(found, DEADLINE)
    told = rows_of(written())[: len(SEARCHES)]
    assert [timeless(row) for row in hostile_rows(SEARCHES, found)] == told, AGAIN


async def test_every_bad_retrieval_comes_to_what_is_written_and_what_leads_astray_is_audited(tmp_path: Path) -> None:
    found = await outcomes(tmp_path, RETRIEVALS)
    check(found, DEADLINE)
    told = rows_of(written())[len(SEARCHES) : len(SEARCHES) + len(RETRIEVALS)]
    assert [timeless(row) for row in hostile_rows(RETRIEVALS, found)] == told, AGAIN
    assert recorded(tmp_path, EventKind.ARCHIVE_MISMATCH) >= institutions("gives another", "gives two frames")
    assert recorded(tmp_path, EventKind.EGRESS_REFUSED) >= institutions("links ", "sends elsewhere")


def institutions(*faults: str) -> set[str]:
    """Those whose archives do one of these things."""
    return {institution(n) for n, one in enumerate(RETRIEVALS, 1) if one.fault.startswith(faults)}


def recorded(folder: Path, kind: EventKind) -> set[str]:
    """The institutions that events of a kind are about."""
    events = [read_body(entry.body).event for entry in SqliteEvents(folder / "audit").entries()]
    return {str(event.institution) for event in events if event.kind is kind}


@pytest.mark.orthanc
async def test_every_bad_line_comes_to_what_is_written(tmp_path: Path) -> None:
    found = await line_outcomes(tmp_path)
    check(found, lines.DEADLINE)
    told = rows_of(written())[-len(found) :]
    assert [timeless(row) for row in line_rows(found)] == told, AGAIN


def test_the_page_is_what_the_command_writes() -> None:
    """All but the rows, which the other tests compare."""
    counts = len(SEARCHES), len(RETRIEVALS), len(lines.TROUBLES)
    none = ([Outcome(0, 0, "")] * count for count in counts)
    made, told = ([line for line in text.splitlines() if timeless(line) == line] for text in (page(*none), written()))
    assert made == told
    assert len(rows_of(written())) == sum(counts)


def test_an_outcome_that_differs_is_noticed() -> None:
    """The comparison leaves out times, and nothing else."""
    one = timeless("| a | search | 200 | 0.1 s | The image. |")
    assert one == timeless("| a | search | 200 | 12.3 s | The image. |")
    assert one != timeless("| a | search | 502 | 0.1 s | The image. |")
    assert one != timeless("| a | search | 200 | 0.1 s | Another image. |")
