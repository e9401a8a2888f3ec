"""Searches that policy decides about before any archive is asked, and what is hidden from those that it permits."""

from collections.abc import Mapping
from pathlib import Path
import shutil
from typing import Any

import httpx
import pytest

from proxy.audit.event import Outcome
from proxy.settings.server import Policy
from tests.exchange import BUNDLE, REGISTER, Exchange, ct, opened_exchange
from tests.proxy.dicomweb.conftest import HOLDINGS

CLINICIAN = {"roles": ["clinician"]}
PATIENT = {
    "sub": "patient",
    "role": "patient",
    "purpose": "PATRQT",
    "patient": {"authority": "LAKESIDE", "value": "77-201"},
}
CLOSED = """
@id("general-900-closed")
@owner("institution:general")
@basis("a test")
@says("General Hospital is not searched.")
@user_says("General Hospital is not searched.")
forbid (principal, action == HIE::Action::"search", resource in HIE::Institution::"general");
"""


async def search(exchange: Exchange, path: str, **who: Any) -> httpx.Response:
    return await exchange.get(path, headers=exchange.bearer(**(who or CLINICIAN)))


def studies(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [row["0020000D"]["Value"][0] for row in response.json()]


def questions(exchange: Exchange) -> Mapping[str, list[Any]]:
    return {name: list(archive.requests) for name, archive in exchange.archives.items()}


async def test_a_search_for_nobody_is_refused_before_anybody_is_asked(exchange: Exchange) -> None:
    for path in ("/dicomweb/studies", "/dicomweb/series?Modality=CT", "/dicomweb/instances?limit=5"):
        refused = await search(exchange, path)
        assert refused.status_code == 403
        assert refused.json()["detail"].startswith("Search for somebody")
    assert not any(questions(exchange).values())
    refusals = [event for event in exchange.events() if event.outcome is Outcome.REFUSED]
    assert [event.detail["level"] for event in refusals] == ["studies", "series", "instances"]
    assert {event.reasons for event in refusals} == {("hie-022-search-without-a-patient",)}


async def test_whoever_names_somebody_or_something_finds_it(exchange: Exchange) -> None:
    for key in ("PatientID=G-1001", "StudyInstanceUID=1.2.1"):
        assert "1.2.1" in studies(await search(exchange, f"/dicomweb/studies?{key}")), key
    for key in ("AccessionNumber=A-1", "PatientName=Yamada*&PatientBirthDate=19740820"):
        assert (await search(exchange, f"/dicomweb/studies?{key}")).status_code == 200, key
    assert (await search(exchange, "/dicomweb/studies/1.2.1/series")).status_code == 200
    assert (await search(exchange, "/dicomweb/series?SeriesInstanceUID=1.2.1.1")).status_code == 200


async def test_a_patient_finds_the_own_record_and_asks_for_nobody_else(tmp_path: Path) -> None:
    register = REGISTER.replace('  { authority = "UNIVERSITY", value = "U5" },\n', "")
    holdings = {**HOLDINGS, "university": [ct("1.2.5", patient="U5")]}
    async with opened_exchange(tmp_path, holdings, register=register) as exchange:
        own = await search(exchange, "/dicomweb/studies?PatientID=77-201", **PATIENT)
        assert studies(own) == ["1.2.1", "1.2.2", "1.2.3"]
        for key in ("PatientID=G-9999", "", "PatientName=Yamada&PatientBirthDate=19740820"):
            assert (await search(exchange, f"/dicomweb/studies?{key}", **PATIENT)).status_code == 403
        exchange.forget()
        assert studies(await search(exchange, "/dicomweb/studies?StudyInstanceUID=1.2.1", **PATIENT)) == ["1.2.1"]
        for path in ("/dicomweb/studies/1.2.1/metadata", "/dicomweb/studies/1.2.5/metadata"):
            await search(exchange, path, **PATIENT)
        assert not exchange.archives["university"].requests, "where the patient has no identifier"


async def test_an_institution_that_forbids_it_is_named_and_not_asked(tmp_path: Path) -> None:
    folder = tmp_path / "policy"
    shutil.copytree(BUNDLE, folder)
    (folder / "institutions/general/searches.cedar").write_text(CLOSED, "utf-8")
    (tmp_path / "register.toml").write_text(REGISTER, "utf-8")
    policy = Policy(folder=folder, register=tmp_path / "register.toml")
    async with opened_exchange(tmp_path, HOLDINGS, policy=policy) as exchange:
        found = await search(exchange, "/dicomweb/studies?PatientID=77-201")
        assert studies(found) == ["1.2.1", "1.2.3"]
        assert "General Hospital does not permit this search to you" in found.headers["Warning"]
        status = (await search(exchange, found.headers["Link"].partition(">")[0].removeprefix("<"))).json()
        states = {one["institution"]: one["state"] for one in status["sources"]}
        assert states == {"general": "not-permitted", "lakeside": "answered"}
        assert (await search(exchange, "/dicomweb/studies/1.2.2/metadata")).status_code == 404
        assert (await search(exchange, "/institutions/general/dicomweb/studies?PatientID=G-1001")).status_code == 403
        assert not exchange.archives["general"].requests


@pytest.mark.parametrize(
    "key", ["PatientID=77-300", "StudyInstanceUID=1.2.4", "PatientID=77-300&IssuerOfPatientID=LAKESIDE"]
)
async def test_what_is_hidden_leaves_no_trace_in_a_search(tmp_path: Path, key: str) -> None:
    """Rows, warnings, states, records and who was asked are compared, and times are not: they are rounded up."""
    seen = []
    without = {**HOLDINGS, "lakeside": HOLDINGS["lakeside"][:-1]}
    for name, holdings in (("with", HOLDINGS), ("without", without)):
        (tmp_path / name).mkdir()
        async with opened_exchange(tmp_path / name, holdings) as exchange:
            answer = await search(exchange, f"/dicomweb/studies?{key}")
            status = await search(exchange, answer.headers["Link"].partition(">")[0].removeprefix("<"))
            event = next(event for event in exchange.events() if event.detail.get("level") == "studies")
            asked = [name for name, archive in exchange.archives.items() if archive.requests]
            seen.append((answer.json(), answer.headers.get("Warning"), status.json(), dict(event.detail), asked))
    assert seen[0] == seen[1]


async def test_that_there_is_nothing_takes_as_long_whatever_the_reason(exchange: Exchange) -> None:
    hidden, absent, refused = [
        await search(exchange, path, **who)
        for path, who in (
            ("/dicomweb/studies/1.2.4/metadata", CLINICIAN),
            ("/dicomweb/studies/1.2.999/metadata", CLINICIAN),
            ("/dicomweb/studies/1.2.1/metadata", {"sub": "stranger", "roles": ["janitor"]}),
        )
    ]
    assert {one.status_code for one in (hidden, absent, refused)} == {404}
    documents = [{**one.json(), "instance": ""} for one in (hidden, absent, refused)]
    assert documents[0] == documents[1] == documents[2]
