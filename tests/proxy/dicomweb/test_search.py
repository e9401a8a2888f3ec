"""QIDO-RS over several archives: what may be known of, merged, in order, and who did not answer."""

import json
from pathlib import Path
import re

import httpx
import pytest

from demo.archive.faults import Fault
from proxy.settings.retrieval import Federation
from tests.exchange import ORIGIN, REGISTER, Exchange, ct, opened_exchange

STUDY_ROW = (
    "00080020 00080030 00080050 00080061 00080090 00081190 00100010 00100020 00100030 00100040 "
    "0020000D 00200010 00201206 00201208 "
)
SERIES_ROW = "00080060 00081190 0020000D 0020000E 00200011 00201209 "
INSTANCE_ROW = "00080016 00080018 00081190 0020000D 0020000E 00200013 "
SEARCHES = ("/dicomweb/studies", "/dicomweb/studies/1.2.1/series", "/dicomweb/studies/1.2.1/instances")
EVERYWHERE = ("/dicomweb/series", "/dicomweb/instances")


def values(response: httpx.Response, tag: str) -> list:
    assert response.status_code == 200, response.text
    return [row.get(tag, {}).get("Value", [None])[0] for row in response.json()]


async def test_the_studies_of_all_institutions_newest_first(exchange: Exchange) -> None:
    response = await exchange.get("/dicomweb/studies")
    assert values(response, "0020000D") == ["1.2.1", "1.2.2", "1.2.3"]
    assert response.headers["content-type"] == "application/dicom+json"
    assert "warning" not in response.headers


async def test_the_split_study_is_one_row_that_counts_both_parts(exchange: Exchange) -> None:
    row = (await exchange.get("/dicomweb/studies?StudyInstanceUID=1.2.1")).json()[0]
    assert row["00201206"]["Value"] == [2]
    assert row["00201208"]["Value"] == [5]
    assert row["00081190"]["Value"] == ["http://127.0.0.1:8080/dicomweb/studies/1.2.1"]


async def test_nobody_learns_of_studies_that_policy_hides(exchange: Exchange) -> None:
    response = await exchange.get("/dicomweb/studies")
    assert "1.2.4" not in response.text
    assert "Opted" not in response.text
    assert (await exchange.get("/dicomweb/studies?PatientID=77-300")).json() == []
    assert (await exchange.get("/dicomweb/series")).text.count("1.2.4") == 0


async def test_a_study_that_may_not_be_opened_tells_only_that_it_exists(exchange: Exchange) -> None:
    """As in the portal: whose it is, when, by which modality and where; not what it is of."""
    locked = exchange.bearer(sub="unrelated")
    rows = (await exchange.get("/dicomweb/studies?PatientName=Yamada*&includefield=all", headers=locked)).json()
    assert len(rows) == 3
    told = {"0020000D", "00080020", "00080061", "00080056", "00100020", "00100021", "00081190", "00080080"}
    told |= {"00990010", "00991001"}
    assert {tag for row in rows for tag, element in row.items() if "Value" in element} <= told


@pytest.mark.parametrize("key", ["StudyDescription=Pel*", "AccessionNumber=A*", "StudyTime=1015-"])
async def test_a_locked_study_is_not_found_by_what_it_does_not_tell(exchange: Exchange, key: str) -> None:
    response = await exchange.get(f"/dicomweb/studies?{key}", headers=exchange.bearer(sub="unrelated"))
    assert (response.status_code, response.json()) == (200, [])


async def test_a_part_that_may_not_be_opened_takes_nothing_from_one_that_may(tmp_path: Path) -> None:
    """The University Hospital has not read its part of the study yet."""
    register = REGISTER + '[[studies]]\nstudy = "1.2.1"\ninstitution = "university"\nstate = "prelim"\n'
    holdings = {"university": [ct("1.2.1", 2, 1, "U5", StudyDescription="Unread")], "general": [ct("1.2.1")]}
    async with opened_exchange(tmp_path, holdings, register=register) as exchange:
        (row,) = (await exchange.get("/dicomweb/studies")).json()
        assert (row["00081030"]["Value"], row["00201206"]["Value"]) == (["Chest"], [1])


