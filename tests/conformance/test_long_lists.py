"""Clients as people use them come to the end of long lists, whatever the archives cap in silence: nothing is lost, and
nothing comes twice.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import sys
from typing import Any

from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session
import httpx
import pytest
import pytest_asyncio
import requests

from tests.conformance.large import INSTANCES, LONG, LONGER, STUDIES, instances_of, large_exchange, series_of
from tests.conformance.npm import install
from tests.peers.orthanc import start_orthanc
from tests.service import Service

HERE = Path(__file__).parent
COMMAND = Path(sys.executable).with_name("dicomweb_client")
ALL_STUDIES = {LONG, LONGER, *STUDIES}
PATIENT = {"PatientID": "U5"}
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with large_exchange(tmp_path_factory.mktemp("large")) as (service, _):
        yield service


@contextmanager
def client_at(service: Service, root: str) -> Iterator[DICOMwebClient]:
    session = create_session()
    session.trust_env = False
    session.headers.update(service.bearer())
    yield DICOMwebClient(f"{service.origin}{root}", session=session)
    session.close()


@pytest.fixture
def dicomweb(service: Service) -> Iterator[DICOMwebClient]:
    with client_at(service, "/dicomweb") as client:
        yield client


async def run(*command: str) -> Any:
    """What a command writes, which is JSON."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


def uids(rows: list[dict[str, Any]], tag: str = "00080018") -> list[str]:
    return [row[tag]["Value"][0] for row in rows]


@pytest.mark.parametrize("study", INSTANCES)
async def test_the_client_of_pypi_gets_every_instance(dicomweb: DICOMwebClient, study: str) -> None:
    rows = await asyncio.to_thread(
        dicomweb.search_for_instances, study, series_of(study), fields=["InstanceNumber"], get_remaining=True
    )
    assert uids(rows) == instances_of(study)


async def test_the_client_of_pypi_gets_every_study(dicomweb: DICOMwebClient) -> None:
    rows = await asyncio.to_thread(
        dicomweb.search_for_studies, search_filters=PATIENT, limit=100, fuzzymatching=False, get_remaining=True
    )
    found = uids(rows, "0020000D")
    assert len(found) == len(ALL_STUDIES)
    assert set(found) == ALL_STUDIES


async def test_the_client_of_pypi_gets_the_metadata_of_every_instance(dicomweb: DICOMwebClient) -> None:
    rows = await asyncio.to_thread(dicomweb.retrieve_series_metadata, LONGER, series_of(LONGER))
    assert sorted(uids(rows)) == sorted(instances_of(LONGER))


async def test_at_one_institutions_root_the_client_of_pypi_gets_what_is_there(service: Service) -> None:
    with client_at(service, "/institutions/university/dicomweb") as university:
        rows = await asyncio.to_thread(
            university.search_for_studies, search_filters=PATIENT, limit=500, get_remaining=True
        )
        assert (len(rows), set(uids(rows, "0020000D"))) == (len(STUDIES), set(STUDIES))
        with pytest.raises(requests.HTTPError, match="404"):
            await asyncio.to_thread(university.search_for_instances, LONGER, series_of(LONGER))
    with client_at(service, "/institutions/general/dicomweb") as general:
        rows = await asyncio.to_thread(
            general.search_for_instances, LONGER, series_of(LONGER), limit=4000, get_remaining=True
        )
        assert uids(rows) == instances_of(LONGER)
        assert all("/institutions/general/dicomweb/" in row["00081190"]["Value"][0] for row in rows)


async def test_the_command_line_gets_every_instance_page_by_page(service: Service) -> None:
    access = ("--url", f"{service.origin}/dicomweb", "--bearer-token", service.issuer.token())
    within = ("--study", LONGER, "--series", series_of(LONGER))
    pages = [
        await run(str(COMMAND), *access, "search", "instances", *within, "--limit", "4000", "--offset", offset)
        for offset in ("0", "4000", "8000")
    ]
    assert [uid for page in pages for uid in uids(page)] == instances_of(LONGER)


async def test_the_client_of_npm_gets_everything(service: Service) -> None:
    install()
    searches = [
        {"level": "instances", "uids": _uids(LONGER), "keys": {}, "limit": 1000},
        {"level": "instances", "uids": _uids(LONG), "keys": {"includefield": "all"}, "limit": 300},
        {"level": "studies", "uids": {}, "keys": {**PATIENT, "fuzzymatching": False}, "limit": 101},
    ]
    command = ("node", str(HERE / "paging.mjs"), f"{service.origin}/dicomweb", service.issuer.token())
    longer, long, studies = await run(*command, json.dumps(searches))
    assert longer == instances_of(LONGER)
    assert long == instances_of(LONG)
    assert (len(studies), set(studies)) == (len(ALL_STUDIES), ALL_STUDIES)


def _uids(study: str) -> dict[str, str]:
    return {"studyInstanceUID": study, "seriesInstanceUID": series_of(study)}


@pytest.mark.orthanc
async def test_orthanc_as_a_client_gets_everything(service: Service, tmp_path: Path) -> None:
    with start_orthanc(tmp_path) as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as orthanc:
            server = {"Url": f"{service.origin}/dicomweb/", "HttpHeaders": service.bearer()}
            (await orthanc.put("/dicom-web/servers/vitrine", json=server)).raise_for_status()
            for study in INSTANCES:
                path = f"/studies/{study}/series/{series_of(study)}/instances"
                found = await _all_pages(orthanc, path, "00080018", {}, 1000)
                assert found == instances_of(study)
            found = await _all_pages(orthanc, "/studies", "0020000D", {"00100020": "U5"}, 300)
            assert (len(found), set(found)) == (len(ALL_STUDIES), ALL_STUDIES)


async def _all_pages(orthanc: httpx.AsyncClient, path: str, tag: str, keys: dict[str, str], limit: int) -> list[str]:
    found: list[str] = []
    while True:
        search = {"Uri": path, "Arguments": {**keys, "limit": str(limit), "offset": str(len(found))}}
        rows = (await orthanc.post("/dicom-web/servers/vitrine/qido", json=search)).json()
        if not rows:
            return found
        found += [row[tag]["Value"] for row in rows]
