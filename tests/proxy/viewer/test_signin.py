"""Signing in and out over HTTP: cookies that cannot be read, forged, fixed or sent from elsewhere."""

from http.cookies import Morsel, SimpleCookie

import httpx
import pytest

from policy.request import PurposeOfUse
from tests.proxy.viewer.front import COOKIE, ORIGIN, Front, caller


def cookie(answer: httpx.Response, name: str) -> Morsel[str]:
    for header in answer.headers.get_list("set-cookie"):
        jar: SimpleCookie = SimpleCookie(header)
        if name in jar:
            return jar[name]
    raise AssertionError(f"no cookie {name}")


async def test_nobody_is_signed_in_at_first(front: Front) -> None:
    session = (await front.client.get("/portal/session")).json()
    assert session == {
        "signed_in": False,
        "exchange": "Exchange",
        "purposes_offered": ["TREAT", "ETREAT", "PATRQT", "HOPERAT"],
    }


async def test_the_whole_way_in_and_out(front: Front) -> None:
    begun = await front.client.get("/auth/login", params={"purpose": "ETREAT", "return": "/viewer?study=1.2&image=7"})
    assert (begun.status_code, begun.headers["location"]) == (303, "https://provider.test/authorize?state=s")
    assert front.login.begun == [(PurposeOfUse.ETREAT, "/viewer?study=1.2&image=7")]
    arrived = await front.client.get("/auth/callback", params={"code": "right", "state": "s"})
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/viewer?study=1.2&image=7")
    session = (await front.client.get("/portal/session")).json()
    assert (session["name"], session["purpose"], session["roles"]) == ("treating clinician", "ETREAT", ["clinician"])
    left = await front.client.post("/auth/logout", headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})
    assert left.headers["clear-site-data"] == '"cache"'
    assert (left.status_code, left.headers["location"], len(front.login.ended)) == (303, "/portal", 1)
    assert not (await front.client.get("/portal/session")).json()["signed_in"]


async def test_cookies_are_for_this_host_and_for_no_script(front: Front) -> None:
    begun = await front.client.get("/auth/login", params={"purpose": "TREAT"})
    arrived = await front.client.get("/auth/callback", params={"code": "right"})
    for found in (cookie(begun, f"{COOKIE}-login"), cookie(arrived, COOKIE)):
        assert found["secure"] is True
        assert found["httponly"] is True
        assert (found["samesite"].lower(), found["path"], found["domain"]) == ("lax", "/", "")
    assert cookie(arrived, COOKIE)["max-age"] == ""
    assert cookie(arrived, f"{COOKIE}-login").value == ""


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/auth/logout",
        "/viewer",
        "/viewer?a b",
        "/portal\r\nX: y",
    ],
)
async def test_logins_return_to_pages_of_this_site_only(front: Front, place: str) -> None:
    await front.client.get("/auth/login", params={"purpose": "TREAT", "return": place})
    assert front.login.begun == [(PurposeOfUse.TREAT, "/portal")]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_no_other_site_declares_a_purpose_for_somebody(front: Front, site: str) -> None:
    asked = {"purpose": "ETREAT", "return": "/viewer?study=1.2"}
    answer = await front.client.get("/auth/login", params=asked, headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, front.login.begun) == (303, [])
    assert answer.headers["location"] == "/portal?return=%2Fviewer%3Fstudy%3D1.2"
    assert (await front.client.get("/auth/login", params=asked, headers={"Sec-Fetch-Site": "none"})).status_code == 303
    assert front.login.begun == [(PurposeOfUse.ETREAT, "/viewer?study=1.2")]


