"""Who may not know whose a study is: no answer says it, by any route; what cannot be masked is refused in words."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
import json
from pathlib import Path
import shutil
from typing import Any

import httpx
import numpy as np
from PIL import Image
from pydicom import Dataset
from pydicom.datadict import DicomDictionary
from pydicom.uid import UID
import pytest
import pytest_asyncio

from proxy.settings.server import Policy
from proxy.wire.deidentified import NAME
from tests.exchange import BUNDLE, Exchange, Holding, ct, opened_exchange
from tests.proxy.dicomweb.answers import level, parts_of, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULE = """
@id("general-900-deidentified")
@owner("institution:general")
@basis("a test")
@says("General Hospital shows images without saying whose they are.")
@user_says("Of General Hospital you see de-identified images.")
forbid (principal, action == HIE::Action::"viewIdentified", resource in HIE::Institution::"general");
"""
STUDY = "/dicomweb/studies/1.2.1"
SECRET = "Zorblatt"
BORN = "19510304"
ROWS, COLUMNS = 40, 60
LEFT, TOP, RIGHT, BOTTOM = 10, 12, 49, 35
STORAGE = "1.2.840.10008.5.1.4.1.1."
JSON = "application/dicom+json"
CLEAN, UNTOLD, ULTRASOUND, CAPTURE, REPORT, DOCUMENT, MOVING = (
    f"{STUDY}/series/1.2.1.{series}/instances/1.2.1.{series}.{number}"
    for series, number in ((1, 1), (1, 2), (2, 1), (3, 1), (4, 1), (5, 1), (2, 2))
)
_LONG = {"LO": 64, "SH": 16, "PN": 64, "LT": 64, "ST": 64, "UT": 64, "UC": 64}


def wordy(dataset: Dataset) -> Dataset:
    """Every attribute that can hold words says whose it is, in nested items and private elements too."""
    for tag, (vr, _, _, retired, keyword) in DicomDictionary.items():
        group = tag >> 16
        if vr in _LONG and not retired and keyword not in {"PatientID", "SOPClassUID"} and group not in {0, 2, 0x5000}:
            dataset.add_new(tag, vr, f"{SECRET}^Ann" if vr == "PN" else f"{SECRET} 1")
    dataset.TimezoneOffsetFromUTC = "+0000"
    del dataset.IssuerOfPatientID
    dataset.PatientBirthDate, dataset.PatientSex, dataset.BodyPartExamined = BORN, "F", SECRET.upper()
    item = Dataset()
    item.AccessionNumber, item.PatientID = f"{SECRET} 2", f"{SECRET} 3"
    item.RequestedProcedureDescription = f"{SECRET} 4"
    dataset.RequestAttributesSequence = [item]
    block = dataset.private_block(0x11, f"{SECRET} 5", create=True)
    block.add_new(1, "LO", f"{SECRET} 6")
    overlay = np.packbits(np.ones((ROWS, COLUMNS), np.bool_)).tobytes()
    for element, vr, value in ((0x10, "US", ROWS), (0x11, "US", COLUMNS), (0x40, "CS", "G"), (0x50, "SS", [1, 1])):
        dataset.add_new((0x6000, element), vr, value)
    dataset.add_new((0x6000, 0x3000), "OW", overlay)
    dataset.add_new((0x6000, 0x22), "LO", f"{SECRET} 7")
    return dataset


def image(series: int, number: int, **more: Any) -> Dataset:
    values = np.random.default_rng(number).integers(60, 200, (ROWS, COLUMNS)).astype("<u2")
    described = {"Rows": ROWS, "Columns": COLUMNS, "PixelData": values.tobytes(), **more}
    return wordy(ct("1.2.1", series, number, **described))


def ultrasound(number: int, frames: int) -> Dataset:
    """A picture in one region, and letters as white as can be all around it, in every frame."""
    values = np.full((frames, ROWS, COLUMNS, 3), 255, np.uint8)
    values[:, TOP : BOTTOM + 1, LEFT : RIGHT + 1] = 90
    region = Dataset()
    region.RegionLocationMinX0, region.RegionLocationMinY0 = LEFT, TOP
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = RIGHT, BOTTOM
    described = {
        "SOPClassUID": UID(STORAGE + ("3.1" if frames > 1 else "6.1")),
        "Modality": "US",
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": "RGB",
        "PlanarConfiguration": 0,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "BurnedInAnnotation": "YES",
        "SequenceOfUltrasoundRegions": [region],
        "NumberOfFrames": frames,
        "FrameTime": 40,
    }
    return image(2, number, **described | {"PixelData": values.tobytes()})


def document(series: int, suffix: str, **more: Any) -> Dataset:
    dataset = image(series, 1, SOPClassUID=UID(STORAGE + suffix), **more)
    del dataset.PixelData, dataset.Rows, dataset.Columns
    return dataset


def report() -> Dataset:
    text = Dataset()
    text.ValueType, text.RelationshipType, text.TextValue = "TEXT", "CONTAINS", f"{SECRET} 8"
    return document(4, "88.11", Modality="SR", ContentSequence=[text], ValueType="CONTAINER")


def pdf() -> Dataset:
    body = f"%PDF-1.4 {SECRET} 9".encode()
    more = {"MIMETypeOfEncapsulatedDocument": "application/pdf", "EncapsulatedDocument": body}
    return document(5, "104.1", Modality="DOC", **more)


HOLDINGS = {
    "general": [
        image(1, 1, BurnedInAnnotation="NO"),
        image(1, 2),
        ultrasound(1, 1),
        ultrasound(2, 3),
        image(3, 1, SOPClassUID=UID(STORAGE + "7"), BurnedInAnnotation="NO", Modality="OT"),
        report(),
        pdf(),
    ],
    "lakeside": [ct("1.2.3", 1, 1, "77-201", PatientName=f"{SECRET}^Bea")],
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    async with deidentifying(tmp_path_factory.mktemp("deidentified"), HOLDINGS) as opened:
        yield opened


@asynccontextmanager
async def deidentifying(folder: Path, holdings: Mapping[str, Holding], **sections: Any) -> AsyncIterator[Exchange]:
    bundle: Path = shutil.copytree(BUNDLE, folder / "bundle", ignore=shutil.ignore_patterns("cases"))
    (bundle / "institutions" / "general" / "deidentified.cedar").write_text(RULE, "utf-8")
    policy = Policy(folder=bundle, register=folder / "register.toml")
    async with opened_exchange(folder, holdings, policy=policy, **sections) as opened:
        yield opened


def names_nobody(response: httpx.Response) -> bool:
    """Whether neither the answer nor its headers hold a word of the source that says whose it is."""
    whole = response.content + repr(response.headers.raw).encode()
    return not any(word in whole.upper() for word in (SECRET.upper().encode(), BORN.encode(), b"G-1001"))


PARTS = 'multipart/related; type="image/jpeg"'
SERIES = f"{STUDY}/series/1.2.1.1"
TOLD = [
    *((f"{path}/metadata", JSON) for path in (STUDY, SERIES, CLEAN, UNTOLD, REPORT, DOCUMENT)),
    *(
        (f"/dicomweb/{path}?StudyInstanceUID=1.2.1&includefield=all", JSON)
        for path in ("studies", "series", "instances")
    ),
    ("/dicomweb/studies?PatientID=G-1001&StudyInstanceUID=1.2.1&includefield=00081030&includefield=00080050", JSON),
    *((f"{path}?includefield=all", JSON) for path in (f"{STUDY}/series", f"{STUDY}/instances", f"{SERIES}/instances")),
    *((f"{path}/rendered?annotation=patient,technique", "image/png") for path in (CLEAN, ULTRASOUND)),
    *((f"{ULTRASOUND}/frames/1/rendered?iccprofile=yes", form) for form in ("image/jpeg", "image/png", "image/webp")),
    *((f"{MOVING}/rendered", form) for form in ("image/gif", "image/webp", "video/mp4")),
    *((f"{path}/rendered", PARTS) for path in (STUDY, SERIES, CLEAN)),
    *((f"{path}/thumbnail", "image/jpeg") for path in (STUDY, SERIES, CLEAN, f"{CLEAN}/frames/1", UNTOLD, ULTRASOUND)),
    *((f"{path}/thumbnail", "image/jpeg") for path in (CAPTURE, REPORT, DOCUMENT)),
    ("/portal/source?study=1.2.1&series=1.2.1.1", "*/*"),
]
REFUSED = [
    *(f"{path}/rendered" for path in (UNTOLD, CAPTURE, REPORT, DOCUMENT, f"{UNTOLD}/frames/1")),
    *(f"{path}/frames/1" for path in (CLEAN, ULTRASOUND)),
    *(f"{CLEAN}/bulkdata/{tag}" for tag in ("7FE00010", "60003000")),
    f"{DOCUMENT}/bulkdata/00420011",
    *(STUDY, CLEAN, DOCUMENT),
]


@pytest.mark.parametrize(("path", "form"), TOLD)
async def test_no_answer_says_whose_it_is(exchange: Exchange, path: str, form: str) -> None:
    answer = await exchange.get(path, form)
    assert answer.status_code == 200, answer.text
    assert answer.content not in {b"", b"[]"}
    assert names_nobody(answer)


@pytest.mark.parametrize("path", REFUSED)
async def test_what_cannot_be_masked_is_refused_and_says_why(exchange: Exchange, path: str) -> None:
    answer = await exchange.get(path)
    assert answer.status_code == 403
    assert answer.json()["detail"]
    assert names_nobody(answer)


async def test_another_institution_says_whose_its_studies_are(exchange: Exchange) -> None:
    """The words that are looked for would be found."""
    answer = await exchange.get("/dicomweb/studies/1.2.3/metadata", JSON)
    assert not names_nobody(answer)


async def test_metadata_say_that_they_are_deidentified(exchange: Exchange) -> None:
    for path in (f"{CLEAN}/metadata", "/dicomweb/studies?StudyInstanceUID=1.2.1"):
        (told,) = (await exchange.get(path, JSON)).json()
        assert told["00100010"]["Value"] == [{"Alphabetic": NAME}]
        assert told["00120062"]["Value"] == ["YES"]
        assert told["00080020"]["Value"] == ["20260102"]


async def test_a_row_names_the_institution_that_answers_for_it(exchange: Exchange) -> None:
    (row,) = (await exchange.get("/dicomweb/studies?StudyInstanceUID=1.2.1&includefield=all", JSON)).json()
    assert row["00991001"]["Value"] == ["General Hospital"]


async def test_a_row_is_not_found_by_what_it_does_not_tell(exchange: Exchange) -> None:
    for query in (f"AccessionNumber={SECRET} 1", f"StudyDescription={SECRET} 1", f"ReferringPhysicianName={SECRET}*"):
        found = await exchange.get(f"/dicomweb/studies?{query}", JSON)
        assert found.json() == [], query


async def test_of_an_ultrasound_image_only_its_regions_are_seen(exchange: Exchange) -> None:
    inside = np.zeros((ROWS, COLUMNS), np.bool_)
    inside[TOP : BOTTOM + 1, LEFT : RIGHT + 1] = True
    for path in (f"{ULTRASOUND}/rendered", f"{MOVING}/frames/2/rendered"):
        shown = picture((await exchange.get(path, "image/png")).content)
        assert not shown[~inside].any()
        assert (shown[inside] == 90).all()
    small = picture((await exchange.get(f"{ULTRASOUND}/rendered?viewport=15,10", "image/png")).content)
    assert small.max() <= 90


async def test_an_image_in_motion_is_masked_in_every_frame(exchange: Exchange) -> None:
    moving = Image.open(BytesIO((await exchange.get(f"{MOVING}/rendered", "image/gif")).content))
    for number in range(3):
        moving.seek(number)
        assert np.asarray(moving.convert("L")).max() < 100


async def test_a_clean_image_is_whole_and_without_its_overlay(exchange: Exchange) -> None:
    shown = picture((await exchange.get(f"{CLEAN}/rendered", "image/png")).content)
    stored = np.frombuffer(HOLDINGS["general"][0].PixelData, "<u2").reshape(ROWS, COLUMNS)
    assert shown.tolist() == [[level(value, 128, 256) for value in row] for row in stored]


async def test_of_a_study_what_can_be_masked_is_shown_and_the_rest_is_counted(exchange: Exchange) -> None:
    answer = await exchange.get(f"{STUDY}/rendered", PARTS)
    shown = {part["Content-Location"].partition("/dicomweb")[2].partition("/frames")[0] for part in parts_of(answer)}
    assert shown == {path.removeprefix("/dicomweb") for path in (CLEAN, ULTRASOUND, MOVING)}
    assert "4 objects are left out because they may say whose they are" in answer.headers["warning"]


async def test_a_history_says_that_a_study_is_deidentified(exchange: Exchange) -> None:
    patient = "authority=GENERAL&identifier=G-1001"
    whole = (await exchange.get(f"/portal/studies?{patient}")).json()["studies"]
    lines = (await exchange.get(f"/portal/studies/events?{patient}")).text.splitlines()
    streamed = [json.loads(line.removeprefix("data: ")) for line in lines if '"study":' in line]
    for rows in ({row["study"]: row for row in found} for found in (whole, streamed)):
        row, other = rows["1.2.1"], rows["1.2.3"]
        assert not any(row[key] for key in ("patient_name", "patient_id", "authority", "birth_date", "description"))
        assert (row["viewable"], row["deidentified"], row["date"]) == (True, True, "20260102")
        assert SECRET not in json.dumps(row)
        assert (other["deidentified"], SECRET in other["patient_name"]) == (False, True)


async def test_original_images_of_scanners_that_are_vouched_for_are_shown(tmp_path: Path) -> None:
    told = {"ManufacturerModelName": "Force", "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]}
    captured = {**told, "ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}
    holdings = {"general": [ct("1.2.1", 1, 1, **told), ct("1.2.1", 1, 2, **captured), ct("1.2.1", 1, 3)]}
    async with deidentifying(tmp_path, holdings, clean_equipment=("Force",)) as exchange:
        shown = [await exchange.get(f"{SERIES}/instances/1.2.1.1.{number}/rendered") for number in (1, 2, 3)]
        parts = await exchange.get(f"{STUDY}/rendered", PARTS)
    assert [one.status_code for one in shown] == [200, 403, 403]
    assert len(parts_of(parts)) == 1


async def test_the_record_says_that_it_was_masked(exchange: Exchange) -> None:
    await exchange.get(f"{CLEAN}/rendered")
    opened = [event for event in exchange.events() if event.kind == "view-opened" and event.study == "1.2.1"]
    assert opened
    assert all(event.detail["masked"] == 1 for event in opened)
