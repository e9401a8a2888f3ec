"""What routes demand beyond a caller, over the whole service: keys, surer sign-ins, and sign-ins that are not over."""

import asyncio
from collections.abc import AsyncIterator
import hashlib
from pathlib import Path
import secrets
import shutil
import time
from typing import Any

import pytest
import pytest_asyncio

from demo.archive.faults import Fault
from proxy.access.logout.ending import Ending
from proxy.settings.server import Policy
from tests.exchange import BUNDLE, EXCHANGE_ISSUER, ORIGIN, Exchange, ct, opened_exchange
from tests.proxy.access.signing import ec_signer, encode
from tests.proxy.access.test_possession import public, thumbprint

STUDY, HIDDEN = "/dicomweb/studies/1.2.1", "/dicomweb/studies/1.2.4"
RENDERED = f"{STUDY}/series/1.2.1.1/instances/1.2.1.1.1/rendered"
SURELY = """
@id("hie-900-surely")
@owner("hie")
@basis("NIST SP 800-63")
@says("Images are shown to people who were identified surely.")
@user_says("Prove more surely who you are.")
forbid (principal, action == HIE::Action::"view", resource)
when { principal.assurance < 2 };
"""
LEVELS = {"password": 1, "card": 2, "two cards": 3}
HOLDER = ec_signer("mine")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    folder = tmp_path_factory.mktemp("exchange")
    bundle: Path = shutil.copytree(BUNDLE, folder / "bundle", ignore=shutil.ignore_patterns("cases"))
    (bundle / "hie" / "surely.cedar").write_text(SURELY, "utf-8")
    policy = Policy(folder=bundle, register=folder / "register.toml")
    issuer = type(EXCHANGE_ISSUER)(
        id="exchange", issuer=EXCHANGE_ISSUER.issuer, audience="vitrine", client_id="vitrine", assurance_levels=LEVELS
    )
    holdings = {"general": [ct("1.2.1")], "lakeside": [ct("1.2.4", patient="77-300")]}
    async with opened_exchange(folder, holdings, policy=policy, issuer=issuer) as opened:
        yield opened


def bound(exchange: Exchange, path: str, method: str = "GET", **more: Any) -> dict[str, str]:
    """The headers of a request with a token that is bound to a key, and the key's proof."""
    token = exchange.issuer.token(cnf={"jkt": thumbprint(HOLDER)}, **more)
    ath = encode(hashlib.sha256(token.encode()).digest())
    claims = {"htm": method, "htu": ORIGIN + path, "iat": int(time.time()), "jti": secrets.token_urlsafe(16)}
    proof = HOLDER.token({**claims, "ath": ath}, typ="dpop+jwt", jwk=public(HOLDER), kid=None)
    return {"Authorization": f"DPoP {token}", "DPoP": proof}


async def test_a_surer_sign_in_opens_what_nothing_else_stands_against(exchange: Exchange) -> None:
    refused = await exchange.get(RENDERED)
    assert refused.status_code == 401
    told = refused.json()
    assert (told["type"], told["assurance"]) == ("urn:vitrine:problem:insufficient-authentication", 2)
    assert told["detail"] == "Prove more surely who you are."
    challenge = refused.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="vitrine", error="insufficient_user_authentication"')
    assert 'acr_values="card two cards"' in challenge
    assert (await exchange.client.get(RENDERED, headers=exchange.bearer(acr="card"))).status_code == 200


async def test_the_way_on_is_told_for_the_kind_of_token_that_was_brought(exchange: Exchange) -> None:
    refused = await exchange.client.get(RENDERED, headers=bound(exchange, RENDERED))
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith('DPoP realm="vitrine", error="insufficient_user_')


async def test_no_way_is_told_where_another_rule_refuses(exchange: Exchange) -> None:
    stranger = await exchange.client.get(RENDERED, headers=exchange.bearer(sub="stranger"))
    assert stranger.status_code == 403
    hidden = await exchange.get(f"{HIDDEN}/metadata")
    absent = await exchange.get("/dicomweb/studies/1.2.99/metadata")
    assert hidden.status_code == absent.status_code == 404
    same = [{**one.json(), "instance": ""} for one in (hidden, absent)]
    assert same[0] == same[1]
    assert {k: v for k, v in hidden.headers.items() if k != "x-request-id"} == {
        k: v for k, v in absent.headers.items() if k != "x-request-id"
    }


async def test_a_key_s_proof_goes_with_one_request(exchange: Exchange) -> None:
    path = f"{STUDY}/metadata"
    headers = bound(exchange, path, acr="card")
    assert (await exchange.client.get(path, headers=headers)).status_code == 200
    again = await exchange.client.get(path, headers=headers)
    assert again.status_code == 401
    assert again.headers["www-authenticate"].startswith('Bearer realm="vitrine", DPoP realm="vitrine", algs="ES256')
    elsewhere = bound(exchange, RENDERED, acr="card")
    assert (await exchange.client.get(path, headers=elsewhere)).status_code == 401
    doubled = [*bound(exchange, path, acr="card").items(), ("DPoP", "x")]
    assert (await exchange.client.get(path, headers=doubled)).status_code == 400


async def test_a_session_is_made_with_a_proof_and_of_no_bearer_token(exchange: Exchange) -> None:
    path = "/auth/session"
    refused = await exchange.client.post(path, headers=exchange.bearer())
    assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)
    made = await exchange.client.post(path, headers=bound(exchange, path, "POST", acr="card"))
    assert (made.status_code, made.content) == (204, b"")
    cookie = made.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    exchange.client.cookies.clear()
    own = {"Cookie": cookie.partition(";")[0]}
    assert (await exchange.client.get(RENDERED, headers=own)).status_code == 200
    session = (await exchange.client.get("/portal/session", headers=own)).json()
    assert (session["signed_in"], session["purpose"]) == (True, "TREAT")
    left = await exchange.client.post("/auth/logout", headers={**own, "Origin": ORIGIN})
    assert left.status_code == 303
    await exchange.services.rooms.views.look()
    assert [one.detail["ended"] for one in exchange.events() if one.kind == "view-closed"][-1] == "signed-out"
    assert (await exchange.client.get(RENDERED, headers=own)).status_code == 401


async def test_an_answer_under_way_ends_with_its_sign_in(exchange: Exchange) -> None:
    """The archive takes ten seconds; the sign-in is over after a moment, and so is the answer."""
    exchange.forget()
    exchange.archives["general"].faults["frames"] = Fault(delay=10)
    began = time.monotonic()
    asking = asyncio.create_task(exchange.client.get(RENDERED, headers=exchange.bearer(acr="card", sid="s9")))
    ongoing = exchange.services.ongoing
    while not len(ongoing):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    ongoing.end(Ending("exchange", "", "another", 0).covers)
    ongoing.end(Ending("exchange", "exchange:clinician", "s9", 0).covers)
    answer = await asking
    exchange.archives["general"].faults.clear()
    assert answer.status_code == 401
    assert time.monotonic() - began < 5
    assert len(ongoing) == 0
