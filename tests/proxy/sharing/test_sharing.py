"""Share links through the whole service: made, opened with a code, looked through, and over in every way."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sqlite3
from typing import Any

import pytest

from demo.archive.faults import Fault
from proxy.patients.register import read_register
from proxy.sharing.codes import DIGITS
from proxy.storage.links import FILE_NAME
from tests.proxy.sharing.ward import LINKS, OUR_PAGE, RECIPIENT, RENDERED, ROOT, STUDY, body_of, ward

DAY = 24 * 3600.0


def at(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


async def test_a_clinician_shares_a_study_with_somebody_who_has_no_account(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        made = await place.make({"message": "Second opinion"})
        assert made.status_code == 201
        address = made.json()["address"]
        assert address.startswith("http://127.0.0.1:8080/share#")
        assert len({len(row) for row in made.json()["qr"]}) == 1
        token = address.partition("#")[2]
        stranger = place.stranger()
        assert await stranger.see() == 403
        opened = await stranger.open(token, await stranger.code(token))
        assert opened.status_code == 200
        assert opened.json()["place"] == "/shared/viewer?study=1.2.1"
        assert (opened.json()["by"], opened.json()["message"]) == ("The clinician", "Second opinion")
        assert opened.headers["set-cookie"].startswith("vitrine-link=")
        assert "HttpOnly" in opened.headers["set-cookie"]
        image = await stranger.client.get(RENDERED, headers={"Accept": "image/jpeg"})
        assert (image.status_code, image.headers["content-type"]) == (200, "image/jpeg")
        session = (await stranger.client.get("/shared/portal/session")).json()
        assert (session["signed_in"], session["name"]) == (True, "Shared with d…@example.org")
        source = await stranger.client.get("/shared/portal/source", params={"study": STUDY, "series": "1.2.1.1"})
        assert source.json()["name"] == "General Hospital"


async def test_everything_is_on_record_and_no_address_token_or_code_is(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        link, token = await place.link()
        stranger = place.stranger()
        code = await stranger.code(token)
        await stranger.open(token, "00000000")
        await stranger.open(token, code)
        await stranger.see()
        events = [
            event for event in place.exchange.events() if event.kind.startswith("link-") or event.kind == "view-opened"
        ]
        assert [(event.kind, event.outcome) for event in events] == [
            ("link-made", "success"),
            ("link-refused", "refused"),
            ("link-opened", "success"),
            ("view-opened", "success"),
        ]
        assert events[0].reasons == ("hie-060-share-in-care",)
        assert {event.detail["link"] for event in events[:3]} == {link}
        assert {(event.patient, event.study) for event in events} == {("GENERAL|G-1001", STUDY)}
        assert events[1].detail["why"] == "code"
        assert events[3].subject == f"share-link/{link}"
        assert events[3].reasons == ("hie-062-shared",)
        assert events[3].detail["maximum-side"] == 1024
        assert str(events[3].detail["watermark"]).startswith("Shared with d…@example.org · ")
        kept = (tmp_path / "audit" / FILE_NAME).read_bytes() + str(events).encode()
        for secret in (token, code, RECIPIENT, RECIPIENT.lower()):
            assert secret.encode() not in kept


async def test_it_shows_that_study_and_nothing_else(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        stranger = await place.opened()
        other, absent = [
            await stranger.client.get(f"{ROOT}/{one}/series/{one}.1/instances/{one}.1.1/rendered")
            for one in ("1.2.2", "1.9.9")
        ]
        kept = {"type", "title", "status", "detail"}
        assert other.status_code == absent.status_code == 404
        assert {key: other.json()[key] for key in kept} == {key: absent.json()[key] for key in kept}
        for path in (ROOT, f"{ROOT}/{STUDY}", f"{ROOT}/{STUDY}/instances", "/shared/dicomweb/series"):
            assert await stranger.see(path) == 404, path
        for path in (
            "/dicomweb/studies/1.2.1/metadata",
            "/portal/patients",
            LINKS,
            "/portal/source?study=1.2.1&series=1",
        ):
            assert await stranger.see(path) == 401, path
        assert (await stranger.client.get("/portal/session")).json()["signed_in"] is False
        assert await stranger.see(RENDERED.replace("rendered", "frames/1")) == 403, "stored values carry no mark"
        listed = await stranger.client.get(f"{ROOT}/{STUDY}/series", headers={"Accept": "application/dicom+json"})
        assert [row["0020000E"]["Value"] for row in listed.json()] == [["1.2.1.1"], ["1.2.1.2"]]


async def test_one_series_can_be_shared_by_itself(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        stranger = await place.opened({"series": "1.2.1.2"})
        second = RENDERED.replace("1.2.1.1", "1.2.1.2", 1).replace("1.2.1.1.1", "1.2.1.2.1")
        assert await stranger.see(second) == 200
        assert await stranger.see() == 404
        assert await stranger.see(f"{ROOT}/{STUDY}/metadata") == 404
        listed = await stranger.client.get(
            f"{ROOT}/{STUDY}/series?SeriesInstanceUID=1.2.1.1", headers={"Accept": "application/dicom+json"}
        )
        assert [row["0020000E"]["Value"] for row in listed.json()] == [["1.2.1.2"]]


async def test_a_cookie_of_a_link_is_no_sign_in_and_a_sign_in_opens_no_link(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        stranger = await place.opened()
        cookie = stranger.client.cookies["vitrine-link"]
        stranger.client.cookies.clear()
        stranger.client.cookies.set("vitrine", cookie)
        assert await stranger.see("/dicomweb/studies/1.2.1/metadata") == 401
        assert (await place.ask("GET", RENDERED)).status_code == 403


async def test_other_sites_cannot_use_the_cookie(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        stranger = await place.opened()
        answer = await stranger.client.get(
            RENDERED, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
        )
        assert answer.status_code == 403


async def test_whoever_made_it_revokes_it_and_what_is_open_closes(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        link, token = await place.link()
        stranger = place.stranger()
        await stranger.open(token, await stranger.code(token))
        assert await stranger.see() == 200
        assert (await place.ask("DELETE", f"{LINKS}/{link}", sub="somebody")).status_code == 404
        assert await stranger.see() == 200
        assert (await place.ask("DELETE", f"{LINKS}/{link}")).status_code == 204
        assert await stranger.see() == 403
        assert (await stranger.client.get("/shared/portal/source?study=1.2.1&series=1.2.1.1")).status_code == 403
        assert (await stranger.open(token, await stranger.code(token))).status_code == 403
        assert (await place.ask("DELETE", f"{LINKS}/{link}")).status_code == 404
        row = (await place.ask("GET", LINKS)).json()["links"][0]
        assert (row["state"], row["revoked_by"], len(row["uses"])) == ("revoked", "The clinician", 1)
        assert place.exchange.kinds().count("link-revoked") == 1


async def test_the_patient_sees_and_revokes_what_a_clinician_shared(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        stranger = await place.opened()
        (row,) = (await place.ask("GET", LINKS, **place.patient())).json()["links"]
        assert (row["own"], row["by"], len(row["uses"]), row["recipient"]) == (
            False,
            "The clinician",
            1,
            "d…@example.org",
        )
        other = place.patient(sub="other", patient={"authority": "LAKESIDE", "value": "77-300"})
        assert (await place.ask("GET", LINKS, **other)).json()["links"] == []
        assert (await place.ask("DELETE", f"{LINKS}/{row['id']}", **other)).status_code == 404
        assert (await place.ask("DELETE", f"{LINKS}/{row['id']}", **place.patient())).status_code == 204
        assert await stranger.see() == 403


async def test_a_patient_shares_the_own_study(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        stranger = await place.opened({"study": "1.2.4"}, **place.patient())
        assert await stranger.see(f"{ROOT}/1.2.4/series/1.2.4.1/instances/1.2.4.1.1/rendered") == 200
        made = next(event for event in place.exchange.events() if event.kind == "link-made")
        assert (made.reasons, made.purpose) == (("hie-061-share-own",), "PATRQT")


@pytest.mark.parametrize(
    ("who", "status", "institution"),
    [
        ({"sub": "stranger"}, 403, "general"),
        ({"sub": "er", "role": "emergency-clinician", "purpose": "ETREAT"}, 404, "general"),
        ({"purpose": "ETREAT"}, 403, "general"),
        ({"sub": "officer", "role": "privacy-officer", "purpose": "HOPERAT"}, 404, ""),
    ],
)
async def test_who_may_not_share_is_refused_and_on_record(
    tmp_path: Path, who: dict[str, Any], status: int, institution: str
) -> None:
    """Who may ask no archive learns of none, and none is named."""
    async with ward(tmp_path) as place:
        assert (await place.make(**who)).status_code == status
        assert (await place.ask("GET", LINKS, **who)).json()["links"] == []
        refused = [event for event in place.exchange.events() if event.kind == "link-made"]
        assert [(event.outcome, event.institution, event.detail["known"]) for event in refused] == [
            ("refused", institution, int(status == 403))
        ]


async def test_a_hidden_study_is_refused_like_one_that_does_not_exist(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        er = {"sub": "er", "role": "emergency-clinician", "purpose": "ETREAT"}
        told = [await place.make({"study": study}, **er) for study in (STUDY, "1.9.9")]
        assert {one.status_code for one in told} == {404}
        assert len({one.json()["detail"] for one in told}) == 1
        hidden, absent = [event for event in place.exchange.events() if event.kind == "link-made"]
        for one in (hidden, absent):
            assert (one.outcome, one.subject.endswith("er"), one.detail["known"]) == ("refused", True, 0)
        assert (hidden.study, hidden.institution, bool(hidden.policy)) == (STUDY, "general", True)
        assert (absent.study, absent.institution, absent.reasons) == ("1.9.9", "", ())


@pytest.mark.parametrize("silent_before", [True, False])
async def test_a_hidden_study_is_refused_so_also_while_an_archive_is_silent(
    tmp_path: Path, *, silent_before: bool
) -> None:
    """Whether the others have answered for it before or not."""
    async with ward(tmp_path) as place:
        er = {"sub": "er", "role": "emergency-clinician", "purpose": "ETREAT"}
        if not silent_before:
            assert (await place.make(**er)).status_code == 404
        place.exchange.archives["lakeside"].faults["search"] = Fault(status=500)
        told = [await place.make({"study": study}, **er) for study in (STUDY, "1.9.9")]
        assert [one.status_code for one in told] == [502, 502]
        assert told[0].json()["detail"] == told[1].json()["detail"]


async def test_an_institution_that_does_not_share_is_not_shared(tmp_path: Path) -> None:
    async with ward(tmp_path, allows_sharing=("lakeside",)) as place:
        refused = await place.make()
        assert (refused.status_code, refused.json()["detail"]) == (
            403,
            "The institution does not let its studies be shared by links.",
        )
        (event,) = [event for event in place.exchange.events() if event.kind == "link-made"]
        assert (event.outcome, event.reasons) == ("refused", ("hie-064-institution-does-not-share",))


async def test_a_link_ends_when_the_maker_is_suspended(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        stranger = await place.opened()
        assert await stranger.see() == 200
        file = tmp_path / "register.toml"
        suspended = '[[users]]\nsubject = "exchange:clinician"\nsuspended = true\n'
        file.write_text(f"{file.read_text('utf-8')}\n{suspended}", "utf-8")
        place.exchange.services.declaring.enforcement.adopt(register=read_register(file))
        assert await stranger.see() == 404


async def test_links_are_over_in_time_and_begin_in_time(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        _, token = await place.link({"since": at(3600), "until": at(7200)})
        stranger = place.stranger()
        assert (await stranger.open(token, await stranger.code(token))).status_code == 403
        place.later(3700)
        assert (await stranger.open(token, await stranger.code(token))).status_code == 200
        assert await stranger.see() == 200
        place.later(3600)
        assert await stranger.see() == 403
        assert (await stranger.open(token, await stranger.code(token))).status_code == 403
        why = [event.detail["why"] for event in place.exchange.events() if event.kind == "link-refused"]
        assert set(why) == {"waiting", "over"}


async def test_a_link_opens_as_often_as_it_was_meant_to(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        _, token = await place.link({"opens": 2})
        first, second, third = place.stranger(), place.stranger(), place.stranger()
        for stranger, status in ((first, 200), (second, 200), (third, 403)):
            place.later(31)
            assert (await stranger.open(token, await stranger.code(token))).status_code == status
        assert (await first.see(), await second.see(), await third.see()) == (200, 200, 403)


async def test_what_was_opened_closes_after_a_while(tmp_path: Path) -> None:
    async with ward(tmp_path, view_minutes=10) as place:
        stranger = await place.opened()
        place.later(599)
        assert await stranger.see() == 200
        place.later(2)
        assert await stranger.see() == 403


async def test_a_code_is_good_once_and_for_a_few_minutes_and_tries(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        _, token = await place.link()
        stranger = place.stranger()
        code = await stranger.code(token)
        assert (await stranger.open(token, code)).status_code == 200
        assert (await stranger.open(token, code)).status_code == 403, "a code is used up"
        place.later(31)
        code = await stranger.code(token)
        place.later(601)
        assert (await stranger.open(token, code)).status_code == 403, "a code is over after ten minutes"
        code = await stranger.code(token)
        for _ in range(5):
            assert (await stranger.open(token, _other(code))).status_code == 403
        assert (await stranger.open(token, code)).status_code == 403, "a code is over after five tries"


async def test_a_new_code_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        _, token = await place.link()
        stranger = place.stranger()
        first = await stranger.code(token)
        place.later(31)
        second = await stranger.code(token)
        assert (await stranger.open(token, first)).status_code == 403
        assert (await stranger.open(token, f"{second[:4]} {second[4:]}")).status_code == 200


async def test_who_fetches_the_link_uses_up_nothing(tmp_path: Path) -> None:
    """Scanners of mail fetch what they find, by every method, and some of them send forms."""
    async with ward(tmp_path) as place:
        link, token = await place.link({"opens": 1})
        scanner = place.stranger("198.51.100.7")
        for method in ("GET", "HEAD", "GET"):
            answer = await scanner.client.request(method, f"/share#{token}")
            assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
            assert answer.headers["referrer-policy"] == "no-referrer"
        await scanner.client.post("/share", content=b"")
        for body in (b"", b"{}", b'{"token":"%s"}' % token.encode()):
            answer = await scanner.client.post(
                "/shared/open", content=body, headers={**OUR_PAGE, "Content-Type": "application/json"}
            )
            assert answer.status_code == 400
        (row,) = (await place.ask("GET", LINKS)).json()["links"]
        assert (row["id"], row["state"], row["uses"]) == (link, "good", [])
        stranger = place.stranger()
        assert (await stranger.open(token, await stranger.code(token))).status_code == 200


async def test_nobody_learns_whether_a_link_is_good_or_whom_it_is_for(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        _, good = await place.link()
        link, revoked = await place.link()
        await place.ask("DELETE", f"{LINKS}/{link}")
        _, waiting = await place.link({"since": at(DAY)})
        asked = []
        for token, recipient in (
            *((good, RECIPIENT), (good, "mallory@example.org"), (revoked, RECIPIENT), (waiting, RECIPIENT)),
            *(("x" * 43, RECIPIENT), ("", RECIPIENT), ("\x00é", RECIPIENT)),
        ):
            stranger = place.stranger()
            answer = await stranger.ask_code(token, recipient)
            assert len(answer.json().pop("code")) == DIGITS
            asked.append((answer.status_code, sorted(answer.json()), answer.json()["minutes"], sorted(answer.headers)))
        assert all(one == asked[0] for one in asked)
        opened = [
            await place.stranger().open(token, "12345678") for token in (good, revoked, waiting, "x" * 43, "", "\x00é")
        ]
        told = [(one.status_code, one.json()["type"], one.json()["detail"]) for one in opened]
        assert set(told) == {told[0]}
        assert told[0][0] == 403


async def test_only_whom_it_is_for_is_sent_a_code(tmp_path: Path) -> None:
    async with ward(tmp_path, shows=False) as place:
        _, token = await place.link({"recipient": "+41 79 555 12 34"})
        stranger = place.stranger()
        silent = await stranger.ask_code(token, "+41795551235")
        heard = await stranger.ask_code(token, "+41 (79) 555-12-34")
        assert silent.json() == heard.json() == {"minutes": 10}
        async with asyncio.timeout(10):
            while not place.receiver.notices:
                await asyncio.sleep(0.01)
        (notice,) = place.receiver.notices
        message = body_of(notice)
        assert message["type"] == "share-link.code"
        assert (message["data"]["channel"], message["data"]["to"]) == ("phone", "+41795551234")
        assert (await stranger.open(token, message["data"]["code"])).status_code == 200


async def test_codes_are_not_sent_without_end(tmp_path: Path) -> None:
    async with ward(tmp_path, shows=False) as place:
        _, token = await place.link()
        for _ in range(12):
            place.later(31)
            assert (await place.stranger().ask_code(token)).status_code == 202
        async with asyncio.timeout(10):
            while len(place.receiver.notices) < 10:
                await asyncio.sleep(0.01)
        assert len(place.receiver.notices) == 10


async def test_whoever_tries_again_and_again_has_to_wait(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        guesser, other = place.stranger("198.51.100.7"), place.stranger("198.51.100.8")
        statuses = [(await guesser.open("x" * 43, "12345678")).status_code for _ in range(31)]
        assert statuses == [403] * 30 + [429]
        assert (await other.open("x" * 43, "12345678")).status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": "nobody"},
        {"recipient": "a@b"},
        {"recipient": "a@example.org\r\nBcc: b@example.org"},
        {"recipient": "0795551234"},
        {"study": "1.2*"},
        {"series": "../1"},
        {"opens": 0},
        {"opens": 1000},
        {"until": at(40 * DAY)},
        {"until": at(-1)},
        {"since": at(2 * DAY), "until": at(DAY)},
        {"until": "2099-01-01T00:00:00"},
        {"message": "a\x00b"},
        {"message": "x" * 501},
        {"purpose": "HRESCH"},
    ],
)
async def test_what_is_no_link_is_refused_and_not_repeated(tmp_path: Path, changes: dict[str, Any]) -> None:
    async with ward(tmp_path) as place:
        refused = await place.make(changes)
        assert refused.status_code == 400
        assert "example.org" not in refused.text
        assert (await place.ask("GET", LINKS)).json()["links"] == []


async def test_nobody_makes_links_without_end(tmp_path: Path) -> None:
    async with ward(tmp_path, per_day=2) as place:
        assert [(await place.make()).status_code for _ in range(3)] == [201, 201, 429]
        assert (await place.make({"study": "1.2.4"}, **place.patient())).status_code == 201
        place.later(DAY + 1)
        assert (await place.make()).status_code == 201


async def test_other_sites_make_no_links_and_open_none(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        _, token = await place.link()
        stranger = place.stranger()
        code = await stranger.code(token)
        body = {"token": token, "code": code}
        foreign = {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
        assert (await stranger.client.post("/shared/open", json=body, headers=foreign)).status_code == 401
        assert (await stranger.open(token, code)).status_code == 200


async def test_links_outlive_a_restart_and_what_was_open_does_not(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        _, token = await place.link({"opens": 3})
        stranger = place.stranger()
        await stranger.open(token, await stranger.code(token))
        cookies = stranger.client.cookies
    async with ward(tmp_path) as place:
        stranger = place.stranger()
        stranger.client.cookies = cookies
        assert await stranger.see() == 403
        assert (await stranger.open(token, await stranger.code(token))).status_code == 200
        (row,) = (await place.ask("GET", LINKS)).json()["links"]
        assert len(row["uses"]) == 2


async def test_nothing_opens_while_it_cannot_be_kept(tmp_path: Path) -> None:
    async with ward(tmp_path) as place:
        _, token = await place.link()
        stranger = place.stranger()
        code = await stranger.code(token)
        with sqlite3.connect(tmp_path / "audit" / FILE_NAME) as connection:
            connection.execute("DROP TABLE link")
        assert (await stranger.open(token, code)).status_code == 503
        assert await stranger.see() == 403
        assert (await place.make()).status_code == 503


async def test_without_a_way_to_send_codes_nothing_is_offered(tmp_path: Path) -> None:
    async with ward(tmp_path, show_code=False) as place:
        assert (await place.ask("GET", LINKS)).json()["offered"] is False
        assert (await place.make()).status_code == 400


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 10**DIGITS:0{DIGITS}d}"
