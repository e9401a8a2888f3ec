"""Launches through the whole service: links of other systems, taken once by whoever signs in, and on record."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import time
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import msgspec
import pytest

from proxy.settings.launch import Launching
from proxy.settings.patients import AssigningAuthority
from tests.exchange import ISSUER, Exchange, ct, opened_exchange

IID: Final = "/launch/iid"
OID: Final = "2.16.840.1.113883.3.9999.1"


@asynccontextmanager
async def exchange(folder: Path, moved: list[float] | None = None) -> AsyncIterator[Exchange]:
    clock = moved or [0.0]
    launch = Launching(authorities=(AssigningAuthority(name="GENERAL", system=f"urn:oid:{OID}"),))
    outside = {"clock": lambda: time.time() + clock[0]}
    async with opened_exchange(folder, {"general": [ct("1.2.1")]}, launch=launch, outside=outside) as opened:
        yield opened


async def iid(place: Exchange, **parameters: str) -> httpx.Response:
    return await place.client.get(f"{IID}?{urlencode(parameters)}")


async def take(place: Exchange, **who: Any) -> httpx.Response:
    return await place.client.post("/launch/take", headers=place.bearer(**who))


def signed(place: Exchange, typ: str = "launch+jwt", **claims: Any) -> str:
    now = int(time.time())
    told = {"iss": ISSUER, "aud": "vitrine", "iat": now, "exp": now + 60, "jti": "j1", "studies": ["1.2.1"], **claims}
    kept = {name: value for name, value in told.items() if value is not None}
    return place.issuer.sign(kept, typ)


async def test_a_study_is_launched_once_and_leaves_no_trace_in_addresses(tmp_path: Path) -> None:
    async with exchange(tmp_path) as place:
        begun = await iid(place, requestType="STUDY", studyUID="1.2.1,1.2.2")
        assert (begun.status_code, begun.headers["location"]) == (303, "/launch")
        assert begun.headers["referrer-policy"] == "no-referrer"
        assert "HttpOnly" in begun.headers["set-cookie"]
        assert (await place.client.get("/launch")).status_code == 200
        taken = await take(place)
        assert taken.json()["studies"] == ["1.2.1", "1.2.2"]
        assert (await take(place)).status_code == 404, "a launch is taken once"
        events = [event for event in place.events() if event.kind == "launched"]
        assert [(event.study, event.subject, event.detail["by"]) for event in events] == [
            ("1.2.1", "exchange:clinician", "iid"),
            ("1.2.2", "exchange:clinician", "iid"),
        ]


@pytest.mark.parametrize("written", ["G-1001^^^GENERAL", f"G-1001^^^&{OID}&ISO", f"G-1001^^^SOME&{OID}&ISO"])
async def test_a_patient_is_launched_under_an_identifier(tmp_path: Path, written: str) -> None:
    async with exchange(tmp_path) as place:
        narrowing = {"lowerDateTime": "2026-01-01T00:00:00Z", "mostRecentResults": "2", "modalitiesInStudy": "CT,MR"}
        people = {"patientName": "Yamada", "patientBirthDate": "19610312"}
        shown = {"viewerType": "IHE_BIR", "diagnosticQuality": "false", "keyImagesOnly": "true"}
        told = {**narrowing, **people, **shown, "bodyPart": "CHEST"}
        begun = await iid(place, requestType="PATIENT", patientID=written, **told)
        assert begun.status_code == 303
        taken = (await take(place)).json()
        assert taken["patient"] == {"authority": "GENERAL", "value": "G-1001"}
        assert (taken["since"][:10], taken["until"], taken["most"]) == ("2026-01-01", None, 2)
        assert taken["modalities"] == ["CT", "MR"]
        (event,) = [event for event in place.events() if event.kind == "launched"]
        assert event.patient == "GENERAL|G-1001"


async def test_the_address_of_the_profile_is_taken_too(tmp_path: Path) -> None:
    async with exchange(tmp_path) as place:
        path = f"{IID}/IHEInvokeImageDisplay?requestType=STUDY&accessionNumber=A1,A2"
        assert (await place.client.get(path)).status_code == 303
        assert (await take(place)).json()["accessions"] == ["A1", "A2"]


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({}, 400),
        ({"requestType": "SERIES"}, 400),
        ({"requestType": "STUDY"}, 400),
        ({"requestType": "STUDY", "studyUID": "1.2", "accessionNumber": "A"}, 400),
        ({"requestType": "STUDY", "studyUID": "1.2/../3"}, 400),
        ({"requestType": "STUDY", "studyUID": ",".join(["1.2"] * 17)}, 400),
        ({"requestType": "STUDY", "accessionNumber": "A*"}, 400),
        ({"requestType": "STUDY", "accessionNumber": ""}, 400),
        ({"requestType": "STUDY", "studyUID": "1.2", "patientID": "1^^^GENERAL"}, 400),
        ({"requestType": "PATIENT"}, 404),
        ({"requestType": "PATIENT", "patientID": "G-1001"}, 404),
        ({"requestType": "PATIENT", "patientID": "G-1001^^^NOBODY"}, 404),
        ({"requestType": "PATIENT", "patientID": "G*^^^GENERAL"}, 400),
        ({"requestType": "PATIENT", "patientID": "^^^GENERAL"}, 400),
        ({"requestType": "PATIENT", "patientID": "G-1001^^^GENERAL", "studyUID": "1.2"}, 400),
        ({"requestType": "PATIENT", "patientID": "G-1001^^^GENERAL", "lowerDateTime": "yesterday"}, 400),
        ({"requestType": "PATIENT", "patientID": "G-1001^^^GENERAL", "mostRecentResults": "0"}, 400),
        ({"requestType": "PATIENT", "patientID": "G-1001^^^GENERAL", "patientBirthDate": "1961"}, 400),
        ({"requestType": "PATIENT", "patientID": "G-1001^^^GENERAL", "modalitiesInStudy": "<b>"}, 400),
        ({"requestType": "STUDY", "studyUID": "1.2", "diagnosticQuality": "true"}, 406),
        ({"requestType": "STUDY", "studyUID": "1.2", "diagnosticQuality": "yes"}, 400),
        ({"requestType": "STUDY", "studyUID": "1.2", "viewerType": "CAD"}, 406),
    ],
)
async def test_what_is_no_launch_is_refused_and_not_repeated(
    tmp_path: Path, parameters: dict[str, str], status: int
) -> None:
    async with exchange(tmp_path) as place:
        refused = await iid(place, **parameters)
        assert refused.status_code == status
        assert "set-cookie" not in refused.headers
        assert "G-1001" not in refused.text
        assert (await take(place)).status_code == 404


async def test_a_parameter_that_stands_twice_is_refused(tmp_path: Path) -> None:
    async with exchange(tmp_path) as place:
        twice = "requestType=STUDY&studyUID=1.2.1&studyUID=1.2.2"
        assert (await place.client.get(f"{IID}?{twice}")).status_code == 400


async def test_nobody_takes_a_launch_without_signing_in_or_from_another_site(tmp_path: Path) -> None:
    async with exchange(tmp_path) as place:
        await iid(place, requestType="STUDY", studyUID="1.2.1")
        assert (await place.client.post("/launch/take")).status_code == 401
        foreign = {**place.bearer(), "Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
        assert (await place.client.post("/launch/take", headers=foreign)).status_code == 401
        assert (await take(place)).status_code == 200


async def test_a_launch_does_not_wait_for_long(tmp_path: Path) -> None:
    moved = [0.0]
    async with exchange(tmp_path, moved) as place:
        await iid(place, requestType="STUDY", studyUID="1.2.1")
        moved[0] = 601
        assert (await take(place, iat=int(time.time()) + 601, exp=int(time.time()) + 1200)).status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_signed_launch_counts_once(tmp_path: Path, method: str) -> None:
    async with exchange(tmp_path) as place:
        token = signed(place)

        async def bring() -> httpx.Response:
            if method == "GET":
                return await place.client.get("/launch/signed", params={"launch": token})
            headers = {"Origin": "https://portal.test", "Sec-Fetch-Site": "cross-site"}
            return await place.client.post("/launch/signed", data={"launch": token}, headers=headers)

        begun = await bring()
        assert (begun.status_code, begun.headers["location"]) == (303, "/launch")
        assert (await take(place)).json()["studies"] == ["1.2.1"]
        assert (await bring()).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"typ": "at+jwt"},
        {"typ": "JWT"},
        {"aud": "somebody"},
        {"iss": "https://evil.test"},
        {"jti": None},
        {"exp": int(time.time()) + 3600},
        {"iat": int(time.time()) - 600, "exp": int(time.time()) - 540},
        {"cnf": {"jkt": "x" * 43}},
    ],
)
async def test_a_signed_launch_that_is_not_one_is_refused(tmp_path: Path, claims: dict[str, Any]) -> None:
    async with exchange(tmp_path) as place:
        refused = await place.client.get("/launch/signed", params={"launch": signed(place, **claims)})
        assert refused.status_code == 401
        assert (await take(place)).status_code == 404


@pytest.mark.parametrize(
    "claims",
    [
        {"studies": None},
        {"studies": ["x"]},
        {"studies": "1.2.1"},
        {"patient": {"authority": "GENERAL", "value": "G-1001"}},
        {"studies": None, "patient": {"authority": "GENERAL", "value": "G*"}},
        {"studies": None, "accessions": ["*"]},
    ],
)
async def test_a_signed_launch_asks_for_one_thing(tmp_path: Path, claims: dict[str, Any]) -> None:
    async with exchange(tmp_path) as place:
        refused = await place.client.get("/launch/signed", params={"launch": signed(place, **claims)})
        assert refused.status_code == 400


async def test_an_access_token_launches_nothing_and_a_launch_is_no_access_token(tmp_path: Path) -> None:
    async with exchange(tmp_path) as place:
        token = place.issuer.token()
        assert (await place.client.get("/launch/signed", params={"launch": token})).status_code == 401
        bearer = {"Authorization": f"Bearer {signed(place, sub='clinician', purpose_of_use='TREAT')}"}
        assert (await place.client.get("/portal/patients", headers=bearer)).status_code == 401


async def test_a_signed_launch_can_be_for_one_person(tmp_path: Path) -> None:
    async with exchange(tmp_path) as place:
        token = signed(place, sub="clinician")
        await place.client.get("/launch/signed", params={"launch": token})
        assert (await take(place, sub="somebody")).status_code == 404
        token = signed(place, sub="clinician", jti="j2")
        await place.client.get("/launch/signed", params={"launch": token})
        assert (await take(place)).status_code == 200


@pytest.mark.parametrize("embedders", [(), ("https://portal.test", "https://ehr.test:8443")])
async def test_only_named_origins_frame_the_strip_and_nobody_frames_another_page(
    tmp_path: Path, embedders: tuple[str, ...]
) -> None:
    launch = Launching(embedders=embedders)
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1")]}, launch=launch) as place:
        framing = " ".join(embedders) or "'none'"
        policy = (await place.client.get("/strip?study=1.2.1")).headers["content-security-policy"]
        assert f"frame-ancestors {framing};" in policy
        assert "script-src 'self';" in policy
        for page in ("/portal", "/viewer", "/launch", "/share"):
            other = (await place.client.get(page)).headers["content-security-policy"]
            assert "frame-ancestors 'none';" in other


@pytest.mark.parametrize(
    "origin", ["*", "https://a.test/x", "http://portal.test", "https://*.test", "https://a.test; x"]
)
def test_embedders_are_origins(origin: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"embedders": [origin]}, Launching)
