"""The way to an archive over real connections: bounded in time, memory and number whatever the other end does."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
import logging
import time
import tracemalloc

import imagecodecs
import numpy as np
import pytest

from proxy.archives.gate import Gate, Patience
from proxy.archives.transport import archive_transport
from proxy.errors import ArchiveFailed, ArchiveTimedOut, Overloaded, TooLarge
from proxy.settings.credentials import Credentials
from proxy.settings.secrets import Secret
from proxy.wire.codestreams import JPEG_LS_LOSSLESS
from tests.proxy.archives.fakes import (
    CHUNKED,
    EMPTY_LIST,
    OF_STUDY,
    STUDY,
    Asked,
    Talking,
    archive,
    asking,
    asking_line,
    frames,
    hanging_up,
    limits,
    listening,
    sending,
    silent,
)

PART = b"--b\r\nContent-Type: application/octet-stream\r\n\r\n"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/related; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n"
IMPATIENT = limits(search_seconds=0.3, retrieve_seconds=0.3)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def read_frame(asked: Asked) -> None:
    async with asked.client.frames(frames(1)) as stream:
        async for part in stream:
            async for _ in part:
                pass


@asynccontextmanager
async def within(seconds: float) -> AsyncGenerator[None]:
    """What is done takes no longer than `seconds`."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(silent(), id="silent"),
        pytest.param(sending(b"HTTP/1.1 200 OK\r\n", forever=b"X: y\r\n", every=0.02), id="dripping head"),
        pytest.param(sending(CHUNKED, forever=chunk(b" "), every=0.02), id="dripping body"),
        pytest.param(sending(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[]"), id="never finished"),
        pytest.param(sending(forever=b"HTTP/1.1 100 Continue\r\n\r\n", every=0.02), id="100 for ever"),
    ],
)
async def test_an_archive_that_keeps_waiting_is_given_up_at_the_deadline(talk: Talking) -> None:
    async with asking_line(talk, limits=IMPATIENT) as (asked, line):
        async with within(3):
            with pytest.raises(ArchiveTimedOut) as caught:
                await asked.client.search("studies")
        assert caught.value.institution == "General Hospital"
        await asyncio.wait_for(line.closed.wait(), 5)


@pytest.mark.parametrize("payload", [b"x", b"x" * 50])
async def test_a_dripping_frame_is_given_up_though_every_drop_is_in_time(payload: bytes) -> None:
    talk = sending(STREAM, chunk(PART), forever=chunk(payload), every=0.02)
    async with asking_line(talk, limits=IMPATIENT) as (asked, _), within(3):
        with pytest.raises(ArchiveTimedOut):
            await read_frame(asked)


async def test_a_frame_is_labelled_by_its_head_in_whatever_pieces_it_comes() -> None:
    frame = imagecodecs.jpegls_encode(np.arange(64, dtype=np.uint16).reshape(8, 8))
    pieces = [chunk(frame[position : position + 3]) for position in range(0, len(frame), 3)]
    talk = sending(STREAM, chunk(PART), *pieces, chunk(b"\r\n--b--"), b"0\r\n\r\n")
    async with asking_line(talk) as (asked, _), asked.client.frames(frames(1)) as stream:
        (part,) = [(part.media_type.transfer_syntax, await part.read()) async for part in stream]
    assert part == (JPEG_LS_LOSSLESS, frame)