async def test_the_history_of_a_patient_holds_nobody_elses_studies(tmp_path: Path) -> None:
    """An archive of several authorities has the same PatientID twice."""
    register = (
        REGISTER
        + """
[[patients]]
id = "p-other"
consent = "optin"
identifiers = [{ authority = "VISITING", value = "77-201" }]
"""
    )
    other = ct("1.2.8", patient="77-201", IssuerOfPatientID="VISITING")
    async with opened_exchange(
        tmp_path, {"lakeside": [ct("1.2.1", patient="77-201"), other]}, register=register
    ) as one:
        history = (await one.get("/portal/studies?authority=GENERAL&identifier=G-1001")).json()
        assert [row["study"] for row in history["studies"]] == ["1.2.1"]


@pytest.mark.parametrize("path", ["/dicomweb/studies/1.2.4/series", "/dicomweb/studies/1.2.4/series/1.2.4.1/instances"])
async def test_a_hidden_study_reads_like_one_that_does_not_exist(exchange: Exchange, path: str) -> None:
    hidden, absent = await exchange.get(path), await exchange.get(path.replace("1.2.4", "1.2.777"))
    assert hidden.status_code == absent.status_code == 404

    def document(response: httpx.Response) -> dict:
        return response.json() | {"instance": ""}

    assert document(hidden) == document(absent)
    names = [name for name in hidden.headers if name != "x-request-id"]
    assert [hidden.headers[name] for name in names] == [absent.headers[name] for name in names]


async def test_series_and_instances_of_both_parts(exchange: Exchange) -> None:
    assert values(await exchange.get("/dicomweb/studies/1.2.1/series"), "0020000E") == ["1.2.1.1", "1.2.1.2"]
    instances = values(await exchange.get("/dicomweb/studies/1.2.1/instances"), "00080018")
    assert instances == ["1.2.1.1.1", "1.2.1.1.2", "1.2.1.1.3", "1.2.1.2.1", "1.2.1.2.2"]
    of_series = await exchange.get("/dicomweb/studies/1.2.1/series/1.2.1.2/instances")
    assert values(of_series, "00080018") == ["1.2.1.2.1", "1.2.1.2.2"]
    assert "warning" not in of_series.headers
    everywhere = values(await exchange.get("/dicomweb/instances?limit=100"), "00080018")
    assert len(everywhere) == 7


async def test_matching_and_fields(exchange: Exchange) -> None:
    assert values(await exchange.get("/dicomweb/studies?StudyDate=20250101-20251231"), "0020000D") == ["1.2.2"]
    assert values(await exchange.get("/dicomweb/studies?StudyDescription=Pel*"), "0020000D") == ["1.2.3"]
    described = await exchange.get("/dicomweb/studies?includefield=StudyDescription")
    assert values(described, "00081030") == ["Chest", "Head", "Pelvis"]


@pytest.mark.parametrize(
    ("path", "required"),
    [
        ("/dicomweb/studies", STUDY_ROW),
        ("/dicomweb/studies/1.2.1/series", SERIES_ROW),
        ("/dicomweb/series", STUDY_ROW + SERIES_ROW),
        ("/dicomweb/studies/1.2.1/series/1.2.1.1/instances", INSTANCE_ROW),
        ("/dicomweb/studies/1.2.1/instances", SERIES_ROW + INSTANCE_ROW),
        ("/dicomweb/instances", STUDY_ROW + SERIES_ROW + INSTANCE_ROW),
    ],
)
async def test_rows_have_every_attribute_they_must_have(exchange: Exchange, path: str, required: str) -> None:
    """PS3.18 Tables 10.6.3-3 to 10.6.3-5: those marked U and R."""
    rows = (await exchange.get(path)).json()
    assert rows
    for row in rows:
        assert set(required.split()) - row.keys() == set()
        assert list(row) == sorted(row)
        assert row["00081190"]["Value"][0].startswith("http://127.0.0.1:8080/dicomweb/studies/1.2.")


async def test_dates_and_times_are_one_interval(exchange: Exchange) -> None:
    """PS3.4 C.2.2.2.5: from the evening of the one day to the small hours of the other."""
    answer = await exchange.get("/dicomweb/studies?StudyDate=20231231-20240101&StudyTime=2200-1100")
    assert values(answer, "0020000D") == ["1.2.3"]
    answer = await exchange.get("/dicomweb/studies?StudyDate=20231231-20240101&StudyTime=2200-0900")
    assert values(answer, "0020000D") == []


