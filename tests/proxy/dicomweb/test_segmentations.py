"""Segmentations over the images they segment: in their place, in their colours, all of one image together."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
import pytest
import pytest_asyncio
import SimpleITK

from tests.exchange import Exchange, opened_exchange
from tests.proxy.dicomweb.answers import parts_of
from tests.proxy.dicomweb.composites import (
    BLUE,
    COLUMNS,
    POSITION,
    RED,
    ROWS,
    SPACING,
    THICKNESS,
    changed,
    description,
    enhanced,
    hold,
    instance,
    picture,
    same_color,
    segmentation,
    slices,
    tinted,
    unreferenced,
)

GROUND, OPACITY = 60, 0.35
PARTS = 'multipart/related; type="image/png"'
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path_factory.mktemp("exchange"), {"general": []}) as opened:
        yield opened


def inner(mask: NDArray[Any], margin: int = 2) -> NDArray[np.bool_]:
    """`mask` without what is near its edge, where lines are."""
    image = SimpleITK.GetImageFromArray(mask.astype(np.uint8))
    return SimpleITK.GetArrayFromImage(SimpleITK.BinaryErode(image, [margin] * 2)).astype(bool)


def masks(count: int, *rectangles: tuple[int, int, int, int, int, int], segments: int = 1) -> NDArray[np.bool_]:
    """Of shape (images, rows, columns, segments); a rectangle is image, segment, top, bottom, left, right."""
    made = np.zeros((count, ROWS, COLUMNS, segments), bool)
    for image, segment, top, bottom, left, right in rectangles:
        made[image, top:bottom, left:right, segment] = True
    return made


async def test_all_segments_of_an_image_in_their_colours_in_the_order_of_position(exchange: Exchange) -> None:
    images = slices(4)
    where = masks(4, (1, 0, 20, 60, 60, 120), (1, 1, 40, 90, 100, 160), (3, 0, 20, 60, 60, 120), segments=2)
    made = segmentation(images, where, [description(1, "Liver", RED), description(2, "Mass", BLUE)])
    hold(exchange, *images, made)
    parts = parts_of(await exchange.get(f"{instance(made)}/rendered", PARTS))
    assert [part["Vitrine-Rendering"].partition("over=")[2] for part in parts] == [
        f'"{instance(images[number]).removeprefix("/dicomweb")}/frames/1"' for number in (1, 3)
    ]
    shown = picture(parts[0].get_payload(decode=True))
    one, two = where[1, ..., 0], where[1, ..., 1]
    assert same_color(shown[:120], (GROUND,) * 3)[~(one | two)[:120]].mean() > 0.95  # all but the dark outlines
    assert same_color(shown, tinted(GROUND, RED, OPACITY))[inner(one & ~two)].all()
    assert same_color(shown, tinted(GROUND, BLUE, OPACITY))[inner(two & ~one)].all()
    assert same_color(shown, RED)[20, 60:120].all()  # the edge is as opaque as can be
    assert not same_color(shown, RED)[61:, 60:100].any(), "nothing of a segment outside of it but its dark outline"
    study = parts_of(await exchange.get("/dicomweb/studies/1.2.1/rendered", PARTS))
    assert len(study) == 4 + 2


async def test_a_frame_is_one_segment_over_its_source_and_costs_what_both_cost(tmp_path: Path) -> None:
    images = slices(3)
    where = masks(3, (0, 0, 20, 60, 60, 120), (0, 1, 40, 90, 100, 160), segments=2)
    made = segmentation(images, where, [description(1, "Liver", RED), description(2, "Mass", BLUE)])
    async with opened_exchange(tmp_path, {"general": [*images, made]}) as exchange:
        response = await exchange.get(f"{instance(made)}/frames/2/rendered", "image/png")
        shown = picture(response.content)
        assert same_color(shown, tinted(GROUND, BLUE, OPACITY))[inner(where[0, ..., 1])].all()
        assert same_color(shown, (GROUND,) * 3)[inner(where[0, ..., 0] & ~where[0, ..., 1], 3)].all()
        assert dict(exchange.archives["general"].counts()) == {"search": 1, "metadata": 2, "frames": 2}
        for frames in ("3", "1,3"):
            assert (await exchange.get(f"{instance(made)}/frames/{frames}/rendered")).status_code == 404
        narrow = await exchange.get(f"{instance(made)}/frames/2/rendered?window=60,10,linear", "image/png")
        assert 'window="60,10,linear"' in narrow.headers["vitrine-rendering"]
        assert picture(narrow.content)[0, 0, 0] > 120


async def test_fractions_are_opacity_and_half_is_the_edge(exchange: Exchange) -> None:
    images = slices(1)
    fractions = np.zeros((1, ROWS, COLUMNS))
    fractions[0, 20:60, 20:60], fractions[0, 20:60, 60:100], fractions[0, 20:60, 100:140] = 0.2, 0.8, 1.0
    made = segmentation(images, fractions, [description(1, "Fat", RED)], "FRACTIONAL", max_fractional_value=200)
    hold(exchange, *images, made)
    shown = picture((await exchange.get(f"{instance(made)}/rendered", "image/png")).content)
    for left, fraction in ((20, 0.2), (60, 0.8), (100, 1.0)):
        assert same_color(shown[30:50, left + 5 : left + 35], tinted(GROUND, RED, OPACITY * fraction)).all()
    assert same_color(shown[25:55, 60], RED).all()
    assert not same_color(shown[25:55, 20], RED).any()


async def test_a_map_of_labels(exchange: Exchange) -> None:
    images = slices(1)
    where = masks(1, (0, 0, 20, 60, 60, 120), (0, 1, 20, 60, 120, 180), segments=2)
    labels = (where[..., 0] + 2 * where[..., 1]).astype(np.uint8)
    made = segmentation(images, labels, [description(1, "Liver", RED), description(2, "Mass", BLUE)], "LABELMAP")
    hold(exchange, *images, made)
    shown = picture((await exchange.get(f"{instance(made)}/rendered", "image/png")).content)
    for segment, color in ((0, RED), (1, BLUE)):
        assert same_color(shown, tinted(GROUND, color, OPACITY))[inner(where[0, ..., segment], 3)].all()
    assert same_color(shown[:100], (GROUND,) * 3)[inner(labels[0, :100] == 0, 3)].all()


async def test_bits_that_fill_no_byte(exchange: Exchange) -> None:
    images = [_cropped(image) for image in slices(3)]
    where = np.random.default_rng(7).random((3, 13, 11)) < 0.5
    made = segmentation(images, where, [description(1, "Speckle", RED)])
    hold(exchange, *images, made)
    parts = parts_of(await exchange.get(f"{instance(made)}/rendered?viewport=130,130", PARTS))
    assert len(parts) == 3
    for part, mask in zip(parts, where, strict=True):
        shown = picture(part.get_payload(decode=True))
        rows, columns = (np.arange(side) + 0.5 for side in (13, 11))
        centres = shown[(rows * shown.shape[0] / 13).astype(int)[:, None], (columns * shown.shape[1] / 11).astype(int)]
        np.testing.assert_array_equal(~same_color(centres, (GROUND,) * 3), mask)


def _cropped(image: Dataset) -> Dataset:
    image.PixelData = np.full((13, 11), GROUND, "<u2").tobytes()
    image.Rows, image.Columns = 13, 11
    return image


async def test_another_grid_in_the_same_plane_lies_where_it_lies(exchange: Exchange) -> None:
    """Coarser, shifted, and turned about the patient's axis: SimpleITK resamples the mask."""
    images = slices(3)
    coarse = np.zeros((2, 70, 50), bool)
    coarse[0, 10:30, 12:25], coarse[1, 30:60, 5:45] = True, True
    coarse[0, 40, 30] = True
    angle = np.deg2rad(20)
    across, down = (np.cos(angle), np.sin(angle), 0.0), (np.sin(angle), -np.cos(angle), 0.0)
    positions = [(POSITION[0] + 20.0, POSITION[1] + 65.0, POSITION[2] + THICKNESS * number) for number in (0, 2)]
    made = unreferenced(
        segmentation(
            [images[0], images[2]],
            coarse,
            [description(1, "Lung", RED)],
            pixel_measures=hd.PixelMeasuresSequence(pixel_spacing=(1.1, 1.3), slice_thickness=THICKNESS),
            plane_orientation=hd.PlaneOrientationSequence("PATIENT", [*across, *down]),
            plane_positions=[hd.PlanePositionSequence("PATIENT", position) for position in positions],
        )
    )
    hold(exchange, *images, made)
    parts = parts_of(await exchange.get(f"{instance(made)}/rendered", PARTS))
    assert sorted(map(_below, parts)) == [images[0].SOPInstanceUID, images[2].SOPInstanceUID]
    for part, mask, position in zip(sorted(parts, key=_below), coarse, positions, strict=True):
        expected = _resampled(mask, position, across, down)
        assert expected.sum() > 500
        shown = picture(part.get_payload(decode=True))
        tint = same_color(shown, tinted(GROUND, RED, OPACITY)) | same_color(shown, RED)
        left_of_legend = np.s_[:150]
        np.testing.assert_array_equal(tint[left_of_legend], expected[left_of_legend])