async def test_a_large_answer_may_take_longer_than_the_deadline_while_it_flows() -> None:
    talk = sending(STREAM, chunk(PART), *[chunk(b"x" * 2**18)] * 20, chunk(b"\r\n--b--"), b"0\r\n\r\n")

    async with asking_line(talk, limits=limits(retrieve_seconds=0.5)) as (asked, _):
        size = 0
        async with asked.client.frames(frames(1)) as stream:
            async for part in stream:
                async for piece in part:
                    size += len(piece)
                    await asyncio.sleep(0.01)  # the reader's own time, more than the deadline in all
    assert size == 20 * 2**18


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(hanging_up(), id="without a word"),
        pytest.param(hanging_up(b"HTTP/1.1 200"), id="in the status line"),
        pytest.param(hanging_up(b"HTTP/1.1 200 OK\r\nContent-Ty"), id="in the head"),
        pytest.param(hanging_up(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[{"), id="in the body"),
        pytest.param(hanging_up(CHUNKED, b"5\r\n[{"), id="in a chunk"),
        pytest.param(hanging_up(b"SSH-2.0-OpenSSH_9.2\r\n"), id="another protocol"),
        pytest.param(
            hanging_up(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[]"), id="two lengths"
        ),
        pytest.param(hanging_up(b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n[]"), id="a negative length"),
        pytest.param(hanging_up(CHUNKED, b"zz\r\n[]\r\n0\r\n\r\n"), id="a chunk of no size"),
        pytest.param(hanging_up(b"HTTP/1.1 200 OK\r\nX: \x00y\r\nContent-Length: 2\r\n\r\n[]"), id="NUL in a field"),
        pytest.param(sending(forever=b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 2**16), id="an endless field"),
    ],
)
async def test_an_archive_that_breaks_off_has_failed(talk: Talking) -> None:
    async with asking_line(talk) as (asked, _), within(4):
        with pytest.raises(ArchiveFailed) as caught:
            await asked.client.search("studies")
        assert not isinstance(caught.value, ArchiveTimedOut)


async def test_an_archive_that_hangs_up_is_not_asked_again() -> None:
    async with asking_line(hanging_up()) as (asked, line):
        with pytest.raises(ArchiveFailed):
            await asked.client.search("studies")
        assert len(line.heads) == 1


async def test_a_request_on_a_used_connection_is_repeated_once_and_no_more() -> None:
    """It may have met a connection that the archive was just closing."""
    answers = iter([sending(EMPTY_LIST), hanging_up(), hanging_up()])

    async def talk(head: bytes, writer: asyncio.StreamWriter) -> None:
        await next(answers)(head, writer)

    async with asking_line(talk) as (asked, line):
        assert await asked.client.search("studies") == []
        with pytest.raises(ArchiveFailed):
            await asked.client.search("studies")
        assert len(line.heads) == 3


async def test_an_archive_that_breaks_off_in_a_frame_has_failed() -> None:
    async with asking_line(hanging_up(STREAM, chunk(PART), chunk(b"x" * 2**17))) as (asked, _):
        with pytest.raises(ArchiveFailed):
            await read_frame(asked)


async def test_nobody_listening_is_a_failure() -> None:
    async with listening(silent()) as line:
        gone = archive(line.base_url)
    async with asking(gone, archive_transport(gone)) as asked:
        with pytest.raises(ArchiveFailed, match="cannot be reached"):
            await asked.client.search("studies")


async def test_an_idle_connection_that_was_closed_meanwhile_is_made_again() -> None:
    async def talk(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(EMPTY_LIST)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()

    async with asking_line(talk) as (asked, _):
        for _ in range(5):
            assert await asked.client.search("studies") == []
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(sending(CHUNKED, forever=chunk(b" " * 2**16)), id="chunked"),
        pytest.param(sending(b"HTTP/1.1 200 OK\r\n\r\n", forever=b" " * 2**16), id="until closed"),
        pytest.param(sending(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n\r\n"), id="announced"),
    ],
)
async def test_an_endless_answer_is_refused_in_bounded_memory(talk: Talking) -> None:
    async with asking_line(talk, limits=limits(search_bytes=2**20)) as (asked, line):
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge):
                await asked.client.search("studies")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 4 * 2**20
        await asyncio.wait_for(line.closed.wait(), 5)


async def test_an_endless_frame_is_refused_in_bounded_memory() -> None:
    talk = sending(STREAM, chunk(PART), forever=chunk(b"x" * 2**16))
    async with asking_line(talk, limits=limits(frame_bytes=2**24)) as (asked, _):
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge):
                await read_frame(asked)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 4 * 2**20


async def test_a_gzip_bomb_is_not_opened() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"
    async with asking_line(sending(head)) as (asked, line):
        with pytest.raises(ArchiveFailed, match="compressed"):
            await asked.client.search("studies")
    assert b"accept-encoding: identity" in line.heads[0].lower()


async def test_a_redirect_is_not_followed() -> None:
    async with listening(sending(EMPTY_LIST)) as elsewhere:
        head = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere.base_url}/studies\r\nContent-Length: 0\r\n\r\n"
        async with asking_line(sending(head.encode())) as (asked, _):
            with pytest.raises(ArchiveFailed, match="does not follow"):
                await asked.client.search("studies")
        assert elsewhere.heads == []


async def test_only_get_is_ever_sent_and_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies of the environment are what an attacker, or a careless shell, would set."""
    async with listening(sending(EMPTY_LIST)) as elsewhere:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://user:secret@127.0.0.1:{elsewhere.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        async with asking_line(sending(EMPTY_LIST)) as (asked, line):
            await asked.client.search("studies", [("PatientID", "G-1001")])
        assert elsewhere.heads == []
    (head,) = line.heads
    fields = dict(part.split(b": ", 1) for part in head.lower().split(b"\r\n")[1:-2])
    assert head.startswith(b"GET /dicom-web/studies?PatientID=G-1001 HTTP/1.1\r\n")
    assert set(fields) == {b"host", b"accept", b"accept-encoding", b"connection", b"user-agent"}
    assert fields[b"user-agent"] == b"vitrine"


async def test_never_more_connections_than_the_archive_allows() -> None:
    busy = most = 0

    async def talk(_: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.02)
        busy -= 1
        writer.write(EMPTY_LIST)

    async with asking_line(talk, limits=limits(connections=3)) as (asked, line):
        answers = await asyncio.gather(*(asked.client.search("studies") for _ in range(30)))
        assert answers == [[]] * 30
        assert (most, line.most) == (3, 3)


async def test_who_finds_the_line_full_is_told_at_once() -> None:
    async with asking_line(silent(), limits=limits(connections=1)) as (asked, _):
        waiting = [asyncio.create_task(asked.client.search("studies")) for _ in range(17)]
        await asyncio.sleep(0.1)
        async with within(2):
            with pytest.raises(Overloaded):
                await asked.client.search("studies")
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_who_waits_in_line_too_long_is_told_that_it_is_busy() -> None:
    async with asking_line(silent(), limits=limits(connections=1, retrieve_seconds=5.0, search_seconds=0.2)) as (
        asked,
        _,
    ):
        first = asyncio.create_task(asked.client.metadata(OF_STUDY))
        await asyncio.sleep(0.05)
        with pytest.raises(Overloaded):
            await asked.client.search("studies")
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_streams_that_nobody_takes_leave_a_way_for_searches() -> None:
    async def talk(head: bytes, writer: asyncio.StreamWriter) -> None:
        if b"/frames/" in head:
            writer.write(STREAM + chunk(PART + b"x" * 2**15))
            await asyncio.sleep(60)
        writer.write(EMPTY_LIST)

    async with asking_line(talk, limits=limits(connections=4)) as (asked, _), AsyncExitStack() as held:
        for _ in range(2):
            await anext(aiter(await held.enter_async_context(asked.client.frames(frames(1)))))
        third = asyncio.create_task(read_frame(asked))
        async with within(5):
            assert await asyncio.gather(*(asked.client.search("studies") for _ in range(8))) == [[]] * 8
        third.cancel()
        await asyncio.gather(third, return_exceptions=True)


async def test_whoever_gives_up_closes_the_connection_and_leaves_the_place() -> None:
    talk = sending(STREAM, chunk(PART), forever=chunk(b"x" * 1000), every=0.01)
    async with asking_line(talk, limits=limits(connections=1)) as (asked, line):
        for _ in range(3):
            line.closed.clear()
            task = asyncio.create_task(read_frame(asked))
            while line.open == 0:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(line.closed.wait(), 5)
            assert line.open == 0


async def test_leaving_a_stream_half_read_closes_the_connection() -> None:
    talk = sending(STREAM, chunk(PART), forever=chunk(b"x" * 2**15))
    async with asking_line(talk, limits=limits(connections=1)) as (asked, line):
        async with asked.client.frames(frames(1)) as stream:
            part = await anext(aiter(stream))
            assert await anext(aiter(part))
        await asyncio.wait_for(line.closed.wait(), 5)


async def test_credentials_go_to_the_archive_and_into_no_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ARCHIVE_TOKEN", "canary-token")
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.NOTSET)
    logging.getLogger("httpcore").setLevel(logging.NOTSET)
    credentials = Credentials(kind="bearer", secret=Secret(env="ARCHIVE_TOKEN"))
    async with asking_line(sending(EMPTY_LIST), credentials=credentials) as (asked, line):
        await asked.client.search("studies", [("PatientID", "canary-patient"), ("StudyInstanceUID", STUDY)])
    assert b"authorization: bearer canary-token" in line.heads[0].lower()
    assert "canary" not in caplog.text
    assert STUDY not in caplog.text


async def test_patience_counts_waiting_and_not_what_the_reader_does() -> None:
    patience = Patience(0.3)
    await asyncio.sleep(0.4)
    assert await patience.wait(asyncio.sleep(0.01, "in time")) == "in time"
    with pytest.raises(TimeoutError):
        await patience.wait(asyncio.sleep(5))
    with pytest.raises(TimeoutError):
        await patience.wait(asyncio.sleep(0.01))


async def test_patience_returns_with_what_is_received() -> None:
    patience = Patience(0.4, renewed_by=10)
    for _ in range(3):
        await patience.wait(asyncio.sleep(0.25))
        patience.received(10)
    await patience.wait(asyncio.sleep(0.25))
    patience.received(9)
    with pytest.raises(TimeoutError):
        await patience.wait(asyncio.sleep(0.25))


async def test_a_place_is_given_back_when_its_holder_fails() -> None:
    gate = Gate(1, 1)
    for _ in range(3):
        with pytest.raises(ArchiveFailed):
            async with gate.place(Patience(0.1)):
                raise ArchiveFailed("broken", "General Hospital")
