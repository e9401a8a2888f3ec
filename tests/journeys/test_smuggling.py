"""Requests that two parsers could read in two ways, byte for byte over a real socket: refused, and nothing smuggled."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.exchange import ct
from tests.service import Service, running_exchange

HOST = b"Host: 127.0.0.1:%d\r\n"
SMUGGLED = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n"

REQUESTS = {
    "two lengths": b"POST /auth/logout HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 0\r\nContent-Length: 60\r\n\r\n"
    + SMUGGLED,
    "length and chunks": b"POST /auth/logout HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + b"Host: evil.test\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "another host": b"GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n",
    "absolute form": b"GET http://evil.test/ HTTP/1.1\r\nHost: evil.test\r\n\r\n",
    "folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "space before colon": b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding : chunked\r\n\r\n",
    "null in header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",
    "huge header": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 5000 + b"\r\n",
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "negative length": b"POST /auth/logout HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "two tokens": b"GET /dicomweb/studies HTTP/1.1\r\n" + HOST + b"Authorization: a\r\nAuthorization: b\r\n\r\n",
}


async def exchange(service: Service, content: bytes) -> bytes:
    port = int(service.origin.rpartition(":")[2])
    filled = content.replace(b"%d", str(port).encode())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(filled)
    await writer.drain()
    answer = b""
    try:
        async with asyncio.timeout(2):
            while piece := await reader.read(65536):
                answer += piece
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return answer


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with running_exchange(tmp_path, {"general": [ct("1.2.1")]}) as (service, _):
        yield service


async def test_ambiguous_requests_are_refused_and_nothing_is_smuggled(service: Service) -> None:
    for name, content in REQUESTS.items():
        answer = await exchange(service, content)
        status = answer.split(b" ", 2)[1] if answer.startswith(b"HTTP/1.1 ") else b"closed"
        assert status in {b"400", b"421", b"431", b"405", b"closed"}, (name, answer[:200])
        assert b'{"status":"live"}' not in answer, name
    async with service.client() as client:
        assert (await client.get("/dicomweb/studies")).status_code == 200


async def test_dot_segments_are_not_collapsed_into_other_routes(service: Service) -> None:
    for path in (b"/dicomweb/../metrics", b"/static/../proxy/app.py", b"/static/%2e%2e/pyproject.toml", b"//metrics"):
        answer = await exchange(service, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        assert b" 404 " in answer.split(b"\r\n")[0], (path, answer[:200])
