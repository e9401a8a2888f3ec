"""Structure sets over the images they were drawn on: contours where they are in the patient, to parts of a pixel."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
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
    POSITION,
    RED,
    SPACING,
    THICKNESS,
    contour,
    dose,
    hold,
    instance,
    picture,
    same_color,
    slices,
    structures,
    tinted,
)

GROUND, OPACITY = 60, 0.12
PARTS = 'multipart/related; type="image/png"'
pytestmark = pytest.mark.asyncio(loop_scope="module")
Points = Sequence[tuple[float, float, float]]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path_factory.mktemp("exchange"), {"general": []}) as opened:
        yield opened


def at(column: float, row: float, number: int = 1, away: float = 0.0) -> tuple[float, float, float]:
    """The point in the patient at a position in image `number`, or `away` millimetres above it."""
    x, y, z = POSITION
    return x + (column - 0.5) * SPACING[1], y + (row - 0.5) * SPACING[0], z + THICKNESS * (number - 1) + away


def square(left: float, top: float, side: float, number: int = 1, away: float = 0.0) -> Points:
    corners = ((left, top), (left + side, top), (left + side, top + side), (left, top + side))
    return [at(column, row, number, away) for column, row in corners]


async def rendered(exchange: Exchange, images: Sequence[Dataset], made: Dataset, accept: str = PARTS) -> httpx.Response:
    hold(exchange, *images, made)
    return await exchange.get(f"{instance(made)}/rendered", accept)


def centre(shown: NDArray[np.uint8]) -> float:
    """Where along a row of pixels a red line crosses, in pixels from its edge."""
    redness = shown[:, 0].astype(float) - shown[:, 2]
    redness[redness < 60] = 0
    return float((redness * (np.arange(redness.size) + 0.5)).sum() / redness.sum())


async def test_contours_on_the_images_they_name(exchange: Exchange) -> None:
    images = slices(4)
    drawn = [contour("CLOSED_PLANAR", square(60.3, 40.8, 50, number), images[number - 1]) for number in (2, 4)]
    other = [contour("CLOSED_PLANAR", square(140, 30, 40, 4), images[3])]
    made = structures({"PTV": (RED, drawn), "Heart": (BLUE, other)}, images)
    parts = parts_of(await rendered(exchange, images[::-1], made))
    assert [part["Vitrine-Rendering"].partition("over=")[2] for part in parts] == [
        f'"{instance(images[number - 1]).removeprefix("/dicomweb")}/frames/1"' for number in (2, 4)
    ]
    first, second = (picture(part.get_payload(decode=True)) for part in parts)
    assert centre(first[60, 40:90]) + 40 == pytest.approx(60.3, abs=0.15)
    assert centre(first[20:70, 90]) + 20 == pytest.approx(40.8, abs=0.15)
    assert same_color(first[50:80, 70:100], tinted(GROUND, RED, OPACITY)).all()
    assert not same_color(first, BLUE, 60).any()
    assert same_color(second[40:60, 150:170], tinted(GROUND, BLUE, OPACITY)).all()


async def test_oblique_images_agree_with_another_program(exchange: Exchange) -> None:
    across, down = np.array([0.8, 0.36, 0.48]), np.array([-0.6, 0.48, 0.64])
    images = slices(1, ImageOrientationPatient=[*across, *down])
    grid = SimpleITK.Image(240, 200, 1, SimpleITK.sitkUInt8)
    grid.SetOrigin(POSITION)
    grid.SetSpacing((SPACING[1], SPACING[0], THICKNESS))
    grid.SetDirection(np.column_stack([across, down, np.cross(across, down)]).ravel().tolist())
    indices = [(30.2, 20.1), (150.7, 20.1), (150.7, 90.4), (30.2, 90.4)]
    points = [grid.TransformContinuousIndexToPhysicalPoint((*index, 0.0)) for index in indices]
    made = structures({"PTV": (RED, [contour("CLOSED_PLANAR", points, images[0])])}, images)
    shown = picture((await rendered(exchange, images, made, "image/png")).content)
    assert centre(shown[50, 10:60]) + 10 == pytest.approx(30.7, abs=0.15)
    assert centre(shown[50, 130:180]) + 130 == pytest.approx(151.2, abs=0.15)
    assert centre(shown[10:40, 80]) + 10 == pytest.approx(20.6, abs=0.15)
    assert centre(shown[70:110, 80]) + 70 == pytest.approx(90.9, abs=0.15)


@pytest.mark.parametrize("kind", ["CLOSEDPLANAR_XOR", "keyhole"])
async def test_holes_are_left_out(exchange: Exchange, kind: str) -> None:
    images = slices(1)
    outer, inner = square(60, 20, 80), square(80, 40, 40)
    if kind == "keyhole":
        channel = [*outer, outer[0], inner[0], inner[3], inner[2], inner[1], inner[0], outer[0]]
        drawn = [contour("CLOSED_PLANAR", channel, images[0])]
    else:
        drawn = [contour(kind, points, images[0]) for points in (outer, inner)]
    made = structures({"Ring": (RED, drawn)}, images)
    shown = picture(parts_of(await rendered(exchange, images, made))[0].get_payload(decode=True))
    assert same_color(shown[45:75, 85:115], (GROUND,) * 3).all()
    assert same_color(shown[25:35, 85:135], tinted(GROUND, RED, OPACITY)).all()


async def test_points_and_open_lines(exchange: Exchange) -> None:
    images = slices(3)
    needle = [at(60, 60.5, 1), at(80, 60.5, 1), at(100, 60.5, 3), at(120, 60.5, 3)]
    made = structures(
        {
            "Isocentre": (RED, [contour("POINT", [at(50.5, 50.5)])]),
            "Wire": (RED, [contour("OPEN_PLANAR", [at(100, 20.5), at(150, 20.5), at(150, 90)])]),
            "Needle": (BLUE, [contour("OPEN_NONPLANAR", needle)]),
        },
        images,
    )
    parts = parts_of(await rendered(exchange, images, made))
    shown = [picture(part.get_payload(decode=True)) for part in parts]
    assert len(shown) == 3
    assert same_color(shown[0][50, 48:53], RED, 60).any()
    assert same_color(shown[0][48:53, 50], RED, 60).any()
    assert same_color(shown[0][20, 110:140], RED, 120).all()
    assert same_color(shown[0][30:80, 110:140], (GROUND,) * 3).all()  # not closed
    blue = [same_color(one[60], BLUE, 120) for one in shown]
    assert [one.any() for one in blue] == [True, True, True]
    assert blue[0][65:75].all()
    assert blue[1][85:95].all()
    assert blue[2][105:115].all()
    assert not blue[0][90:].any()


async def test_without_names_a_contour_lies_where_it_is_and_nowhere_else(exchange: Exchange) -> None:
    images = slices(3)
    near = contour("CLOSED_PLANAR", square(60, 20, 40, 2, away=1.2))
    beyond = contour("CLOSED_PLANAR", square(60, 20, 40, 3, away=2.0))
    slanting = contour("CLOSED_PLANAR", [at(60, 20, 1), at(100, 20, 1), at(100, 60, 3)])
    broken = contour("CLOSED_PLANAR", square(60, 20, 40, 1))
    broken.ContourData = [*list(broken.ContourData)[:-1], ""]
    made = structures({"Lung": (RED, [near, beyond, slanting, broken])}, [])
    response = await rendered(exchange, images, made)
    (part,) = parts_of(response)
    assert images[1].SOPInstanceUID in part["Vitrine-Rendering"]
    assert "left out: 3" in part["Warning"]


async def test_a_contour_that_names_an_image_it_does_not_lie_in_is_drawn_where_it_lies(exchange: Exchange) -> None:
    images = slices(3)
    made = structures({"Lung": (RED, [contour("CLOSED_PLANAR", square(60, 20, 40, 3), images[0])])}, images)
    shown = await rendered(exchange, images, made, "image/png")
    assert images[2].SOPInstanceUID in shown.headers["vitrine-rendering"]


@pytest.mark.parametrize("more", [{"FrameOfReferenceUID": "1.2.1.901"}, {"PixelSpacing": None}])
async def test_without_images_to_draw_on_nothing_is_shown(exchange: Exchange, more: dict[str, Any]) -> None:
    images = slices(1, **more)
    made = structures({"Lung": (RED, [contour("CLOSED_PLANAR", square(60, 20, 40), images[0])])}, images)
    response = await rendered(exchange, images, made)
    assert response.status_code == 406
    assert "None of the images" in response.json()["detail"]


async def test_a_structure_set_has_no_frames_and_hostile_names_do_no_harm(exchange: Exchange) -> None:
    images = slices(1)
    drawn = contour("CLOSED_PLANAR", [at(1e5, -1e5), at(-1e5, -1e5), at(1e5, 1e5)], images[0])
    made = structures({"\u202e<b>\x1b[31m" * 5: ((300, -1, 0), [drawn])}, images)
    hold(exchange, *images, made)
    assert (await exchange.get(f"{instance(made)}/frames/1/rendered", "image/png")).status_code == 404
    response = await exchange.get(f"{instance(made)}/rendered?viewport=400,400,100,100,0.5,0.5", "image/png")
    assert response.status_code == 200
    assert picture(response.content).shape[2] == 3


async def test_what_cannot_be_shown_does_not_spoil_the_study(exchange: Exchange) -> None:
    images = slices(2)
    lost = structures({"Lung": (RED, [contour("CLOSED_PLANAR", square(60, 20, 40, away=50))])}, [])
    errors = dose(np.zeros((1, 4, 4), np.uint16), POSITION, [0], DoseType="ERROR")
    hold(exchange, *images, lost, errors)
    parts = parts_of(await exchange.get("/dicomweb/studies/1.2.1/rendered", PARTS))
    assert len(parts) == 2
