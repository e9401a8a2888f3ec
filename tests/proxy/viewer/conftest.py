"""The portal as each of its tests has it: fresh, with nobody signed in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.proxy.viewer.front import Front, opened_front


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    async with opened_front(tmp_path) as front:
        yield front
