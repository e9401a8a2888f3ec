"""Log lines: what is planted into records of any logger never comes out; what operators need does."""

from collections.abc import Iterator
from contextlib import contextmanager
import io
import json
import logging

import httpx
from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.observability.lines import SafeHandler
from proxy.observability.requests import request_log

NAME = "Yamada^Tarou"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ5YW1hZGEifQ.c2lnbmF0dXJl"
UID = "1.2.840.113619.2.62.994044785528.114289542805"
CANARIES = (NAME, TOKEN, UID, "Yamada", "113619", "G-1001")
EVERYTHING = f"{NAME} {TOKEN} {UID} GENERAL|G-1001"


@contextmanager
def logged(*names: str) -> Iterator[io.StringIO]:
    """What the safe handler writes for the loggers of these names, whatever their level."""
    stream = io.StringIO()
    handler = SafeHandler(stream)
    loggers = [logging.getLogger(name) for name in names]
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
    try:
        yield stream
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate


def lines_of(stream: io.StringIO) -> list[dict]:
    text = stream.getvalue()
    assert not [canary for canary in CANARIES if canary in text]
    return [json.loads(line) for line in text.splitlines()]


def fail(words: str) -> None:
    raise ValueError(words)


def test_a_request_is_one_line_with_its_route_and_what_came_of_it():
    with logged("proxy") as stream:
        request_log(
            method="GET",
            route="/dicomweb/studies/{study}/series",
            status=200,
            seconds=0.01234567,
            request="pX3_aB-c",
        )
    (line,) = lines_of(stream)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "proxy.observability.requests",
        "message": "request answered",
        "method": "GET",
        "route": "/dicomweb/studies/{study}/series",
        "status": 200,
        "seconds": 0.012346,
        "request": "pX3_aB-c",
    }


def test_values_in_the_wrong_places_are_withheld():
    with logged("proxy") as stream:
        request_log(method=NAME, route=f"/dicomweb/studies/{UID}", status=200, seconds=0.1, request=TOKEN)
    (line,) = lines_of(stream)
    assert {line[name] for name in ("method", "route", "request")} == {"(withheld)"}


@pytest.mark.parametrize(
    "route",
    [
        "/",
        "/portal",
        "/health/ready",
        "/.well-known/smart-configuration",
        "/static/{path:path}",
        "/dicomweb/studies/{study}/series/{series}/instances/{instance}/frames/{frames}/rendered",
        "unmatched",
    ],
)
def test_route_templates_are_told(route):
    with logged("proxy") as stream:
        request_log(method="GET", route=route, status=200, seconds=0, request="r")
    assert lines_of(stream)[0]["route"] == route


def test_arguments_and_unknown_extras_of_our_own_records_stay_out():
    with logged("proxy.somewhere") as stream:
        logging.getLogger("proxy.somewhere").warning("an archive said %s", EVERYTHING, extra={"patient": NAME})
        logging.getLogger("proxy.somewhere").warning(f"an archive said {EVERYTHING}")
        logging.getLogger(f"proxy.{UID}").warning("named for a study")
    first, second = lines_of(stream)
    assert first["message"] == "an archive said %s"
    assert second["message"] == "(withheld)"
    assert "patient" not in first


@pytest.mark.parametrize(
    "name", ["httpx", "httpcore", "httpcore.http11", "granian", "granian.access", "pydicom", "x.y"]
)
@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.WARNING, logging.CRITICAL])
def test_other_loggers_keep_their_words_to_themselves(name, level):
    with logged(name) as stream:
        logging.getLogger(name).log(level, "GET https://archive/studies/%s " + EVERYTHING, UID, extra={"route": NAME})
    lines = lines_of(stream)
    assert len(lines) == (level >= logging.WARNING)
    for line in lines:
        assert set(line) == {"at", "level", "logger", "place"}
        assert line["place"].startswith("test_lines.py:")


async def test_httpx_asks_an_archive_without_telling_the_log():
    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-patient", NAME.encode())]})
        await send({"type": "http.response.body", "body": NAME.encode()})

    with logged("httpx", "httpcore") as stream:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(answer)) as client:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            await client.get(f"http://archive/studies/{UID}?PatientName={NAME}", headers=headers)
    assert lines_of(stream) == []


def test_a_fault_is_its_types_and_places():
    try:
        try:
            fail(EVERYTHING)
        except ValueError as cause:
            raise httpx.ConnectError(f"cannot connect to https://archive/studies/{UID}") from cause
    except httpx.ConnectError as error:
        with logged("proxy") as stream:
            request_log(method="GET", route="/portal", status=500, seconds=0, request="r", failure=error)
    (line,) = lines_of(stream)
    assert line["level"] == "error"
    outer, inner = line["faults"]
    assert outer["type"] == "httpx.ConnectError"
    assert inner["type"] == "builtins.ValueError"
    assert "/test_lines.py:" in inner["at"][0]
    assert inner["at"][0].endswith(" fail")


def test_faults_of_groups_and_of_endless_chains_are_bounded():
    first, second = ValueError(NAME), KeyError(UID)
    first.__cause__, second.__cause__ = second, first
    group = ExceptionGroup(NAME, [first, *(OSError(TOKEN) for _ in range(50))])
    with logged("proxy") as stream:
        logging.getLogger("proxy").error("it failed", exc_info=group)
    types = [fault["type"] for fault in lines_of(stream)[0]["faults"]]
    assert types[:3] == ["builtins.ExceptionGroup", "builtins.ValueError", "builtins.KeyError"]
    assert len(types) == 8


def test_a_line_that_cannot_be_written_is_lost_without_a_report(capsys):
    class Closed(io.StringIO):
        def write(self, text):
            raise OSError(NAME)

    handler = SafeHandler(Closed())
    handler.handle(logging.makeLogRecord({"name": "proxy", "msg": "words %s", "args": (NAME,), "levelno": 40}))
    assert capsys.readouterr() == ("", "")


@given(st.text() | st.integers() | st.none() | st.binary(), st.text(), st.text(max_size=30))
def test_whatever_is_logged_is_one_line_of_json(words, argument, name):
    stream = io.StringIO()
    record = logging.LogRecord(f"proxy.{name}", logging.INFO, "path.py", 1, words, (argument,), None)
    SafeHandler(stream).handle(record)
    assert stream.getvalue().isascii()
    assert stream.getvalue().count("\n") == 1
    json.loads(stream.getvalue())
