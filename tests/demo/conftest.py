"""The demo's archive over folders of pydicom's files, asked in process."""

from collections.abc import AsyncIterator

import httpx
import pytest

from demo.archive import Archive
from tests.demo.asking import FOLDERS, asking


@pytest.fixture
def archive() -> Archive:
    """31 small images of two patients in six studies."""
    return Archive(FOLDERS)


@pytest.fixture
async def client(archive: Archive) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(archive) as client:
        yield client
