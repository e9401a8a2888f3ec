"""More than archives give at once, at archives that cap in silence: what a client has to page through."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from demo.archive.app import Archive
from demo.archive.holdings import Source
from tests.exchange import ct
from tests.service import Service, running_exchange

LONG, LONGER = "1.2.5", "1.2.6"
INSTANCES = {LONG: 1001, LONGER: 5001}
STUDIES = [f"1.2.7.{number}" for number in range(1, 1002)]
PATIENT = {LONG: "77-201", LONGER: "G-1001"}
_UNHURRIED = {
    "retrieval": "[federation]\ndeadline_seconds = 60\n",
    "options": "[institutions.archives.limits]\nsearch_seconds = 30\nretrieve_seconds = 60\n",
}
"""Also on a busy machine, as this is not about time."""


def series_of(study: str) -> str:
    return f"{study}.1"


def instances_of(study: str) -> list[str]:
    return [f"{series_of(study)}.{number}" for number in range(1, INSTANCES[study] + 1)]


def _series(study: str) -> Iterator[Source]:
    """Axial images, a millimetre apart."""
    place = {
        "FrameOfReferenceUID": f"{study}.900",
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [1, 1],
    }
    for number in range(1, INSTANCES[study] + 1):
        yield ct(study, 1, number, PATIENT[study], ImagePositionPatient=[0, 0, number], SliceThickness=1, **place)


def large_archives() -> dict[str, Archive]:
    """Of one patient, under three identifiers: two long series, and many studies of one image."""
    return {
        "general": Archive(_series(LONGER), most_results=1000, silent=True),
        "lakeside": Archive(_series(LONG), most_results=100, silent=True),
        "university": Archive((ct(study, patient="U5") for study in STUDIES), most_results=100, silent=True),
    }


@asynccontextmanager
async def large_exchange(folder: Path, public: str = "") -> AsyncIterator[tuple[Service, dict[str, Archive]]]:
    async with running_exchange(folder, large_archives(), public=public, **_UNHURRIED) as running:
        yield running
