"""Annotations, overlays and shutters over HTTP: what is asked for is burnt in, what is not there is said."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
import pytest
import pytest_asyncio

from tests.exchange import Exchange, ct, opened_exchange
from tests.proxy.dicomweb.answers import parts_of, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIDE = 300
STUDY = "/dicomweb/studies/1.2.1"
BITS = np.add.outer(np.arange(SIDE), np.arange(SIDE)) % 50 == 0


def instance(number: int, **more: Any) -> Dataset:
    shades = np.tile(np.linspace(20, 200, SIDE), (SIDE, 1)).astype("<u2")
    described = {
        "PatientName": "Yamada^Tarou=山田^太郎=やまだ^たろう",
        "InstitutionName": "General Hospital",
        "KVP": 120,
        "SpecificCharacterSet": "ISO_IR 192",
    }
    size = {"Rows": SIDE, "Columns": SIDE, "PixelData": shades.tobytes()}
    return ct("1.2.1", 1, number, **{**described, **size, **more})


def with_overlay(number: int, data: bytes) -> Dataset:
    dataset = instance(number)
    for element, vr, value in ((0x10, "US", SIDE), (0x11, "US", SIDE), (0x40, "CS", "G"), (0x50, "SS", [1, 1])):
        dataset.add_new((0x6000, element), vr, value)
    dataset.add_new((0x6000, 0x3000), "OW", data)
    return dataset


def embedded(number: int) -> Dataset:
    """The overlay in bit 15 of the pixels, as old archives have it."""
    cells = np.tile(np.linspace(20, 200, SIDE), (SIDE, 1)).astype("<u2") | (BITS.astype("<u2") << 15)
    dataset = with_overlay(number, OVERLAY)
    del dataset[0x6000, 0x3000]
    dataset.add_new((0x6000, 0x100), "US", 16)
    dataset.add_new((0x6000, 0x102), "US", 15)
    dataset.BitsStored, dataset.HighBit, dataset.PixelData = 12, 11, cells.tobytes()
    return dataset


def with_bitmap(number: int) -> Dataset:
    """An overlay that is the shutter, and shown in middle grey."""
    dataset = with_overlay(number, OVERLAY)
    dataset.ShutterShape, dataset.ShutterOverlayGroup, dataset.ShutterPresentationValue = "BITMAP", 0x6000, 0x8080
    return dataset


def moving(number: int) -> Dataset:
    """Three frames, with an overlay over the second, and a shutter of its own over each."""
    frames = np.full((3, SIDE, SIDE), 100, "<u2").tobytes()
    dataset = with_overlay(number, OVERLAY)
    dataset.add_new((0x6000, 0x15), "IS", 1)
    dataset.add_new((0x6000, 0x51), "US", 2)
    groups = []
    for edge in (10, 20, 30):
        shutter, group = Dataset(), Dataset()
        shutter.ShutterShape = "RECTANGULAR"
        shutter.ShutterLeftVerticalEdge = shutter.ShutterUpperHorizontalEdge = edge + 1
        shutter.ShutterRightVerticalEdge = shutter.ShutterLowerHorizontalEdge = SIDE
        group.FrameDisplayShutterSequence = [shutter]
        groups.append(group)
    described = {"NumberOfFrames": 3, "PixelData": frames, "SOPClassUID": "1.2.840.10008.5.1.4.1.1.12.1"}
    for name, value in {**described, "PerFrameFunctionalGroupsSequence": groups}.items():
        setattr(dataset, name, value)
    return dataset


OVERLAY = np.packbits(BITS, bitorder="little").tobytes()
HOLDINGS = {
    "general": [
        instance(1),
        instance(2, PatientName="Someone^Else"),
        with_overlay(3, OVERLAY),
        with_overlay(4, OVERLAY[:-200]),
        instance(5, ShutterShape="CIRCULAR", CenterOfCircularShutter=[150, 150], RadiusOfCircularShutter=100),
        instance(6, ShutterShape="CIRCULAR"),
        ct("1.2.1", 1, 7),
        embedded(8),
        with_bitmap(9),
        moving(10),
    ],
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path_factory.mktemp("burnt-in"), HOLDINGS) as exchange:
        yield exchange


def frame(number: int, query: str = "") -> str:
    return f"{STUDY}/series/1.2.1.1/instances/1.2.1.1.{number}/frames/1/rendered{query}"


async def shown(exchange: Exchange, path: str) -> NDArray[np.uint8]:
    response = await exchange.get(path, "image/png")
    assert response.status_code == 200, response.text
    return picture(response.content)


def changed(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> tuple[slice, slice]:
    """The smallest part of the image that holds all differences."""
    rows, columns = np.nonzero(one != other)
    return slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)


async def test_the_patient_is_burnt_in_above_on_the_left(exchange: Exchange) -> None:
    response = await exchange.get(frame(1, "?annotation=patient"), "image/png")
    assert "warning" not in response.headers
    annotated, plain = picture(response.content), await shown(exchange, frame(1))
    rows, columns = changed(annotated, plain)
    assert rows.start < 15
    assert rows.stop < 2 * SIDE / 3
    assert columns.start < 15
    assert {0, 255} <= set(annotated[rows, columns].ravel().tolist()), "white letters with dark edges"


async def test_the_technique_is_burnt_in_below_on_the_right(exchange: Exchange) -> None:
    annotated, plain = await shown(exchange, frame(1, "?annotation=technique")), await shown(exchange, frame(1))
    rows, columns = changed(annotated, plain)
    assert rows.start > SIDE / 3
    assert columns.stop > SIDE - 15


async def test_another_patient_is_another_image(exchange: Exchange) -> None:
    one, other = [await shown(exchange, frame(number, "?annotation=patient")) for number in (1, 2)]
    assert (one != other).any()
    assert (await shown(exchange, frame(1)) == await shown(exchange, frame(2))).all()


async def test_text_is_not_mirrored_with_the_image(exchange: Exchange) -> None:
    region = f"viewport={SIDE},{SIDE},0,0"
    ways = [f"{region},{SIDE},{SIDE}", f"{region},-{SIDE},{SIDE}"]
    plain = [await shown(exchange, frame(1, f"?{way}")) for way in ways]
    annotated = [await shown(exchange, frame(1, f"?annotation=patient&{way}")) for way in ways]
    assert (plain[0] == plain[1][:, ::-1]).all()
    white = [image == 255 for image in annotated]
    assert white[0].sum() > 50
    assert (white[0] == white[1]).all()


async def test_keywords_that_are_unknown_are_ignored_and_told(exchange: Exchange) -> None:
    both = await exchange.get(frame(1, "?annotation=patient,mood"), "image/png")
    assert both.headers["warning"].endswith(": The following annotation values are not supported: mood")
    assert (picture(both.content) == await shown(exchange, frame(1, "?annotation=patient"))).all()


async def test_an_image_without_room_is_left_alone_and_that_is_told(exchange: Exchange) -> None:
    response = await exchange.get(frame(7, "?annotation=patient,technique"), "image/png")
    assert "The patient annotation cannot be written on the image" in response.headers["warning"]
    assert "The technique annotation cannot be written on the image" in response.headers["warning"]
    assert (picture(response.content) == await shown(exchange, frame(7))).all()


async def test_parts_tell_what_each_of_them_lacks(exchange: Exchange) -> None:
    accept = 'multipart/related; type="image/png"'
    path = f"{STUDY}/series/1.2.1.1/instances/1.2.1.1.7/rendered?annotation=patient"
    (part,) = parts_of(await exchange.get(path, accept))
    assert "The patient annotation cannot be written" in part["Warning"]


async def test_an_overlay_is_shown_wherever_its_data_are(exchange: Exchange) -> None:
    """This archive gives them by link."""
    metadata = await exchange.get(frame(3).removesuffix("/frames/1/rendered") + "/metadata", "application/dicom+json")
    assert "BulkDataURI" in metadata.json()[0]["60003000"]
    image, plain = await shown(exchange, frame(3)), await shown(exchange, frame(1))
    assert (image[BITS] == 255).all()
    assert (image[~BITS] == plain[~BITS]).all()


async def test_an_overlay_in_the_pixels_is_shown(exchange: Exchange) -> None:
    image, plain = await shown(exchange, frame(8)), await shown(exchange, frame(1))
    assert (image[BITS] == 255).all()
    assert (image[~BITS] == plain[~BITS]).all()


async def test_each_frame_has_its_own_overlay_and_its_own_shutter(exchange: Exchange) -> None:
    for number, edge in ((1, 10), (2, 20), (3, 30)):
        image = await shown(exchange, frame(10).replace("frames/1", f"frames/{number}"))
        assert (image == 255).any() == (number == 2)
        inside = ~BITS if number == 2 else np.ones_like(BITS)
        inside[:edge] = inside[:, :edge] = False
        assert np.unique(image[inside]).tolist() == [100]
        hidden = ~BITS if number == 2 else np.ones_like(BITS)
        hidden[edge:, edge:] = False
        assert not image[hidden].any()


async def test_a_region_is_cut_out_with_all_that_lies_over_it(exchange: Exchange) -> None:
    for number in (3, 5):
        whole = await shown(exchange, frame(number))
        part = await shown(exchange, frame(number, "?viewport=120,90,70,40,120,90"))
        mirrored = await shown(exchange, frame(number, "?viewport=120,90,70,40,-120,-90"))
        assert (part == whole[40:130, 70:190]).all()
        assert (mirrored == part[::-1, ::-1]).all()


async def test_no_overlay_is_in_a_thumbnail(exchange: Exchange) -> None:
    with_it, without = [
        await exchange.get(f"{STUDY}/series/1.2.1.1/instances/1.2.1.1.{number}/thumbnail") for number in (3, 1)
    ]
    assert with_it.content == without.content


async def test_an_overlay_that_is_too_short_is_missing_and_that_is_told(exchange: Exchange) -> None:
    response = await exchange.get(frame(4), "image/png")
    assert "The image has an overlay that cannot be read." in response.headers["warning"]
    assert (picture(response.content) == await shown(exchange, frame(1))).all()


async def test_a_shutter_is_closed_in_images_and_thumbnails(exchange: Exchange) -> None:
    image = await shown(exchange, frame(5))
    assert (image[:45] == 0).all()
    assert (image[100:200, 100:200] > 0).all()
    thumbnail = await exchange.get(f"{STUDY}/series/1.2.1.1/instances/1.2.1.1.5/thumbnail")
    assert picture(thumbnail.content)[:15].max() < 10


async def test_a_bitmap_hides_what_is_under_it(exchange: Exchange) -> None:
    image, plain = await shown(exchange, frame(9)), await shown(exchange, frame(1))
    assert (image[BITS] == 128).all()
    assert (image[~BITS] == plain[~BITS]).all()


async def test_an_image_whose_shutter_is_not_understood_is_not_shown(exchange: Exchange) -> None:
    assert (await exchange.get(frame(6))).status_code == 502


async def test_moving_images_and_single_frames_of_them_are_annotated(exchange: Exchange) -> None:
    whole = frame(10).removesuffix("/frames/1/rendered")
    plain, annotated = [
        await exchange.get(f"{whole}/rendered{query}", "image/gif") for query in ("", "?annotation=patient")
    ]
    assert annotated.status_code == 200, annotated.text
    assert "warning" not in annotated.headers
    assert (picture(annotated.content)[:40, :200] != picture(plain.content)[:40, :200]).any()
    corner = (slice(200, None), slice(150, None))
    texts = []
    for number in (1, 2):
        path = f"{whole}/frames/{number}/rendered"
        ways = [await shown(exchange, path + query) for query in ("", "?annotation=technique")]
        texts.append((ways[0] != ways[1])[corner])
    assert (texts[0] != texts[1]).any(), "frame 1 of 3, and frame 2 of 3"
