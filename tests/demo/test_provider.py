"""The provider is one like any other to its clients: discovery, PKCE, codes that count once, signed tokens."""

import base64
from collections.abc import AsyncIterator
import hashlib
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from jose import jwt
import pytest

from demo.people import PEOPLE
from demo.provider import Client, provider_app

ISSUER = "http://127.0.0.1:9000"
CLIENT = Client("vitrine", "http://127.0.0.1:8080/auth/callback", "vitrine", "a secret: of the client")
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REQUEST = {
    "response_type": "code",
    "client_id": CLIENT.id,
    "redirect_uri": CLIENT.redirect_uri,
    "scope": "openid profile",
    "state": "the state",
    "nonce": "the nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


class Clock:
    now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def browser(clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    app = provider_app(ISSUER, CLIENT, PEOPLE, clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) as client:
        yield client


async def ask(browser: httpx.AsyncClient, **changes: str) -> httpx.Response:
    return await browser.get("/authorize", params={**REQUEST, **changes})


async def choose(browser: httpx.AsyncClient, page: httpx.Response, person: str) -> dict[str, str]:
    """The parameters with which the browser is sent back."""
    response = await browser.post("/choose", data={"request": ticket(page), "person": person})
    assert response.status_code == 303
    assert response.headers["location"].startswith(f"{CLIENT.redirect_uri}?")
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


def ticket(page: httpx.Response) -> str:
    found = re.search(r'name="request" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def redeem(browser: httpx.AsyncClient, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CLIENT.redirect_uri,
        "code_verifier": VERIFIER,
    }
    secret = "a+secret%3A+of+the+client"
    pair = base64.b64encode(f"{CLIENT.id}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}"}
    return await browser.post("/token", data={**form, **changes}, headers=headers)


async def claims(browser: httpx.AsyncClient, token: str, audience: str) -> dict[str, Any]:
    keys = (await browser.get("/keys")).json()
    header = jwt.get_unverified_header(token)
    (key,) = [one for one in keys["keys"] if one["kid"] == header["kid"]]
    options = {"verify_exp": False, "verify_at_hash": False}
    return dict(jwt.decode(token, key, ["RS256"], options, audience=audience, issuer=ISSUER))


async def test_it_says_what_it_is(browser: httpx.AsyncClient) -> None:
    document = (await browser.get("/.well-known/openid-configuration")).json()
    assert document["issuer"] == ISSUER
    assert document["authorization_response_iss_parameter_supported"] is True
    assert document["code_challenge_methods_supported"] == ["S256"]
    for endpoint in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        assert document[endpoint].startswith(f"{ISSUER}/")


async def test_keys_are_public(browser: httpx.AsyncClient) -> None:
    (key,) = (await browser.get("/keys")).json()["keys"]
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.subject)
async def test_somebody_signs_in(browser: httpx.AsyncClient, clock: Clock, person: Any) -> None:
    answer = await choose(browser, await ask(browser), person.subject)
    assert (answer["state"], answer["iss"]) == ("the state", ISSUER)
    response = await redeem(browser, answer["code"])
    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    assert tokens["token_type"] == "Bearer"
    assert jwt.get_unverified_header(tokens["access_token"])["typ"] == "at+jwt"
    access = await claims(browser, tokens["access_token"], "vitrine")
    assert (access["sub"], access["client_id"], access["name"]) == (person.subject, "vitrine", person.role)
    assert access["roles"] == list(person.roles)
    assert access["exp"] - access["iat"] == 3600
    assert access["iat"] == int(clock.now)
    identity = await claims(browser, tokens["id_token"], "vitrine")
    assert (identity["sub"], identity["nonce"]) == (person.subject, "the nonce")


async def test_only_the_patient_is_one(browser: httpx.AsyncClient) -> None:
    for person in PEOPLE:
        answer = await choose(browser, await ask(browser), person.subject)
        access = await claims(browser, (await redeem(browser, answer["code"])).json()["access_token"], "vitrine")
        expected = {"authority": "GENERAL", "value": "G-1001"} if person.subject == "patient" else None
        assert access.get("patient") == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"redirect_uri": "http://127.0.0.1:8081/auth/callback"},
        {"code": "another"},
    ],
)
async def test_a_code_is_for_who_asked_for_it(browser: httpx.AsyncClient, changes: dict[str, str]) -> None:
    answer = await choose(browser, await ask(browser), "patient")
    refused = await redeem(browser, **{"code": answer["code"], **changes})
    assert (refused.status_code, refused.json()) == (400, {"error": "invalid_grant"})


