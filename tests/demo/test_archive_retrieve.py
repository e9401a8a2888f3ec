"""Metadata, frames, bulk data and instances of the demo's archive (PS3.18 §10.4), held to what pydicom reads."""

import base64
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
import warnings

import httpx
import numpy as np
from pydicom import Dataset, FileMetaDataset, dcmread
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import get_decoder
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGExtended12Bit
import pytest

from demo.archive import Archive
from tests.demo.asking import AS_STORED, BASE, FILES, asking, parts_of

IMAGES = {
    "CT_small.dcm": "application/octet-stream",
    "MR_small_implicit.dcm": "application/octet-stream",
    "MR_small_bigendian.dcm": "application/octet-stream",
    "SC_rgb_small_odd_big_endian.dcm": "application/octet-stream",
    "SC_ybr_full_422_uncompressed.dcm": "application/octet-stream",
    "image_dfl.dcm": "application/octet-stream",
    "liver_expb_1frame.dcm": "application/octet-stream",
    "rtdose.dcm": "application/octet-stream",
    "rtdose_expb.dcm": "application/octet-stream",
    "MR_small_RLE.dcm": "image/dicom-rle",
    "SC_rgb_rle_2frame.dcm": "image/dicom-rle",
    "rtdose_rle.dcm": "image/dicom-rle",
    "SC_rgb_jpeg_dcmtk.dcm": "image/jpeg",
    "JPGExtended.dcm": "image/jpeg",
    "SC_rgb_jpeg_gdcm.dcm": "image/jpeg",
    "examples_ybr_color.dcm": "image/jpeg",
    "MR_small_jpeg_ls_lossless.dcm": "image/jls",
    "MR_small_jp2klossless.dcm": "image/jp2",
    "JPEG2000.dcm": "image/jp2",
}


def read(name: str) -> Dataset:
    with warnings.catch_warnings(action="ignore"):
        return dcmread(FILES / name)


def path_of(dataset: Dataset) -> str:
    study, series, instance = dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID
    return f"/studies/{study}/series/{series}/instances/{instance}"


def decoded(dataset: Dataset, frames: list[bytes], syntax: str) -> np.ndarray:
    """The pixels that pydicom sees when `frames` stand in the place of the file's own."""
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    value = encapsulate(frames) if UID(syntax).is_encapsulated else b"".join(frames)
    dataset.PixelData = value + b"\0" * (len(value) % 2)
    dataset["PixelData"].VR = "OB" if dataset.BitsAllocated <= 8 else "OW"
    with warnings.catch_warnings(action="ignore"):
        return dataset.pixel_array


async def get(name: str | Path, path: Callable[[Dataset], str], accept: str | None) -> httpx.Response:
    dataset = read(str(name))
    async with asking(Archive([FILES / name])) as client:
        if accept is None:
            del client.headers["Accept"]
        return await client.get(path(dataset), headers={"Accept": accept} if accept else {})


@pytest.mark.parametrize("name", IMAGES)
async def test_frames_come_as_they_are_stored_and_decode_to_the_files_own_pixels(name: str) -> None:
    dataset = read(name)
    count = int(dataset.get("NumberOfFrames") or 1)
    numbers = ",".join(map(str, range(1, count + 1)))
    response = await get(name, lambda one: f"{path_of(one)}/frames/{numbers}", AS_STORED)
    assert response.status_code == 200
    parts = parts_of(response)
    syntax = dataset.file_meta.TransferSyntaxUID
    web = syntax if syntax.is_encapsulated else ExplicitVRLittleEndian
    assert [message["Content-Type"] for message, _ in parts] == [f"{IMAGES[name]}; transfer-syntax={web}"] * count
    assert [message["Content-Location"].rpartition("/")[2] for message, _ in parts] == numbers.split(",")
    assert f'type="{IMAGES[name]}"' in response.headers["content-type"]
    frames = [content for _, content in parts]
    if syntax.is_encapsulated:
        assert frames == list(generate_frames(dataset.PixelData, number_of_frames=count))
    if get_decoder(syntax).is_available and syntax != JPEGExtended12Bit:
        with warnings.catch_warnings(action="ignore"):
            expected = dataset.pixel_array
        assert np.array_equal(decoded(read(name), frames, web), expected)


async def test_frames_are_the_ones_asked_for() -> None:
    stored = list(generate_frames(read("examples_ybr_color.dcm").PixelData, number_of_frames=30))
    response = await get("examples_ybr_color.dcm", lambda one: f"{path_of(one)}/frames/2,30", AS_STORED)
    assert [content for _, content in parts_of(response)] == [stored[1], stored[29]]