async def test_signing_in_anew_ends_the_session_before(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    before = front.client.cookies[COOKIE]
    await front.client.get("/auth/login", params={"purpose": "ETREAT"})
    await front.client.get("/auth/callback", params={"code": "right"})
    assert front.login.ended == [before]
    assert front.sessions.find(before) is None
    assert (await front.client.get("/portal/session")).json()["purpose"] == "ETREAT"


@pytest.mark.parametrize("purpose", ["", "treat", "HRESCH", "anything"])
async def test_purposes_that_are_not_offered_are_refused(front: Front, purpose: str) -> None:
    assert (await front.client.get("/auth/login", params={"purpose": purpose})).status_code == 400
    assert front.login.begun == []


async def test_a_login_begun_in_another_browser_signs_nobody_in(front: Front) -> None:
    await front.client.get("/auth/login", params={"purpose": "TREAT"})
    front.client.cookies.clear()
    arrived = await front.client.get("/auth/callback", params={"code": "right"})
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/portal?problem=refused")
    assert not (await front.client.get("/portal/session")).json()["signed_in"]


async def test_a_form_of_a_page_without_referrer_signs_out(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    left = await front.client.post("/auth/logout", headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"})
    assert (left.status_code, len(front.login.ended)) == (303, 1)
    assert not (await front.client.get("/portal/session")).json()["signed_in"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_other_sites_cannot_sign_anybody_out(front: Front, headers: dict[str, str]) -> None:
    front.sign_in(caller("treating-clinician"))
    answer = await front.client.post("/auth/logout", headers=headers)
    assert (answer.status_code, front.login.ended) == (401, [])
    assert (await front.client.get("/portal/session")).json()["signed_in"]


async def test_signing_out_is_not_a_link(front: Front) -> None:
    assert (await front.client.get("/auth/logout")).status_code == 405


async def test_the_front_door_leads_to_the_portal(front: Front) -> None:
    assert (await front.client.get("/")).headers["location"] == "/portal"
    for page in ("/portal", "/viewer?study=1.2"):
        assert (await front.client.get(page)).headers["content-type"] == "text/html; charset=utf-8"


async def test_nobody_is_signed_in_unrecorded(front: Front) -> None:
    await front.client.get("/auth/login", params={"purpose": "TREAT"})
    arrived = await front.client.get("/auth/callback", params={"code": "unrecorded"})
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/portal?problem=unrecorded")
    assert not (await front.client.get("/portal/session")).json()["signed_in"]


async def test_a_failed_sign_in_remembers_where_somebody_wanted_to_go(front: Front) -> None:
    wanted = "/viewer?study=1.2&image=7"
    for code, problem in (("wrong", "refused"), ("unrecorded", "unrecorded")):
        await front.client.get("/auth/login", params={"purpose": "TREAT", "return": wanted})
        arrived = await front.client.get("/auth/callback", params={"code": code})
        assert arrived.headers["location"] == f"/portal?problem={problem}&return=%2Fviewer%3Fstudy%3D1.2%26image%3D7"


async def test_another_browser_does_not_learn_where_somebody_wanted_to_go(front: Front) -> None:
    await front.client.get("/auth/login", params={"purpose": "TREAT", "return": "/viewer?study=1.2"})
    front.client.cookies.clear()
    arrived = await front.client.get("/auth/callback", params={"code": "right"})
    assert arrived.headers["location"] == "/portal?problem=refused"


@pytest.mark.parametrize(("asked", "level"), [("0", 0), ("1", 1), ("3", 3)])
async def test_a_page_may_ask_for_a_surer_sign_in(front: Front, asked: str, level: int) -> None:
    await front.client.get("/auth/login", params={"purpose": "TREAT", "assurance": asked})
    assert front.login.assurance == level


@pytest.mark.parametrize("asked", ["4", "-1", "", "two", "\u0663"])
async def test_a_level_that_is_none_is_refused(front: Front, asked: str) -> None:
    assert (await front.client.get("/auth/login", params={"purpose": "TREAT", "assurance": asked})).status_code == 400


async def test_signing_out_goes_on_at_the_provider_where_that_is_wanted(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    front.login.goodbye = "https://provider.test/end"
    left = await front.client.post("/auth/logout", headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})
    assert (left.headers["location"], len(front.login.ended)) == ("https://provider.test/end", 1)


async def test_a_provider_ends_a_sign_in(front: Front) -> None:
    told = await front.client.post("/auth/backchannel-logout", data={"logout_token": "good"})
    assert (told.status_code, told.content) == (200, b"")


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"logout_token": "bad"},
        {"logout_token": ["good", "good"]},
        {"token": "good"},
        {"logout_token": "good", **{str(number): "x" for number in range(20)}},
        {"logout_token": "x" * 17_000},
    ],
)
async def test_every_other_notice_is_refused_alike(front: Front, form: dict[str, object]) -> None:
    told = await front.client.post("/auth/backchannel-logout", data=form)
    assert (told.status_code, told.json()) == (400, {"error": "invalid_request"})


async def test_a_notice_is_a_form(front: Front) -> None:
    told = await front.client.post("/auth/backchannel-logout", json={"logout_token": "good"})
    assert told.status_code == 400
    assert (await front.client.get("/auth/backchannel-logout")).status_code == 405


async def test_a_session_is_not_made_from_a_session(front: Front) -> None:
    front.sign_in(caller("treating-clinician"))
    own = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    assert (await front.client.post("/auth/session", headers=own)).status_code == 400
    assert (await front.client.post("/auth/session", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 401


async def test_a_session_is_not_made_from_what_another_exchange_says(front: Front) -> None:
    front.sign_in(caller("treating-clinician", hops=3))
    own = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    refused = await front.client.post("/auth/session", headers=own)
    assert (refused.status_code, "another exchange" in refused.text) == (400, True)
