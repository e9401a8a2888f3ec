"""Answers under way end with the sign-in that they were given under, and nobody else's do."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from starlette.requests import Request

from proxy.errors import NotAuthenticated
from proxy.http.departure import StreamedResponse, departure_of, end_early, end_watch, while_connected
from proxy.http.ongoing import Ongoing
from tests.proxy.access.people import caller_of


def scope() -> dict[str, Any]:
    return {"type": "http", "method": "GET", "headers": []}


async def receive() -> dict[str, Any]:
    await asyncio.sleep(60)
    raise AssertionError


async def test_work_for_a_sign_in_that_ends_is_cancelled_and_refused() -> None:
    mine, cancelled = scope(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    waiting = asyncio.ensure_future(while_connected(Request(mine, receive), work()))
    await asyncio.sleep(0.01)
    end_early(mine)
    with pytest.raises(NotAuthenticated):
        await waiting
    assert cancelled.is_set()


async def test_a_stream_is_cut_and_never_looks_whole() -> None:
    mine, closed = scope(), asyncio.Event()
    sent: list[Any] = []

    async def pieces() -> AsyncGenerator[bytes]:
        try:
            while True:
                yield b"frame"
                await asyncio.sleep(0.01)
        finally:
            closed.set()

    async def send(message: Any) -> None:
        sent.append(message)

    streaming = asyncio.ensure_future(StreamedResponse(pieces(), "x/y", {})(mine, receive, send))
    await asyncio.sleep(0.05)
    end_early(mine)
    with pytest.raises(NotAuthenticated):
        await streaming
    assert closed.is_set()
    assert len(sent) > 1
    assert all(message.get("more_body", True) for message in sent)


async def test_an_answer_that_has_not_begun_to_wait_is_refused_too() -> None:
    mine = scope()
    end_early(mine)
    with pytest.raises(NotAuthenticated):
        departure_of(mine, receive)


async def test_only_the_answers_to_whoever_left_end_and_what_is_answered_is_forgotten() -> None:
    ongoing, mine, theirs = Ongoing(), scope(), scope()
    ongoing.enter(mine, caller_of())
    ongoing.enter(theirs, caller_of(subject="exchange:0815"))
    ongoing.end(lambda caller: caller.subject == "exchange:4711")
    with pytest.raises(NotAuthenticated):
        departure_of(mine, receive)
    departure_of(theirs, receive)
    for one in (mine, theirs):
        end_watch(one)
    assert len(ongoing) == 0