async def test_a_wrong_attempt_uses_the_code_up(browser: httpx.AsyncClient) -> None:
    answer = await choose(browser, await ask(browser), "patient")
    assert (await redeem(browser, answer["code"], code_verifier="w" * 43)).status_code == 400
    assert (await redeem(browser, answer["code"])).status_code == 400


async def test_a_code_counts_once_and_briefly(browser: httpx.AsyncClient, clock: Clock) -> None:
    answer = await choose(browser, await ask(browser), "patient")
    assert (await redeem(browser, answer["code"])).status_code == 200
    assert (await redeem(browser, answer["code"])).status_code == 400
    answer = await choose(browser, await ask(browser), "patient")
    clock.now += 31
    assert (await redeem(browser, answer["code"])).json() == {"error": "invalid_grant"}


async def test_a_request_is_answered_once(browser: httpx.AsyncClient, clock: Clock) -> None:
    page = await ask(browser)
    await choose(browser, page, "patient")
    assert (await browser.post("/choose", data={"request": ticket(page), "person": "patient"})).status_code == 400
    page = await ask(browser)
    clock.now += 601
    assert (await browser.post("/choose", data={"request": ticket(page), "person": "patient"})).status_code == 400


async def test_another_client_gets_nothing(browser: httpx.AsyncClient) -> None:
    answer = await choose(browser, await ask(browser), "patient")
    form = {"grant_type": "authorization_code", "code": answer["code"], "client_id": "vitrine"}
    assert (await browser.post("/token", data=form)).json() == {"error": "invalid_client"}
    assert (await browser.post("/token", data=form, auth=("vitrine", "wrong"))).status_code == 401
    assert (await redeem(browser, "x", grant_type="password")).json() == {"error": "unsupported_grant_type"}


@pytest.mark.parametrize("changes", [{"client_id": "other"}, {"redirect_uri": "http://evil.example/"}])
async def test_nobody_is_sent_to_a_stranger(browser: httpx.AsyncClient, changes: dict[str, str]) -> None:
    response = await ask(browser, **changes)
    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
async def test_a_wrong_request_is_answered_to_the_client(
    browser: httpx.AsyncClient, changes: dict[str, str], error: str
) -> None:
    response = await ask(browser, **changes)
    answer = dict(parse_qsl(urlsplit(response.headers["location"]).query))
    assert answer == {"error": error, "state": "the state", "iss": ISSUER}


async def test_nobody_else_can_be_chosen(browser: httpx.AsyncClient) -> None:
    answer = await choose(browser, await ask(browser), "administrator")
    assert (answer["error"], "code" in answer) == ("access_denied", False)


async def test_the_page_is_a_form_and_nothing_else(browser: httpx.AsyncClient) -> None:
    page = await ask(browser)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self' http://127.0.0.1:8080" in policy
    style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "<script" not in page.text
    assert re.findall(r'name="person" value="([^"]+)"', page.text) == [person.subject for person in PEOPLE]


async def test_what_is_shown_is_escaped() -> None:
    from demo.people import Person

    hostile = Person("x", "<b>$role</b>", "A & B", "<script>", (), ())
    app = provider_app(ISSUER, CLIENT, [hostile])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) as browser:
        page = await ask(browser)
    assert "<script" not in page.text
    assert "&lt;b&gt;$role&lt;/b&gt;" in page.text
