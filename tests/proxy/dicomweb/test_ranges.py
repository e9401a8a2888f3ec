"""Parts of bulk data by byte range: from archives that give them, of what the metadata hold, and else the whole."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydicom.uid import RLELossless
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from proxy.http.context import BrokenStream
from tests.exchange import Exchange, ct, opened_exchange

INSTANCE = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1"
PIXELS = f"{INSTANCE}/bulkdata/7FE00010"
LENGTH = 512
DATA = bytes(range(256)) * 2
OCTETS = "application/octet-stream"


class Ranging:
    """An archive that gives single bodies in parts, or something else instead: `lie` changes the Content-Range."""

    def __init__(self, app: ASGIApp, tag: str = "", lie: str = "", cut: int = 0) -> None:
        self.app, self.tag, self.lie, self.cut = app, tag, lie, cut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, start = b"", {}

        async def collect(message: Message) -> None:
            nonlocal body, start
            if message["type"] == "http.response.start":
                start = dict(message)
            else:
                body += message.get("body", b"")

        await self.app(scope, receive, collect)
        asked = dict(scope["headers"]).get(b"range", b"").decode()
        kind = dict(start["headers"]).get(b"content-type", b"")
        if asked and start["status"] == 200 and kind.startswith(OCTETS.encode()):
            body = self._part(asked, body, start)
        await send(start)
        await send({"type": "http.response.body", "body": body})

    def _part(self, asked: str, body: bytes, start: dict[str, Any]) -> bytes:
        first, _, last = asked.removeprefix("bytes=").partition("-")
        begin = int(first) if first else len(body) - int(last)
        end = min(int(last) + 1, len(body)) if first and last else len(body)
        told = self.lie or f"bytes {begin}-{end - 1}/{len(body)}"
        start["status"] = 206
        if begin >= len(body):
            start["status"], told, begin, end = 416, f"bytes */{len(body)}", 0, 0
        part = body[begin:end][: self.cut or None]
        tag = [(b"etag", self.tag.encode())] if self.tag else []
        length = (b"content-length", str(len(part)).encode())
        start["headers"] = [(b"content-type", OCTETS.encode()), (b"content-range", told.encode()), length, *tag]
        return part


@asynccontextmanager
async def ranging(folder: Path, encoded: bool = False, **how: Any) -> AsyncIterator[Exchange]:
    dataset = ct("1.2.1", PixelData=DATA)
    if encoded:
        dataset.compress(RLELossless, generate_instance_uid=False)
    async with opened_exchange(folder, {"general": [dataset]}) as exchange:
        exchange.archives["general"].app.add_middleware(Ranging, **how)
        yield exchange


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=500-", 500, 512), ("bytes=-7", 505, 512), ("bytes=9-900", 9, 512)],
)
async def test_a_part_is_passed_on_as_the_archive_gives_it(tmp_path: Path, asked: str, start: int, stop: int) -> None:
    async with ranging(tmp_path, tag='"v1"') as exchange:
        answer = await exchange.get(PIXELS, OCTETS, headers={"Range": asked})
        assert (answer.status_code, answer.content) == (206, DATA[start:stop])
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{LENGTH}"
        assert answer.headers["content-length"] == str(stop - start)
        assert answer.headers["accept-ranges"] == "bytes"
        assert "v1" not in answer.headers["etag"]
        assert exchange.archives["general"].counts()["bulkdata"] == 1


async def test_a_part_behind_the_end_is_416_with_the_length(tmp_path: Path) -> None:
    async with ranging(tmp_path) as exchange:
        answer = await exchange.get(PIXELS, OCTETS, headers={"Range": "bytes=512-"})
        assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */512")


async def test_a_part_of_another_version_is_no_part(tmp_path: Path) -> None:
    async with ranging(tmp_path, tag='"v1"') as exchange:
        tag = (await exchange.get(PIXELS, OCTETS, headers={"Range": "bytes=0-9"})).headers["etag"]
        for named, status in ((tag, 206), ('"older"', 200), ('"v1"', 200)):
            answer = await exchange.get(PIXELS, OCTETS, headers={"Range": "bytes=10-19", "If-Range": named})
            assert (answer.status_code, answer.content) == (status, DATA[10:20] if status == 206 else DATA)


@pytest.mark.parametrize("tag", ["", 'W/"v1"', "v1"])
async def test_without_a_strong_tag_of_the_archive_there_is_none(tmp_path: Path, tag: str) -> None:
    async with ranging(tmp_path, tag=tag) as exchange:
        answer = await exchange.get(PIXELS, OCTETS, headers={"Range": "bytes=0-9"})
        assert answer.status_code == 206
        assert "etag" not in answer.headers


@pytest.mark.parametrize(
    "lie", ["bytes 1-10/512", "bytes 0-19/512", "bytes 0-9/*", "bytes 0-600/512", "pages 0-9/512", "none"]
)
async def test_another_part_than_was_asked_for_is_not_passed_on(tmp_path: Path, lie: str) -> None:
    async with ranging(tmp_path, lie=lie) as exchange:
        answer = await exchange.get(PIXELS, OCTETS, headers={"Range": "bytes=0-9"})
        assert (answer.status_code, answer.content) == (200, DATA)


async def test_a_part_that_is_cut_short_does_not_look_whole(tmp_path: Path) -> None:
    async with ranging(tmp_path, cut=5) as exchange:
        with pytest.raises(BrokenStream):
            await exchange.get(PIXELS, OCTETS, headers={"Range": "bytes=0-9"})


async def test_an_archive_that_knows_no_ranges_gives_all(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1", PixelData=DATA)]}) as exchange:
        answer = await exchange.get(PIXELS, OCTETS, headers={"Range": "bytes=0-9"})
        assert (answer.status_code, answer.content) == (200, DATA)


async def test_parts_of_a_multipart_body_and_several_ranges_are_the_whole(tmp_path: Path) -> None:
    async with ranging(tmp_path) as exchange:
        multipart = 'multipart/related; type="application/octet-stream"'
        assert (await exchange.get(PIXELS, multipart, headers={"Range": "bytes=0-9"})).status_code == 200
        assert (await exchange.get(PIXELS, OCTETS, headers={"Range": "bytes=0-1,4-5"})).status_code == 200


async def test_a_head_request_has_no_range(tmp_path: Path) -> None:
    async with ranging(tmp_path) as exchange:
        told = {**exchange.bearer(), "Accept": OCTETS, "Range": "bytes=0-9"}
        answer = await exchange.client.head(PIXELS, headers=told)
        assert (answer.status_code, answer.content) == (200, b"")


async def test_encoded_pixels_are_never_cut_into_parts(tmp_path: Path) -> None:
    async with ranging(tmp_path, encoded=True) as exchange:
        answer = await exchange.get(PIXELS, OCTETS, headers={"Range": "bytes=4-9"})
        assert answer.status_code in {200, 406}
        assert "content-range" not in answer.headers


async def test_who_may_not_look_gets_no_part_either(tmp_path: Path) -> None:
    async with ranging(tmp_path) as exchange:
        told = {**exchange.bearer(sub="stranger"), "Accept": OCTETS, "Range": "bytes=0-9"}
        assert (await exchange.client.get(PIXELS, headers=told)).status_code in {403, 404}
        assert exchange.archives["general"].counts()["bulkdata"] == 0


async def test_octets_that_came_with_the_metadata_have_tag_and_ranges(tmp_path: Path) -> None:
    small = ct("1.2.1", RedPaletteColorLookupTableData=DATA[:16])
    async with opened_exchange(tmp_path, {"general": [small]}) as exchange:
        path = f"{INSTANCE}/bulkdata/00281201"
        whole = await exchange.get(path, OCTETS)
        assert exchange.archives["general"].counts()["bulkdata"] == 0
        assert (whole.status_code, whole.content) == (200, DATA[:16])
        part = await exchange.get(path, OCTETS, headers={"Range": "bytes=2-3", "If-Range": whole.headers["etag"]})
        assert (part.status_code, part.content) == (206, DATA[2:4])
        same = await exchange.get(path, OCTETS, headers={"If-None-Match": whole.headers["etag"]})
        assert same.status_code == 304
