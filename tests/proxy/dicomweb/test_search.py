"""QIDO-RS over several archives: what may be known of, merged, in order, and who did not answer."""

import httpx
import pytest

from demo.archive.faults import Fault
from tests.exchange import Exchange

SEARCHES = ("/dicomweb/studies", "/dicomweb/studies/1.2.1/series", "/dicomweb/studies/1.2.1/instances")


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


async def test_pages_are_cut_from_one_order(exchange: Exchange) -> None:
    first = await exchange.get("/dicomweb/studies?limit=2")
    assert values(first, "0020000D") == ["1.2.1", "1.2.2"]
    assert "There are 1 additional results" in first.headers["warning"]
    assert values(await exchange.get("/dicomweb/studies?limit=2&offset=2"), "0020000D") == ["1.2.3"]
    assert values(await exchange.get("/dicomweb/studies?limit=0"), "0020000D") == []


@pytest.mark.parametrize("path", SEARCHES)
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


@pytest.mark.parametrize(("fault", "status"), [(Fault(status=503), 502), (Fault(silent=True), 504)])
async def test_no_answer_at_all_is_a_failure_not_an_empty_list(exchange: Exchange, fault: Fault, status: int) -> None:
    for archive in exchange.archives.values():
        archive.faults["search"] = fault
    response = await exchange.get("/dicomweb/studies")
    assert response.status_code == status
    assert "General Hospital" in response.json()["institution"]
    for archive in exchange.archives.values():
        archive.reset()
    assert (await exchange.get("/dicomweb/studies")).status_code == 200


async def test_an_archive_that_has_more_than_it_gives_is_named(exchange: Exchange) -> None:
    exchange.archives["general"]._most_results = 1
    response = await exchange.get("/dicomweb/studies")
    assert "General Hospital has more results" in response.headers["warning"]


@pytest.mark.parametrize(
    "path", ["/dicomweb/studies?limit=x", "/dicomweb/studies?StudyInstanceUID=..", SEARCHES[1] + "?limit=-1"]
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
