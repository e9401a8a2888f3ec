"""One patient under three identifiers at three institutions: found, shown and decided about as one person."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from demo.index import SYSTEMS, IndexedPerson, index_app
from proxy.settings.archives import KnownDialect
from proxy.settings.patients import Patients
from proxy.settings.server import Server
from tests.exchange import ORIGIN, Exchange, ct, opened_exchange
from tests.proxy.patients.indexes import answering, index_settings

REGISTER = """
[[patients]]
id = "p-adult"
consent = "optin"
identifiers = [{ authority = "GENERAL", value = "G-1001" }]

[[patients]]
id = "p-other"
consent = "optin"
identifiers = [{ authority = "GENERAL", value = "G-1002" }]

[[relationships]]
subject = "exchange:clinician"
patient = "p-adult"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z
"""
ADULT = IndexedPerson(
    *("p-adult", "Yamada", "Tarou", "1974-08-20", "male"),
    ((SYSTEMS["GENERAL"], "G-1001"), (SYSTEMS["LAKESIDE"], "77-201"), (SYSTEMS["UNIVERSITY"], "U5")),
)
OTHER = IndexedPerson("p-other", "Sato", "Hana", "1990-01-01", "female", ((SYSTEMS["GENERAL"], "G-1002"),))
BORN = {"PatientBirthDate": "19740820", "PatientSex": "M"}
HOLDINGS = {
    "general": [ct("1.2.1", **BORN)],
    "lakeside": [ct("1.2.2", patient="77-201", **BORN), ct("1.2.9", patient="G-1001", **BORN)],
    "university": [ct("1.2.3", patient="U5", IssuerOfPatientID="UNIVERSITY", **BORN)],
}
STUDIES = "/dicomweb/studies?PatientID={}&IssuerOfPatientID={}"
ALL = {"1.2.1", "1.2.2", "1.2.3"}


@asynccontextmanager
async def exchange(
    folder: Path,
    index: Starlette | None = None,
    holdings: Mapping[str, Sequence[Any]] = HOLDINGS,
    **patients: Any,
) -> AsyncIterator[Exchange]:
    settings = Patients(index=index_settings(seconds=0.3), seconds=0.5, **patients)
    app = index or index_app([ADULT, OTHER])
    async with opened_exchange(folder, holdings, register=REGISTER, patients=settings, index=app) as opened:
        yield opened


def texts(row: Mapping[str, Any], *tags: str) -> tuple[Any, ...]:
    return tuple(row.get(tag, {}).get("Value", [None])[0] for tag in tags)


def studies(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    return {row["0020000D"]["Value"][0] for row in rows}


@pytest.mark.parametrize(("value", "issuer"), [("G-1001", "GENERAL"), ("77-201", "LAKESIDE"), ("U5", "UNIVERSITY")])
async def test_by_any_identifier_all_studies_are_found_under_it(tmp_path: Path, value: str, issuer: str) -> None:
    async with exchange(tmp_path) as opened:
        rows = (await opened.get(STUDIES.format(value, issuer))).json()
        assert studies(rows) == ALL
        assert {texts(row, "00100020", "00100021") for row in rows} == {(value, issuer)}


async def test_the_institutions_own_identifier_stands_beside_it_in_rows_and_metadata(tmp_path: Path) -> None:
    async with exchange(tmp_path) as opened:
        rows = (await opened.get(STUDIES.format("G-1001", "GENERAL"))).json()
        (metadata,) = (await opened.get("/dicomweb/studies/1.2.2/metadata")).json()
        row = next(row for row in rows if studies([row]) == {"1.2.2"})
        for attributes in (row, metadata):
            assert texts(attributes, "00100020", "00100021") == ("G-1001", "GENERAL")
            assert [texts(one, "00100020", "00100021") for one in attributes["00101002"]["Value"]] == [
                ("77-201", "LAKESIDE")
            ]


async def test_a_patient_id_alone_finds_what_the_register_knows_by_it(tmp_path: Path) -> None:
    """Another person with the same number elsewhere stays another person."""
    async with exchange(tmp_path) as opened:
        rows = (await opened.get("/dicomweb/studies?PatientID=G-1001")).json()
        assert studies(rows) == ALL, "1.2.9 is of a stranger with the same number, who may not be known of"


async def test_a_preferred_authority_is_shown_to_whoever_did_not_search_by_another(tmp_path: Path) -> None:
    async with exchange(tmp_path, preferred_authorities=("UNIVERSITY",)) as opened:
        rows = (await opened.get("/dicomweb/studies?StudyDate=20260102")).json()
        assert studies(rows) == ALL
        assert {texts(row, "00100020", "00100021") for row in rows} == {("U5", "UNIVERSITY")}


async def test_images_of_every_institution_are_shown(tmp_path: Path) -> None:
    """What the archive calls the patient is compared with what the archive said, not with what is shown."""
    async with exchange(tmp_path) as opened:
        await opened.get(STUDIES.format("G-1001", "GENERAL"))
        for study in sorted(ALL):
            path = f"/dicomweb/studies/{study}/series/{study}.1/instances/{study}.1.1/rendered"
            assert (await opened.get(path)).status_code == 200


async def test_what_only_the_index_joins_is_decided_about_as_one_person(tmp_path: Path) -> None:
    async with exchange(tmp_path, index_app([OTHER])) as opened:
        assert studies((await opened.get(STUDIES.format("G-1001", "GENERAL"))).json()) == {"1.2.1"}
        assert (await opened.get("/dicomweb/studies/1.2.2/metadata")).status_code == 404
    async with exchange(tmp_path / "2") as opened:
        assert (await opened.get("/dicomweb/studies/1.2.2/metadata")).status_code == 200


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> None:
    (tmp_path / "2").mkdir()


@pytest.mark.parametrize(
    "index",
    [
        answering(b"", 503),
        answering(b"<html>", 404),
        answering(b"[" * 10_000),
        answering({"resourceType": "Bundle"}),
        answering(b"", before=lambda: asyncio.sleep(3)),
    ],
)
async def test_without_an_index_the_rest_is_shown_and_it_is_said(tmp_path: Path, index: Starlette) -> None:
    async with exchange(tmp_path, index) as opened:
        async with asyncio.timeout(3):
            answer = await opened.get(STUDIES.format("G-1001", "GENERAL"))
        assert studies(answer.json()) == {"1.2.1"}
        assert "The patient index does not answer" in answer.headers["warning"]
        assert (await opened.get("/dicomweb/studies/1.2.2/metadata")).status_code == 404


async def test_a_foreign_person_in_the_indexs_answer_is_not_shown(tmp_path: Path) -> None:
    """The index claims a registered patient's identifier for another registered patient."""
    lie = replace(ADULT, identifiers=(*ADULT.identifiers, (SYSTEMS["GENERAL"], "G-1002")))
    holdings = {**HOLDINGS, "general": [ct("1.2.1", **BORN), ct("1.2.7", patient="G-1002", PatientSex="F")]}
    async with exchange(tmp_path, index_app([lie]), holdings) as opened:
        answer = await opened.get(STUDIES.format("G-1001", "GENERAL"))
        assert studies(answer.json()) == {"1.2.1"}
        assert "contradict each other" in answer.headers["warning"]
        assert (await opened.get("/dicomweb/studies/1.2.7/metadata")).status_code == 403
        assert "identity-contradicted" in opened.kinds()


