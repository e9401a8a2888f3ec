"""The archive client and Debian's Orthanc: real answers, compared with the files that were stored."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import re

import httpx
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_frames
import pytest

from proxy.archives.retrieve.pixels import read_pixels
from proxy.archives.transport import archive_transport
from proxy.errors import ArchiveFailed, NotFound, VitrineError
from proxy.resources import FramesRef, InstanceRef, SeriesRef, StudyRef, Uid
from proxy.settings.credentials import Credentials
from proxy.settings.secrets import Secret
from proxy.wire import dicomjson, tags
from tests.peers.orthanc import start_orthanc, upload
from tests.proxy.archives.fakes import Asked, archive, asking, one_frame

pytestmark = pytest.mark.orthanc

COMPRESSED = {
    "SC_rgb_rle_2frame.dcm": "1.2.840.10008.1.2.5",
    "MR_small_jpeg_ls_lossless.dcm": "1.2.840.10008.1.2.4.80",
    "JPEG2000.dcm": "1.2.840.10008.1.2.4.91",
    "examples_ybr_color.dcm": "1.2.840.10008.1.2.4.50",
    "JPGExtended.dcm": "1.2.840.10008.1.2.4.51",
}
NATIVE = ["CT_small.dcm", "examples_palette.dcm"]
PLAN = "rtplan.dcm"
USER = ("vitrine", "a password: with ünicode")
EXPLICIT = "1.2.840.10008.1.2.1"


def path_of(name: str) -> Path:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    return Path(path)


def stored(name: str) -> Dataset:
    return dcmread(path_of(name))


def frames_in(dataset: Dataset) -> list[bytes]:
    return list(generate_frames(dataset.PixelData, number_of_frames=int(dataset.get("NumberOfFrames", 1))))


def instance_of(dataset: Dataset) -> InstanceRef:
    return InstanceRef(Uid(dataset.StudyInstanceUID), Uid(dataset.SeriesInstanceUID), Uid(dataset.SOPInstanceUID))


def frames_of(dataset: Dataset, *numbers: int) -> FramesRef:
    ref = instance_of(dataset)
    return FramesRef(ref.study, ref.series, ref.instance, numbers)


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with start_orthanc(tmp_path_factory.mktemp("orthanc"), USER) as url:
        upload(url, map(path_of, [*COMPRESSED, *NATIVE, PLAN]), USER)
        yield url


@asynccontextmanager
async def signed_in(orthanc: str, password: Path, without: str = "") -> AsyncGenerator[Asked]:
    credentials = Credentials(kind="basic", username=USER[0], secret=Secret(file=password))
    own = archive(f"{orthanc}/dicom-web", credentials=credentials, retrieves_instances=True)
    transport = archive_transport(own)
    async with asking(own, Without(transport, without) if without else transport) as asked:
        yield asked


@dataclass(slots=True)
class Without(httpx.AsyncBaseTransport):
    """An archive that does not know the resources whose paths match."""

    transport: httpx.AsyncBaseTransport
    paths: str

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if re.search(self.paths, request.url.path):
            return httpx.Response(404, stream=httpx.ByteStream(b""))
        return await self.transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self.transport.aclose()


@pytest.fixture
async def asked(orthanc: str, tmp_path: Path) -> AsyncGenerator[Asked]:
    (tmp_path / "password").write_text(USER[1], "utf-8")
    async with signed_in(orthanc, tmp_path / "password") as asked:
        yield asked


async def test_a_wrong_password_is_a_failure_and_no_empty_archive(orthanc: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong", "utf-8")
    async with signed_in(orthanc, tmp_path / "password") as asked:
        with pytest.raises(ArchiveFailed, match="credentials"):
            await asked.client.search("studies")


async def test_every_study_is_found_once(asked: Asked) -> None:
    rows = await asked.client.search("studies", [("includefield", "00080061"), ("limit", "100")])
    found = {dicomjson.text(row, tags.STUDY_INSTANCE_UID): row for row in rows}
    files = [stored(name) for name in [*COMPRESSED, *NATIVE, PLAN]]
    assert len(rows) == len(found)
    assert set(found) == {file.StudyInstanceUID for file in files}
    for file in files:
        row = found[file.StudyInstanceUID]
        assert dicomjson.text(row, tags.PATIENT_ID) == file.PatientID.strip()
        assert file.Modality in dicomjson.texts(row, tags.MODALITIES_IN_STUDY)


async def test_keys_are_searched_at_every_level(asked: Asked) -> None:
    ct = stored("CT_small.dcm")
    ref = instance_of(ct)
    (study,) = await asked.client.search("studies", [("PatientID", ct.PatientID)])
    assert dicomjson.uid(study, tags.STUDY_INSTANCE_UID) == ref.study
    (series,) = await asked.client.search(f"studies/{ref.study}/series", [("Modality", "CT")])
    assert dicomjson.uid(series, tags.SERIES_INSTANCE_UID) == ref.series
    (instance,) = await asked.client.search(f"studies/{ref.study}/series/{ref.series}/instances")
    assert dicomjson.uid(instance, tags.SOP_INSTANCE_UID) == ref.instance
    assert dicomjson.uid(instance, tags.STUDY_INSTANCE_UID) == ref.study


async def test_nobody_is_found_for_an_unknown_patient(asked: Asked) -> None:
    assert await asked.client.search("studies", [("PatientID", "nobody")]) == []


async def test_a_page_knows_that_there_is_more(asked: Asked) -> None:
    """Orthanc says nothing of what remains: whoever asks for pages compares the number of rows with the limit."""
    page = await asked.client.search_page("studies", [("limit", "2")])
    assert len(page.rows) == 2


async def test_metadata_at_every_level(asked: Asked) -> None:
    ct = stored("CT_small.dcm")
    ref = instance_of(ct)
    for target in (StudyRef(ref.study), SeriesRef(ref.study, ref.series), ref):
        (found,) = await asked.client.metadata(target)
        assert dicomjson.uid(found, tags.SOP_INSTANCE_UID) == ref.instance
        assert dicomjson.integer(found, tags.ROWS) == ct.Rows
        assert dicomjson.person_name(found, tags.PATIENT_NAME).alphabetic == str(ct.PatientName)


async def test_metadata_of_an_object_without_pixels(asked: Asked) -> None:
    plan = stored(PLAN)
    (found,) = await asked.client.metadata(instance_of(plan))
    assert dicomjson.text(found, tags.SOP_CLASS_UID) == plan.SOPClassUID
    with pytest.raises(ArchiveFailed):
        await one_frame(asked.client, frames_of(plan, 1))


@pytest.mark.parametrize(("name", "syntax"), COMPRESSED.items())
async def test_a_compressed_frame_comes_as_it_is_stored(asked: Asked, name: str, syntax: str) -> None:
    file = stored(name)
    for number, frame in enumerate(frames_in(file), 1):
        data, found = await one_frame(asked.client, frames_of(file, number))
        assert found == syntax
        assert data.rstrip(b"\0") == frame.rstrip(b"\0")


@pytest.mark.parametrize("name", NATIVE)
async def test_a_native_frame_is_the_files_pixels(asked: Asked, name: str) -> None:
    file = stored(name)
    data, syntax = await one_frame(asked.client, frames_of(file, 1))
    assert syntax == EXPLICIT
    assert data == file.PixelData[: file.Rows * file.Columns * file.SamplesPerPixel * file.BitsAllocated // 8]


@pytest.mark.parametrize("without", ["/frames/", "/frames/|/bulk/"])
@pytest.mark.parametrize("name", [*COMPRESSED, *NATIVE])
async def test_frames_are_cut_out_of_what_holds_them(orthanc: str, tmp_path: Path, name: str, without: str) -> None:
    """Orthanc gives its frames so too: out of the fragments of bulk data, or out of the file."""
    (tmp_path / "password").write_text(USER[1], "utf-8")
    file = stored(name)
    native = file.Rows * file.Columns * file.SamplesPerPixel * file.BitsAllocated // 8
    frames = frames_in(file) if name in COMPRESSED else [file.PixelData[:native]]
    async with signed_in(orthanc, tmp_path / "password", without) as asked:
        (metadata,) = await asked.client.metadata(instance_of(file))
        pixels = read_pixels(metadata)
        assert pixels is not None
        for number, frame in enumerate(frames, 1):
            ref = frames_of(file, number)
            ((data, syntax),) = (await asked.client.whole_frames(ref, pixels.available, pixels)).values()
            assert data.rstrip(b"\0") == frame.rstrip(b"\0")
            assert syntax == COMPRESSED.get(name, EXPLICIT)


async def test_several_frames_in_one_request(asked: Asked) -> None:
    file = stored("SC_rgb_rle_2frame.dcm")
    async with asked.client.frames(frames_of(file, 1, 2)) as stream:
        parts = [(part.frame, part.media_type.transfer_syntax, await part.read()) async for part in stream]
    first, second = frames_in(file)
    assert [(number, syntax) for number, syntax, _ in parts] == [(1, "1.2.840.10008.1.2.5"), (2, "1.2.840.10008.1.2.5")]
    assert [data.rstrip(b"\0") for _, _, data in parts] == [first.rstrip(b"\0"), second.rstrip(b"\0")]
    assert len(asked.requests) == 1


async def test_a_frame_that_is_not_there_is_refused(asked: Asked) -> None:
    with pytest.raises(VitrineError):
        await one_frame(asked.client, frames_of(stored("SC_rgb_rle_2frame.dcm"), 3))


async def test_a_palette_is_fetched_where_the_metadata_leads(asked: Asked) -> None:
    file = stored("examples_palette.dcm")
    (found,) = await asked.client.metadata(instance_of(file))
    for tag, table in (
        ("00281201", file.RedPaletteColorLookupTableData),
        ("00281202", file.GreenPaletteColorLookupTableData),
        ("00281203", file.BluePaletteColorLookupTableData),
    ):
        async with asked.client.bulkdata(found[tag]["BulkDataURI"]) as body:
            assert await body.read() == table


async def test_what_is_not_there_is_not_found(asked: Asked) -> None:
    ref = instance_of(stored("CT_small.dcm"))
    unknown = Uid("2.25.1")
    for target in (StudyRef(unknown), SeriesRef(ref.study, unknown), InstanceRef(ref.study, ref.series, unknown)):
        with pytest.raises(NotFound):
            await asked.client.metadata(target)
    assert asked.mismatches == []