async def test_archives_that_match_names_by_the_letter_are_named(exchange: Exchange) -> None:
    response = await exchange.get("/dicomweb/studies?PatientName=Yamada*&fuzzymatching=true")
    assert len(response.json()) == 3
    words = "does not support the fuzzymatching parameter. Only literal matching has been performed."
    service = "299 http://127.0.0.1:8080/dicomweb:"
    assert response.headers["warning"] == f"{service} General Hospital {words}, {service} Lakeside Imaging {words}"


@pytest.mark.parametrize("query", ["Modality=CT", "NoSuchKeyword=1", "includefield=NoSuchKeyword"])
async def test_a_search_that_no_archive_can_understand_is_the_clients_fault(exchange: Exchange, query: str) -> None:
    response = await exchange.get(f"/dicomweb/studies?{query}")
    assert response.status_code == 400
    assert all(not archive.requests for archive in exchange.archives.values())


async def test_a_search_that_all_archives_refuse_is_the_clients_fault(exchange: Exchange) -> None:
    for archive in exchange.archives.values():
        archive.faults["search"] = Fault(status=400)
    response = await exchange.get("/dicomweb/studies?StudyDescription=Chest")
    assert response.status_code == 400
    assert "no archive supports this search" in response.json()["detail"].lower()


async def test_an_archive_that_does_not_support_a_search_is_named(exchange: Exchange) -> None:
    exchange.archives["lakeside"].faults["search"] = Fault(status=400)
    response = await exchange.get("/dicomweb/studies?StudyDescription=Chest")
    assert values(response, "0020000D") == ["1.2.1"]
    assert "Lakeside Imaging does not support this search" in response.headers["warning"]


async def test_pages_are_cut_from_one_order(exchange: Exchange) -> None:
    first = await exchange.get("/dicomweb/studies?limit=2")
    assert values(first, "0020000D") == ["1.2.1", "1.2.2"]
    assert "There are 1 additional results" in first.headers["warning"]
    assert values(await exchange.get("/dicomweb/studies?limit=2&offset=2"), "0020000D") == ["1.2.3"]
    assert values(await exchange.get("/dicomweb/studies?limit=0"), "0020000D") == []


@pytest.mark.parametrize("path", [*SEARCHES, *EVERYWHERE])
async def test_a_dead_archive_is_named_beside_the_answers_of_the_others(exchange: Exchange, path: str) -> None:
    exchange.archives["lakeside"].faults["search"] = Fault(status=500)
    response = await exchange.get(path)
    assert response.status_code == 200
    assert response.json()
    assert "Lakeside Imaging failed" in response.headers["warning"]
    assert "General Hospital" not in response.headers["warning"]


async def test_a_slow_archive_is_not_waited_for(exchange: Exchange) -> None:
    exchange.archives["lakeside"].faults["search"] = Fault(silent=True)
    response = await exchange.get("/dicomweb/studies")
    assert values(response, "0020000D") == ["1.2.1", "1.2.2"]
    assert "Lakeside Imaging did not answer in time" in response.headers["warning"]
    status = (await exchange.get(response.headers["link"].partition(">")[0].lstrip("<"))).json()
    states = {source["name"]: source["state"] for source in status["sources"]}
    assert states == {"General Hospital": "answered", "Lakeside Imaging": "timed-out"}
    exchange.archives["lakeside"].reset()
    assert values(await exchange.get("/dicomweb/studies"), "0020000D") == ["1.2.1", "1.2.2", "1.2.3"]


async def test_the_status_of_a_search_is_for_who_searched(exchange: Exchange) -> None:
    response = await exchange.get("/dicomweb/studies")
    address = response.headers["link"].partition(">")[0].lstrip("<")
    other = await exchange.get(address, headers=exchange.bearer(sub="somebody-else"))
    assert other.status_code == 404


@pytest.mark.parametrize("path", [*SEARCHES, *EVERYWHERE])
@pytest.mark.parametrize(("fault", "status"), [(Fault(status=503), 502), (Fault(silent=True), 504)])
async def test_no_answer_at_all_is_a_failure_not_an_empty_list(
    exchange: Exchange, fault: Fault, status: int, path: str
) -> None:
    for archive in exchange.archives.values():
        archive.faults["search"] = fault
    response = await exchange.get(path)
    assert response.status_code == status
    assert "General Hospital" in response.json()["institution"]
    for archive in exchange.archives.values():
        archive.reset()
    assert (await exchange.get("/dicomweb/studies")).status_code == 200


