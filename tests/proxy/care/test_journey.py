"""From a message on a wire to what a clinician sees: the real service, a real client over TCP, real archives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.care.feeds import REGISTER, adt, care, line, sender, siu, stamp, until
from tests.service import free_port

HOLDINGS = {
    "general": [ct("1.2.1", patient="G-1001"), ct("1.2.9", patient="G-1002"), ct("1.2.8", patient="G-1003")],
    "lakeside": [ct("1.2.2", patient="77-201", StudyDate="20250101")],
}
FRAME = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1/frames/1/rendered"


@asynccontextmanager
async def exchange(folder: Path, port: int, **more: Any) -> AsyncIterator[Exchange]:
    sections = {"register": REGISTER, "care": care(port)} | more
    async with opened_exchange(folder, HOLDINGS, **sections) as opened:
        yield opened


async def expected(opened: Exchange, **who: Any) -> Any:
    answer = await opened.get("/portal/expected", headers=opened.bearer(**who) if who else {})
    assert answer.status_code == 200
    return answer.json()["patients"]


async def found_ahead(opened: Exchange, **who: Any) -> Any:
    """The list, once there is something found."""
    async with asyncio.timeout(10):
        while not (rows := await expected(opened, **who)) or rows[0]["found"] is None:
            await asyncio.sleep(0.02)
    return rows


async def test_an_admission_opens_the_patient_to_who_attends_and_finds_the_studies_ahead(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        assert (await opened.get(FRAME)).status_code == 403
        assert await expected(opened) == []
        answer = await feed.send(adt("A01", control="M-77"))
        assert (answer.code, answer.control) == ("AA", "M-77")
        (row,) = await found_ahead(opened)
        assert row["identifiers"][0] == {"authority": "GENERAL", "value": "G-1001"}
        assert (row["relationship"], row["studies"]) == ("encounter", 2)
        assert (await opened.get(FRAME)).status_code == 200
        for archive in opened.archives.values():
            archive.requests.clear()
        query = "/portal/studies?authority=GENERAL&identifier=G-1001&ahead=true"
        history = (await opened.get(query)).json()
        assert [study["study"] for study in history["studies"]] == ["1.2.1", "1.2.2"]
        assert history["found"] == row["found"]
        assert all(study["viewable"] for study in history["studies"])
        assert {source["name"]: source["studies"] for source in history["sources"]} == {
            "General Hospital": 1,
            "Lakeside Imaging": 1,
        }
        assert [archive.requests for archive in opened.archives.values()] == [[], []]


async def test_a_search_ahead_asks_for_metadata_and_never_for_pixels(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        await feed.send(adt("A04"))
        await found_ahead(opened)
        asked = [str(request) for archive in opened.archives.values() for request in archive.requests]
        assert asked
        assert not any("frames" in one or "instances" in one or "metadata" in one for one in asked)


async def test_nobody_else_sees_more_because_of_it(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        await feed.send(adt("A01"))
        await found_ahead(opened)
        assert await expected(opened, sub="radiologist") == []
        refused = await opened.client.get(FRAME, headers=opened.bearer(sub="radiologist"))
        assert refused.status_code == 403
        history = await opened.client.get(
            "/portal/studies?authority=GENERAL&identifier=G-1001&ahead=true", headers=opened.bearer(sub="radiologist")
        )
        assert history.json()["found"] is None
        assert not any(study["viewable"] for study in history.json()["studies"])


@pytest.mark.parametrize("event", ["A11", "A38"])
async def test_what_is_cancelled_is_over_at_once_in_open_views_too(tmp_path: Path, event: str) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        await feed.send(adt("A01"))
        assert (await opened.get(FRAME)).status_code == 200
        assert (await feed.send(adt(event))).code == "AA"
        assert (await opened.get(FRAME)).status_code == 403
        assert await expected(opened) == []
        query = "/portal/studies?authority=GENERAL&identifier=G-1001&ahead=true"
        assert (await opened.get(query)).json()["found"] is None


async def test_a_cancellation_is_for_its_own_visit_only(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        await feed.send(adt("A01", visit="V-1"))
        await feed.send(adt("A11", visit="V-2"))
        assert (await opened.get(FRAME)).status_code == 200
        await feed.send(adt("A11", visit=""))
        assert (await opened.get(FRAME)).status_code == 403


async def test_a_discharge_leaves_time_for_the_letter_and_an_old_one_does_not(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        await feed.send(adt("A01"))
        await feed.send(adt("A03", discharged=stamp(-1)))
        assert (await opened.get(FRAME)).status_code == 200
        await feed.send(adt("A03", discharged=stamp(-25)))
        assert (await opened.get(FRAME)).status_code == 403
        await feed.send(adt("A13"))
        assert (await opened.get(FRAME)).status_code == 200


async def test_an_old_message_that_comes_again_opens_nothing(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        assert (await feed.send(adt("A01", told=stamp(-24 * 30)))).code == "AA"
        assert (await opened.get(FRAME)).status_code == 403


async def test_a_message_is_taken_once_also_after_a_restart(tmp_path: Path) -> None:
    port = free_port()
    message = adt("A01", control="SAME")
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        assert (await feed.send(message)).code == "AA"
        assert (await feed.send(message)).code == "AA"
        assert opened.kinds().count("care-event") == 1
        await feed.send(adt("A11"))
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        assert (await feed.send(message)).code == "AA"
        assert opened.kinds().count("care-event") == 2
        assert (await opened.get(FRAME)).status_code == 403


async def test_relationships_survive_a_restart_and_the_patient_is_searched_for_again(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port), line(port) as feed:
        await feed.send(adt("A01"))
    async with exchange(tmp_path, port) as opened:
        assert (await opened.get(FRAME)).status_code == 200
        assert (await found_ahead(opened))[0]["studies"] == 2
    assert (tmp_path / "audit" / "care.sqlite").stat().st_mode & 0o077 == 0


async def test_an_appointment_counts_from_some_hours_before_and_is_searched_for_then(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        await feed.send(siu("S12", starts=100, appointment="AP-1"))
        assert (await opened.get(FRAME)).status_code == 403
        assert opened.services.station.ahead.waiting == 1
        await feed.send(siu("S13", starts=10, appointment="AP-1"))
        (row,) = await found_ahead(opened)
        assert row["relationship"] == "appointment"
        assert (await opened.get(FRAME)).status_code == 200
        await feed.send(siu("S15", appointment="AP-1"))
        assert (await opened.get(FRAME)).status_code == 403


async def test_an_appointment_that_moves_to_another_doctor_is_over_for_the_first(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        await feed.send(siu("S12", starts=1))
        await feed.send(siu("S14", starts=1, doctor="D-18^Other^^^^^^^STAFF"))
        assert (await opened.get(FRAME)).status_code == 403
        assert (await opened.client.get(FRAME, headers=opened.bearer(sub="radiologist"))).status_code == 200


async def test_whoever_refers_is_told_apart_from_whoever_attends(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        await feed.send(adt("A01", referring="D-18^Other^^^^^^^STAFF~D-19^Gone^^^^^^^STAFF"))
        officer = opened.bearer(sub="officer", role="privacy-officer", purpose="HOPERAT")
        rows = (await opened.client.get("/portal/relationships", headers=officer)).json()
        assert {(row["subject"], row["kind"]) for row in rows} == {
            ("exchange:clinician", "encounter"),
            ("exchange:radiologist", "referral"),
        }
        assert {row["sender"] for row in rows} == {"general-adt"}
        assert "audit-read" in opened.kinds()
        assert (await opened.get("/portal/relationships")).status_code == 403


async def test_a_patient_who_opted_out_is_neither_opened_nor_listed(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        assert (await feed.send(adt("A01", patient="G-1003^^^GENERAL"))).code == "AA"
        await until(lambda: any(one.detail.get("level") == "ahead" for one in opened.events()))
        assert await expected(opened) == []
        query = "/portal/studies?authority=GENERAL&identifier=G-1003&ahead=true"
        assert (await opened.get(query)).json()["studies"] == []


async def test_every_care_event_and_every_search_ahead_is_on_record_without_a_name(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        await feed.send(adt("A01", control="M-9", name="Secretname^Canary"))
        await found_ahead(opened)
        await feed.send(adt("A01", patient="X-1^^^ELSEWHERE"))
        told, refused = (one for one in opened.events() if one.kind == "care-event")
        assert (told.patient, told.outcome, told.subject) == ("GENERAL|G-1001", "success", "exchange:adt")
        assert told.detail["subjects"] == "exchange:clinician"
        assert (told.detail["way"], told.detail["step"], told.detail["sender"]) == ("mllp", "begins", "general-adt")
        assert (refused.outcome, refused.detail["sender"]) == ("refused", "general-adt")
        (search,) = (one for one in opened.events() if one.detail.get("level") == "ahead")
        assert (search.patient, search.purpose, search.detail["rows"]) == ("GENERAL|G-1001", "TREAT", 2)
        assert search.detail["event"] == told.detail["event"]
        assert "Secretname" not in str(opened.events())


async def test_people_are_known_by_the_authorities_of_their_sender_only(tmp_path: Path) -> None:
    """Another hospital's doctor number, or one without an authority, is nobody here."""
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        for doctor in ("D-17^^^^^^^^OTHER", "D-17", "D-17^^^^^^^^&9.9&ISO", "clinician^^^^^^^^STAFF"):
            assert (await feed.send(adt("A01", doctor=doctor))).code == "AA"
        for patient in ("77-201^^^LAKESIDE", "G-1001", "G-1001^^^&9.9&ISO"):
            answer = await feed.send(adt("A01", patient=patient))
            assert (answer.code, answer.number) == ("AE", "204")
        assert (await opened.get(FRAME)).status_code == 403


