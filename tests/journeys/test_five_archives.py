"""Five real archives, two of them Orthanc: one patient under three identifiers has one history, whoever is down."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import re
import subprocess
from typing import Any

import httpx
from pydicom import Dataset
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from demo.archive.app import Archive
from tests.exchange import NAMES, ct
from tests.peers.orthanc import orthanc_process, upload
from tests.service import Service, running_service, served

pytestmark = pytest.mark.orthanc

REGISTER = """
[[patients]]
id = "p-1"
consent = "optin"
identifiers = [
  { authority = "GENERAL", value = "G-1001" },
  { authority = "LAKESIDE", value = "77-201" },
  { authority = "UNIVERSITY", value = "U5" },
]

[[relationships]]
subject = "exchange:clinician"
patient = "p-1"
kind = "encounter"
from = 2020-01-01T00:00:00Z
until = 2099-01-01T00:00:00Z
"""
BY_IDENTIFIER = "/dicomweb/studies?PatientID={}&IssuerOfPatientID={}"
COPY = "1.2.826.1"


def day(number: int) -> str:
    return f"202501{number:02}"


AT_GENERAL = [
    *(ct(f"1.2.826.10{n}", patient="G-1001", StudyDate=day(n)) for n in range(1, 10)),
    ct(COPY, StudyDate=day(28)),
]
AT_LAKESIDE = [
    *(ct(f"1.2.826.20{n}", patient="77-201", StudyDate=day(n)) for n in range(10, 16)),
    ct(COPY, patient="77-201", StudyDate=day(28)),
    ct("1.2.826.299", patient="G-1001"),  # another person, whom this hospital happens to number so
]
HELD_BY_OTHERS: dict[str, Sequence[Dataset]] = {
    "university": [ct(f"1.2.826.30{n}", patient="U5", StudyDate=day(n)) for n in range(16, 24)],
    "harbour": [ct("1.2.826.401", patient="G-1001"), ct("1.2.826.402", patient="U5")],  # of other people, all of them
    "hillside": [],
}


def uids(datasets: Sequence[Dataset], patient: str) -> set[str]:
    return {str(one.StudyInstanceUID) for one in datasets if one.PatientID == patient}


GENERALS, LAKESIDES = uids(AT_GENERAL, "G-1001"), uids(AT_LAKESIDE, "77-201")
UNIVERSITYS = uids(HELD_BY_OTHERS["university"], "U5")


@dataclass(frozen=True)
class Orthanc:
    url: str
    process: "subprocess.Popen[bytes]"


@pytest.fixture
def orthancs(tmp_path: Path) -> Iterator[dict[str, Orthanc]]:
    with ExitStack() as stack:
        running: dict[str, Orthanc] = {}
        for name, datasets in (("general", AT_GENERAL), ("lakeside", AT_LAKESIDE)):
            folder = tmp_path / name
            folder.mkdir()
            running[name] = Orthanc(*stack.enter_context(orthanc_process(folder)))
            upload(running[name].url, [written(folder, number, one) for number, one in enumerate(datasets)])
        yield running


def written(folder: Path, number: int, dataset: Dataset) -> Path:
    path = folder / f"{number}.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


@asynccontextmanager
async def region(folder: Path, orthancs: dict[str, Orthanc]) -> AsyncIterator[Service]:
    """The service in front of both Orthancs and of three archives of the demo."""
    async with AsyncExitStack() as stack:
        archives = {name: f"{one.url}/dicom-web" for name, one in orthancs.items()}
        for name, datasets in HELD_BY_OTHERS.items():
            app = Starlette(routes=[Mount("/dicom-web", Archive(datasets).app)])
            archives[name] = f"{await stack.enter_async_context(served(app))}/dicom-web"
        yield await stack.enter_async_context(running_service(folder, archives, REGISTER))


async def paged(client: httpx.AsyncClient, origin: str, first: str) -> tuple[list[dict[str, Any]], httpx.Response]:
    """The rows of all pages, as a viewer follows them, and the last answer."""
    rows: list[dict[str, Any]] = []
    link = first
    while link:
        response = await client.get(link)
        assert response.status_code == 200, response.text
        rows += response.json()
        following = re.search(r'<([^>]+)>; rel="next"', response.headers["link"])
        link = following[1].removeprefix(origin) if following else ""
    return rows, response


def studies(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [row["0020000D"]["Value"][0] for row in rows]


async def test_one_history_from_five_archives_complete_then_without_one_which_is_named(
    tmp_path: Path, orthancs: dict[str, Orthanc]
) -> None:
    async with region(tmp_path, orthancs) as service, service.client() as client:
        for value, authority in (("G-1001", "GENERAL"), ("77-201", "LAKESIDE"), ("U5", "UNIVERSITY")):
            search = BY_IDENTIFIER.format(value, authority)
            rows, last = await paged(client, service.origin, f"{search}&limit=5")
            assert sorted(studies(rows)) == sorted(GENERALS | LAKESIDES | UNIVERSITYS), "each once, and nobody else's"
            dates = [row["00080020"]["Value"][0] for row in rows]
            assert dates == sorted(dates, reverse=True)
            assert {row["00100020"]["Value"][0] for row in rows} == {value}, "one patient, as searched for"
            assert "warning" not in last.headers

        (copy,) = (row for row in rows if row["0020000D"]["Value"] == [COPY])
        assert copy["00991001"]["Value"] == [NAMES["general"], NAMES["lakeside"]]
        assert copy["00201208"]["Value"] == [1], "a copy is no second image"

        lakeside = orthancs["lakeside"].process
        lakeside.kill()
        lakeside.wait()
        rows, last = await paged(client, service.origin, f"{search}&limit=5")
        assert sorted(studies(rows)) == sorted(GENERALS | UNIVERSITYS), "whatever the others have, the copy too"
        assert f"{NAMES['lakeside']} failed; its results are missing" in last.headers["warning"]
        status = (await client.get(re.findall("<(.*?)>", last.headers["link"])[0])).json()
        states = {one["institution"]: one["state"] for one in status["sources"]}
        assert states.pop("lakeside") == "failed"
        assert set(states.values()) == {"answered"}
        shown = await client.get(f"/dicomweb/studies/{COPY}/series/{COPY}.1/instances/{COPY}.1.1/frames/1/rendered")
        assert shown.status_code == 200, "from the archive that still answers"
