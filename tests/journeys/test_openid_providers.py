"""Two certified OpenID providers and the service between them: signing in and out, bound tokens, surer sign-ins."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
import hashlib
from pathlib import Path
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from demo.archive.app import Archive
from proxy.app import build_app
from proxy.audit.canonical import read_body
from proxy.outside import Outside
from proxy.services.opening import open_services
from proxy.settings.server import Claims, Issuer, Server
from proxy.storage.sqlite import SqliteEvents
from tests.exchange import ct, settings_of
from tests.peers.openid_provider import AUDIENCE, CLIENT, OpenIdProvider, openid_provider
from tests.proxy.access.signing import Signer, ec_signer, encode
from tests.proxy.access.test_possession import public
from tests.service import free_port, served

RENDERED = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/rendered"
REGISTER = """
[[patients]]
id = "p-adult"
consent = "optin"
identifiers = [{ authority = "GENERAL", value = "G-1001" }]
""" + "".join(
    f"""
[[relationships]]
subject = "{subject}"
patient = "p-adult"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z
"""
    for subject in ("exchange:yamada", "other:yamada")
)


@dataclass
class Place:
    """The service at `origin`, where `first` signs people in, and `second` is believed too."""

    origin: str
    first: OpenIdProvider
    second: OpenIdProvider
    folder: Path

    def causes(self) -> list[object]:
        events = [read_body(entry.body).event for entry in SqliteEvents(self.folder / "audit").entries()]
        return [event.detail["cause"] for event in events if event.kind.value == "login-failed"]

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(trust_env=False, timeout=20)

    async def sign_in(self, browser: httpx.AsyncClient, acr: str = "", **more: Any) -> httpx.Response:
        begun = await browser.get(f"{self.origin}/auth/login", params={"purpose": "TREAT", **more})
        back = await self.first.sign_in(browser, begun.headers["location"], "yamada", acr)
        return await browser.get(back)


def issuer_of(name: str, provider: OpenIdProvider) -> Issuer:
    return Issuer(
        id=name,
        issuer=provider.issuer,
        audience=AUDIENCE,
        algorithms=(provider.algorithm,),
        client_id=CLIENT if name == "exchange" else "",
        claims=Claims(roles="groups"),
        roles={"doctors": ("clinician",)},
        assurance_levels={"urn:test:password": 1, "urn:test:two-factors": 2},
        sign_out="everywhere",
    )


@asynccontextmanager
async def opened_place(folder: Path) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        origin = f"http://127.0.0.1:{free_port()}"
        first, second = [
            await stack.enter_async_context(openid_provider(algorithm, origin)) for algorithm in ("PS256", "EdDSA")
        ]
        archive = Starlette(routes=[Mount("/dicom-web", Archive([ct("1.2.1")]).app)])
        server = Server(public_url=origin, port=urlsplit(origin).port or 0, clinical_networks=("127.0.0.0/8",))
        settings = settings_of(folder, ["general"], register=REGISTER, server=server)
        issuers = (issuer_of("exchange", first), issuer_of("other", second))
        whole = type(settings)(
            **{name: getattr(settings, name) for name in settings.__struct_fields__} | {"issuers": issuers}
        )
        outside = replace(Outside(), archive_transport=lambda _: httpx.ASGITransport(archive))
        services = await stack.enter_async_context(open_services(whole, outside))
        await stack.enter_async_context(served(build_app(services), urlsplit(origin).port))
        yield Place(origin, first, second, folder)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with opened_place(tmp_path) as opened:
        yield opened


async def test_whoever_signs_out_at_the_provider_sees_nothing_more_here(place: Place) -> None:
    async with place.browser() as browser, place.browser() as another:
        assert (await place.sign_in(browser)).headers["location"] == "/portal"
        await place.sign_in(another)
        assert (await browser.get(place.origin + RENDERED)).status_code == 200
        left = await another.post(f"{place.origin}/auth/logout", headers={"Origin": place.origin})
        assert left.headers["location"].startswith(f"{place.first.issuer}/session/end?client_id=vitrine")
        assert (await browser.get(place.origin + RENDERED)).status_code == 200, "another sign-in of the same person"
        began = time.monotonic()
        home = await place.first.sign_out(browser, left.headers["location"])
        assert home == f"{place.origin}/portal"
        assert (await browser.get(place.origin + RENDERED)).status_code == 401
        assert time.monotonic() - began < 5


async def test_a_surer_sign_in_at_a_real_provider(place: Place) -> None:
    async with place.browser() as browser:
        wanted = "/viewer?study=1.2.1"
        unsure = await place.sign_in(browser, "urn:test:password", assurance="2", **{"return": wanted})
        assert unsure.headers["location"] == f"/portal?problem=refused&{urlencode({'return': wanted})}"
        assert place.causes() == ["assurance"]
        sure = await place.sign_in(browser, "urn:test:two-factors", assurance="2", **{"return": wanted})
        assert sure.headers["location"] == wanted


async def test_an_answer_of_the_other_provider_signs_nobody_in(place: Place) -> None:
    """Mix-up (RFC 9207 §1): state and browser are right, and the code is another provider's."""
    async with place.browser() as browser:
        begun = await browser.get(f"{place.origin}/auth/login", params={"purpose": "TREAT"})
        address = begun.headers["location"]
        elsewhere = address.replace(place.first.issuer, place.second.issuer)
        back = await place.second.sign_in(browser, elsewhere, "yamada")
        arrived = await browser.get(back)
        assert arrived.headers["location"].startswith("/portal?problem=refused")
        assert place.causes() == ["other-issuer"]


async def test_a_token_bound_to_a_key_by_a_real_provider(place: Place) -> None:
    holder = ec_signer("mine")
    async with place.browser() as client:
        token = await bound_token(place.second, client, place.origin, holder)
        address = place.origin + RENDERED
        own = {"Authorization": f"DPoP {token}", "DPoP": proof(holder, "GET", address, token)}
        assert (await client.get(address, headers=own)).status_code == 200
        assert (await client.get(address, headers=own)).status_code == 401, "a proof counts once"
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await client.get(address, headers=bearer)).status_code == 401
        thief = {"Authorization": f"DPoP {token}", "DPoP": proof(ec_signer("theirs"), "GET", address, token)}
        assert (await client.get(address, headers=thief)).status_code == 401


def proof(holder: Signer, method: str, address: str, token: str = "") -> str:
    claims: dict[str, Any] = {"htm": method, "htu": address, "iat": int(time.time()), "jti": secrets.token_urlsafe(16)}
    if token:
        claims["ath"] = encode(hashlib.sha256(token.encode()).digest())
    return holder.token(claims, typ="dpop+jwt", jwk=public(holder), kid=None)


async def bound_token(provider: OpenIdProvider, client: httpx.AsyncClient, service: str, holder: Signer) -> str:
    """An access token of the code flow for `holder`, as a program gets it that is a client of the provider itself."""
    verifier, redirect = secrets.token_urlsafe(32), f"{service}/auth/callback"
    asked = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": redirect,
        "scope": "openid profile",
        "resource": AUDIENCE,
        "code_challenge": encode(hashlib.sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    back = await provider.sign_in(client, f"{provider.issuer}/auth?{urlencode(asked)}", "yamada")
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(back).query)["code"][0],
        "redirect_uri": redirect,
        "code_verifier": verifier,
        "client_id": CLIENT,
    }
    address = f"{provider.issuer}/token"
    answer = await client.post(address, data=form, headers={"DPoP": proof(holder, "POST", address)})
    assert answer.json()["token_type"] == "DPoP", answer.text
    return str(answer.json()["access_token"])
