"""docs/reference/faults.md, written from what came of every fault."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.faults.lines import DEADLINE as LINE_DEADLINE
from tests.faults.lines import TROUBLES, Trouble
from tests.faults.outcome import Outcome, row
from tests.faults.scenarios import DEADLINE, RETRIEVALS, SEARCHES, Scenario

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/faults.md"

_BEGINNING = f"""# When archives fail

Written by `make faults`, which runs the service in front of an archive that does each of these things, and in front of
a real Orthanc on bad lines. A test does the same and fails when an outcome is another one than here; only the times
differ from run to run.

Never shown are another image than the one asked for, an archive's own words, or an answer that looks whole and is not.

## An archive that behaves badly

`search_seconds`, `retrieve_seconds` and `connect_seconds` are {DEADLINE:.0f}. A search asks {len(SEARCHES)}
institutions, of which one is ill. What the user sees is title and detail of a [problem](problems.md), or a `Warning`.

| the archive | asked for | status | time | what the user sees |
|---|---|---|---|---|
"""
_LINES = f"""
## A real archive behind a bad line

Orthanc with images of 256 × 256 pixels of 16 bits, asked for as rendered images; the seconds are {LINE_DEADLINE:.0f}.
The lines are made by a relay that delays and paces bytes; the last rows stop Orthanc itself.

| fault | asked for | status | time | what the user sees |
|---|---|---|---|---|
"""


def page(searches: Iterable[Outcome], retrievals: Iterable[Outcome], lines: Iterable[Outcome]) -> str:
    rows = (*hostile_rows(SEARCHES, searches), *hostile_rows(RETRIEVALS, retrievals))
    return _BEGINNING + "\n".join(rows) + "\n" + _LINES + "\n".join(line_rows(lines)) + "\n"


def hostile_rows(scenarios: Sequence[Scenario], found: Iterable[Outcome]) -> Iterator[str]:
    return (row(one.fault, one.wanted, outcome) for one, outcome in zip(scenarios, found, strict=True))


def line_rows(found: Iterable[Outcome], troubles: Sequence[Trouble] = TROUBLES) -> Iterator[str]:
    return (row(one.fault, "rendered image", outcome) for one, outcome in zip(troubles, found, strict=True))
