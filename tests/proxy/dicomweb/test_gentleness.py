"""What people see when an archive is asked gently: who goes first, and who is told to come back when."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
import re
from typing import Any

import httpx
import pytest

from demo.archive.faults import Fault
from proxy.settings.archives import Limits
from proxy.settings.gentleness import Gentleness
from tests.exchange import Exchange, ct, opened_exchange

STUDY = "1.2.1"
HERE, THERE = ct(STUDY, patient="G-1001"), ct("1.2.2", patient="77-201")
DICOM_JSON = "application/dicom+json"


def instance(study: str, number: int = 1, series: int = 1) -> str:
    return f"/dicomweb/studies/{study}/series/{study}.{series}/instances/{study}.{series}.{number}"


def rendered(study: str, number: int = 1) -> str:
    return f"{instance(study, number)}/frames/1/rendered"


def closed_today() -> Gentleness:
    """Hours on the day after tomorrow, so that the test may run over midnight."""
    day = (datetime.now(UTC) + timedelta(days=2)).strftime("%a").lower()
    return Gentleness(hours=(f"{day} 10:00-11:00",))


def kind_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:vitrine:problem:")


def emergency(exchange: Exchange) -> dict[str, str]:
    return exchange.bearer(purpose="ETREAT")


async def test_an_institution_outside_its_hours_is_named_as_such(tmp_path: Path) -> None:
    holdings = {"general": [HERE], "lakeside": [THERE]}
    async with opened_exchange(tmp_path, holdings, gentleness={"lakeside": closed_today()}) as exchange:
        found = await exchange.get("/dicomweb/studies", DICOM_JSON)
        assert [row["0020000D"]["Value"] for row in found.json()] == [[STUDY]]
        assert "Lakeside Imaging is outside its hours; its results are missing" in found.headers["Warning"]
        status = await exchange.get(re.findall("<(.*?)>", found.headers["Link"])[0])
        assert [one["state"] for one in status.json()["sources"]] == ["answered", "outside-hours"]

        hidden = await exchange.get(rendered("1.2.2"))
        assert kind_of(hidden) == (503, "outside-hours")
        assert hidden.json()["institution"] == "Lakeside Imaging"
        assert 86_400 < int(hidden.headers["Retry-After"]) <= 3 * 86_400
        assert exchange.archives["lakeside"].requests == []

        shown = await exchange.get(rendered("1.2.2"), headers=emergency(exchange))
        assert shown.status_code == 200
        assert exchange.archives["lakeside"].counts()["frames"] == 1


@pytest.mark.parametrize("role", ["patient", "privacy-officer", "unheard-of"])
async def test_who_treats_nobody_declares_no_emergency_to_an_archive(tmp_path: Path, role: str) -> None:
    holdings = {"general": [HERE], "lakeside": [THERE]}
    async with opened_exchange(tmp_path, holdings, gentleness={"lakeside": closed_today()}) as exchange:
        found = await exchange.get("/dicomweb/studies", headers=exchange.bearer(role=role, purpose="ETREAT"))
        assert found.status_code == 403
        assert exchange.archives["lakeside"].requests == []
        await exchange.get("/dicomweb/studies", headers=exchange.bearer(purpose="ETREAT"))
        assert exchange.archives["lakeside"].counts()["search"]


async def test_while_an_institution_is_closed_the_others_are_not_searched_for_every_image(tmp_path: Path) -> None:
    holdings = {"general": [ct(STUDY, number=number) for number in range(1, 6)], "lakeside": [THERE]}
    async with opened_exchange(tmp_path, holdings, gentleness={"lakeside": closed_today()}) as exchange:
        for number in range(1, 6):
            assert (await exchange.get(rendered(STUDY, number))).status_code == 200
        assert exchange.archives["general"].counts()["search"] == 1


async def test_full_fidelity_ends_at_its_share_and_rendered_images_go_on(tmp_path: Path) -> None:
    holdings = {"general": [ct(STUDY, number=number) for number in range(1, 4)]}
    spent = Gentleness(daily_bytes=10_000_000, full_fidelity_share=0.00001, time_zone="Asia/Tokyo")
    async with opened_exchange(tmp_path, holdings, gentleness={"general": spent}) as exchange:
        assert (await exchange.get(rendered(STUDY))).status_code == 200
        octets = 'multipart/related; type="application/octet-stream"'
        for path in (f"{instance(STUDY)}/frames/1", f"{instance(STUDY)}/bulkdata/7FE00010"):
            refused = await exchange.get(path, octets)
            assert kind_of(refused) == (503, "rendered-only")
            assert "rendered images only until midnight" in refused.json()["detail"]
            tokyo = (datetime.now(UTC) + timedelta(hours=9)).time()
            left = 86_400 - (tokyo.hour * 3600 + tokyo.minute * 60 + tokyo.second)
            assert abs(int(refused.headers["Retry-After"]) - left) % 86_400 < 10
        assert (await exchange.get(rendered(STUDY, 2))).status_code == 200
        shown = await exchange.get(f"{instance(STUDY)}/frames/1", octets, headers=emergency(exchange))
        assert shown.status_code == 200


async def test_objects_that_an_archive_fails_at_do_not_shut_it_for_who_looks_at_others(tmp_path: Path) -> None:
    holdings = {"general": [ct(STUDY, number=number) for number in range(1, 14)]}
    async with opened_exchange(tmp_path, holdings) as exchange:
        assert (await exchange.get(rendered(STUDY, 13))).status_code == 200
        exchange.archives["general"].faults["frames"] = Fault(status=500)
        for number in range(1, 12):
            assert kind_of(await exchange.get(rendered(STUDY, number))) == (502, "archive-failed")
        exchange.archives["general"].faults.clear()
        assert (await exchange.get(rendered(STUDY, 12))).status_code == 200


async def test_beyond_the_budget_only_emergencies_are_shown_more(tmp_path: Path) -> None:
    holdings = {"general": [ct(STUDY, number=number) for number in range(1, 4)]}
    day = Gentleness(daily_bytes=100_000, emergency_share=0.5)
    async with opened_exchange(tmp_path, holdings, gentleness={"general": day}) as exchange:
        assert (await exchange.get(rendered(STUDY))).status_code == 200
        (archive,) = exchange.services.archives
        archive.turnstile.standing.budget.add(100_000, emergency=False)
        assert (await exchange.get(rendered(STUDY))).status_code == 200, "what is in memory costs the archive nothing"
        refused = await exchange.get(rendered(STUDY, 2))
        assert kind_of(refused) == (503, "archive-resting")
        assert 0 < int(refused.headers["Retry-After"]) <= 90_000
        assert (await exchange.get(rendered(STUDY, 2), headers=emergency(exchange))).status_code == 200
        archive.turnstile.standing.budget.add(50_000, emergency=True)
        assert (await exchange.get(rendered(STUDY, 3), headers=emergency(exchange))).status_code == 503


async def test_an_archive_that_keeps_failing_is_left_alone_and_named(tmp_path: Path) -> None:
    gentle = Gentleness(failures=3, pause_seconds=3)
    async with opened_exchange(tmp_path, {"general": [HERE]}, gentleness={"general": gentle}) as exchange:
        archive = exchange.archives["general"]
        assert (await exchange.get(f"{instance(STUDY)}/metadata", DICOM_JSON)).status_code == 200
        archive.faults["metadata"] = Fault(status=502)
        archive.requests.clear()
        answers = [await exchange.get(f"{instance(STUDY)}/metadata", DICOM_JSON) for _ in range(8)]
        assert archive.counts()["metadata"] == 3
        assert [kind_of(answer) for answer in answers] == [(502, "archive-failed")] * 8
        assert ["Retry-After" in answer.headers for answer in answers] == [False] * 3 + [True] * 5
        assert answers[-1].json()["institution"] == "General Hospital"

        archive.faults.clear()
        await asyncio.sleep(3.1)
        assert (await exchange.get(f"{instance(STUDY)}/metadata", DICOM_JSON)).status_code == 200


async def test_a_pause_that_an_archive_asks_for_is_passed_on_and_kept(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [HERE]}) as exchange:
        archive = exchange.archives["general"]
        assert (await exchange.get("/dicomweb/studies", DICOM_JSON)).status_code == 200
        (client,) = exchange.services.archives
        client.turnstile.standing.rest.begin(30)
        archive.requests.clear()
        refused = await exchange.get(rendered(STUDY))
        assert kind_of(refused) == (503, "archive-resting")
        assert 29 <= int(refused.headers["Retry-After"]) <= 30
        assert archive.requests == []


async def _ask_in_order(exchange: Exchange, priorities: dict[int, str]) -> list[int]:
    """Frames in the order in which the archive is asked for them, with one connection that is taken at first."""
    archive = exchange.archives["general"]
    for number in priorities:
        await exchange.get(f"{instance(STUDY, number)}/metadata", DICOM_JSON)
    archive.requests.clear()
    archive.faults["frames"] = Fault(delay=0.1)
    first = asyncio.create_task(exchange.get(rendered(STUDY, 1)))
    await asyncio.sleep(0.05)
    tasks: list[asyncio.Task[Any]] = [first]
    for number, priority in priorities.items():
        if number > 1:
            path = rendered(STUDY, number) if priority != "thumbnail" else f"{instance(STUDY, number)}/thumbnail"
            headers = {"Priority": priority} if priority.startswith("u=") else {}
            tasks.append(asyncio.create_task(exchange.get(path, headers=headers)))
            await asyncio.sleep(0.005)
    answers = await asyncio.gather(*tasks)
    assert {answer.status_code for answer in answers} == {200}
    return [int(path.split("/")[6].rpartition(".")[2]) for kind, path in archive.requests if kind == "frames"]


async def test_what_is_on_the_screen_is_fetched_before_thumbnails_and_those_before_what_is_ahead(
    tmp_path: Path,
) -> None:
    holdings = {"general": [ct(STUDY, number=number) for number in range(1, 7)]}
    one = Limits(connections=1, search_seconds=5, retrieve_seconds=10)
    async with opened_exchange(tmp_path, holdings, limits=one) as exchange:
        order = await _ask_in_order(exchange, {1: "", 2: "u=6", 3: "thumbnail", 4: "u=1, i", 5: "u=2", 6: "unknown"})
    assert order == [1, 4, 5, 6, 3, 2]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_was_begun_ahead_is_fetched_first_once_somebody_looks_at_it(tmp_path: Path, method: str) -> None:
    holdings = {"general": [ct(STUDY, number=number) for number in range(1, 6)]}
    one = Limits(connections=1, search_seconds=5, retrieve_seconds=10)
    async with opened_exchange(tmp_path, holdings, limits=one) as exchange:
        archive = exchange.archives["general"]
        for number in range(1, 6):
            await exchange.get(f"{instance(STUDY, number)}/metadata", DICOM_JSON)
        archive.requests.clear()
        archive.faults["frames"] = Fault(delay=0.1)

        async def ask(number: int, priority: str, method: str = "GET") -> httpx.Response:
            headers = {**exchange.bearer(), "Priority": priority}
            return await exchange.client.request(method, rendered(STUDY, number), headers=headers)

        tasks = []
        for number, priority in [(1, "u=1"), (2, "u=6"), (3, "u=6"), (4, "u=4")]:
            tasks.append(asyncio.create_task(ask(number, priority)))
            await asyncio.sleep(0.01)
        tasks.append(asyncio.create_task(ask(3, "u=1", method)))
        answers = await asyncio.gather(*tasks)
        asked = [path.split("/")[6] for kind, path in archive.requests if kind == "frames"]
    assert {answer.status_code for answer in answers} == {200}
    assert asked == [f"{STUDY}.1.{number}" for number in (1, 3, 4, 2)]


async def test_an_archive_is_asked_no_more_often_than_its_owner_allows(tmp_path: Path) -> None:
    holdings = {"general": [ct(STUDY, number=number) for number in range(1, 11)]}
    slow = Gentleness(requests_per_second=20, burst=2)
    async with opened_exchange(tmp_path, holdings, gentleness={"general": slow}) as exchange:
        began = asyncio.get_running_loop().time()
        answers = await asyncio.gather(*(exchange.get(rendered(STUDY, number)) for number in range(1, 11)))
        seconds = asyncio.get_running_loop().time() - began
        requests = len(exchange.archives["general"].requests)
    assert {answer.status_code for answer in answers} == {200}
    assert requests <= 2 + seconds * 20


async def test_what_is_measured_of_an_archive_names_nobody(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [HERE]}, gentleness={"general": Gentleness(burst=50)}) as exchange:
        assert (await exchange.get(rendered(STUDY))).status_code == 200
        text = (await exchange.client.get("/metrics")).text
        asked = len(exchange.archives["general"].requests)
    told = dict(re.findall(r'^vitrine_archive_(\w+)\{archive="general-main"\} (\S+)$', text, re.MULTILINE))
    assert told["requests_total"] == str(asked)
    assert int(told["bytes_today"]) == int(told["bytes_total"]) > 0
    assert (told["in_use"], told["budget_bytes"]) == ("0", str(256 * 2**30))
    assert 'vitrine_archive_condition{archive="general-main",condition="open"} 1' in text
    assert 'vitrine_archive_condition{archive="general-main",condition="failing"} 0' in text
    assert 'vitrine_archive_waiting{archive="general-main",urgency="6"} 0' in text
    assert 'vitrine_archive_refusals_total{archive="general-main",reason="busy"} 0' in text
    assert "# TYPE vitrine_archive_refusals_total counter" in text
    for secret in (STUDY, "G-1001", "Yamada", "clinician", "general.test"):
        assert secret not in text