def _below(part: Any) -> str:
    """The UID of the image under a part."""
    return str(part["Vitrine-Rendering"].split("/")[-3])


def _resampled(mask: NDArray[Any], position: Any, across: Any, down: Any) -> NDArray[np.bool_]:
    image = SimpleITK.GetImageFromArray(mask.astype(np.uint8)[np.newaxis])
    image.SetOrigin(position)
    image.SetSpacing((1.3, 1.1, 1.0))
    normal = np.cross(across, down)
    image.SetDirection(np.column_stack([across, down, normal]).ravel().tolist())
    grid = SimpleITK.Image(COLUMNS, ROWS, 1, SimpleITK.sitkUInt8)
    grid.SetOrigin((POSITION[0], POSITION[1], position[2]))
    grid.SetSpacing((SPACING[1], SPACING[0], 1.0))
    resampled = SimpleITK.Resample(image, grid, SimpleITK.Transform(), SimpleITK.sitkNearestNeighbor, 0)
    return SimpleITK.GetArrayFromImage(resampled)[0].astype(bool)


async def test_what_lies_in_no_image_is_shown_alone_and_said_so(exchange: Exchange) -> None:
    images = slices(2)
    between = [(POSITION[0], POSITION[1], POSITION[2] + 0.8 * THICKNESS)]
    made = segmentation(
        images[:1],
        masks(1, (0, 0, 20, 60, 60, 120)),
        [description(1, "Liver", RED)],
        plane_positions=[hd.PlanePositionSequence("PATIENT", one) for one in between],
    )
    hold(exchange, *images, made)
    response = await exchange.get(f"{instance(made)}/rendered", "image/png")
    assert "not available: shown alone" in response.headers["warning"]
    assert "over=?0" in response.headers["vitrine-rendering"]
    shown = picture(response.content)
    assert same_color(shown, tinted(0, RED, OPACITY))[30:50, 70:110].all()
    assert same_color(shown, (0, 0, 0))[100:150, 150:].all()
    windowed = await exchange.get(f"{instance(made)}/rendered?window=40,400,linear", "image/png")
    assert "window does not apply" in windowed.headers["warning"]
    assert windowed.content == response.content


