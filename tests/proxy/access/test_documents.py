"""What a provider sends is read within bounds, and refused when it is not what it should be."""

import gzip
import json

import httpx
import pytest
from starlette.responses import JSONResponse, RedirectResponse, Response

from proxy.access.providers.documents import (
    LONGEST_LIFETIME,
    MAXIMUM_BYTES,
    SHORTEST_LIFETIME,
    ProviderFailed,
    ProviderRefused,
    post_form,
    read_document,
    require_secure,
    to_client,
)

URL = "https://login.exchange.test/keys"


def client(answer: Response) -> httpx.AsyncClient:
    """A client for a provider that answers everything alike."""
    return to_client(httpx.ASGITransport(answer))


@pytest.mark.parametrize(
    ("header", "lifetime"),
    [
        (None, 3600),
        ("max-age=1000", 1000),
        ("public, MAX-AGE=1000 , must-revalidate", 1000),
        ("s-maxage=1000", 3600),
        ("max-age=0", SHORTEST_LIFETIME),
        ("no-store", 3600),
        ("max-age=999999999", LONGEST_LIFETIME),
        ("max-age=9999999999", 3600),
    ],
)
async def test_a_document_is_believed_for_a_while(header: str | None, lifetime: int) -> None:
    answer = JSONResponse({"keys": []}, headers={"cache-control": header} if header else {})
    document = await read_document(client(answer), URL)
    assert (document.content, document.lifetime) == ({"keys": []}, lifetime)


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({}, 500),
        JSONResponse({}, 404),
        Response(status_code=204),
        RedirectResponse("https://evil.example/keys", 302),
        Response(b"[]"),
        Response(b"<html>"),
        Response(b'{"a": 1, "a": 2}'),
        Response(b'{"a": NaN}'),
        Response(b'{"a": "\xff"}'),
        Response(b'{"a": "\\ud800"}'),
        Response(b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
        Response(json.dumps({"a": "x" * MAXIMUM_BYTES}).encode()),
        Response(gzip.compress(b"{}"), headers={"content-encoding": "gzip"}),
    ],
)
async def test_a_wrong_answer_is_the_providers_failure(answer: Response) -> None:
    with pytest.raises(ProviderFailed) as failure:
        await read_document(client(answer), URL)
    assert type(failure.value) is ProviderFailed
    assert "evil" not in str(failure.value)


async def test_a_provider_that_says_no_is_told_from_one_that_fails() -> None:
    refusing = client(JSONResponse({"error": "invalid_grant", "error_description": "code of 4711"}, 400))
    with pytest.raises(ProviderRefused) as refusal:
        await post_form(refusing, URL, {"code": "c"}, None)
    assert "4711" not in str(refusal.value)


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.InvalidURL("x")])
async def test_a_line_that_fails_is_the_providers_failure(error: Exception) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(ProviderFailed):
        await read_document(to_client(httpx.MockTransport(fail)), URL)


@pytest.mark.parametrize("url", ["https://login\u2028.test/keys", "//"])
async def test_an_address_that_is_none_is_the_providers_failure(url: str) -> None:
    with pytest.raises(ProviderFailed):
        await read_document(client(JSONResponse({})), url)


@pytest.mark.parametrize(
    ("url", "issuer"),
    [
        ("https://login.exchange.test/keys", "https://login.exchange.test"),
        ("https://keys.exchange.test/", "https://login.exchange.test"),
        ("http://127.0.0.1:9000/keys", "http://127.0.0.1:9000"),
        ("http://localhost/keys", "http://localhost"),
        ("http://[::1]:9000/keys", "http://localhost:9000"),
    ],
)
def test_addresses_that_may_be_asked(url: str, issuer: str) -> None:
    assert require_secure(url, issuer) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://login.exchange.test/keys",
        "http://127.0.0.1/keys",
        "http://localhost.evil.example/keys",
        "http://2130706433/keys",
        "ftp://login.exchange.test/keys",
        "file:///etc/passwd",
        "https:///keys",
        "https://user:pass@login.exchange.test/keys",
        "https://login.exchange.test/keys#part",
        "https://[::1",
        "https://login.exchange.test:99999/keys",
        "https://login.exchange.test:0/keys",
        "https://login.exchange.test:https/keys",
        "keys",
        "",
        None,
        7,
        ["https://login.exchange.test/keys"],
    ],
)
def test_addresses_that_may_not_be_asked(url: object) -> None:
    with pytest.raises(ProviderFailed):
        require_secure(url, "https://login.exchange.test")
