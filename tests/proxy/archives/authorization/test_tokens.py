"""Access tokens for an archive, from a real token endpoint over real connections (RFC 6749 §4.4, RFC 6750)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import logging
from pathlib import Path
import time
from typing import Any

import pytest
from starlette.responses import JSONResponse, RedirectResponse, Response

from proxy.archives.authorization import endpoint
from proxy.archives.authorization.endpoint import TokenEndpoint
from proxy.archives.authorization.tokens import AccessToken
from proxy.archives.authorization.transport import AuthorizationFailed
from proxy.archives.http1.egress import read_destination
from proxy.archives.http1.guarded import GuardedTransport
from proxy.archives.http1.transport import Http1Transport
from proxy.archives.transport import Carrier, archive_transport
from proxy.errors import ArchiveFailed, ArchiveTimedOut, ConfigurationError
from proxy.settings.archives import Archive
from proxy.settings.credentials import ClientCredentials, Credentials
from proxy.settings.secrets import Secret
from tests.proxy.archives.authorization.server import AuthorizationServer
from tests.proxy.archives.fakes import Asked, archive, asking, limits, listening, sending, silent
from tests.service import served

CARRIERS = pytest.mark.parametrize("carrier", [Http1Transport, GuardedTransport])
TOKEN = {"access_token": "token-1", "token_type": "bearer"}


def configured(origin: str, secret: Path, token_url: str = "", **oauth2: Any) -> Archive:
    client = ClientCredentials(token_url=token_url or f"{origin}/token", client_id="vitrine", **oauth2)
    credentials = Credentials(kind="oauth2", secret=Secret(file=secret), oauth2=client)
    return archive(f"{origin}/dicom-web", credentials=credentials, limits=limits())


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(AuthorizationServer().secret, "utf-8")
    return path


@asynccontextmanager
async def asking_server(
    secret: Path, carrier: Carrier = Http1Transport, **oauth2: Any
) -> AsyncGenerator[tuple[Asked, AuthorizationServer]]:
    server = AuthorizationServer()
    async with served(server.app) as origin:
        own = configured(origin, secret, **oauth2)
        async with asking(own, archive_transport(own, carrier)) as asked:
            yield asked, server


@CARRIERS
async def test_a_token_is_fetched_once_for_all_who_wait_and_kept(secret: Path, carrier: Carrier) -> None:
    async with asking_server(secret, carrier, scope="system/*.read", audience="pacs", resource="urn:x") as (
        asked,
        server,
    ):
        answers = await asyncio.gather(*(asked.client.search("studies") for _ in range(8)))
        await asked.client.search("studies")
    assert all(len(rows) == 1 for rows in answers)
    assert server.forms == [
        {"grant_type": "client_credentials", "scope": "system/*.read", "audience": "pacs", "resource": "urn:x"}
    ]


async def test_what_is_not_configured_is_not_asked_for(secret: Path) -> None:
    async with asking_server(secret) as (asked, server):
        await asked.client.search("studies")
    assert server.forms == [{"grant_type": "client_credentials"}]


@CARRIERS
async def test_a_token_that_the_archive_refuses_is_renewed_once_for_all(secret: Path, carrier: Carrier) -> None:
    async with asking_server(secret, carrier) as (asked, server):
        await asked.client.search("studies")
        server.revoke()
        answers = await asyncio.gather(*(asked.client.search("studies") for _ in range(8)))
    assert all(len(rows) == 1 for rows in answers)
    assert server.given == ["token-1", "token-2"]


async def test_an_archive_that_refuses_every_token_does_not_make_a_storm(secret: Path) -> None:
    async with asking_server(secret) as (asked, server):
        await asked.client.search("studies")
        server.answer = JSONResponse({**TOKEN, "access_token": "unknown"})
        server.revoke()
        for _ in range(5):
            with pytest.raises(ArchiveFailed, match="does not accept this service's credentials") as caught:
                await asked.client.search("studies")
            assert caught.value.institution == "General Hospital"
    assert len(server.forms) == 2


@pytest.mark.parametrize(
    ("lifetime", "seconds", "fetched"),
    [
        pytest.param(100, 69, 1, id="good"),
        pytest.param(100, 71, 2, id="shortly before its end"),
        pytest.param("100", 71, 2, id="as text"),
        pytest.param(10, 4, 1, id="short"),
        pytest.param(10, 6, 2, id="half of a short one"),
        pytest.param(None, 269, 1, id="unsaid"),
        pytest.param(None, 271, 2, id="unsaid and old"),
        pytest.param(10**12, 25 * 3600, 2, id="too long"),
        pytest.param(-5, 0, 2, id="never good"),
    ],
)
async def test_how_long_a_token_is_kept(secret: Path, lifetime: object, seconds: float, fetched: int) -> None:
    now = 1000.0
    server = AuthorizationServer(lifetime=lifetime)
    async with served(server.app) as origin:
        client = ClientCredentials(token_url=f"{origin}/token", client_id="vitrine")
        door = read_destination(client.token_url, "POST")
        token = AccessToken(
            client,
            lambda: secret.read_text("utf-8"),
            TokenEndpoint(client, lambda: Http1Transport(door, None, 2)),
            lambda: now,
        )
        assert await token.field() == "Bearer token-1"
        now += seconds
        await token.field()
    assert len(server.forms) == fetched


BAD_ANSWERS = {
    "refused": (JSONResponse({"error": "invalid_client", "error_description": "canary"}, 401), "does not accept"),
    "wrong scope": (JSONResponse({"error": "invalid_scope"}, 400), "does not accept"),
    "failed": (Response("canary", 500), "authorization server failed"),
    "elsewhere": (RedirectResponse("http://127.0.0.1:1/token", 307), "does not follow"),
    "no JSON": (Response(b"<html>canary"), "answered wrongly"),
    "no object": (JSONResponse(["canary"]), "answered wrongly"),
    "no token": (JSONResponse({"token_type": "Bearer"}), "answered wrongly"),
    "deep": (Response(b'{"x":' * 50_000), "answered wrongly"),
    "too large": (JSONResponse({**TOKEN, "x": "x" * 2**17}), "answered wrongly"),
    "other type": (JSONResponse({**TOKEN, "token_type": "DPoP"}), "cannot be used"),
    "two fields": (JSONResponse({**TOKEN, "access_token": "canary\r\nX: y"}), "cannot be used"),
    "empty": (JSONResponse({**TOKEN, "access_token": ""}), "cannot be used"),
    "endless lifetime": (JSONResponse({**TOKEN, "expires_in": "canary"}), "answered wrongly"),
}


@pytest.mark.parametrize("fault", BAD_ANSWERS)
async def test_what_the_server_does_wrong_is_said_in_our_own_words(
    secret: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer, words = BAD_ANSWERS[fault]
    async with asking_server(secret) as (asked, server):
        server.answer = answer
        with pytest.raises(ArchiveFailed, match=words) as caught:
            await asked.client.search("studies")
        with pytest.raises(ArchiveFailed, match=words):
            await asked.client.search("studies")
    assert len(server.forms) == 1, "a server that failed is left alone for a while"
    assert caught.value.institution == "General Hospital"
    assert "canary" not in f"{caught.value!r}{caplog.text}"
    assert server.secret not in f"{caught.value!r}{caplog.text}"


async def test_a_wrong_secret_is_refused_by_the_server(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("wrong")
    async with asking_server(tmp_path / "secret") as (asked, _):
        with pytest.raises(ArchiveFailed, match="does not accept this service's client"):
            await asked.client.search("studies")


async def test_a_secret_that_was_exchanged_is_read_for_the_next_token(secret: Path) -> None:
    async with asking_server(secret) as (asked, server):
        await asked.client.search("studies")
        server.secret = "another"
        secret.write_text("another")
        server.revoke()
        assert len(await asked.client.search("studies")) == 1


async def test_nobody_listens_where_tokens_come_from(secret: Path) -> None:
    own = configured("http://127.0.0.1:1", secret)
    async with asking(own, archive_transport(own)) as asked:
        with pytest.raises(ArchiveFailed, match="authorization server cannot be reached"):
            await asked.client.search("studies")


@CARRIERS
async def test_a_silent_server_holds_nobody_up_for_longer_than_the_archives_deadline(
    secret: Path, carrier: Carrier
) -> None:
    async with listening(silent()) as line:
        own = configured(f"http://127.0.0.1:{line.port}", secret)
        impatient = archive(own.base_url, credentials=own.credentials, limits=limits(search_seconds=0.3))
        async with asking(impatient, archive_transport(impatient, carrier)) as asked:
            began = time.monotonic()
            with pytest.raises(ArchiveTimedOut):
                await asked.client.search("studies")
            assert time.monotonic() - began < 3
        await asyncio.wait_for(line.closed.wait(), 5)


async def test_a_dripping_server_meets_a_deadline_of_its_own(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "DEADLINE_SECONDS", 0.3)
    async with listening(sending(b"HTTP/1.1 200 OK\r\n", forever=b"X: y\r\n", every=0.02)) as line:
        own = configured(f"http://127.0.0.1:{line.port}", secret)
        async with asking(own, archive_transport(own)) as asked:
            with pytest.raises(ArchiveFailed, match="authorization server did not answer in time"):
                await asked.client.search("studies")


async def test_only_one_post_goes_there_and_no_proxy_sees_it(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(silent()) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        body = b'{"access_token": "t", "token_type": "bearer"}'
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        async with listening(sending(answer)) as line, listening(sending(b"HTTP/1.1 204 No\r\n\r\n")) as store:
            own = configured(
                f"http://127.0.0.1:{store.port}", secret, token_url=f"http://127.0.0.1:{line.port}/oauth/token"
            )
            async with asking(own, archive_transport(own)) as asked:
                await asked.client.search("studies")
        assert proxy.heads == []
    (head,) = line.heads
    assert head.startswith(b"POST /oauth/token HTTP/1.1\r\n")
    assert b"Bearer t\r\n" in store.heads[0]


async def test_a_token_is_not_shown(secret: Path) -> None:
    server = AuthorizationServer()
    async with served(server.app) as origin:
        client = ClientCredentials(token_url=f"{origin}/token", client_id="vitrine")
        door = read_destination(client.token_url, "POST")
        token = AccessToken(client, lambda: server.secret, TokenEndpoint(client, lambda: Http1Transport(door, None, 2)))
        await token.field()
    assert "token-1" not in f"{token!r}{token}"


def test_credentials_that_cannot_be_used_are_named_by_their_archive(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^archive `main`: its secret cannot be read$"):
        archive_transport(configured("http://127.0.0.1:1", tmp_path / "missing"))


def test_the_kind_and_its_table_belong_together(secret: Path) -> None:
    client = ClientCredentials(token_url="https://login.test/token", client_id="vitrine")
    for wrong in ({"kind": "oauth2"}, {"kind": "bearer", "oauth2": client}):
        with pytest.raises(ValueError, match="belong together"):
            Credentials(secret=Secret(file=secret), **wrong)


async def test_a_failure_is_the_same_for_all_who_wait() -> None:
    client = ClientCredentials(token_url="http://127.0.0.1:1/token", client_id="vitrine")
    door = read_destination(client.token_url, "POST")
    token = AccessToken(client, lambda: "secret", TokenEndpoint(client, lambda: Http1Transport(door, None, 2)))
    answers = await asyncio.gather(*(token.field() for _ in range(4)), return_exceptions=True)
    assert all(isinstance(answer, AuthorizationFailed) for answer in answers)
