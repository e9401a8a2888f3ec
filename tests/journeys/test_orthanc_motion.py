"""Debian's Orthanc, which gives video as fragments of bulk data only, and does not tell its transfer syntax."""

from collections.abc import Iterator
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
import pytest

from tests.peers.orthanc import start_orthanc, upload
from tests.service import running_service
from tests.videos import H264_BARE, H264_MP4, MPEG2_PROGRAM, decoded, numbers, stored_video, video

pytestmark = pytest.mark.orthanc

VIDEOS = {"1.2.11": H264_MP4, "1.2.12": H264_BARE, "1.2.13": MPEG2_PROGRAM}
CINE = "1.2.14"


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("orthanc")
    held = {study: stored_video(study, variety) for study, variety in VIDEOS.items()} | {CINE: cine()}
    with start_orthanc(folder) as url:
        for study, dataset in held.items():
            dataset["PixelData"].is_undefined_length = True
            dataset.save_as(folder / f"{study}.dcm", enforce_file_format=True)
            upload(url, [folder / f"{study}.dcm"])
        yield url


def cine() -> Dataset:
    """A real ultrasound cine of 30 frames, as one of the exchange's patient."""
    dataset = dcmread(str(get_testdata_file("examples_ybr_color.dcm")))
    dataset.PatientID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "G-1001", CINE, f"{CINE}.1"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{CINE}.1.1"
    return dataset


async def test_what_it_holds_moves(tmp_path: Path, orthanc: str) -> None:
    async with running_service(tmp_path, {"general": f"{orthanc}/dicom-web"}) as service, service.client() as client:

        async def ask(study: str, path: str, accept: str) -> bytes:
            instance = f"/dicomweb/studies/{study}/series/{study}.1/instances/{study}.1.1"
            response = await client.get(f"{instance}/{path}", headers={"Accept": accept})
            assert response.status_code == 200, response.text
            return response.content

        for study in VIDEOS:
            assert numbers(await ask(study, "rendered", "video/mp4")) == list(range(40))
            assert (await ask(study, "frames/5/rendered", "image/jpeg")).startswith(b"\xff\xd8\xff")
        assert (await ask("1.2.11", "rendered", "video/mp4")).rstrip(b"\0") == video().rstrip(b"\0")
        frames = decoded(await ask(CINE, "rendered", "video/mp4"))
        assert [frame.shape for frame in frames] == [(240, 320, 3)] * 30
