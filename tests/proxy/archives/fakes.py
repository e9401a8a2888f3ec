"""Small archives that misbehave on demand: Starlette apps where HTTP is sound, bare sockets where it is not."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
import re
import ssl
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from proxy.archives.checks import Mismatch
from proxy.archives.client import ArchiveClient
from proxy.archives.transport import archive_transport
from proxy.resources import FramesRef, InstanceRef, SeriesRef, StudyRef, Uid
from proxy.settings.archives import Archive, Institution, Limits

BASE = "http://archive.test/dicom-web"
STUDY, SERIES, INSTANCE = Uid("1.2.3"), Uid("1.2.3.4"), Uid("1.2.3.4.5")
OTHER = Uid("9.9.9")
OF_STUDY, OF_SERIES, OF_INSTANCE = StudyRef(STUDY), SeriesRef(STUDY, SERIES), InstanceRef(STUDY, SERIES, INSTANCE)
INSTANCE_PATH = f"studies/{STUDY}/series/{SERIES}/instances/{INSTANCE}"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/dicom+json\r\nTransfer-Encoding: chunked\r\n\r\n"
EMPTY_LIST = b"HTTP/1.1 200 OK\r\nContent-Type: application/dicom+json\r\nContent-Length: 2\r\n\r\n[]"

Answering = Callable[[Request], Response]
Talking = Callable[[bytes, asyncio.StreamWriter], Coroutine[Any, Any, None]]


def frames(*numbers: int) -> FramesRef:
    return FramesRef(STUDY, SERIES, INSTANCE, numbers)


def attributes(study: str = STUDY, series: str = SERIES, instance: str = INSTANCE, **more: Any) -> dict[str, Any]:
    """DICOM JSON of an instance."""
    uids = {"0020000D": study, "0020000E": series, "00080018": instance}
    return {tag: {"vr": "UI", "Value": [uid]} for tag, uid in uids.items()} | more


def dicom_json(*datasets: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(datasets), status, headers, "application/dicom+json")


def multipart(
    parts: Iterable[tuple[dict[str, str], bytes]],
    content_type: str = 'multipart/related; type="application/octet-stream"',
) -> Response:
    """`parts` as headers and payloads."""
    body = b""
    for headers, payload in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        body += b"--b\r\n" + head.encode() + b"\r\n" + payload + b"\r\n"
    return Response(body + b"--b--", headers={"Content-Type": f"{content_type}; boundary=b"})


def octets(*payloads: bytes) -> Response:
    """Frames as an archive writes them that says no more than it must."""
    return multipart(({"Content-Type": "application/octet-stream"}, payload) for payload in payloads)


def archive(base_url: str = BASE, **settings: Any) -> Archive:
    return Archive(id="main", base_url=base_url, **settings)


@dataclass(slots=True)
class Asked:
    """A client, what it sent to its archive, and which mismatches it reported."""

    client: ArchiveClient
    requests: list[httpx.Request] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)


@asynccontextmanager
async def asking(settings: Archive, transport: httpx.AsyncBaseTransport) -> AsyncGenerator[Asked]:
    """A client of the archive with `settings`, by way of `transport`."""
    requests: list[httpx.Request] = []
    mismatches: list[Mismatch] = []

    async def on_mismatch(mismatch: Mismatch) -> None:
        mismatches.append(mismatch)

    institution = Institution(id="general", name="General Hospital", archives=(settings,))
    client = ArchiveClient(settings, institution, Listening(transport, requests), on_mismatch)
    yield Asked(client, requests, mismatches)
    await transport.aclose()


@dataclass(slots=True)
class Listening(httpx.AsyncBaseTransport):
    """Notes every request on its way."""

    transport: httpx.AsyncBaseTransport
    requests: list[httpx.Request]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return await self.transport.handle_async_request(request)


@asynccontextmanager
async def asking_app(answer: Answering, **settings: Any) -> AsyncGenerator[Asked]:
    """A client of an archive whose every answer is `answer`'s."""

    async def endpoint(request: Request) -> Response:
        return answer(request)

    app = Starlette(routes=[Route("/{path:path}", endpoint)])
    async with asking(archive(**settings), httpx.ASGITransport(app)) as asked:
        yield asked


@dataclass(slots=True)
class Line:
    """A listening socket: its port, the heads of requests it heard, how many connections are and were open at most."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)
    open: int = 0
    most: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/dicom-web"


@asynccontextmanager
async def listening(talk: Talking, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Line]:
    """A server on a loopback port that lets `talk` write whatever it likes after each request's head."""
    line = Line()
    tasks: set[asyncio.Task[Any]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        line.open += 1
        line.most = max(line.most, line.open)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line.heads.append(head)
                await reader.readexactly(_length(head))
                await _while_anybody_listens(reader, talk(head, writer))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, ssl.SSLError):
            pass  # the other end has gone, or the test is over
        finally:
            line.open -= 1
            line.closed.set()
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def _length(head: bytes) -> int:
    found = re.search(rb"\r\ncontent-length: ([0-9]+)\r\n", head, re.IGNORECASE)
    return int(found[1]) if found else 0


async def _while_anybody_listens(reader: asyncio.StreamReader, talking: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(talking)
    try:
        while not task.done() and not reader.at_eof():
            await asyncio.wait([task], timeout=0.01)
    finally:
        task.cancel()
    if task.done():
        await task


@asynccontextmanager
async def asking_line(talk: Talking, **settings: Any) -> AsyncGenerator[tuple[Asked, Line]]:
    """A client, over real connections, of a server that answers as `talk` does."""
    async with listening(talk) as line:
        own = archive(line.base_url, **settings)
        async with asking(own, archive_transport(own)) as asked:
            yield asked, line


def limits(**changes: Any) -> Limits:
    return Limits(**({"search_seconds": 5.0, "retrieve_seconds": 5.0} | changes))


def sending(*pieces: bytes, forever: bytes = b"", every: float = 0.0) -> Talking:
    """Writes `pieces`; then `forever` again and again, if given, with `every` seconds between."""

    async def talk(_: bytes, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        while forever:
            writer.write(forever)
            await writer.drain()
            await asyncio.sleep(every)

    return talk


def silent(seconds: float = 60.0) -> Talking:
    async def talk(_: bytes, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)

    return talk


def hanging_up(*pieces: bytes) -> Talking:
    async def talk(_: bytes, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
        await writer.drain()
        writer.close()

    return talk


def targets(requests: Sequence[httpx.Request]) -> list[str]:
    return [request.url.raw_path.decode("ascii") for request in requests]


async def one_frame(client: ArchiveClient, ref: FramesRef, available: str = "") -> tuple[bytes, str]:
    """The bytes of a frame, and its transfer syntax."""
    return (await client.whole_frames(ref, available))[ref.frames[0]]
