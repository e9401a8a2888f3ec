"""SMART launches from an EHR: the patient who is open there opens here, for whoever signs in, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from proxy.settings.launch import Launching, SmartServer
from proxy.settings.patients import AssigningAuthority
from tests.exchange import ORIGIN, Exchange, ct, opened_exchange
from tests.proxy.launch.ehr import CLIENT, ISS, RECORD, SYSTEM, Ehr

AUTHORITY = AssigningAuthority(name="GENERAL", system=SYSTEM)


@asynccontextmanager
async def launching(folder: Path, ehr: Ehr, server: SmartServer | None = None) -> AsyncIterator[Exchange]:
    known = server or SmartServer(id="ehr", iss=ISS, client_id=CLIENT, authorities=(AUTHORITY,))
    transport = httpx.ASGITransport(ehr.app, raise_app_exceptions=False)
    outside = {"smart_transport": lambda _: transport}
    launch = Launching(smart=(known,))
    async with opened_exchange(folder, {"general": [ct("1.2.1")]}, launch=launch, outside=outside) as exchange:
        yield exchange


async def follow(place: Exchange, ehr: Ehr, **parameters: str) -> httpx.Response:
    """To the EHR and back; the answer of the callback."""
    begun = await place.client.get("/launch/smart", params={"iss": ISS, **parameters})
    assert begun.status_code == 303, begun.text
    async with httpx.AsyncClient(transport=httpx.ASGITransport(ehr.app)) as browser:
        there = await browser.get(begun.headers["location"])
    return await place.client.get(there.headers["location"])


async def take(place: Exchange, **who: Any) -> httpx.Response:
    return await place.client.post("/launch/take", headers=place.bearer(**who))


def refusals(place: Exchange) -> list[str]:
    return [
        str(event.detail["why"]) for event in place.events() if (event.kind, event.outcome) == ("launched", "refused")
    ]


@pytest.mark.parametrize(("launch", "scope"), [("xyz", "launch"), ("", "launch/patient")])
async def test_the_open_patient_is_opened(tmp_path: Path, launch: str, scope: str) -> None:
    ehr = Ehr()
    async with launching(tmp_path, ehr) as place:
        back = await follow(place, ehr, **({"launch": launch} if launch else {}))
        assert (back.status_code, back.headers["location"]) == (303, "/launch")
        (asked,) = ehr.asked
        assert asked["scope"] == f"{scope} patient/Patient.r"
        assert (asked["aud"], asked["client_id"], asked.get("launch", "")) == (ISS, CLIENT, launch)
        assert asked["redirect_uri"] == f"{ORIGIN}/launch/smart/callback"
        assert (await take(place)).json()["patient"] == {"authority": "GENERAL", "value": "G-1001"}
        assert (await take(place)).status_code == 404
        (event,) = [event for event in place.events() if event.kind == "launched"]
        assert (event.patient, event.subject, event.detail["by"]) == ("GENERAL|G-1001", "exchange:clinician", "smart")


async def test_an_older_ehr_is_asked_in_its_words(tmp_path: Path) -> None:
    ehr = Ehr(configuration={"capabilities": ["launch-ehr"]})
    async with launching(tmp_path, ehr) as place:
        await follow(place, ehr, launch="xyz")
        assert ehr.asked[0]["scope"] == "launch patient/Patient.read"


@pytest.mark.parametrize(
    "iss", ["", "https://evil.test/fhir", "http://ehr.test/fhir", f"{ISS}/../x", "http://169.254.169.254/"]
)
async def test_an_ehr_that_nobody_named_is_asked_nothing(tmp_path: Path, iss: str) -> None:
    ehr = Ehr()
    async with launching(tmp_path, ehr) as place:
        refused = await place.client.get("/launch/smart", params={"iss": iss, "launch": "x"})
        assert (refused.status_code, "set-cookie" in refused.headers) == (400, False)
        assert ehr.asked == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"open_patient": None}, "no-patient"),
        ({"open_patient": "../Observation/1"}, "no-patient"),
        ({"record": {**RECORD, "id": "p2"}}, "no-patient"),
        ({"record": {**RECORD, "identifier": [{"system": "urn:other", "value": "7"}]}}, "no-patient"),
        ({"record": {**RECORD, "identifier": "G-1001"}}, "no-patient"),
        (
            {"record": {**RECORD, "identifier": [{"system": SYSTEM, "value": "G*"}, 7, {"system": SYSTEM}]}},
            "no-patient",
        ),
        ({"record": []}, "away"),
    ],
)
async def test_without_a_patient_who_is_known_nothing_is_opened(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    ehr = Ehr(**changes)
    async with launching(tmp_path, ehr) as place:
        back = await follow(place, ehr, launch="xyz")
        assert (back.status_code, back.headers["location"]) == (303, "/launch")
        assert (await take(place)).status_code == 404
        assert refusals(place) == [why]


@pytest.mark.parametrize(
    "configuration",
    [
        {"code_challenge_methods_supported": ["plain"]},
        {"authorization_endpoint": "http://ehr.test/authorize"},
        {"authorization_endpoint": None},
    ],
)
async def test_an_ehr_that_is_not_safe_is_not_gone_to(tmp_path: Path, configuration: dict[str, Any]) -> None:
    ehr = Ehr(configuration=configuration)
    async with launching(tmp_path, ehr) as place:
        begun = await place.client.get("/launch/smart", params={"iss": ISS, "launch": "x"})
        assert (begun.status_code, begun.headers["location"]) == (303, "/launch")
        assert refusals(place) == ["away"]


async def test_an_answer_counts_once_and_in_its_browser(tmp_path: Path) -> None:
    ehr = Ehr()
    async with launching(tmp_path, ehr) as place:
        begun = await place.client.get("/launch/smart", params={"iss": ISS, "launch": "x"})
        state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
        place.client.cookies.clear()
        answer = {"state": state, "code": "code-1"}
        for _ in range(2):
            assert (await place.client.get("/launch/smart/callback", params=answer)).headers["location"] == "/launch"
        assert (await take(place)).status_code == 404
        assert refusals(place) == ["other-browser"], "what nobody began is nobody's failure"
        begun = await place.client.get("/launch/smart", params={"iss": ISS, "launch": "x"})
        state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
        await place.client.get("/launch/smart/callback", params={"state": state, "error": "access_denied"})
        assert refusals(place)[1:] == ["refused"]


async def test_what_the_ehr_says_stands_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ehr = Ehr()
    async with launching(tmp_path, ehr) as place:
        await follow(place, ehr, launch="secret-launch")
        await take(place)
        written = caplog.text + str(place.events())
        for secret in ("secret-launch", "at-the-ehr", "code-1"):
            assert secret not in written
