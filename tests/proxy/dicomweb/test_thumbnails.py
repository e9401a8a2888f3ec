"""Thumbnails mean something and name nobody: what may show who the patient is has a pictogram of its kind instead."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image
from pydicom import Dataset
import pytest

from proxy.settings.retrieval import Retrieval
from tests.exchange import Exchange, ct, opened_exchange
from tests.videos import STEP, stored_video

STUDY = "/dicomweb/studies/1.2.1"
SERIES = f"{STUDY}/series/1.2.1.1"
INSTANCE = f"{SERIES}/instances/1.2.1.1.1"
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
NAMING: dict[str, tuple[dict[str, Any], str]] = {
    "declared": ({"BurnedInAnnotation": "YES"}, "slices"),
    "a face": ({"RecognizableVisualFeatures": "YES", "BurnedInAnnotation": "NO"}, "slices"),
    "ultrasound": ({"Modality": "US"}, "ultrasound"),
    "a photograph": ({"Modality": "XC"}, "photograph"),
    "a captured screen": ({"SOPClassUID": CAPTURE}, "screen capture"),
    "a dose sheet": ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "screen capture"),
    "a slide's label": (
        {"ImageType": ["ORIGINAL", "PRIMARY", "LABEL"], "Modality": "SM", "BurnedInAnnotation": "NO"},
        "slide",
    ),
}


def levels(study: str) -> tuple[str, str, str, str]:
    """A study of one instance, its series, the instance and its first frame."""
    series = f"/dicomweb/studies/{study}/series/{study}.1"
    instance = f"{series}/instances/{study}.1.1"
    return f"/dicomweb/studies/{study}", series, instance, f"{instance}/frames/1"


def opened(response: httpx.Response) -> Image.Image:
    assert response.status_code == 200, response.text
    return Image.open(BytesIO(response.content))


def level(response: httpx.Response) -> int:
    """The grey value of a thumbnail of an even image."""
    return int(np.median(np.asarray(opened(response).convert("L"))))


def icon(response: httpx.Response) -> str:
    return response.headers["vitrine-rendering"].partition('icon="')[2].partition('"')[0]


def even(value: int, series: int = 1, number: int = 1, **more: Any) -> Dataset:
    """An image that is `value` all over."""
    return ct("1.2.1", series, number, PixelData=np.full((16, 16), value, "<u2").tobytes(), **more)


def asked(exchange: Exchange) -> list[str]:
    return [path for kind, path in exchange.archives["general"].requests if kind == "frames"]


async def test_what_may_name_somebody_is_a_pictogram(tmp_path: Path) -> None:
    images = [ct(f"1.2.{number}", **attributes) for number, (attributes, _) in enumerate(NAMING.values())]
    async with opened_exchange(tmp_path, {"general": images}) as exchange:
        for number, (name, (_, pictogram)) in enumerate(NAMING.items()):
            responses = [await exchange.get(f"{path}/thumbnail") for path in levels(f"1.2.{number}")]
            assert {icon(response) for response in responses} == {pictogram}, name
            assert {opened(response).size for response in responses} == {(128, 128)}
            assert len({response.content for response in responses}) == 1
        assert asked(exchange) == []


async def test_an_exchange_may_decide_otherwise(tmp_path: Path) -> None:
    retrieval = Retrieval(workers=1, thumbnails="images")
    image = even(200, Modality="US", BurnedInAnnotation="YES")
    async with opened_exchange(tmp_path, {"general": [image]}, retrieval=retrieval) as exchange:
        for path in levels("1.2.1"):
            assert level(await exchange.get(f"{path}/thumbnail")) == pytest.approx(200, abs=2)


async def test_what_names_nobody_stands_for_the_study(tmp_path: Path) -> None:
    naming = [ct("1.2.1", 2, number, BurnedInAnnotation="YES") for number in (1, 2, 3)]
    denied = ct("1.2.2", Modality="US", BurnedInAnnotation="NO")
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1"), *naming, denied]}) as exchange:
        for study in ("1.2.1", "1.2.2"):
            assert (await exchange.get(f"/dicomweb/studies/{study}/thumbnail")).status_code == 200
        shown = [f"/studies/{study}/series/{study}.1/instances/{study}.1.1/frames/1" for study in ("1.2.1", "1.2.2")]
        assert asked(exchange) == shown


OTHERS = {
    "1.2.840.10008.5.1.4.1.1.88.33": "report",
    "1.2.840.10008.5.1.4.1.1.88.67": "report",
    "1.2.840.10008.5.1.4.1.1.88.59": "key objects",
    "1.2.840.10008.5.1.4.1.1.9.1.1": "waveform",
    "1.2.840.10008.5.1.4.1.1.104.1": "document",
    "1.2.840.10008.5.1.4.1.1.11.1": "presentation state",
    "1.2.840.10008.5.1.4.1.1.481.3": "structures",
    "1.2.840.10008.5.1.4.1.1.66.4": "segmentation",
    "1.2.840.10008.5.1.4.1.1.481.2": "dose",
    "1.2.840.10008.5.1.4.1.1.66": "object",
    "1.2.3.4": "object",
}


async def test_what_is_no_image_is_a_pictogram_of_its_kind(tmp_path: Path) -> None:
    others = [ct(f"1.2.{number}", SOPClassUID=sop_class, Modality="SR") for number, sop_class in enumerate(OTHERS)]
    async with opened_exchange(tmp_path, {"general": others}) as exchange:
        for number, pictogram in enumerate(OTHERS.values()):
            for path in levels(f"1.2.{number}")[:3]:
                assert icon(await exchange.get(f"{path}/thumbnail")) == pictogram


def key_objects(title: str, *chosen: tuple[Dataset, Sequence[int]]) -> Dataset:
    """A key object selection of frames under a code of DCM."""
    document = ct("1.2.1", 9, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.59", Modality="KO")
    document.ConceptNameCodeSequence = [_code(title)]
    document.CurrentRequestedProcedureEvidenceSequence = [Dataset()]
    evidence = document.CurrentRequestedProcedureEvidenceSequence[0]
    evidence.StudyInstanceUID, evidence.ReferencedSeriesSequence = "1.2.1", []
    document.ContentSequence = []
    for image, frames in chosen:
        series, item = Dataset(), Dataset()
        series.SeriesInstanceUID, series.ReferencedSOPSequence = image.SeriesInstanceUID, [_reference(image, ())]
        evidence.ReferencedSeriesSequence.append(series)
        item.ValueType, item.ReferencedSOPSequence = "IMAGE", [_reference(image, frames)]
        document.ContentSequence.append(item)
    return document


def _code(value: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator = value, "DCM"
    return code


def _reference(image: Dataset, frames: Sequence[int]) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    if frames:
        reference.ReferencedFrameNumber = list(frames)
    return reference


async def test_what_somebody_chose_comes_first(tmp_path: Path) -> None:
    images = [even(20 * number, number=number) for number in (1, 2, 3)]
    frames = np.repeat(np.array([200, 220, 240], "<u2"), 256).tobytes()
    cine = ct("1.2.1", 2, NumberOfFrames=3, PixelData=frames)
    for document, value in (
        (key_objects("113000", (images[0], ())), 20),
        (key_objects("113000", (cine, (3,))), 240),
        (key_objects("113001", (images[0], ())), 40),
        (key_objects("113030", (images[0], ())), 40),
    ):
        folder = tmp_path / str(id(document))
        folder.mkdir()
        async with opened_exchange(folder, {"general": [*images, cine, document]}) as exchange:
            assert level(await exchange.get(f"{STUDY}/thumbnail")) == pytest.approx(value, abs=2)


async def test_what_was_chosen_and_may_name_somebody_is_passed_over(tmp_path: Path) -> None:
    naming = even(20, 2, BurnedInAnnotation="YES")
    async with opened_exchange(
        tmp_path, {"general": [even(200), naming, key_objects("113000", (naming, ()))]}
    ) as exchange:
        assert level(await exchange.get(f"{STUDY}/thumbnail")) == pytest.approx(200, abs=2)


async def test_the_middle_of_a_series_is_that_of_its_places(tmp_path: Path) -> None:
    """Instance numbers say nothing here: the middle place is that of the instance with the highest number."""
    places = {1: -10, 2: 20, 3: 10, 4: -20, 5: 0}
    geometry = {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "PixelSpacing": [1, 1]}
    images = [
        even(20 * number, number=number, ImagePositionPatient=[0, 0, place], **geometry)
        for number, place in places.items()
    ]
    async with opened_exchange(tmp_path, {"general": images}) as exchange:
        assert level(await exchange.get(f"{SERIES}/thumbnail")) == pytest.approx(100, abs=2)
    unplaced = [even(20 * number, number=number) for number in (5, 1, 3, 2, 4)]
    (tmp_path / "unplaced").mkdir()
    async with opened_exchange(tmp_path / "unplaced", {"general": unplaced}) as exchange:
        assert level(await exchange.get(f"{SERIES}/thumbnail")) == pytest.approx(60, abs=2)


async def test_localizers_come_after_a_smaller_series(tmp_path: Path) -> None:
    localizers = [even(20, 2, number, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]) for number in (1, 2, 3)]
    async with opened_exchange(tmp_path, {"general": [*localizers, even(200)]}) as exchange:
        assert level(await exchange.get(f"{STUDY}/thumbnail")) == pytest.approx(200, abs=2)
        assert level(await exchange.get(f"{STUDY}/series/1.2.1.2/thumbnail")) == pytest.approx(20, abs=2)


FRAMES = {
    "the one that is named": ({"RepresentativeFrameNumber": 7}, 7),
    "a third of a cine": ({"FrameTime": "40"}, 3),
    "the middle": ({}, 5),
    "the middle, for a name beyond the end": ({"RepresentativeFrameNumber": 70}, 5),
}


async def test_the_frame_that_stands_for_many(tmp_path: Path) -> None:
    pixels = np.repeat(np.arange(1, 10, dtype="<u2") * 20, 256).tobytes()
    many = [
        ct(f"1.2.{number}", NumberOfFrames=9, PixelData=pixels, **attributes)
        for number, (attributes, _) in enumerate(FRAMES.values())
    ]
    async with opened_exchange(tmp_path, {"general": many}) as exchange:
        for number, (name, (_, frame)) in enumerate(FRAMES.items()):
            paths = levels(f"1.2.{number}")
            shown = [level(await exchange.get(f"{path}/thumbnail")) for path in (*paths[:3], f"{paths[2]}/frames/8")]
            assert shown == pytest.approx([20 * frame] * 3 + [160], abs=2), name
            assert (await exchange.get(f"{paths[2]}/frames/10/thumbnail")).status_code == 404


async def test_size_and_media_type(tmp_path: Path) -> None:
    large = ct("1.2.1", Rows=200, Columns=400, PixelData=bytes(160_000), PixelSpacing=[2, 1])
    async with opened_exchange(tmp_path, {"general": [large, ct("1.2.2")]}) as exchange:
        assert opened(await exchange.get(f"{INSTANCE}/thumbnail")).size == (128, 128)
        assert opened(await exchange.get(f"{INSTANCE}/thumbnail?viewport=60,20")).size == (20, 20)
        small = await exchange.get("/dicomweb/studies/1.2.2/thumbnail?viewport=500,500")
        assert opened(small).size == (16, 16)
        png = await exchange.get(f"{INSTANCE}/thumbnail", "image/png")
        assert (png.headers["content-type"], opened(png).format) == ("image/png", "PNG")
        assert (await exchange.get(f"{INSTANCE}/thumbnail", "image/gif")).status_code == 406
        assert (await exchange.get(f"{INSTANCE}/thumbnail?viewport=1,2,3,4")).status_code == 400


async def test_what_thumbnails_do_not_have_is_ignored(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1")]}) as exchange:
        plain = await exchange.get(f"{INSTANCE}/thumbnail")
        for query in ("quality=1", "window=1,2,linear", "annotation=patient", "quality=nonsense"):
            response = await exchange.get(f"{INSTANCE}/thumbnail?{query}")
            assert (response.status_code, response.content) == (200, plain.content)


async def test_overlays_are_not_drawn(tmp_path: Path) -> None:
    drawn = ct("1.2.1")
    drawn.add_new(0x60000010, "US", 16)
    drawn.add_new(0x60000011, "US", 16)
    drawn.add_new(0x60000040, "CS", "G")
    drawn.add_new(0x60000050, "SS", [1, 1])
    drawn.add_new(0x60000100, "US", 1)
    drawn.add_new(0x60000102, "US", 0)
    drawn.add_new(0x60003000, "OW", b"\xff" * 32)
    async with opened_exchange(tmp_path, {"general": [drawn]}) as exchange:
        assert level(await exchange.get(f"{INSTANCE}/thumbnail")) < 150
        assert level(await exchange.get(f"{INSTANCE}/rendered", "image/png")) == 255


async def test_videos(tmp_path: Path) -> None:
    known = stored_video("1.2.1", BurnedInAnnotation="NO")
    async with opened_exchange(tmp_path, {"general": [known, stored_video("1.2.2")]}) as exchange:
        for path in levels("1.2.1")[:3]:
            assert level(await exchange.get(f"{path}/thumbnail")) == pytest.approx(13 * STEP * 255 / 219, abs=3)
        assert icon(await exchange.get("/dicomweb/studies/1.2.2/thumbnail")) == "video"


async def test_what_cannot_be_decoded_is_a_pictogram(tmp_path: Path) -> None:
    odd = ct("1.2.1", PhotometricInterpretation="CMYK", SamplesPerPixel=4)
    tiles = ct("1.2.2", NumberOfFrames=4, TotalPixelMatrixColumns=32, TotalPixelMatrixRows=32, Modality="SM")
    tiles.PixelData = bytes(4 * 512)
    async with opened_exchange(tmp_path, {"general": [odd, tiles]}) as exchange:
        assert icon(await exchange.get(f"{STUDY}/thumbnail")) == "slices"
        assert icon(await exchange.get("/dicomweb/studies/1.2.2/thumbnail")) == "slide"