async def test_images_of_somebody_else_or_elsewhere_are_no_ground(exchange: Exchange) -> None:
    """Whatever a segmentation says: of a study that the caller may not see nothing is shown, nor of another person."""
    foreign = slices(1, series=9, value=200)
    for image in foreign:
        changed(image, StudyInstanceUID="1.2.9", SeriesInstanceUID="1.2.9.1", PatientID="G-9999")
    made = segmentation(foreign, masks(1, (0, 0, 20, 60, 60, 120)), [description(1, "Liver", RED)])
    changed(made, StudyInstanceUID="1.2.1", PatientID="G-1001")
    moved = slices(1, FrameOfReferenceUID="1.2.1.901")
    hold(exchange, *foreign, *moved, made)
    response = await exchange.get(f"{instance(made)}/rendered", "image/png")
    assert "over=?0" in response.headers["vitrine-rendering"]
    assert picture(response.content)[150:, 150:].max() == 0


@pytest.mark.parametrize("size", [(ROWS, COLUMNS), (ROWS, COLUMNS - 1)])
async def test_images_without_a_place_are_matched_by_name_and_size(exchange: Exchange, size: tuple[int, int]) -> None:
    images = slices(1)
    made = segmentation(images, masks(1, (0, 0, 20, 60, 60, 120)), [description(1, "Liver", RED)])
    for dataset in (images[0], made):
        del dataset.FrameOfReferenceUID
    del images[0].ImagePositionPatient
    images[0].Rows, images[0].Columns = size
    hold(exchange, *images, made)
    response = await exchange.get(f"{instance(made)}/rendered", "image/png")
    assert ("over=?0" in response.headers["vitrine-rendering"]) == (size != (ROWS, COLUMNS))


