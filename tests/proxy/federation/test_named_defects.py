"""What went wrong with searches elsewhere, each defect with a test of its own, numbered as in the survey of peers.

Those of images and of their encodings have theirs beside what they are about.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
import re

import httpx
import pytest

from demo.archive.faults import Fault
from proxy.federation.query import Level, Query
from proxy.resources import ArchiveId
from proxy.settings.archives import Limits
from proxy.settings.retrieval import Federation
from tests.exchange import ORIGIN, REGISTER, Exchange, ct, opened_exchange
from tests.proxy.dicomweb.conftest import HOLDINGS
from tests.proxy.federation.paper import study_row
from tests.proxy.federation.searching import caller, opened_desk
from tests.proxy.federation.simulated import SimulatedArchive

OF_THE_PATIENT = "/dicomweb/studies?PatientID=G-1001&IssuerOfPatientID=GENERAL"
SAME_NUMBER = """
[[patients]]
id = "p-same-number"
consent = "optin"
identifiers = [{ authority = "LAKESIDE", value = "G-1001" }]

[[relationships]]
subject = "exchange:clinician"
patient = "p-same-number"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z
"""


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path, HOLDINGS) as exchange:
        yield exchange


def studies(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [row["0020000D"]["Value"][0] for row in response.json()]


async def test_1_rows_of_two_archives_become_one(tmp_path: Path) -> None:
    """The rows of two archives were folded into one, as if a search had one answer; so were two people whose archives
    happen to use the same number.
    """
    holdings = {"general": [ct("1.2.1")], "lakeside": [ct("1.2.2")]}
    async with opened_exchange(tmp_path, holdings, register=REGISTER + SAME_NUMBER) as exchange:
        rows = (await exchange.get("/dicomweb/studies?PatientID=G-1001")).json()
        assert [row["0020000D"]["Value"] for row in rows] == [["1.2.1"], ["1.2.2"]]
        assert [row["00100021"]["Value"] for row in rows] == [["GENERAL"], ["LAKESIDE"]]
        assert studies(await exchange.get(OF_THE_PATIENT)) == ["1.2.1"], "whoever names the issuer means one of them"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(status=302), "failed"),
        (Fault(status=500), "failed"),
        (Fault(truncate=40), "failed"),
        (Fault(drop=40), "failed"),
        (Fault(instead="/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1/frames/1"), "failed"),
        (Fault(silent=True), "did not answer in time"),
    ],
)
async def test_2_one_ill_archive_spoils_the_answer_of_all(exchange: Exchange, fault: Fault, words: str) -> None:
    """One archive that was down, broken, slow or talked nonsense made the whole search fail, or vanished from an answer
    that looked complete.
    """
    exchange.archives["lakeside"].faults["search"] = fault
    response = await exchange.get(OF_THE_PATIENT)
    assert studies(response) == ["1.2.1", "1.2.2"]
    assert f"Lakeside Imaging {words}; its results are missing" in response.headers["warning"]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json;q=0.2, application/dicom+json;q=0.9", 200),
        ("text/html, application/xhtml+xml, */*;q=0.1", 200),
        ('application/dicom+json;charset="utf-8"', 200),
        ("image/jpeg", 406),
        ("application/dicom+json;q=0", 406),
    ],
)
async def test_7_a_list_of_media_types_is_not_understood(exchange: Exchange, accept: str, status: int) -> None:
    """An Accept header with several types, weights or quotes was an error, or was not read at all."""
    assert (await exchange.get(OF_THE_PATIENT, accept)).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/dicomweb/studies/..%2F..%2Fsystem/series",
        "/dicomweb/studies/%2e%2e/series",
        "/dicomweb/studies/1.2.1%0d%0aHost:%20elsewhere/series",
        "/dicomweb/studies/1.2.abc/series",
        f"/dicomweb/studies/1.{'2' * 70}/series",
        "/dicomweb/studies?StudyInstanceUID=../../system",
        "/dicomweb/studies?StudyInstanceUID=1.2.1%26PatientID=*",
    ],
)
async def test_8_a_search_reaches_other_resources_of_the_archive(exchange: Exchange, path: str) -> None:
    """What clients wrote was put into the archive's URL as it stood: with steps upward, breaks, or further keys."""
    response = await exchange.get(path)
    assert response.status_code in {400, 404}
    assert all(not archive.requests for archive in exchange.archives.values())


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_8_other_methods_than_reading_are_passed_on(exchange: Exchange, method: str) -> None:
    """A proxy that was to read only carried every method to the archive."""
    response = await exchange.client.request(method, "/dicomweb/studies", headers=exchange.bearer())
    assert response.status_code == 405
    assert all(not archive.requests for archive in exchange.archives.values())


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_9_a_refusal_by_the_archive_is_told_as_success(exchange: Exchange, status: int) -> None:
    """Statuses of archives were lost, so that a search that nobody answered was an empty list with status 200."""
    for archive in exchange.archives.values():
        archive.faults["search"] = Fault(status=status)
    response = await exchange.get(OF_THE_PATIENT)
    assert response.status_code in {502, 503, 504}
    assert response.headers["content-type"] == "application/problem+json"
    assert "unwell" not in response.text, "an archive's own words are for nobody"