async def test_a_difference_from_the_index_is_said_flagged_and_recorded(tmp_path: Path) -> None:
    holdings = {**HOLDINGS, "lakeside": [ct("1.2.2", patient="77-201", PatientBirthDate="19740821", PatientSex="F")]}
    async with exchange(tmp_path, holdings=holdings) as opened:
        answer = await opened.get(STUDIES.format("G-1001", "GENERAL"))
        flags = {row["0020000D"]["Value"][0]: row.get("00991004", {}).get("Value") for row in answer.json()}
        assert flags == {"1.2.1": None, "1.2.2": ["BIRTH DATE", "SEX"], "1.2.3": None}
        assert "another birth date or sex for the patient of 1 results" in answer.headers["warning"]
        metadata = await opened.get("/dicomweb/studies/1.2.2/metadata")
        assert "another birth date and sex" in metadata.headers["warning"]
        (event,) = [event for event in opened.events() if event.kind.value == "identity-mismatch"]
        assert (event.archive, event.study, event.patient) == ("lakeside-main", "1.2.2", "LAKESIDE|77-201")
        assert event.detail == {"what": "birth date, sex"}


async def test_a_difference_from_the_index_is_refused_where_that_is_wanted(tmp_path: Path) -> None:
    holdings = {**HOLDINGS, "lakeside": [ct("1.2.2", patient="77-201", PatientBirthDate="19740821", PatientSex="M")]}
    async with exchange(tmp_path, holdings=holdings, mismatch="refuse") as opened:
        answer = await opened.get("/dicomweb/studies/1.2.2/metadata")
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:vitrine:problem:not-permitted")
        assert (await opened.get("/dicomweb/studies/1.2.1/metadata")).status_code == 200
        query = {"authority": "GENERAL", "identifier": "G-1001"}
        history = (await opened.get("/portal/studies", params=query)).json()["studies"]
        assert {row["study"]: row["viewable"] for row in history} == {"1.2.1": True, "1.2.2": False, "1.2.3": True}


async def test_the_portal_shows_one_history_with_what_differs(tmp_path: Path) -> None:
    holdings = {**HOLDINGS, "university": [ct("1.2.3", patient="U5", PatientBirthDate="20010101")]}
    async with exchange(tmp_path, holdings=holdings) as opened:
        found = (await opened.get("/portal/studies", params={"authority": "LAKESIDE", "identifier": "77-201"})).json()
        assert {row["study"]: row["differing"] for row in found["studies"]} == {
            "1.2.1": [],
            "1.2.2": [],
            "1.2.3": ["birth date"],
        }
        assert found["notices"] == []


