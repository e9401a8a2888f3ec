"""The load generator counts what really came, whether its length was announced or came in chunks."""

import asyncio
import json
from pathlib import Path

import pytest

from benchmarks.load import compile_generator

_BODY = b"0123456789" * 20_000
_KNOWN = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(
    b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (_BODY[:7], _BODY[7:150_000], _BODY[150_000:])
)


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_generator(tmp_path_factory.mktemp("blast"))


async def _blast(generator: Path, answer: bytes) -> tuple[dict[str, float], int]:
    """What the generator reports, and how many requests the server read."""
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                asked += 1
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = str(server.sockets[0].getsockname()[1])
        process = await asyncio.create_subprocess_exec(
            generator, port, "/", "2", "0.2", "Accept: */*", stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        await asyncio.sleep(0.05)
    return json.loads(output), asked


@pytest.mark.parametrize("answer", [_KNOWN, _CHUNKED + b"0\r\n\r\n"], ids=["known length", "chunked"])
async def test_every_byte_is_counted(generator: Path, answer: bytes) -> None:
    report, asked = await _blast(generator, answer)
    assert report["failures"] == 0
    assert 0 < report["requests"] <= asked
    assert report["requests"] * len(_BODY) <= report["bytes"] <= asked * len(_BODY)


async def test_answers_other_than_200_are_failures(generator: Path) -> None:
    report, _ = await _blast(generator, b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
    assert report["failures"] == report["requests"] > 0