@pytest.mark.parametrize("path", SEARCHES)
async def test_an_archive_that_gives_little_at_once_is_asked_until_it_has_given_everything(
    exchange: Exchange, path: str
) -> None:
    whole = (await exchange.get(path)).json()
    exchange.archives["general"]._most_results = 1
    exchange.services.memory.forget()
    response = await exchange.get(path)
    assert response.json() == whole
    assert "warning" not in response.headers


async def test_an_archive_that_has_more_than_may_be_asked_for_is_named(tmp_path: Path) -> None:
    studies = [ct(f"1.2.{number}") for number in range(1, 6)]
    federation = Federation(deadline_seconds=2, archive_results=3)
    async with opened_exchange(tmp_path, {"general": studies}, federation=federation) as exchange:
        response = await exchange.get("/dicomweb/studies")
        assert len(response.json()) == 3
        assert "General Hospital has more results than it gave" in response.headers["warning"]


async def test_a_link_leads_to_the_next_page_and_says_nothing_of_the_search(exchange: Exchange) -> None:
    response = await exchange.get("/dicomweb/studies?PatientName=Yamada*&includefield=StudyDescription&limit=2")
    (link,) = re.findall(r'<([^>]+)>; rel="next"', response.headers["link"])
    assert re.fullmatch(ORIGIN + r"/dicomweb/studies\?limit=2&offset=2&cursor=[\w-]+", link)
    last = await exchange.get(link.removeprefix(ORIGIN))
    assert values(last, "00081030") == ["Pelvis"]
    assert 'rel="next"' not in last.headers["link"]
    plain = await exchange.get("/dicomweb/studies?PatientName=Yamada*&includefield=StudyDescription&limit=2&offset=2")
    assert plain.json() == last.json()
    other = exchange.bearer(sub="unrelated")
    assert (await exchange.get(link.removeprefix(ORIGIN), headers=other)).status_code == 404


async def test_rows_say_which_institutions_have_them(exchange: Exchange) -> None:
    rows = {row["0020000D"]["Value"][0]: row for row in (await exchange.get("/dicomweb/studies")).json()}
    names = {study: row["00991001"]["Value"] for study, row in rows.items()}
    assert names["1.2.1"] == ["General Hospital", "Lakeside Imaging"]
    assert names["1.2.3"] == ["Lakeside Imaging"]
    assert rows["1.2.1"]["00991002"]["Value"] == ["UNION"]
    assert "00080080" not in rows["1.2.3"]
    named = await exchange.get("/dicomweb/studies?includefield=InstitutionName&StudyInstanceUID=1.2.3")
    assert values(named, "00080080") == ["Lakeside Imaging"]


async def test_one_uid_under_two_patients_is_two_rows_that_cannot_be_retrieved(tmp_path: Path) -> None:
    holdings = {"general": [ct("1.2.1")], "lakeside": [ct("1.2.1", patient="77-999")]}
    register = (
        REGISTER
        + """
[[patients]]
id = "p-other"
consent = "optin"
identifiers = [{ authority = "LAKESIDE", value = "77-999" }]

[[relationships]]
subject = "exchange:clinician"
patient = "p-other"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z
"""
    )
    async with opened_exchange(tmp_path, holdings, register=register) as exchange:
        response = await exchange.get("/dicomweb/studies")
        assert sorted(values(response, "00100020")) == ["77-999", "G-1001"]
        assert values(response, "00991003") == ["PATIENTS DIFFER"] * 2
        assert values(response, "00080056") == ["UNAVAILABLE"] * 2
        assert all("00081190" not in row for row in response.json())
        assert "used for several patients; none is merged" in response.headers["warning"]


@pytest.mark.parametrize(
    ("path", "field", "below"),
    [("/dicomweb/studies", "0008103E", "00080060"), ("/dicomweb/studies/1.2.1/series", "00081030", "00280010")],
)
async def test_rows_hold_what_was_asked_for_and_nothing_of_a_lower_level(
    exchange: Exchange, path: str, field: str, below: str
) -> None:
    """`StudyDescription` may be asked for of series, `SeriesDescription` not of studies."""
    plain = (await exchange.get(path)).json()
    asked = (await exchange.get(f"{path}?includefield={field}")).json()
    everything = (await exchange.get(f"{path}?includefield=all")).json()
    assert not any("00280004" in row or below in row for row in (*plain, *asked, *everything))
    assert all((field in row) is (path != "/dicomweb/studies") for row in asked)
    assert plain


