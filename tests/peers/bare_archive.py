"""An archive on a bare socket: the demo's, until it is told to answer some kind of request in a way of its own."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from pydicom import Dataset
from starlette.applications import Starlette
from starlette.routing import Mount

from demo.archive.app import Archive
from demo.archive.faults import kind_of
from tests.proxy.archives.fakes import Line, Talking, listening

ROOT = "/dicom-web"
_ANSWERED = {"accept"}
_A_WHILE = 0.2


@dataclass
class BareArchive:
    """`ways` are how it answers requests of a kind; `asked` what it was asked, as (kind, path); `busy` how many
    requests it is answering now; `line` its connections.
    """

    archive: Archive
    line: Line = field(default_factory=Line)
    ways: dict[str, Talking] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    busy: int = 0

    def __post_init__(self) -> None:
        self._app = httpx.ASGITransport(Starlette(routes=[Mount(ROOT, self.archive.app)]))

    @property
    def base_url(self) -> str:
        return self.line.base_url

    def count(self, kind: str) -> int:
        return sum(one == kind for one, _ in self.asked)

    async def talk(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        target = head.split(b" ")[1].decode("ascii")
        path = target.partition("?")[0].removeprefix(ROOT)
        self.asked.append((kind_of(path), path))
        self.busy += 1
        try:
            await self.ways.get(kind_of(path), self.answer_well)(head, writer)
        finally:
            self.busy -= 1

    async def answer_well(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        response = await self.answer(head)
        lines = [f"HTTP/1.1 {response.status_code} OK"]
        lines += [f"{name}: {value}" for name, value in response.headers.items() if name != "content-length"]
        lines += [f"content-length: {len(response.content)}", "", ""]
        writer.write("\r\n".join(lines).encode("latin-1") + response.content)
        await writer.drain()

    async def answer(self, head: bytes) -> httpx.Response:
        """What the demo's archive says to this request."""
        request, *fields = head.decode("latin-1").split("\r\n")
        headers = dict(one.split(": ", 1) for one in fields if one)
        kept = {name: value for name, value in headers.items() if name.lower() in _ANSWERED}
        target = f"http://{headers['Host']}{request.split(' ')[1]}"
        response = await self._app.handle_async_request(httpx.Request("GET", target, headers=kept))
        await response.aread()
        return response

    async def is_idle(self, seconds: float) -> bool:
        """Whether within so many seconds it stops answering, as nobody listens any more, and is not asked again."""
        clock = asyncio.get_running_loop().time
        began = quiet_since = clock()
        asked = len(self.asked)
        while clock() < quiet_since + _A_WHILE:
            if self.busy or len(self.asked) > asked:
                quiet_since, asked = clock(), len(self.asked)
            if quiet_since > began + seconds:
                return False
            await asyncio.sleep(0.01)
        return True


@asynccontextmanager
async def bare_archive(datasets: Iterable[Dataset | Path]) -> AsyncGenerator[BareArchive]:
    """Such an archive on a loopback port, until the context ends."""
    made = BareArchive(Archive(datasets))
    async with listening(made.talk) as line:
        made.line = line
        yield made
