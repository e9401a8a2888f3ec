"""Searching the demo's archive: matching (PS3.4 C.2.2.2), paging, fields and forms of URLs (PS3.18 §8.3.4, §10.6)."""

from typing import Any

import httpx
import pytest

from demo.archive import Archive
from tests.demo.asking import BASE, FOLDERS, asking

BONES = "1.3.6.1.4.1.5962.1.1.0.0.0.1196527414.5534.0.1"


def values(row: dict[str, Any], tag: str) -> list[Any]:
    return list(row[tag].get("Value", []))


async def found(client: httpx.AsyncClient, path: str, **query: str | int) -> list[dict[str, Any]]:
    response = await client.get(path, params=query or None)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/dicom+json"
    rows: list[dict[str, Any]] = response.json()
    return rows


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 6),
        ({"PatientID": "77654033"}, 2),
        ({"00100020": "77654033"}, 2),
        ({"PatientID": "7765403"}, 0),
        ({"PatientID": "9889*"}, 4),
        ({"PatientID": "7765403?"}, 2),
        ({"PatientID": ""}, 6),
        ({"PatientName": "doe^peter"}, 4),
        ({"PatientName": "Doe"}, 0),
        ({"PatientName": "DOE^A*"}, 2),
        ({"StudyDate": "20030505"}, 3),
        ({"StudyDate": "20010101-20030505"}, 5),
        ({"StudyDate": "-20001231"}, 1),
        ({"StudyDate": "20030505-"}, 3),
        ({"StudyDate": "20030505", "StudyTime": "04-06"}, 2),
        ({"StudyDate": "20010101-20030505", "StudyTime": "000001-0300"}, 1),
        ({"ModalitiesInStudy": "MR"}, 3),
        ({"ModalitiesInStudy": "CR"}, 1),
        ({"AccessionNumber": "2", "PatientID": "98890234"}, 2),
    ],
)
async def test_studies_match(client: httpx.AsyncClient, query: dict[str, str], count: int) -> None:
    assert len(await found(client, "/studies", **query)) == count


async def test_a_study_says_what_the_standard_requires(client: httpx.AsyncClient) -> None:
    (row,) = await found(client, "/studies", ModalitiesInStudy="CR")
    assert values(row, "0020000D") == [BONES]
    assert values(row, "00100010") == [{"Alphabetic": "Doe^Archibald"}]
    assert values(row, "00080061") == ["CR"]
    assert (values(row, "00201206"), values(row, "00201208")) == ([3], [3])
    assert values(row, "00081190") == [f"{BASE}/studies/{BONES}"]
    assert row["00080090"] == {"vr": "PN"}
    assert "00081030" not in row
    assert list(row) == sorted(row)


async def test_several_uids_match_by_any_separator(client: httpx.AsyncClient) -> None:
    other = values((await found(client, "/studies", PatientName="Doe^Peter"))[0], "0020000D")[0]
    for separator in (",", "\\"):
        assert len(await found(client, "/studies", StudyInstanceUID=f"{BONES}{separator}{other}")) == 2
    assert await found(client, "/studies", StudyInstanceUID=f"{BONES[:-1]}*") == []


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/series", 13),
        ("/instances", 31),
        (f"/studies/{BONES}/series", 3),
        (f"/studies/{BONES}/instances", 3),
        ("/series?Modality=CR", 3),
        ("/instances?Modality=CT", 11),
        ("/instances?InstanceNumber=1&Modality=CR", 3),
        ("/series?PatientName=Doe%5EPeter&Modality=MR", 7),
        ("/instances?SOPClassUID=1.2.840.10008.5.1.4.1.1.1", 3),
    ],
)
async def test_every_form_of_url(client: httpx.AsyncClient, path: str, count: int) -> None:
    assert len(await found(client, path)) == count


async def test_rows_name_what_they_are_within(client: httpx.AsyncClient) -> None:
    (series, *_) = await found(client, f"/studies/{BONES}/series")
    uid = values(series, "0020000E")[0]
    (instance,) = await found(client, f"/studies/{BONES}/series/{uid}/instances")
    assert values(instance, "0020000D") == [BONES]
    assert values(instance, "0020000E") == [uid]
    assert (values(instance, "00280010"), values(instance, "00280011")) == ([16], [16])
    assert values(instance, "00083002") == ["1.2.840.10008.1.2.1"]
    assert "00100010" not in instance
    assert "00100010" in (await found(client, "/instances", limit=1))[0]


async def test_fields_that_are_wanted(client: httpx.AsyncClient) -> None:
    plain = (await found(client, "/studies"))[0]
    more = (await found(client, "/studies", includefield="StudyDescription,00100040"))[0]
    assert set(more) - set(plain) == {"00081030"}
    everything = (await found(client, "/studies", includefield="all"))[0]
    assert set(everything) > set(plain)
    assert not {"00080060", "0020000E", "00080018", "7FE00010"} & set(everything)
    lower = (await found(client, "/studies", includefield="SeriesDescription"))[0]
    assert "0008103E" not in lower


async def test_pages_are_stable_and_say_what_is_left(client: httpx.AsyncClient) -> None:
    whole = await found(client, "/instances")
    pages = [await found(client, "/instances", limit=12, offset=offset) for offset in (0, 12, 24, 36)]
    assert [row for page in pages for row in page] == whole
    assert [len(page) for page in pages] == [12, 12, 7, 0]
    response = await client.get("/instances?limit=12&offset=5")
    assert response.headers["warning"] == f"299 {BASE}: There are 14 additional results that can be requested"
    assert "warning" not in (await client.get("/instances?limit=12&offset=24")).headers


async def test_an_archive_gives_no_more_at_once_than_it_wants() -> None:
    async with asking(Archive(FOLDERS, most_results=10)) as client:
        response = await client.get("/instances?limit=100")
    assert len(response.json()) == 10
    assert "There are 21 additional results" in response.headers["warning"]


async def test_what_is_not_supported_is_said(client: httpx.AsyncClient) -> None:
    response = await client.get("/studies?fuzzymatching=true&PatientName=doe*")
    assert len(response.json()) == 6
    assert "The fuzzymatching parameter is not supported" in response.headers["warning"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1",
        "limit=x",
        "offset=1.5",
        "fuzzymatching=yes",
        "NoSuchKeyword=1",
        "PatientID=1&PatientID=2",
        "PatientID=1&00100020=1",
        "Modality=CT",
        "PatientName.PatientID=1",
    ],
)
async def test_a_malformed_search_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/studies?{query}")).status_code == 400


async def test_sequences_match_by_their_items(client: httpx.AsyncClient) -> None:
    key = "RequestAttributesSequence.ScheduledProcedureStepID"
    assert await found(client, "/series", **{key: "1"}) == []
    assert len(await found(client, "/series", **{key: ""})) == 13


async def test_a_search_within_nothing_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/studies/1.2.3/series")).status_code == 404
    assert (await client.get("/studies/1.2.x/series")).status_code == 400


@pytest.mark.parametrize("accept", ["image/jpeg", 'multipart/related; type="application/dicom+xml"', "text/html"])
async def test_other_forms_are_not_acceptable(client: httpx.AsyncClient, accept: str) -> None:
    assert (await client.get("/studies", headers={"Accept": accept})).status_code == 406


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_nothing_but_get(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/studies")
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}