ONE_FRAME = [
    ("MR_small_RLE.dcm", AS_STORED, "image/dicom-rle"),
    ("MR_small_RLE.dcm", 'multipart/related; type="application/octet-stream"', "application/octet-stream"),
    ("MR_small_RLE.dcm", "image/dicom-rle", "image/dicom-rle"),
    ("MR_small_RLE.dcm", "multipart/related; type=image/x-dicom-rle", "image/dicom-rle"),
    ("MR_small_jpeg_ls_lossless.dcm", "multipart/related; type=image/jls", "image/jls"),
    ("MR_small_jp2klossless.dcm", "image/jls, image/jp2;q=0.5", "image/jp2"),
    ("MR_small_jp2klossless.dcm", "*/*", "image/jp2"),
    ("SC_rgb_jpeg_gdcm.dcm", 'multipart/related; type="image/jpeg"', "image/jpeg"),
    ("SC_rgb_jpeg_dcmtk.dcm", "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50", "image/jpeg"),
    ("CT_small.dcm", "application/octet-stream", "application/octet-stream"),
]


@pytest.mark.parametrize(("name", "accept", "media_type"), ONE_FRAME)
async def test_a_frame_comes_as_it_is_asked_for(name: str, accept: str, media_type: str) -> None:
    response = await get(name, lambda one: f"{path_of(one)}/frames/1", accept)
    assert response.status_code == 200
    multipart = response.headers["content-type"].startswith("multipart/related")
    assert multipart == (accept.startswith("multipart") or accept == "*/*")
    content_type = parts_of(response)[0][0]["Content-Type"] if multipart else response.headers["content-type"]
    assert content_type.startswith(media_type)


@pytest.mark.parametrize(
    ("name", "accept"),
    [
        ("MR_small_jp2klossless.dcm", 'multipart/related; type="application/octet-stream"'),
        ("MR_small_jp2klossless.dcm", "image/jls"),
        ("SC_rgb_jpeg_dcmtk.dcm", "image/jpeg"),
        ("SC_rgb_rle_2frame.dcm", "application/octet-stream"),
        ("CT_small.dcm", "image/png"),
        ("CT_small.dcm", "application/dicom+json"),
        ("CT_small.dcm", "application/octet-stream;q=0"),
        ("CT_small.dcm", None),
    ],
)
async def test_what_is_not_there_is_not_acceptable(name: str, accept: str | None) -> None:
    assert (await get(name, lambda one: f"{path_of(one)}/frames/1", accept)).status_code == 406


async def test_rle_is_native_when_it_is_asked_for_so() -> None:
    accept = 'multipart/related; type="application/octet-stream"'
    response = await get("MR_small_RLE.dcm", lambda one: f"{path_of(one)}/frames/1", accept)
    assert parts_of(response)[0][1] == read("MR_small.dcm").PixelData[: 64 * 64 * 2]


@pytest.mark.parametrize(
    ("frames", "status"),
    [("0", 400), ("1-2", 400), ("2,1", 400), ("1,1", 400), ("a", 400), ("-1", 400), ("31", 404), ("30,31", 404)],
)
async def test_frames_that_do_not_exist(frames: str, status: int) -> None:
    response = await get("examples_ybr_color.dcm", lambda one: f"{path_of(one)}/frames/{frames}", AS_STORED)
    assert response.status_code == status


async def test_frames_of_one_bit_that_do_not_end_on_a_byte() -> None:
    """PS3.5 §8.1.1: 3×3 pixels of one bit follow one another without padding."""
    bits = np.array([[1, 0, 1, 1, 0, 0, 1, 0, 1], [0, 1, 1, 0, 1, 0, 0, 1, 1]], np.uint8)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7.1", "1.2.3"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.1", "1.2.2"
    dataset.Rows = dataset.Columns = 3
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.NumberOfFrames = 1, 2
    dataset.PixelData = np.packbits(bits.ravel(), bitorder="little").tobytes() + b"\0"
    async with asking(Archive([dataset])) as client:
        response = await client.get(f"{path_of(dataset)}/frames/1,2", headers={"Accept": AS_STORED})
        whole = await client.get(f"{path_of(dataset)}/pixeldata", headers={"Accept": "application/octet-stream"})
    for (_, content), expected in zip(parts_of(response), bits, strict=True):
        assert np.unpackbits(np.frombuffer(content, np.uint8), count=9, bitorder="little").tolist() == expected.tolist()
    assert whole.content == dataset.PixelData[:3]


async def test_metadata_at_three_levels(archive: Archive, client: httpx.AsyncClient) -> None:
    first = archive.holdings.objects[0]
    for path, count in (
        (f"/studies/{first.study}", 3),
        (f"/studies/{first.study}/series/{first.series}", 1),
        (f"/studies/{first.study}/series/{first.series}/instances/{first.instance}", 1),
    ):
        response = await client.get(f"{path}/metadata")
        assert (response.status_code, response.headers["content-type"]) == (200, "application/dicom+json")
        assert len(response.json()) == count
    assert (await client.get("/studies/1.2.3/metadata")).status_code == 404
    assert (await client.get(f"/studies/{first.study}/metadata", headers={"Accept": "text/xml"})).status_code == 406