async def test_what_an_archive_gives_unasked_is_not_passed_on(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1", PatientComments="x")]}) as exchange:
        (lean,) = (await exchange.get("/dicomweb/studies?PatientID=G-1001")).json()
        (full,) = (await exchange.get("/dicomweb/studies?PatientComments=x")).json()
        assert "00104000" not in lean
        assert full["00104000"]["Value"] == ["x"]


@pytest.mark.parametrize("path", SEARCHES)
async def test_rows_are_streamed_to_those_who_prefer_it(exchange: Exchange, path: str) -> None:
    whole = (await exchange.get(path)).json()
    response = await exchange.get(path, headers={"Prefer": "streaming"})
    assert response.headers["preference-applied"] == "streaming"
    assert response.headers["content-type"] == "application/dicom+json"
    assert "content-length" not in response.headers
    key = "0020000D" if path.endswith("studies") else "0020000E" if path.endswith("series") else "00080018"
    assert sorted(values(response, key)) == sorted(row[key]["Value"][0] for row in whole)
    address = response.headers["link"].partition(">")[0].lstrip("<")
    status = (await exchange.get(address)).json()
    assert status["ended"]
    assert {source["state"] for source in status["sources"]} == {"answered"}


async def test_a_stream_of_nothing_is_like_every_answer_and_never_an_empty_list_of_a_failure(
    exchange: Exchange,
) -> None:
    nothing = await exchange.get("/dicomweb/studies?StudyDescription=None", headers={"Prefer": "streaming"})
    assert (nothing.status_code, nothing.json()) == (200, [])
    assert "preference-applied" not in nothing.headers
    for archive in exchange.archives.values():
        archive.faults["search"] = Fault(status=500)
    assert (await exchange.get("/dicomweb/studies", headers={"Prefer": "streaming"})).status_code == 502


async def test_a_page_is_not_streamed(exchange: Exchange) -> None:
    response = await exchange.get("/dicomweb/studies?limit=2", headers={"Prefer": "streaming"})
    assert values(response, "0020000D") == ["1.2.1", "1.2.2"]


@pytest.mark.parametrize(
    "path",
    [
        "/dicomweb/studies?limit=x",
        "/dicomweb/studies?StudyDate=2024-01-01",
        "/dicomweb/studies?StudyInstanceUID=..",
        SEARCHES[1] + "?limit=-1",
    ],
)
async def test_a_malformed_search_is_refused_before_any_archive_is_asked(exchange: Exchange, path: str) -> None:
    response = await exchange.get(path)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert all(not archive.requests for archive in exchange.archives.values())


async def test_searches_are_recorded_without_names(exchange: Exchange) -> None:
    await exchange.get("/dicomweb/studies?PatientName=Yamada*")
    event = exchange.events()[-1]
    assert (event.kind.value, event.subject) == ("search", "exchange:clinician")
    assert event.detail["rows"] == 3
    assert "Yamada" not in str(event)


async def test_the_portal_is_told_of_studies_as_they_come_and_of_everything_else_at_the_end(exchange: Exchange) -> None:
    exchange.archives["lakeside"].faults["search"] = Fault(status=500)
    address = "authority=GENERAL&identifier=G-1001"
    response = await exchange.get(f"/portal/studies/events?{address}")
    assert response.headers["content-type"].startswith("text/event-stream")
    events = re.findall(r"event: (\w+)\ndata: (.*)\n\n", response.text)
    assert [events[0][0], events[-1][0]] == ["institutions", "end"]
    assert sorted(name for name, _ in events[1:-1]) == ["source", "source", "study", "study"]
    whole = (await exchange.get(f"/portal/studies?{address}")).json()
    told = {name: [json.loads(document) for one, document in events if one == name] for name, _ in events}
    assert sorted(told["study"], key=lambda one: one["study"]) == sorted(
        whole.pop("studies"), key=lambda one: one["study"]
    )
    assert told["end"] == [whole]
    assert {one["archive"] for one in told["institutions"][0]} == {one["archive"] for one in whole["sources"]}
    assert {one["archive"]: one["state"] for one in whole["sources"]}["lakeside-main"] == "failed"