async def test_series_of_all_studies_are_found_under_the_one_identifier(tmp_path: Path) -> None:
    async with exchange(tmp_path) as opened:
        query = "PatientID=G-1001&IssuerOfPatientID=GENERAL"
        rows = (await opened.get(f"/dicomweb/series?{query}")).json()
        assert studies(rows) == ALL
        assert {texts(row, "00100020", "00100021") for row in rows} == {("G-1001", "GENERAL")}


async def test_rows_that_are_streamed_have_the_one_identifier_too(tmp_path: Path) -> None:
    async with exchange(tmp_path) as opened:
        headers = {"Accept": "application/dicom+json", "Prefer": "respond-async, streaming"}
        rows = (await opened.get(STUDIES.format("U5", "UNIVERSITY"), headers=headers)).json()
        assert studies(rows) == ALL
        assert {texts(row, "00100020") for row in rows} == {("U5",)}


async def test_a_study_in_two_archives_under_two_identifiers_is_one_row(tmp_path: Path) -> None:
    holdings = {**HOLDINGS, "lakeside": [ct("1.2.1", series=2, patient="77-201", **BORN)]}
    async with exchange(tmp_path, holdings=holdings) as opened:
        rows = (await opened.get(STUDIES.format("G-1001", "GENERAL"))).json()
        assert sorted(row["0020000D"]["Value"][0] for row in rows) == ["1.2.1", "1.2.3"]
        instances = (await opened.get("/dicomweb/studies/1.2.1/metadata")).json()
        assert {texts(one, "00100020") for one in instances} == {("G-1001",)}
        assert len(instances) == 2


async def test_an_index_that_fails_later_is_still_believed_for_a_while(tmp_path: Path) -> None:
    index = index_app([ADULT])
    async with exchange(tmp_path, index, fresh_seconds=0.01) as opened:
        assert studies((await opened.get(STUDIES.format("G-1001", "GENERAL"))).json()) == ALL
        index.router.routes.clear()
        answer = await opened.get(STUDIES.format("G-1001", "GENERAL"))
        assert studies(answer.json()) == ALL
        assert "The patient index does not answer" in answer.headers["warning"]


async def test_after_its_time_what_a_failed_index_said_is_not_believed(tmp_path: Path) -> None:
    index = index_app([ADULT])
    async with exchange(tmp_path, index, fresh_seconds=0.01, cache_seconds=0.3) as opened:
        assert studies((await opened.get(STUDIES.format("G-1001", "GENERAL"))).json()) == ALL
        index.router.routes.clear()
        await asyncio.sleep(0.35)
        assert studies((await opened.get(STUDIES.format("G-1001", "GENERAL"))).json()) == {"1.2.1"}


async def test_a_table_joins_where_there_is_no_index(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("person,authority,value\n1,GENERAL,G-1001\n1,LAKESIDE,77-201\n", "utf-8")
    async with opened_exchange(tmp_path, HOLDINGS, register=REGISTER, patients=Patients(table=file)) as opened:
        rows = (await opened.get(STUDIES.format("G-1001", "GENERAL"))).json()
        assert studies(rows) == {"1.2.1", "1.2.2"}


async def test_nobody_is_looked_up_by_name_from_outside(tmp_path: Path) -> None:
    patients = Patients(index=index_settings())
    async with opened_exchange(
        tmp_path, HOLDINGS, patients=patients, index=index_app([ADULT]), server=Server(public_url=ORIGIN)
    ) as opened:
        query = {"family": "Yamada", "birth_date": "19740820"}
        assert (await opened.get("/portal/patients/match", params=query)).status_code == 403


async def test_people_of_the_index_are_offered_to_choose_from(tmp_path: Path) -> None:
    async with exchange(tmp_path) as opened:
        query = {"family": "Yamada", "birth_date": "19740820"}
        (candidate,) = (await opened.get("/portal/patients/match", params=query)).json()["candidates"]
        assert {"authority": "LAKESIDE", "value": "77-201"} in candidate["identifiers"]
        event = opened.events()[-1]
        assert (event.kind.value, event.detail, event.patient) == ("search", {"level": "match", "rows": 1}, "")


@pytest.mark.parametrize(("own_patients_only", "questions"), [(True, 1), (False, 2)])
async def test_who_knows_everybody_is_asked_by_its_own_identifier_alone(
    tmp_path: Path, own_patients_only: bool, questions: int
) -> None:
    known = {"archives": {"lakeside": {"own_patients_only": own_patients_only, "dialect": KnownDialect(results=0)}}}
    settings = Patients(index=index_settings(seconds=0.3), seconds=0.5)
    index = index_app([ADULT, OTHER])
    async with opened_exchange(tmp_path, HOLDINGS, register=REGISTER, patients=settings, index=index, **known) as one:
        assert studies((await one.get(STUDIES.format("G-1001", "GENERAL"))).json()) == ALL
        asked = [path for _, path in one.archives["lakeside"].requests if path.endswith("/studies")]
        assert len(asked) == questions