async def test_metadata_hold_what_the_file_holds() -> None:
    (dataset,) = (await get("examples_palette.dcm", lambda one: f"{path_of(one)}/metadata", "*/*")).json()
    file = read("examples_palette.dcm")
    assert dataset["00280010"] == {"vr": "US", "Value": [file.Rows]}
    assert dataset["00080018"] == {"vr": "UI", "Value": [file.SOPInstanceUID]}
    assert base64.b64decode(dataset["00281201"]["InlineBinary"]) == file.RedPaletteColorLookupTableData
    assert dataset["7FE00010"]["BulkDataURI"] == f"{BASE}{path_of(file)}/bulkdata/7FE00010"
    assert not [key for key in dataset if key.startswith("0002") or key.endswith("0000")]
    assert list(dataset) == sorted(dataset)


async def test_names_of_other_character_sets_come_in_utf_8() -> None:
    from pydicom.data import get_charset_files

    name = get_charset_files("chrH31.dcm")[0]
    (dataset,) = (await get(name, lambda one: f"{path_of(one)}/metadata", "*/*")).json()
    (person,) = dataset["00100010"]["Value"]
    assert person == {"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}
    assert dataset["00080005"]["Value"] == ["ISO_IR 192"]


async def test_bulk_data_is_the_value_itself() -> None:
    file = read("CT_small.dcm")
    async with asking(Archive([FILES / "CT_small.dcm"])) as client:
        (dataset,) = (await client.get(f"{path_of(file)}/metadata")).json()
        links = {key: value["BulkDataURI"] for key, value in dataset.items() if "BulkDataURI" in value}
        for key, link in links.items():
            response = await client.get(link, headers={"Accept": "application/octet-stream"})
            assert response.content == file[int(key, 16)].value
    assert "7FE00010" in links


@pytest.mark.parametrize("path", ["00100010", "00081140/0/00081150", "7FE00010/0", "7FE00010/0/7FE00010", "xyz"])
async def test_bulk_data_that_are_not_there(path: str) -> None:
    response = await get("CT_small.dcm", lambda one: f"{path_of(one)}/bulkdata/{path}", "*/*")
    assert response.status_code == 404


async def test_bulk_data_within_a_sequence_have_links_of_their_own() -> None:
    table = bytes(range(256)) * 8
    dataset = read("CT_small.dcm")
    dataset.ModalityLUTSequence = [Dataset(), Dataset()]
    dataset.ModalityLUTSequence[1].add_new(0x00283006, "OW", table)
    async with asking(Archive([dataset])) as client:
        (metadata,) = (await client.get(f"{path_of(dataset)}/metadata")).json()
        link = metadata["00283000"]["Value"][1]["00283006"]["BulkDataURI"]
        response = await client.get(link, headers={"Accept": 'multipart/related; type="application/octet-stream"'})
    assert link.endswith("/bulkdata/00283000/1/00283006")
    assert parts_of(response)[0][1] == table


async def test_compressed_pixels_as_bulk_data_are_a_part_for_each_frame() -> None:
    response = await get("examples_ybr_color.dcm", lambda one: f"{path_of(one)}/bulkdata/7FE00010", AS_STORED)
    assert len(parts_of(response)) == 30


@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "examples_ybr_color.dcm", "rtdose.dcm"]
)
async def test_whole_instances_are_files(name: str) -> None:
    accept = 'multipart/related; type="application/dicom"; transfer-syntax=*'
    ((message, content),) = parts_of(await get(name, path_of, accept))
    file, given = read(name), dcmread(BytesIO(content))
    assert message["Content-Type"] == f"application/dicom; transfer-syntax={given.file_meta.TransferSyntaxUID}"
    assert given.SOPInstanceUID == file.SOPInstanceUID
    assert np.array_equal(given.pixel_array, file.pixel_array)


async def test_compressed_files_are_not_given_as_uncompressed_ones() -> None:
    accept = 'multipart/related; type="application/dicom"'
    assert (await get("examples_ybr_color.dcm", path_of, accept)).status_code == 406
    assert (await get("CT_small.dcm", path_of, accept)).status_code == 200
    assert (
        (await get("CT_small.dcm", path_of, "application/dicom"))
        .headers["content-type"]
        .startswith("application/dicom")
    )


@pytest.mark.parametrize("ending", ["/rendered", "/thumbnail", "/frames/1/rendered", "/frames/1/thumbnail"])
async def test_there_is_no_rendering(ending: str) -> None:
    response = await get("CT_small.dcm", lambda one: f"{path_of(one)}{ending}", "image/jpeg")
    assert response.status_code == 404
