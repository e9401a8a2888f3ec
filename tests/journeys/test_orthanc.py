"""An institution adds its archive, Debian's Orthanc, in one configuration file, and its studies are found and shown."""

from collections.abc import Iterator
import io
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
import pytest

from tests.peers.orthanc import start_orthanc, upload
from tests.service import running_service

pytestmark = pytest.mark.orthanc

FILES = (
    "CT_small.dcm",
    "MR_small.dcm",
    "examples_overlay.dcm",
    "examples_palette.dcm",
    "examples_rgb_color.dcm",
    "examples_ybr_color.dcm",
    "examples_jpeg2k.dcm",
    "693_J2KI.dcm",
    "JPEG2000.dcm",
    "JPGExtended.dcm",
    "SC_rgb_rle.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
)


def path_of(name: str) -> Path:
    return Path(str(get_testdata_file(name)))


def images() -> list[Dataset]:
    """The files as data sets without pixels; of those that share a SOP Instance UID the first, as Orthanc keeps it."""
    datasets = [dcmread(path_of(name), stop_before_pixels=True) for name in FILES]
    return list({dataset.SOPInstanceUID: dataset for dataset in reversed(datasets)}.values())[::-1]


def register() -> str:
    """Everybody whom Orthanc holds, each a patient of the exchange whom the clinician treats."""
    entries = []
    for number, value in enumerate(sorted({str(dataset.PatientID) for dataset in images()})):
        entries.append(
            f'[[patients]]\nid = "p-{number}"\nconsent = "optin"\n'
            f'identifiers = [{{ authority = "GENERAL", value = "{value}" }}]\n'
        )
        entries.append(
            f'[[relationships]]\nsubject = "exchange:clinician"\npatient = "p-{number}"\nkind = "referral"\n'
            "from = 2020-01-01T00:00:00Z\nuntil = 2099-01-01T00:00:00Z\n"
        )
    return "\n".join(entries)


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with start_orthanc(tmp_path_factory.mktemp("orthanc")) as url:
        held: set[str] = set()
        for name in FILES:
            uid = str(dcmread(path_of(name), stop_before_pixels=True).SOPInstanceUID)
            if uid not in held:
                held.add(uid)
                upload(url, [path_of(name)])
        yield url


async def test_its_studies_are_found_and_every_image_is_shown(orthanc: str, tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, {"general": f"{orthanc}/dicom-web"}, register()) as service,
        service.client() as client,
    ):
        found = await client.get("/dicomweb/studies")
        assert found.status_code == 200, found.text
        assert "warning" not in found.headers
        expected = {str(dataset.StudyInstanceUID) for dataset in images()}
        assert {row["0020000D"]["Value"][0] for row in found.json()} == expected
        for dataset in images():
            study, series, instance = dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID
            address = f"/dicomweb/studies/{study}/series/{series}/instances/{instance}"
            metadata = await client.get(f"{address}/metadata")
            assert metadata.json()[0]["00280010"]["Value"] == [dataset.Rows]
            shown = await client.get(f"{address}/frames/1/rendered", headers={"Accept": "image/png"})
            assert shown.status_code == 200, (dataset.filename, shown.text)
            image = np.asarray(Image.open(io.BytesIO(shown.content)))
            assert image.shape[:2] == (dataset.Rows, dataset.Columns), dataset.filename
            assert image.max() > image.min(), dataset.filename


async def test_what_is_shown_is_what_orthanc_shows_under_the_same_window(orthanc: str, tmp_path: Path) -> None:
    """Orthanc's own renderer, another program, agrees to within rounding on a CT and exactly on colour."""
    async with (
        running_service(tmp_path, {"general": f"{orthanc}/dicom-web"}, register()) as service,
        service.client() as client,
    ):
        for name, window, tolerance in (
            ("CT_small.dcm", "?window=40,400,linear", 1),
            ("examples_rgb_color.dcm", "", 0),
        ):
            dataset = dcmread(path_of(name), stop_before_pixels=True)
            address = (
                f"/studies/{dataset.StudyInstanceUID}/series/{dataset.SeriesInstanceUID}"
                f"/instances/{dataset.SOPInstanceUID}/frames/1/rendered{window}"
            )
            ours = await client.get(f"/dicomweb{address}", headers={"Accept": "image/png"})
            theirs = await client.get(f"{orthanc}/dicom-web{address}", headers={"Accept": "image/png"})
            assert (ours.status_code, theirs.status_code) == (200, 200)
            one, other = (np.asarray(Image.open(io.BytesIO(answer.content))).astype(int) for answer in (ours, theirs))
            assert np.abs(one - other).max() <= tolerance, name


async def test_an_orthanc_that_is_gone_is_named(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, {"general": "http://127.0.0.1:9/dicom-web"}) as service,
        service.client() as client,
    ):
        answer = await client.get("/dicomweb/studies")
        assert answer.status_code == 502
        assert answer.json()["institution"] == "General Hospital"
        assert (await client.get("/health/ready")).status_code == 200
