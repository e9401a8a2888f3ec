"""An exchange of two institutions, the second of which shares a study with the first."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.exchange import Exchange, ct, opened_exchange

HOLDINGS = {
    "general": [
        *(ct("1.2.1", 1, number) for number in (1, 2, 3)),
        ct("1.2.2", 1, 1, StudyDate="20250101", StudyDescription="Head"),
        ct("1.2.9", 1, 1, patient="G-9999"),
    ],
    "lakeside": [
        *(ct("1.2.1", 2, number, "77-201") for number in (1, 2)),
        ct("1.2.3", 1, 1, "77-201", StudyDate="20240101", StudyDescription="Pelvis"),
        ct("1.2.4", 1, 1, "77-300", PatientName="Opted^Out"),
    ],
}


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path, HOLDINGS) as exchange:
        yield exchange
