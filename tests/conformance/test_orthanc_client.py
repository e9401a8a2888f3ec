"""Orthanc as a DICOMweb client of this service: it may look, and it does not get a copy."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.exchange import ct
from tests.peers.orthanc import start_orthanc
from tests.service import running_exchange

pytestmark = pytest.mark.orthanc

HOLDINGS = {
    "general": [ct("1.2.1", 1, number) for number in (1, 2, 3)],
    "lakeside": [ct("1.2.1", 2, 1, "77-201"), ct("1.2.3", 1, 1, "77-201", StudyDate="20240101")],
}
FRAME = "/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.2/frames/1"


@pytest.fixture
async def orthanc(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Orthanc's REST API, with this service among its DICOMweb servers as `vitrine`."""
    folder = tmp_path / "orthanc"
    folder.mkdir()
    with start_orthanc(folder) as url:
        async with (
            running_exchange(tmp_path, HOLDINGS) as (service, _),
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client,
        ):
            server = {"Url": f"{service.origin}/dicomweb/", "HttpHeaders": service.bearer()}
            (await client.put("/dicom-web/servers/vitrine", json=server)).raise_for_status()
            yield client


async def get(orthanc: httpx.AsyncClient, uri: str, accept: str) -> httpx.Response:
    request = {"Uri": uri, "HttpHeaders": {"Accept": accept}}
    return await orthanc.post("/dicom-web/servers/vitrine/get", json=request)


async def test_orthanc_searches_reads_metadata_and_shows_a_frame(orthanc: httpx.AsyncClient) -> None:
    search = {"Uri": "/studies", "Arguments": {"00080020": "20240101"}}
    found = (await orthanc.post("/dicom-web/servers/vitrine/qido", json=search)).json()
    assert [row["0020000D"]["Value"] for row in found] == ["1.2.3"]
    metadata = (await get(orthanc, "/studies/1.2.1/metadata", "application/dicom+json")).json()
    assert len(metadata) == 4
    image = await get(orthanc, f"{FRAME}/rendered", "image/png")
    assert (image.headers["content-type"], image.content[:4]) == ("image/png", b"\x89PNG")


async def test_orthanc_cannot_retrieve_a_study_into_itself(orthanc: httpx.AsyncClient) -> None:
    request = {"Resources": [{"Study": "1.2.1"}], "Synchronous": True}
    answer = await orthanc.post("/dicom-web/servers/vitrine/retrieve", json=request)
    assert answer.status_code >= 400
    assert (await orthanc.get("/instances")).json() == []
