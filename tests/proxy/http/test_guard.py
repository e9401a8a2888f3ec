"""The guard: a request that two parsers could read in two ways reaches no route."""

from collections.abc import Sequence
import json
from typing import Any

import pytest

from proxy.http.guard import MAXIMUM_HEADER_BYTES, MAXIMUM_TARGET_BYTES, RequestGuard, hosts_of

Headers = Sequence[tuple[bytes, bytes]]
HOST = (b"host", b"imaging.test")


async def ask(headers: Headers, version: str = "1.1", path: bytes = b"/", query: bytes = b"") -> tuple[int, bytes]:
    """Status and body of the guard's answer; 200 means that the application was reached."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inside"})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "http_version": version,
        "headers": list(headers),
        "raw_path": path,
        "query_string": query,
    }
    await RequestGuard(app, hosts_of("https://imaging.test"))(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


@pytest.mark.parametrize("host", [b"imaging.test", b"IMAGING.TEST", b"imaging.test:443"])
async def test_its_own_host_is_answered(host: bytes) -> None:
    assert await ask([(b"host", host)]) == (200, b"inside")


@pytest.mark.parametrize(
    "host", [b"evil.test", b"imaging.test:8080", b"imaging.test.evil.test", b"", b"169.254.169.254"]
)
async def test_another_host_is_misdirected(host: bytes) -> None:
    assert (await ask([(b"host", host)]))[0] == 421


async def test_no_host_is_no_request() -> None:
    assert (await ask([]))[0] == 400


@pytest.mark.parametrize("name", [b"host", b"authorization", b"cookie", b"content-length", b"transfer-encoding"])
async def test_a_doubled_header_is_refused(name: bytes) -> None:
    value = HOST[1] if name == b"host" else b"a"
    others = [] if name == b"host" else [HOST]
    assert (await ask([*others, (name, value), (name, value)]))[0] == 400


async def test_a_body_whose_length_is_told_by_chunks_is_refused() -> None:
    assert (await ask([HOST, (b"transfer-encoding", b"chunked")]))[0] == 400


async def test_http2_may_split_cookies() -> None:
    cookies = [(b"cookie", b"a=1"), (b"cookie", b"b=2")]
    assert (await ask([HOST, *cookies], version="2"))[0] == 200
    assert (await ask([HOST, *cookies], version="1.1"))[0] == 400


async def test_headers_and_targets_have_a_size() -> None:
    assert (await ask([HOST, (b"x", b"a" * MAXIMUM_HEADER_BYTES)]))[0] == 431
    assert (await ask([HOST], query=b"a" * (MAXIMUM_TARGET_BYTES + 1)))[0] == 414
    assert (await ask([HOST, (b"x", b"a" * (MAXIMUM_HEADER_BYTES - 100))]))[0] == 200


async def test_a_refusal_is_a_problem_document_without_the_request() -> None:
    _, body = await ask([(b"host", b"evil.test")])
    document = json.loads(body)
    assert document["status"] == 421
    assert b"evil" not in body


def test_loopback_is_known_by_both_names() -> None:
    loopback = {"127.0.0.1:8080", "localhost:8080", "127.0.0.1", "localhost"}
    assert set(hosts_of("http://127.0.0.1:8080")) == loopback