async def test_identifiers_of_two_people_are_refused(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port), line(port) as feed:
        answer = await feed.send(adt("A01", patient="G-1001^^^GENERAL~G-1002^^^GENERAL"))
        assert (answer.code, answer.number) == ("AE", "204")


async def test_a_person_whom_the_register_does_not_know_is_found_by_the_identifier(tmp_path: Path) -> None:
    port, holdings = free_port(), {"general": [ct("1.2.5", patient="G-7")]}
    async with opened_exchange(tmp_path, holdings, register=REGISTER, care=care(port)) as opened, line(port) as feed:
        await feed.send(adt("A01", patient="G-7^^^GENERAL"))
        (row,) = await found_ahead(opened)
        assert (row["identifiers"], row["studies"]) == ([{"authority": "GENERAL", "value": "G-7"}], 1)


async def test_too_many_relationships_are_refused_for_now(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port, care=care(port, relationships=1)) as opened, line(port) as feed:
        assert (await feed.send(adt("A01", visit="V-1"))).code == "AA"
        refused = await feed.send(adt("A01", visit="V-2", control="LATER"))
        assert (refused.code, refused.number) == ("AE", "207")
        await feed.send(adt("A11", visit="V-1"))
        assert (await feed.send(adt("A01", visit="V-2", control="LATER"))).code == "AA"
        assert (await opened.get(FRAME)).status_code == 200


