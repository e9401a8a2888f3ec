"""Presentation states as rendered resources: what they refer to, each under its own permit (PS3.18 §8.3.5.1.6)."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataset import FileDataset
import pytest

from proxy.settings.server import Server
from tests.exchange import ORIGIN, ct, opened_exchange
from tests.proxy.dicomweb.answers import level, parts_of, picture
from tests.rendering.presentation.states import BLENDING, area_item, image_item, item, lut, overlay, state
from tests.rendering.presentation.test_kinds_of_states import HOT, PROFILE

STATE = "/dicomweb/studies/1.2.1/series/1.2.1.9/instances/1.2.1.9.1/rendered"
PARTS = 'multipart/related; type="image/png"'
WINDOW = [item(WindowCenter="150", WindowWidth="301")]
WHOLE = [area_item(1, 1, 16, 16)]
CT = "1.2.840.10008.5.1.4.1.1.2"


def series(name: str, *instances: str, frames: tuple[int, ...] = ()) -> Any:
    items = [image_item(instance, frames, CT) for instance in instances]
    return item(SeriesInstanceUID=name, ReferencedImageSequence=items)


def state_of(*referenced: Any, sop_class: str = "1.2.840.10008.5.1.4.1.1.11.1", **elements: Any) -> FileDataset:
    """A state in the study 1.2.1, of the adult, by default with a window of 301 values."""
    made = state(
        sop_class,
        StudyInstanceUID="1.2.1",
        SeriesInstanceUID="1.2.1.9",
        SOPInstanceUID="1.2.1.9.1",
        PatientID="G-1001",
        **({"ReferencedSeriesSequence": list(referenced)} if referenced else {}),
        **({"SoftcopyVOILUTSequence": WINDOW, "DisplayedAreaSelectionSequence": WHOLE} | elements),
    )
    made.file_meta.MediaStorageSOPInstanceUID = "1.2.1.9.1"
    return made


async def test_every_image_that_a_state_refers_to_in_its_order(tmp_path: Path) -> None:
    images = [ct("1.2.1", number, one) for number in (1, 2) for one in (1, 2, 3)]
    made = state_of(series("1.2.1.2", "1.2.1.2.3", "1.2.1.2.1"), series("1.2.1.1", "1.2.1.1.2"))
    async with opened_exchange(tmp_path, {"general": [*images, made]}) as exchange:
        response = await exchange.get(STATE, PARTS)
        parts = parts_of(response)
        assert "warning" not in response.headers
        alone = await exchange.get(STATE, "image/png")
    shown = [int(picture(part.get_payload(decode=True))[0, 0]) for part in parts]
    assert shown == [level(value, 150, 301) for value in (203, 201, 102)]
    assert [part["Content-Location"].rpartition("/series/")[2] for part in parts] == [
        "1.2.1.2/instances/1.2.1.2.3/frames/1",
        "1.2.1.2/instances/1.2.1.2.1/frames/1",
        "1.2.1.1/instances/1.2.1.1.2/frames/1",
    ]
    for part in parts:
        assert "window-from=state" in part["Vitrine-Rendering"]
        assert 'window="150,301,linear"' in part["Vitrine-Rendering"]
        assert 'presentation="/studies/1.2.1/series/1.2.1.9/instances/1.2.1.9.1"' in part["Vitrine-Rendering"]
    assert alone.status_code == 406


async def test_frames_in_the_order_of_their_dimensions_and_slices_by_position(tmp_path: Path) -> None:
    pixels = np.repeat(np.array([20, 120, 220], "<u2"), 256).tobytes()
    groups = [item(FrameContentSequence=[item(DimensionIndexValues=[1, index])]) for index in (3, 1, 2)]
    many = ct("1.2.1", 1, 1, NumberOfFrames=3, PixelData=pixels, PerFrameFunctionalGroupsSequence=groups)
    slices = [
        ct("1.2.1", 2, one, FrameOfReferenceUID="1.9", ImagePositionPatient=[0, 0, z], PixelSpacing=[1, 1],
           ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
        for one, z in ((1, 30.0), (2, 10.0), (3, 20.0))
    ]  # fmt: skip
    for referenced, expected in (
        (series("1.2.1.1", "1.2.1.1.1"), [120, 220, 20]),
        (series("1.2.1.1", "1.2.1.1.1", frames=(1, 3)), [220, 20]),
        (series("1.2.1.2", "1.2.1.2.1", "1.2.1.2.2", "1.2.1.2.3"), [202, 203, 201]),
    ):
        folder = tmp_path / str(len(expected)) / str(expected[0])
        folder.mkdir(parents=True)
        async with opened_exchange(folder, {"general": [many, *slices, state_of(referenced)]}) as exchange:
            parts = parts_of(await exchange.get(STATE, PARTS))
            shown = [int(picture(part.get_payload(decode=True))[0, 0]) for part in parts]
            assert shown == [level(value, 150, 301) for value in expected]


async def test_a_state_of_one_image_may_come_alone(tmp_path: Path) -> None:
    holdings = {"general": [ct("1.2.1", 1, 1), state_of(series("1.2.1.1", "1.2.1.1.1"))]}
    async with opened_exchange(tmp_path, holdings) as exchange:
        response = await exchange.get(f"{STATE}?viewport=40,40", "image/png")
        assert picture(response.content).shape == (40, 40)
        assert "window-from=state" in response.headers["vitrine-rendering"]
        assert len(parts_of(await exchange.get(STATE, PARTS))) == 1
        large, named = [
            await exchange.get(f"{STATE}?viewport=400,400{more}", "image/png") for more in ("", "&annotation=patient")
        ]
        assert (picture(large.content) != picture(named.content)).any()
        assert "annotation=(patient)" in named.headers["vitrine-rendering"]


async def test_what_is_drawn_plain_is_said(tmp_path: Path) -> None:
    words = item(
        UnformattedTextValue="bold",
        AnchorPointAnnotationUnits="PIXEL",
        AnchorPoint=[2, 2],
        AnchorPointVisibility="N",
        TextStyleSequence=[item(Bold="Y", CSSFontName="serif")],
    )
    annotations = [item(GraphicLayer="A", TextObjectSequence=[words])]
    made = state_of(series("1.2.1.1", "1.2.1.1.1"), GraphicAnnotationSequence=annotations)
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1", 1, 1), made]}) as exchange:
        response = await exchange.get(STATE, "image/png")
    assert response.headers["warning"].startswith("299 ")
    assert "Annotations are drawn in plain styles." in response.headers["warning"]


async def test_an_image_of_several_frames_does_not_come_alone(tmp_path: Path) -> None:
    many = ct("1.2.1", 1, 1, NumberOfFrames=2, PixelData=bytes(2 * 512))
    async with opened_exchange(tmp_path, {"general": [many, state_of(series("1.2.1.1", "1.2.1.1.1"))]}) as exchange:
        assert (await exchange.get(STATE, "image/png")).status_code == 406
        assert len(parts_of(await exchange.get(STATE, PARTS))) == 2


@pytest.mark.parametrize("query", ["window=100,200,linear", "viewport=8,8,1,1,4,4", "viewport=8", "quality=0"])
async def test_what_may_not_be_asked_of_a_state_is_400(tmp_path: Path, query: str) -> None:
    holdings = {"general": [ct("1.2.1", 1, 1), state_of(series("1.2.1.1", "1.2.1.1.1"))]}
    async with opened_exchange(tmp_path, holdings) as exchange:
        assert (await exchange.get(f"{STATE}?{query}", "image/png")).status_code == 400
        one_frame = STATE.replace("/rendered", "/frames/1/rendered")
        assert (await exchange.get(one_frame, "image/png")).status_code == 400
        assert exchange.archives["general"].counts()["frames"] == 0


async def test_tables_that_the_archive_gives_as_bulk_data(tmp_path: Path) -> None:
    table = [item(VOILUTSequence=[lut(np.arange(1000) * 65)])]
    made = state_of(series("1.2.1.1", "1.2.1.1.1"), SoftcopyVOILUTSequence=table)
    overlay(made, 0x6000, np.eye(100), "MARKS")
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1", 1, 1), made]}) as exchange:
        response = await exchange.get(STATE, "image/png")
        asked = [
            path.rpartition("/bulkdata/")[2]
            for kind, path in exchange.archives["general"].requests
            if kind == "bulkdata"
        ]
    shown = picture(response.content)
    assert shown[0, 5] == round(101 * 65 * 255 / 65535)
    assert shown[5, 5] == 255
    assert asked == ["00283110/0/00283010/0/00283006", "60003000"]


async def test_what_is_missing_is_counted_and_nobody_learns_why(tmp_path: Path) -> None:
    """One image is absent, one is in a study of a patient who has opted out, and one is of somebody else."""
    sets = [series("1.2.1.1", "1.2.1.1.1", "1.2.1.1.7")]
    below = item(BlendingPosition="UNDERLYING", StudyInstanceUID="1.2.1", ReferencedSeriesSequence=sets)
    hidden = [
        item(
            BlendingPosition="UNDERLYING",
            StudyInstanceUID=study,
            ReferencedSeriesSequence=[series(f"{study}.1", f"{study}.1.1")],
        )
        for study in ("1.2.4", "1.2.9", "1.2.77")
    ]
    answers = []
    holdings = {
        "general": [ct("1.2.1", 1, 1), ct("1.2.9", 1, 1, patient="G-9999")],
        "lakeside": [ct("1.2.4", 1, 1, "77-300")],
    }
    for number, one in enumerate((below, *hidden)):
        made = state_of(sop_class=BLENDING, BlendingSequence=[one], **HOT, **PROFILE)
        del made.SoftcopyVOILUTSequence
        folder = tmp_path / str(number)
        folder.mkdir()
        archives = {**holdings, "general": [*holdings["general"], made]}
        async with opened_exchange(folder, archives) as exchange:
            response = await exchange.get(STATE, PARTS)
            answers.append((response.status_code, response.headers.get("warning", "").rpartition(": ")[2]))
            if response.status_code != 200:
                answers[-1] = (response.status_code, response.json()["detail"])
    assert answers[0] == (200, "not here, or not to be seen.")
    assert {status for status, _ in answers[1:]} == {404}
    assert len(set(answers[1:])) == 1


async def test_the_strictest_obligations_hold(tmp_path: Path) -> None:
    large = ct("1.2.1", 1, 1, Rows=1536, Columns=1536, PixelData=bytes(2 * 1536 * 1536))
    area = [area_item(1, 1, 1536, 1536)]
    made = state_of(series("1.2.1.1", "1.2.1.1.1"), DisplayedAreaSelectionSequence=area)
    server = Server(public_url=ORIGIN, clinical_networks=())
    async with opened_exchange(tmp_path, {"general": [large, made]}, server=server) as exchange:
        response = await exchange.get(STATE, "image/png")
    shown = picture(response.content)
    assert max(shown.shape) == 1024
    assert shown.max() > 0
    assert "watermark=?1" in response.headers["vitrine-rendering"]


async def test_a_blending_of_two_studies(tmp_path: Path) -> None:
    """The frame in the same plane is laid over each image; where there is none, the image is alone and says so."""
    where = {"FrameOfReferenceUID": "1.9", "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "SliceThickness": 2}
    below = [
        ct("1.2.1", 1, one, ImagePositionPatient=[0, 0, 2 * one], PixelSpacing=[1, 1], **where) for one in (1, 2, 9)
    ]
    above = [
        ct("1.2.2", 1, one, ImagePositionPatient=[-8, -8, 2 * one], PixelSpacing=[2, 2], **where) for one in (1, 2)
    ]
    sets = [
        item(
            BlendingPosition=position,
            StudyInstanceUID=study,
            ReferencedSeriesSequence=[series(f"{study}.1", *(f"{study}.1.{one}" for one in numbers))],
            SoftcopyVOILUTSequence=WINDOW,
        )
        for position, study, numbers in (("UNDERLYING", "1.2.1", (9, 2, 1)), ("SUPERIMPOSED", "1.2.2", (1, 2)))
    ]
    sets[1].RelativeOpacity = 0.5
    made = state_of(sop_class=BLENDING, BlendingSequence=sets, **HOT, **PROFILE)
    async with opened_exchange(tmp_path, {"general": [*below, *above, made]}) as exchange:
        parts = parts_of(await exchange.get(STATE, PARTS))
        assert exchange.archives["general"].counts()["frames"] == 5
    assert [part["Content-Location"].rpartition("/instances/")[2][:9] for part in parts] == [
        "1.2.1.1.1", "1.2.1.1.2", "1.2.1.1.9",
    ]  # fmt: skip
    colors = [np.asarray(Image.open(BytesIO(part.get_payload(decode=True))).convert("RGB")) for part in parts]
    gray = level(101, 150, 301)
    hot = np.clip(np.array([gray * 3 - start for start in (0, 255, 510)]), 0, 255)
    assert np.abs(colors[0][8, 8] - (hot * 0.5 + gray * 0.5)).max() <= 2
    assert (np.ptp(colors[2], axis=-1) == 0).all()
    assert [part["Warning"] is None for part in parts] == [True, True, False]


async def test_a_study_has_its_images_and_those_that_states_show(tmp_path: Path) -> None:
    images = [ct("1.2.1", 1, one) for one in (1, 2, 3)]
    elsewhere = state_of(series("1.2.1.5", "1.2.1.5.5"))
    elsewhere.SOPInstanceUID = elsewhere.file_meta.MediaStorageSOPInstanceUID = "1.2.1.9.2"
    holdings = {"general": [*images, state_of(series("1.2.1.1", "1.2.1.1.2")), elsewhere]}
    async with opened_exchange(tmp_path, holdings) as exchange:
        response = await exchange.get("/dicomweb/studies/1.2.1/rendered?window=100,50,linear", PARTS)
        series_alone = await exchange.get("/dicomweb/studies/1.2.1/series/1.2.1.9/rendered", PARTS)
    shown = [int(picture(part.get_payload(decode=True))[0, 0]) for part in parts_of(response)]
    assert shown == [*(level(value, 100, 50) for value in (101, 102, 103)), level(102, 150, 301)]
    assert "own window" in response.headers["warning"]
    assert len(parts_of(series_alone)) == 1
