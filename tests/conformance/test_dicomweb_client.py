"""The dicomweb-client package, as people use it, over real sockets: search, metadata, frames, rendered frames."""

import asyncio
from collections.abc import AsyncIterator

from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session
import numpy as np
from pydicom import Dataset
import pytest
import pytest_asyncio

from tests.exchange import ct
from tests.service import running_exchange

HOLDINGS = {
    "general": [ct("1.2.1", 1, number) for number in (1, 2, 3)],
    "lakeside": [ct("1.2.1", 2, 1, "77-201"), ct("1.2.3", 1, 1, "77-201", StudyDate="20240101")],
}
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def dicomweb(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DICOMwebClient]:
    async with running_exchange(tmp_path_factory.mktemp("dicomweb"), HOLDINGS) as (service, _):
        session = create_session()
        session.trust_env = False
        session.headers.update(service.bearer())
        yield DICOMwebClient(f"{service.origin}/dicomweb", session=session)
        session.close()


async def test_search(dicomweb: DICOMwebClient) -> None:
    studies = [Dataset.from_json(row) for row in await asyncio.to_thread(dicomweb.search_for_studies)]
    assert [study.StudyInstanceUID for study in studies] == ["1.2.1", "1.2.3"]
    assert studies[0].PatientName == "Yamada^Tarou"
    found = await asyncio.to_thread(dicomweb.search_for_studies, search_filters={"StudyDate": "20240101"}, limit=1)
    assert [row["0020000D"]["Value"] for row in found] == [["1.2.3"]]
    series = await asyncio.to_thread(dicomweb.search_for_series, "1.2.1")
    assert [row["0020000E"]["Value"] for row in series] == [["1.2.1.1"], ["1.2.1.2"]]
    instances = await asyncio.to_thread(dicomweb.search_for_instances, "1.2.1", "1.2.1.1")
    assert len(instances) == 3


async def test_metadata(dicomweb: DICOMwebClient) -> None:
    study = await asyncio.to_thread(dicomweb.retrieve_study_metadata, "1.2.1")
    assert len(study) == 4
    one = await asyncio.to_thread(dicomweb.retrieve_instance_metadata, "1.2.1", "1.2.1.1", "1.2.1.1.2")
    assert Dataset.from_json(one, bulk_data_uri_handler=lambda *_: b"").Rows == 16


async def test_frames_and_bulk_data(dicomweb: DICOMwebClient) -> None:
    frames = await asyncio.to_thread(dicomweb.retrieve_instance_frames, "1.2.1", "1.2.1.1", "1.2.1.1.2", [1])
    assert [set(np.frombuffer(frame, "<u2")) for frame in frames] == [{102}]
    one = await asyncio.to_thread(dicomweb.retrieve_instance_metadata, "1.2.1", "1.2.1.1", "1.2.1.1.2")
    data = await asyncio.to_thread(dicomweb.retrieve_bulkdata, one["7FE00010"]["BulkDataURI"])
    assert b"".join(data) == np.full(256, 102, "<u2").tobytes()


async def test_rendered(dicomweb: DICOMwebClient) -> None:
    png = await asyncio.to_thread(
        dicomweb.retrieve_instance_frames_rendered,
        "1.2.1",
        "1.2.1.1",
        "1.2.1.1.2",
        [1],
        media_types=("image/png",),
        params={"window": "100,50,linear"},
    )
    assert png.startswith(b"\x89PNG")
    jpeg = await asyncio.to_thread(
        dicomweb.retrieve_instance_rendered, "1.2.1", "1.2.1.1", "1.2.1.1.2", media_types=("image/jpeg",)
    )
    assert jpeg.startswith(b"\xff\xd8")