async def test_one_segment_at_several_times_is_several_images(exchange: Exchange) -> None:
    early, late = slices(1, series=1), slices(1, series=2, value=120)
    one, two = (
        segmentation(images, masks(1, (0, 0, 20, 60, left, left + 40)), [description(1, "Heart", RED)])
        for images, left in ((early, 40), (late, 120))
    )
    one.PerFrameFunctionalGroupsSequence.extend(two.PerFrameFunctionalGroupsSequence)
    one.ReferencedSeriesSequence.extend(two.ReferencedSeriesSequence)
    one.NumberOfFrames, one.PixelData = 2, one.PixelData + two.PixelData
    hold(exchange, *early, *late, one)
    parts = parts_of(await exchange.get(f"{instance(one)}/rendered", PARTS))
    for part, ground, left in zip(parts, (60, 120), (40, 120), strict=True):
        shown = picture(part.get_payload(decode=True))
        assert same_color(shown, tinted(ground, RED, OPACITY))[30:50, left + 5 : left + 35].all()
        assert tuple(shown[30, 200]) == (ground,) * 3


async def test_annotations_are_burnt_in_as_into_any_image(exchange: Exchange) -> None:
    images = slices(1)
    made = segmentation(images, masks(1, (0, 0, 100, 140, 60, 120)), [description(1, "Liver", RED)])
    hold(exchange, *images, made)
    path = f"{instance(made)}/rendered"
    plain = picture((await exchange.get(path, "image/png")).content)
    named = await exchange.get(f"{path}?annotation=patient", "image/png")
    assert "warning" not in named.headers
    assert (picture(named.content)[:60, :120] != plain[:60, :120]).any()
    assert (await exchange.get(f"{path}?viewport=0,1", "image/png")).status_code == 400


async def test_frames_of_an_enhanced_image_are_grounds_too(exchange: Exchange) -> None:
    images = [enhanced(slices(3), values=(60, 120, 180))]
    where = masks(3, (1, 0, 20, 60, 60, 120), (2, 0, 20, 60, 60, 120))
    made = segmentation(images, where, [description(1, "Liver", RED)])
    for object_ in (made, unreferenced(segmentation(images, where, [description(1, "Liver", RED)]))):
        hold(exchange, *images, object_)
        parts = parts_of(await exchange.get(f"{instance(object_)}/rendered", PARTS))
        assert [part["Vitrine-Rendering"].partition("over=")[2].split("/")[-1] for part in parts] == ['2"', '3"']
        for part, ground in zip(parts, (120, 180), strict=True):
            shown = picture(part.get_payload(decode=True))
            assert same_color(shown, tinted(ground, RED, OPACITY))[30:50, 70:110].all()


async def test_a_palette_colours_a_map_of_labels(exchange: Exchange) -> None:
    images = slices(1)
    labels = masks(1, (0, 0, 20, 60, 60, 120))[..., 0].astype(np.uint8)
    tables = [
        hd.PaletteColorLUT(0, np.array([0, part], np.uint8), color)
        for part, color in zip((10, 200, 90), ("red", "green", "blue"), strict=True)
    ]
    made = segmentation(
        images, labels, [description(1, "Liver")], "LABELMAP", palette_color_lut_transformation=_palette(tables)
    )
    hold(exchange, *images, made)
    shown = picture((await exchange.get(f"{instance(made)}/rendered", "image/png")).content)
    assert same_color(shown, tinted(GROUND, (10, 200, 90), OPACITY))[25:55, 65:115].all()


def _palette(tables: list[hd.PaletteColorLUT]) -> hd.PaletteColorLUTTransformation:
    return hd.PaletteColorLUTTransformation(*tables)
