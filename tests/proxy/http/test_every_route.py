"""With the cookie of whoever is signed in, another site's page does nothing and learns nothing, by any route."""

from collections.abc import Iterator, Mapping
from pathlib import Path
import time
from typing import Any, Final

import httpx
import pytest

from policy.request import PurposeOfUse
from proxy.app import build_app
from tests.exchange import ORIGIN, Exchange
from tests.proxy.access.people import caller_of
from tests.proxy.policies.office import opened_office

ELSEWHERE: Final = "https://elsewhere.test"
SENT: Final[Mapping[str, dict[str, str]]] = {
    "an old browser": {"Origin": ELSEWHERE},
    "a script": {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
    "an image": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    "a neighbouring host": {"Origin": "http://127.0.0.1:9999", "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    "a frame": {
        "Origin": "null",
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "iframe",
    },
}
FORM: Final = {
    "Origin": ELSEWHERE,
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}
"""A form that takes its visitor here, which a cookie goes along with where it is not strict."""

FILLED: Final = {
    "{study}": "1.2.1",
    "{series}": "1.2.1.1",
    "{instance}": "1.2.1.1.1",
    "{frames}": "1",
    "{path:path}": "7FE00010",
    "{institution}": "general",
    "{archive}": "general-main",
    "{number:int}": "1",
    "{version}": "0" * 64,
    "{file:path}": "shared/elements.js",
    "{identifier}": "1",
}
BY_TOKEN_ALONE: Final = ("/access/v1/", "/accounting", "/auth/backchannel-logout", "/auth/session")
"""What takes no session's cookie from anybody."""

COUNTED: Final = "/metrics"
"""Says how often was asked, whoever asks."""

BY_LINK: Final = "/shared/"


def routes_of(exchange: Exchange) -> Iterator[tuple[str, str]]:
    for route in build_app(exchange.services).router.routes:
        path = str(getattr(route, "path", ""))
        for name, value in FILLED.items():
            path = path.replace(name, value)
        path = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
        if path != COUNTED:
            yield from ((method, path) for method in sorted(getattr(route, "methods", None) or ()) if method != "HEAD")


def signed_in(exchange: Exchange) -> str:
    """The cookie of somebody who may do whatever anybody may."""
    roles = frozenset({"privacy-officer", "clinician", "emergency-clinician", "quality-officer"})
    who = caller_of(subject="exchange:ana", roles=roles, purpose=PurposeOfUse.HOPERAT, expires=time.time() + 600)
    return f"vitrine={exchange.services.authentication._sessions.begin(who)}"


async def ask(exchange: Exchange, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, Any]:
    """The answer without its own number; what a stream tells is not waited for."""
    body = b"{}" if method in {"POST", "PUT"} else b""
    sent = {**headers, "Content-Type": "application/json"} if body else dict(headers)
    response: httpx.Response = await exchange.client.request(method, path, content=body, headers=sent)
    return response.status_code, response.content.replace(response.headers["x-request-id"].encode(), b"")


def is_refused(answer: tuple[int, Any]) -> bool:
    return answer[0] in {401, 403} and (b"did not come from this site" in answer[1] or b"missing, expired" in answer[1])


CHANGING: Final = frozenset({"POST", "PUT", "DELETE"})


@pytest.mark.parametrize("sender", SENT)
async def test_nothing_is_done_or_told(tmp_path: Path, sender: str) -> None:
    """It is answered as if nobody were signed in, or refused as another site's; and nothing happens.

    An old browser says where a request comes from only of what may change something.
    """
    async with opened_office(tmp_path) as exchange:
        cookie, before = {"Cookie": signed_in(exchange)}, len(exchange.kinds())
        for method, path in routes_of(exchange):
            if method in CHANGING or sender != "an old browser":
                await assert_a_stranger(exchange, method, path, cookie, SENT[sender])
        assert set(exchange.kinds()[before:]) <= {"turned-away", "login-failed"}


async def assert_a_stranger(
    exchange: Exchange, method: str, path: str, cookie: dict[str, str], sent: dict[str, str]
) -> None:
    answer, stranger = [await ask(exchange, method, path, one | sent) for one in (cookie, {})]
    known = not is_refused(answer) and answer != stranger
    assert not known, f"{method} {path}: {answer[0]} {answer[1][:200]!r}"


async def test_a_form_of_another_site_changes_nothing(tmp_path: Path) -> None:
    async with opened_office(tmp_path) as exchange:
        cookie, before = {"Cookie": signed_in(exchange)}, len(exchange.kinds())
        for method, path in routes_of(exchange):
            if method in CHANGING:
                await assert_a_stranger(exchange, method, path, cookie, FORM)
        assert set(exchange.kinds()[before:]) <= {"turned-away", "login-failed"}


async def test_the_same_of_this_site_s_own_pages_is_taken(tmp_path: Path) -> None:
    own = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
    async with opened_office(tmp_path) as exchange:
        headers = {"Cookie": signed_in(exchange), **own}
        changing = [one for one in routes_of(exchange) if one[0] in CHANGING]
        assert len(changing) > 25
        for method, path in changing:
            if not path.startswith((*BY_TOKEN_ALONE, BY_LINK, "/auth/logout", "/senders", "/care", "/consents")):
                answer = await ask(exchange, method, path, headers)
                assert not is_refused(answer), f"{method} {path}: {answer[1][:200]!r}"
