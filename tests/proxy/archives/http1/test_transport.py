"""Connections that are given up at any moment: none is lost, none stays open, nobody reads more than is taken."""

import asyncio
import contextlib
import random

import httpx
import pytest

from proxy.archives.http1.egress import read_destination
from proxy.archives.http1.transport import Http1Transport
from tests.proxy.archives.fakes import Line, listening, sending

LENGTH = 8 * 2**20
SMALL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LENGTH


def transport(line: Line) -> Http1Transport:
    return Http1Transport(read_destination(line.base_url), None, 2)


async def get(one: Http1Transport, line: Line) -> httpx.Response:
    return await one.handle_async_request(httpx.Request("GET", f"{line.base_url}/studies"))


async def none_open(line: Line) -> bool:
    for _ in range(300):
        if not line.open:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_a_connection_is_used_again_when_its_response_was_read() -> None:
    async with listening(sending(SMALL)) as line, transport(line) as one:
        for _ in range(5):
            response = await get(one, line)
            assert await response.aread() == b"[]"
        assert (line.most, len(line.heads)) == (1, 5)


async def test_a_response_that_was_not_read_closes_its_connection() -> None:
    async with listening(sending(LARGE, bytes(2**20))) as line, transport(line) as one:
        response = await get(one, line)
        await response.aclose()
        assert await none_open(line)


async def test_abandoned_requests_leave_nothing_behind() -> None:
    """At every stage: connecting, asking, waiting for the head, reading."""
    chance = random.Random(4)
    async with listening(sending(LARGE, bytes(2**18), forever=bytes(2**16), every=0.001)) as line:
        async with transport(line) as one:

            async def abandon() -> None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(chance.random() * 0.02):
                        response = await get(one, line)
                        try:
                            await response.aread()
                        finally:
                            await response.aclose()

            for _ in range(20):
                await asyncio.gather(*(abandon() for _ in range(20)))
            assert await none_open(line)
        assert len(line.heads) > 100


async def test_nobody_reads_faster_than_somebody_takes() -> None:
    sent = 0

    async def talk(_: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(LARGE)
        while sent < LENGTH:
            writer.write(bytes(2**16))
            sent += 2**16
            await writer.drain()

    async with listening(talk) as line, transport(line) as one:
        response = await get(one, line)
        await asyncio.sleep(0.3)
        assert sent < LENGTH - 2**20
        assert len(await response.aread()) == LENGTH


async def test_a_silent_host_is_given_up_while_connecting() -> None:
    nobody = read_destination("http://127.0.0.1:1/dicom-web")
    with pytest.raises(httpx.ConnectError):
        await Http1Transport(nobody, None, 1).handle_async_request(
            httpx.Request("GET", "http://127.0.0.1:1/dicom-web/studies")
        )


async def test_two_answers_at_once_are_none() -> None:
    async def talk(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(SMALL + SMALL)
        await writer.drain()

    async with listening(talk) as line, transport(line) as one:
        with pytest.raises(httpx.RemoteProtocolError):
            await (await get(one, line)).aread()
        assert await none_open(line)


async def test_what_comes_unasked_ends_the_connection() -> None:
    async def talk(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(SMALL)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(SMALL)

    async with listening(talk) as line, transport(line) as one:
        assert await (await get(one, line)).aread() == b"[]"
        assert await none_open(line)
