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


async def _blast(
    generator: Path, answer: bytes, paths: str = "/", seconds: str = "0.2", pace: str = "0"
) -> tuple[dict[str, float], int]:
    """What the generator reports, and how many requests the server read."""
    report, connections = await _scroll(generator, answer, paths, seconds, pace)
    return report, sum(map(len, connections))


async def _scroll(
    generator: Path, answer: bytes, paths: str, seconds: str, pace: str
) -> tuple[dict[str, float], list[list[str]]]:
    """What the generator reports, and the paths that it asked for on each of its two connections."""
    connections: list[list[str]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked: list[str] = []
        connections.append(asked)
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                asked.append(request.split()[1].decode())
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = str(server.sockets[0].getsockname()[1])
        process = await asyncio.create_subprocess_exec(
            generator, port, paths, "2", seconds, pace, "Accept: */*", stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        await asyncio.sleep(0.05)
    return json.loads(output), connections


@pytest.mark.parametrize("answer", [_KNOWN, _CHUNKED + b"0\r\n\r\n"], ids=["known length", "chunked"])
async def test_every_byte_is_counted(generator: Path, answer: bytes) -> None:
    report, asked = await _blast(generator, answer)
    assert report["failures"] == 0
    assert 0 < report["requests"] <= asked
    assert report["requests"] * len(_BODY) <= report["bytes"] <= asked * len(_BODY)


async def test_answers_other_than_200_are_failures(generator: Path) -> None:
    report, _ = await _blast(generator, b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
    assert report["failures"] == report["requests"] > 0


async def test_connections_ask_for_one_path_after_the_other_from_different_ones(generator: Path) -> None:
    _, connections = await _scroll(generator, _KNOWN, "/1\n/2\n/3\n/4", "0.2", "0")
    paths = ["/1", "/2", "/3", "/4"]
    assert sorted(asked[0] for asked in connections) == ["/1", "/3"]
    for asked in connections:
        start = paths.index(asked[0])
        assert len(asked) > len(paths)
        assert asked == [paths[(start + number) % len(paths)] for number in range(len(asked))]


async def test_connections_keep_to_their_pace(generator: Path) -> None:
    report, asked = await _blast(generator, _KNOWN, "/", "1", "5")
    assert report["failures"] == 0
    assert 4 <= asked <= 12, "two connections, five requests of each in a second; without a pace it would be hundreds"