async def test_a_page_that_waits_hears_that_there_is_something_and_not_what(tmp_path: Path) -> None:
    port = free_port()
    async with exchange(tmp_path, port) as opened, line(port) as feed:
        notices = opened.services.station.notices
        with notices.waiting("exchange:clinician") as told, notices.waiting("exchange:radiologist") as other:
            await feed.send(adt("A01"))
            async with asyncio.timeout(10):
                await told.wait()
            assert not other.is_set()


async def test_without_senders_there_is_nothing_of_it(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, HOLDINGS, register=REGISTER) as opened:
        assert (await opened.client.post("/care-events", json={}, headers=opened.bearer())).status_code == 404
        assert await expected(opened) == []
    assert not (tmp_path / "audit" / "care.sqlite").exists()


async def test_times_without_a_zone_are_of_the_senders(tmp_path: Path) -> None:
    """Read as UTC, the clock of Auckland would be half a day ahead."""
    port = free_port()
    local = datetime.now(UTC).astimezone(ZoneInfo("Pacific/Auckland")).strftime("%Y%m%d%H%M%S")
    told = care(port, senders=(sender(time_zone="Pacific/Auckland"),))
    async with exchange(tmp_path, port, care=told) as opened, line(port) as feed:
        await feed.send(adt("A01", told=local))
        officer = opened.bearer(sub="officer", role="privacy-officer", purpose="HOPERAT")
        (row,) = (await opened.client.get("/portal/relationships", headers=officer)).json()
        lasts = datetime.fromisoformat(row["until"]) - datetime.now(UTC)
        assert 335.9 < lasts.total_seconds() / 3600 <= 336
