"""Large things pass through as fast as they are taken, and no further than somebody wants them: over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
import random
import shutil
import time

import numpy as np
import pytest
import trustme

from tests.exchange import ct
from tests.peers.bare_archive import BareArchive, bare_archive
from tests.service import Service, family, running_service

PAPER = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/bulkdata/00420011"
FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.{}/frames/1"
GIGABYTE = 10**9
MOST_GROWTH = 64 * 2**20
MOST_AHEAD = 96 * 2**20
"""Between an archive that sends and a client that does not read: what is read, and the buffers of two connections, of
which a generous kernel lets each grow beyond 32 MiB.
"""
LONG = 4
"""Seconds within which what is left has ended on a busy machine too: less than the shortest limit of an archive."""

_PIECE = bytes(2**20)


def holdings() -> list[object]:
    """Images, the first of which has a document that is too large to be given within metadata."""
    pixels = np.random.default_rng(1).integers(0, 4096, (128, 128), np.uint16).tobytes()
    images = [ct("1.2.1", 1, number, Rows=128, Columns=128, PixelData=pixels) for number in range(1, 101)]
    images[0].EncapsulatedDocument = bytes(2**20)
    return list(images)


@dataclass
class Standing:
    """A service, the archive behind it, and a token that is signed once."""

    service: Service
    archive: BareArchive
    authorization: str


@asynccontextmanager
async def standing(folder: Path, *, tls: bool = False) -> AsyncIterator[Standing]:
    async with AsyncExitStack() as stack:
        archive = await stack.enter_async_context(bare_archive(holdings()))
        service = await stack.enter_async_context(running_service(folder, {"general": archive.base_url}, tls=tls))
        yield Standing(service, archive, service.bearer()["Authorization"])


class Flow:
    """Bulk data of `size` bytes that are made as they are asked for; `sent` are those that the line has taken."""

    def __init__(self, size: int = GIGABYTE) -> None:
        self.size = size
        self.sent = 0

    async def talk(self, _: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n" % self.size)
        while self.sent < self.size:
            piece = _PIECE[: self.size - self.sent]
            writer.write(piece)
            await writer.drain()
            self.sent += len(piece)


async def silence(_: bytes, __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@asynccontextmanager
async def asked(standing: Standing, path: str, accept: str = "*/*") -> AsyncIterator[asyncio.StreamReader]:
    """A request over a connection of its own, which is cut when the context ends."""
    host = standing.service.origin.partition("://")[2]
    reader, writer = await asyncio.open_connection("127.0.0.1", int(host.rpartition(":")[2]), limit=2**20)
    fields = f"Host: {host}\r\nAuthorization: {standing.authorization}\r\nAccept: {accept}\r\n"
    writer.write(f"GET {path} HTTP/1.1\r\n{fields}\r\n".encode())
    try:
        yield reader
    finally:
        writer.transport.abort()


async def taken(reader: asyncio.StreamReader, most: int) -> int:
    """How many bytes came, of at most so many."""
    count = 0
    while count < most and (piece := await reader.read(2**20)):
        count += len(piece)
    return count


@contextmanager
def memory_of(service: Service) -> Iterator[Callable[[], int]]:
    """How much the service and its workers have grown since, at most."""
    pids = family(service.process.pid)
    before, most = resident(pids), 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, resident(pids))
            await asyncio.sleep(0.02)

    task = asyncio.create_task(watch())
    try:
        yield lambda: max(most, resident(pids)) - before
    finally:
        task.cancel()


def resident(pids: list[int]) -> int:
    pages = (int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) for pid in pids)
    return sum(pages) * 4096


async def until(condition: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        await asyncio.sleep(0.01)
    return condition()


async def test_a_gigabyte_passes_in_constant_memory(tmp_path: Path) -> None:
    async with standing(tmp_path) as here:
        flow = Flow()
        here.archive.ways["bulkdata"] = flow.talk
        async with here.service.client() as client:
            assert (await client.get(f"{PAPER.rpartition('/bulkdata')[0]}/metadata")).status_code == 200
        with memory_of(here.service) as growth:
            async with asked(here, PAPER, "application/octet-stream") as reader:
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200")
                assert await taken(reader, GIGABYTE) >= GIGABYTE
            assert growth() < MOST_GROWTH
        assert flow.sent == GIGABYTE
        assert here.archive.count("bulkdata") == 1


async def test_the_archive_waits_for_a_client_that_does_not_read(tmp_path: Path) -> None:
    async with standing(tmp_path) as here:
        flow = Flow()
        here.archive.ways["bulkdata"] = flow.talk
        with memory_of(here.service) as growth:
            async with asked(here, PAPER, "application/octet-stream") as reader:
                await reader.readuntil(b"\r\n\r\n")
                await asyncio.sleep(1.5)
                stalled = flow.sent
                await asyncio.sleep(0.5)
                assert flow.sent == stalled < MOST_AHEAD
                await taken(reader, 100 * 2**20)
                assert 100 * 2**20 <= flow.sent < 100 * 2**20 + MOST_AHEAD + 2**22, "and goes on when it does"
            assert await here.archive.is_idle(LONG)
            assert growth() < MOST_GROWTH


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        (PAPER, "application/octet-stream", "bulkdata"),
        (FRAME.format(2), 'multipart/related; type="application/octet-stream"; transfer-syntax=*', "frames"),
        (FRAME.format(3) + "/rendered", "image/jpeg", "frames"),
        (FRAME.format(4) + "/rendered", "image/jpeg", "metadata"),
        ("/dicomweb/studies", "application/dicom+json", "search"),
    ],
)
async def test_who_leaves_before_the_archive_has_answered_is_waited_for_no_longer(
    tmp_path: Path, path: str, accept: str, kind: str
) -> None:
    async with standing(tmp_path) as here:
        here.archive.ways[kind] = silence
        async with asked(here, path, accept):
            assert await until(lambda: here.archive.count(kind) > 0), "the archive has been asked"
        assert await here.archive.is_idle(LONG)


async def test_who_leaves_within_an_answer_ends_it_at_the_archive(tmp_path: Path) -> None:
    async with standing(tmp_path) as here:
        here.archive.ways["bulkdata"] = Flow().talk
        async with asked(here, PAPER, "application/octet-stream") as reader:
            assert await taken(reader, 2**22)
            assert here.archive.busy == 1
        assert await here.archive.is_idle(LONG)


async def test_who_leaves_while_in_line_is_never_asked_for(tmp_path: Path) -> None:
    async with standing(tmp_path) as here, AsyncExitStack() as taking:
        here.archive.ways["bulkdata"] = Flow().talk
        for _ in range(12):
            await taking.enter_async_context(asked(here, PAPER, "application/octet-stream"))
        await asyncio.sleep(0.5)
        streams = here.archive.count("bulkdata")
        assert here.archive.busy == streams < 12, "the others are in line"
        for _ in range(10):
            async with asked(here, PAPER, "application/octet-stream"):
                await asyncio.sleep(0.05)
        await taking.aclose()
        assert await here.archive.is_idle(LONG)
        await asyncio.sleep(0.3)
        assert here.archive.count("bulkdata") <= 12, "none of the ten who left the line"


async def test_four_hundred_who_leave_hold_no_connection_to_the_archive(tmp_path: Path) -> None:
    chance = random.Random(5)
    async with standing(tmp_path) as here, here.service.client() as client:
        here.archive.ways["bulkdata"] = Flow().talk
        assert (await client.get("/dicomweb/studies/1.2.1/metadata")).status_code == 200

        async def leave(number: int) -> None:
            path = chance.choice([PAPER, FRAME.format(1 + number % 100), FRAME.format(1 + number % 100) + "/rendered"])
            async with asked(here, path) as reader:
                with suppress(TimeoutError):
                    async with asyncio.timeout(chance.choice([0.002, 0.01, 0.03])):
                        await reader.read(1000)

        for first in range(0, 400, 20):
            await asyncio.gather(*map(leave, range(first, first + 20)))
        assert await here.archive.is_idle(LONG)
        assert await until(lambda: here.archive.line.open <= 8, LONG), "only idle connections are kept"
        async with asyncio.timeout(LONG):
            last = await client.get(FRAME.format(50), headers={"Accept": "application/octet-stream"})
        assert last.status_code == 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_http2_streams_wait_and_end_alike(tmp_path: Path) -> None:
    """A browser's HTTP/2 is ours natively: a slow stream holds the archive back, and its end reaches the archive."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
    async with standing(tmp_path, tls=True) as here:
        flow = Flow()
        here.archive.ways["bulkdata"] = flow.talk
        told = ("-w", "%{http_version} %{http_code}", "--limit-rate", "1M", "--max-time", "4", "-o", "/dev/null", "-s")
        secured = ("--http2", "--cacert", str(tmp_path / "ca.pem"))
        named = ("-H", f"Authorization: {here.authorization}", "-H", "Accept: application/octet-stream")
        curl = await asyncio.create_subprocess_exec(
            "curl", *told, *secured, *named, here.service.origin + PAPER, stdout=asyncio.subprocess.PIPE
        )
        with memory_of(here.service) as growth:
            output, _ = await curl.communicate()
            assert growth() < MOST_GROWTH
        assert output.decode() == "2 200"
        assert 0 < flow.sent < 4 * 2**20 + MOST_AHEAD
        assert await here.archive.is_idle(LONG)
