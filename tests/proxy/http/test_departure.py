"""A client that goes away takes its work along: generators are closed, tasks cancelled, nobody is asked for nobody."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, nullcontext
from typing import Any

import pytest
from starlette.requests import Request

from proxy.http.departure import ClientDeparted, StreamedResponse, departure_of, end_watch, while_connected


class Connection:
    """A client that leaves when told to; `sent` are the messages it got."""

    def __init__(self) -> None:
        self.leaving = asyncio.Event()
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        await self.leaving.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


def scope(method: str = "GET") -> dict[str, Any]:
    return {"type": "http", "method": method, "headers": []}


async def test_work_is_cancelled_when_the_client_leaves() -> None:
    connection, cancelled = Connection(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    waiting = asyncio.ensure_future(while_connected(Request(scope(), connection.receive), work()))
    await asyncio.sleep(0.01)
    connection.leaving.set()
    with pytest.raises(ClientDeparted):
        await waiting
    assert cancelled.is_set()


async def test_work_that_ends_is_answered() -> None:
    async def work() -> int:
        return 7

    assert await while_connected(Request(scope(), Connection().receive), work()) == 7


@pytest.mark.parametrize(
    ("unwatched", "questions"), [(0.02, 1), (60, 0)], ids=["slow", "answered before it is watched"]
)
async def test_all_stages_of_a_request_share_one_question_whether_the_client_is_there(
    monkeypatch: pytest.MonkeyPatch, unwatched: float, questions: int
) -> None:
    """A server takes a second question, after a first that was given up, for the client's departure."""
    monkeypatch.setattr("proxy.http.departure._UNWATCHED_SECONDS", unwatched)
    asked: list[None] = []

    async def receive() -> dict[str, Any]:
        asked.append(None)
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def work() -> StreamedResponse:
        await asyncio.sleep(0.1)
        return StreamedResponse(stream(asyncio.Event(), pieces=3), "image/jpeg", {})

    request, connection = Request(scope(), receive), Connection()
    response = await while_connected(request, work())
    await response(request.scope, receive, connection.send)
    assert connection.body == b"x" * 30
    assert len(asked) == questions
    watching = departure_of(request.scope, receive)
    end_watch(request.scope)
    await asyncio.sleep(0)
    assert watching.cancelled()


async def stream(closed: asyncio.Event, fail_after: int | None = None, pieces: int = 1000) -> AsyncGenerator[bytes]:
    try:
        for number in range(pieces):
            if number == fail_after:
                raise RuntimeError("the archive broke off")
            yield b"x" * 10
            await asyncio.sleep(0.001)
    finally:
        closed.set()


async def test_a_stream_is_closed_when_the_client_leaves() -> None:
    connection, closed = Connection(), asyncio.Event()
    response = StreamedResponse(stream(closed), "application/octet-stream", {})
    sending = asyncio.ensure_future(response(scope(), connection.receive, connection.send))
    await asyncio.sleep(0.02)
    connection.leaving.set()
    await asyncio.wait_for(sending, 1)
    assert closed.is_set()
    assert connection.sent[-1].get("more_body", False), "a body that was cut must not look like a whole one"


async def test_a_stream_that_fails_is_not_ended_cleanly() -> None:
    connection, closed = Connection(), asyncio.Event()
    response = StreamedResponse(stream(closed, fail_after=3), "application/octet-stream", {})
    with pytest.raises(RuntimeError):
        await response(scope(), connection.receive, connection.send)
    assert closed.is_set()
    assert connection.body == b"x" * 30
    assert connection.sent[-1].get("more_body", False)


@pytest.mark.parametrize(("fail_after", "ending"), [(None, b"end"), (2, b"")], ids=["whole", "cut"])
async def test_only_a_whole_stream_is_given_its_ending(fail_after: int | None, ending: bytes) -> None:
    connection, pieces = Connection(), stream(asyncio.Event(), fail_after, pieces=3)
    response = StreamedResponse(pieces, "application/octet-stream", {}, ending=lambda: b"end")
    with nullcontext() if fail_after is None else pytest.raises(RuntimeError):
        await response(scope(), connection.receive, connection.send)
    assert connection.body == b"x" * 10 * (fail_after or 3) + ending


async def test_what_the_pieces_come_from_is_closed_even_when_none_is_taken() -> None:
    connection, closed = Connection(), asyncio.Event()
    closing = AsyncExitStack()
    closing.callback(closed.set)

    async def source() -> AsyncGenerator[bytes]:
        yield b"never sent"

    response = StreamedResponse(source(), "image/jpeg", {}, closing)
    await response(scope("HEAD"), connection.receive, connection.send)
    assert connection.body == b""
    assert connection.sent[0]["status"] == 200
    assert closed.is_set()


async def test_a_client_that_takes_nothing_is_not_waited_for() -> None:
    connection, closed = Connection(), asyncio.Event()

    async def send(message: Any) -> None:
        await connection.send(message)
        if message.get("body"):
            await asyncio.Event().wait()

    response = StreamedResponse(stream(closed), "application/octet-stream", {}, taking_seconds=0.05)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(response(scope(), connection.receive, send), 5)
    assert closed.is_set()
    assert connection.sent[-1].get("more_body", False)