@pytest.mark.parametrize("path", ["/dicomweb/studies", "/dicomweb/series", "/dicomweb/instances"])
async def test_11_searches_obey_another_policy_than_objects(exchange: Exchange, path: str) -> None:
    """What could not be opened was found by searching, most of all at the levels below studies."""
    for patient in ("G-1001", "77-300", "G-9999"):
        text = (await exchange.get(f"{path}?PatientID={patient}&includefield=all&limit=100")).text
        assert "1.2.4" not in text, "of a patient who has opted out"
        assert "1.2.9" not in text, "of somebody with whom the caller has nothing to do"


async def test_12_the_same_search_asks_the_archive_again_and_again() -> None:
    """Ten windows that opened at once were ten searches of every archive; whoever left was searched for to the end."""
    archive = SimulatedArchive("general", [study_row("1.2.1", "g-1")], delay=0.05)
    search = opened_desk([archive]).search
    found = await asyncio.gather(*(search.search(caller(), Query(Level.STUDIES, limit=n)) for n in range(1, 11)))
    assert [len(one.found) for one in found] == [1] * 10
    assert len(archive.questions) <= 2, "its rows, and that there are no more"
    leaving = asyncio.create_task(search.search(caller(), Query(Level.STUDIES)))
    await asyncio.sleep(0.01)
    asked = len(archive.questions)
    leaving.cancel()
    await asyncio.sleep(0.1)
    assert len(archive.questions) == asked, "nobody waits for a second page"


@pytest.mark.parametrize("search", ["/dicomweb/studies/1.2.1/instances?", "/dicomweb/instances?PatientID=G-1001&"])
async def test_14_long_lists_end_in_silence_at_what_an_archive_gives_at_once(tmp_path: Path, search: str) -> None:
    """After 1,000 instances the list ended as if there were no more; or a client that asked on never came to an end.

    Of an archive that gives 300 at once, and of its mirror that gives as many as are asked for.
    """
    numbers = range(1, 1002)
    holdings = {
        "general": [ct("1.2.1", 1, number) for number in numbers],
        "lakeside": [ct("1.2.1", 1, number, "77-201") for number in numbers],
    }
    patient = {"federation": Federation(deadline_seconds=60), "limits": Limits(search_seconds=60)}
    async with opened_exchange(tmp_path, holdings, **patient) as exchange:
        exchange.archives["general"]._most_results = 300
        found: list[str] = []
        link = f"{search}limit=400"
        while link:
            response = await exchange.get(link)
            assert response.status_code == 200, response.text
            found += [row["00080018"]["Value"][0] for row in response.json()]
            following = re.search(r'<([^>]+)>; rel="next"', response.headers["link"])
            link = following[1].removeprefix(ORIGIN) if following else ""
        assert found == [f"1.2.1.1.{number}" for number in numbers]


async def test_15_searching_leaves_patients_behind(
    exchange: Exchange, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Names and rows of those searched for were found in logs and on disk."""
    caplog.set_level("DEBUG", "proxy")
    for path in (f"{OF_THE_PATIENT}&PatientName=Yamada*&includefield=all", f"{OF_THE_PATIENT}&limit=1"):
        assert "Yamada" in (await exchange.get(path)).text
    assert "yamada" not in caplog.text.lower()
    assert "1.2.1" not in caplog.text
    kept = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert kept, "the audit log at least is kept"
    assert all(b"yamada" not in file.read_bytes().lower() for file in kept)


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(drop=40), Fault(silent=True)])
async def test_16_searches_that_fail_keep_their_places_in_line(exchange: Exchange, fault: Fault) -> None:
    """Each failed request took its permit with it, until the archive was asked nothing any more."""
    exchange.archives["lakeside"].faults["search"] = fault
    await asyncio.gather(*(exchange.get(f"{OF_THE_PATIENT}&limit={number}") for number in range(1, 9)))
    lakeside = exchange.services.archives[ArchiveId("lakeside-main")]
    assert lakeside.turnstile.standing.tally.in_use == 0
    assert sum(lakeside.turnstile.line.waiting.values()) == 0
