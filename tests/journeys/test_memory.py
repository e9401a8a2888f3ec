"""What was looked at is nowhere in the memory of the running service once it is too old to be kept."""

import asyncio
import os
from pathlib import Path
import random

import pytest

from tests.exchange import ct
from tests.proxy.retrieval.test_wiping import NEEDLE_BYTES, memory_of
from tests.service import Service, running_exchange

SIDE = 512
SIZE = 2 * SIDE * SIDE
SECRET = 8
PICTURES = [random.Random(f"service {number}").randbytes(SIZE) for number in range(SECRET + 2)]
FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.{}/frames/1"
SECONDS = 2


def seen(service: Service) -> set[int]:
    """Which pictures, but the last ones, have left a piece of themselves."""
    memory = memory_of(service.process.pid)
    places = range(1000, SIZE - 1000, 50_000)
    return {
        number
        for number, picture in enumerate(PICTURES[:SECRET])
        if any(picture[place : place + NEEDLE_BYTES] in memory for place in places)
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="nobody but root may look into the memory of the service")
async def test_pictures_are_gone_from_memory_when_they_are_too_old(tmp_path: Path) -> None:
    """The last two pictures take the place of the others in the buffers that sockets are read into."""
    pictures = [
        ct("1.2.1", 1, number, Rows=SIDE, Columns=SIDE, PixelData=data) for number, data in enumerate(PICTURES, 1)
    ]
    retrieval = f"cache_seconds = {SECONDS}"
    async with (
        running_exchange(tmp_path, {"general": pictures}, retrieval=retrieval) as (service, _),
        service.client() as client,
    ):
        for number in range(1, len(PICTURES) + 1):
            for path, accept in (("/rendered", "image/png"), ("", "application/octet-stream; transfer-syntax=*")):
                answer = await client.get(FRAME.format(number) + path, headers={"Accept": accept})
                assert answer.status_code == 200
        assert len(seen(service)) > SECRET // 2
        for _ in range(10 * SECONDS):
            await asyncio.sleep(0.3)
            await client.get("/portal/session")
        assert seen(service) == set()
