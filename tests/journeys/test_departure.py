"""A client that goes away, over real sockets: the archive is asked no further, and nothing is left open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
import random
import time

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route

from demo.archive.app import Archive
from tests.exchange import ct
from tests.service import Service, running_exchange, running_service, served

FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1"
ANY = {"Accept": 'multipart/related; type="application/octet-stream"; transfer-syntax=*'}


class EndlessArchive:
    """An archive whose frames never end; `open` counts those that are being read, `asked` all that were."""

    def __init__(self) -> None:
        self.open = self.asked = 0
        archive = Archive([ct("1.2.1")])
        frames = "/studies/{study}/series/{series}/instances/{instance}/frames/{frames}"
        self.app = Starlette(routes=[Mount("/dicom-web", routes=[Route(frames, self.frames), Mount("/", archive.app)])])

    async def frames(self, request: Request) -> Response:
        self.asked += 1
        head = b"--b\r\nContent-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1\r\n\r\n"

        async def pieces() -> AsyncIterator[bytes]:
            self.open += 1
            try:
                yield head
                while True:
                    yield np.zeros(2**16, np.uint8).tobytes()
                    await asyncio.sleep(0.01)
            finally:
                self.open -= 1

        return StreamingResponse(pieces(), media_type='multipart/related; type="application/octet-stream"; boundary=b')


@pytest.fixture
async def endless(tmp_path: Path) -> AsyncIterator[tuple[Service, EndlessArchive]]:
    archive = EndlessArchive()
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(served(archive.app))
        yield await stack.enter_async_context(running_service(tmp_path, {"general": f"{origin}/dicom-web"})), archive


async def none_open(archive: EndlessArchive, seconds: float = 10) -> bool:
    for _ in range(int(seconds / 0.05)):
        if archive.open == 0:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_abandoned_downloads_leave_nothing_open_at_the_archive(
    endless: tuple[Service, EndlessArchive],
) -> None:
    service, archive = endless
    async with service.client() as client:
        for _ in range(12):
            async with client.stream("GET", FRAME, headers=ANY) as response:
                assert response.status_code == 200
                async for _ in response.aiter_raw():
                    break
        assert await none_open(archive)
        assert archive.asked == 12, "more than the archive's connections, so each was given back"
        assert (await client.get("/dicomweb/studies")).status_code == 200


async def test_a_rendering_nobody_waits_for_is_no_longer_fetched(endless: tuple[Service, EndlessArchive]) -> None:
    service, archive = endless
    async with service.client() as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"{FRAME}/rendered", timeout=1)
        assert archive.asked == 1
    assert await none_open(archive)


async def test_head_leaves_nothing_open(endless: tuple[Service, EndlessArchive]) -> None:
    service, archive = endless
    async with service.client() as client:
        for _ in range(12):
            assert (await client.head(FRAME, headers=ANY)).status_code == 200
        assert await none_open(archive)


async def test_who_stays_gets_every_byte_again_and_again(tmp_path: Path) -> None:
    """One connection kept alive, frames large enough to come in many pieces."""
    pixels = np.random.default_rng(1).integers(0, 2**16, (512, 512), np.uint16)
    large = ct("1.2.1", Rows=512, Columns=512, PixelData=pixels.tobytes())
    async with running_exchange(tmp_path, {"general": [large]}) as (service, _), service.client() as client:
        for _ in range(60):
            response = await client.get(FRAME, headers={"Accept": "application/octet-stream"})
            assert response.content == pixels.tobytes()
        several = await asyncio.gather(*(client.get(FRAME, headers=ANY) for _ in range(40)))
        assert {pixels.tobytes() in response.content for response in several} == {True}


async def test_a_stream_out_of_memory_is_whole_every_time(tmp_path: Path) -> None:
    """Nothing is waited for before the stream begins, so that it follows at once on what was asked of the client."""
    noise = np.random.default_rng(1).integers(0, 256, (16, 256, 256), np.uint16)
    images = [
        ct("1.2.1", 1, number, Rows=256, Columns=256, PixelData=one.tobytes()) for number, one in enumerate(noise, 1)
    ]
    async with running_exchange(tmp_path, {"general": images}) as (service, _), service.client() as client:
        parts = {"Accept": 'multipart/related; type="image/png"'}
        for _ in range(30):
            response = await client.get("/dicomweb/studies/1.2.1/series/1.2.1.1/rendered", headers=parts)
            assert response.content.count(b"\x89PNG") == 16
            assert response.content.rstrip().endswith(b"--")


async def test_hundreds_who_leave_at_any_moment_do_not_close_the_archive_to_others(tmp_path: Path) -> None:
    """Raw connections that are cut before, during and after the archive is asked: its connections must come back."""
    pixels = np.random.default_rng(1).integers(0, 4096, (128, 128), np.uint16).tobytes()
    images = [ct("1.2.1", 1, number, Rows=128, Columns=128, PixelData=pixels) for number in range(1, 101)]
    chance = random.Random(5)
    async with running_exchange(tmp_path, {"general": images}) as (service, _), service.client() as client:
        host, token = service.origin.removeprefix("http://"), client.headers["authorization"]

        async def leave_early(number: int) -> None:
            frame = f"/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.{number}/frames/1"
            path = frame + chance.choice(["", "/rendered", f"/rendered?window={chance.randint(1, 4000)},400,linear"])
            reader, writer = await asyncio.open_connection("127.0.0.1", int(host.partition(":")[2]))
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n".encode())
            with suppress(TimeoutError):
                async with asyncio.timeout(chance.choice([0.001, 0.003, 0.006, 0.01, 0.03, 0.1])):
                    await reader.read(1000)
            writer.transport.abort()

        for _ in range(60):
            await asyncio.gather(*(leave_early(chance.randint(1, 100)) for _ in range(12)))
        for _ in range(20):
            began = time.monotonic()
            answer = await client.get("/dicomweb/studies")
            assert "warning" not in answer.headers
            assert time.monotonic() - began < 2
        shown = await asyncio.gather(*(client.get(f"{FRAME}/rendered?window={n},9,linear") for n in range(1, 17)))
        assert {one.status_code for one in shown} == {200}
