"""Radiotherapy doses over images: where SimpleITK puts them, in the colours of their gray, plane by plane."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest
import pytest_asyncio
import SimpleITK

from demo.archive.app import Archive
from proxy.settings.server import Server
from tests.exchange import ORIGIN, Exchange, ct, opened_exchange
from tests.proxy.dicomweb.answers import parts_of
from tests.proxy.dicomweb.composites import (
    COLUMNS,
    POSITION,
    ROWS,
    SPACING,
    THICKNESS,
    changed,
    dose,
    hold,
    instance,
    picture,
    same_color,
    slices,
)

GROUND, OPACITY = 60, 0.3
PARTS = 'multipart/related; type="image/png"'
pytestmark = pytest.mark.asyncio(loop_scope="module")
CORNER = (POSITION[0] + 11.3, POSITION[1] + 7.9, POSITION[2])
GRID = (3, 40, 60)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path_factory.mktemp("exchange"), {"general": []}) as opened:
        yield opened


def hill(*peaks: float) -> NDArray[np.uint32]:
    """Planes in milligray that rise to each of `peaks` gray."""
    row, column = np.mgrid[: GRID[1], : GRID[2]]
    shape = np.exp(-((row - 15.3) ** 2 + (column - 24.6) ** 2) / 200)
    return np.stack([np.rint(1000 * peak * shape).astype(np.uint32) for peak in peaks])


def on_image(plane: NDArray[Any], corner: Any = CORNER) -> NDArray[np.float64]:
    """A plane of dose in gray as SimpleITK interpolates it at the pixels of the image; negative outside the grid."""
    grid = SimpleITK.GetImageFromArray(plane.astype(np.float64) / 1000)
    grid.SetOrigin(corner[:2])
    grid.SetSpacing((2.0, 1.5))
    image = SimpleITK.Image(COLUMNS, ROWS, SimpleITK.sitkFloat64)
    image.SetOrigin(POSITION[:2])
    image.SetSpacing((SPACING[1], SPACING[0]))
    resampled = SimpleITK.Resample(grid, image, SimpleITK.Transform(), SimpleITK.sitkLinear, -1.0)
    return SimpleITK.GetArrayFromImage(resampled)


async def test_each_plane_lies_over_its_image_in_bands_of_gray(exchange: Exchange) -> None:
    images = slices(4)
    planes = hill(45, 72, 30)
    made = dose(planes, CORNER, [0, THICKNESS, 2 * THICKNESS])
    hold(exchange, *images, made)
    parts = parts_of(await exchange.get(f"{instance(made)}/rendered", PARTS))
    assert [part["Vitrine-Rendering"].split("/")[-3] for part in parts] == [
        image.SOPInstanceUID for image in images[:3]
    ]
    for part, plane in zip(parts, planes, strict=True):
        shown = picture(part.get_payload(decode=True))
        expected = on_image(plane)
        for lowest, highest in ((10, 20), (20, 30), (2, 5)):
            color = _color(shown, (expected > lowest * 1.02) & (expected < highest * 0.98))
            assert not same_color(shown, color)[(expected < lowest * 0.98) | (expected > highest * 1.02)].any()
        assert same_color(shown, (GROUND,) * 3)[:12].all(), "nothing beyond the grid"


def _color(shown: NDArray[np.uint8], band: NDArray[np.bool_]) -> tuple[int, ...]:
    """The one colour that almost all of a band has; lines are what the rest is."""
    band = band & (np.arange(ROWS) < 110)[:, np.newaxis]  # above the legend
    colors, counts = np.unique(shown[band], axis=0, return_counts=True)
    assert counts.max() > 0.6 * counts.sum()
    return tuple(int(part) for part in colors[counts.argmax()])


async def test_the_same_colour_is_the_same_dose_in_every_plane(tmp_path: Path) -> None:
    images = slices(2)
    planes = hill(72, 26, 0)
    made = dose(planes[:2], CORNER, [0, THICKNESS])
    async with opened_exchange(tmp_path, {"general": [*images, made]}) as exchange:
        one, other = [
            picture((await exchange.get(f"{instance(made)}/frames/{number}/rendered", "image/png")).content)
            for number in (1, 2)
        ]
        bands = [(on_image(plane) > 10.5) & (on_image(plane) < 19.5) for plane in planes[:2]]
        assert _color(one, bands[0]) == _color(other, bands[1])
        asked = dict(exchange.archives["general"].counts())
        assert asked == {"search": 2, "metadata": 2, "frames": 4}, "the study's series, dose and images once each"


async def test_images_are_found_behind_what_the_archive_gives_at_once(tmp_path: Path) -> None:
    (image,), grid = slices(1), dose(hill(20.0), CORNER, [0.0])
    reports = [ct("1.2.1", series, Modality="SR") for series in range(20, 26)]
    archive = Archive([grid, *reports, image], most_results=2, silent=True)
    async with opened_exchange(tmp_path, {"general": archive}) as exchange:
        answer = await exchange.get(f"{instance(grid)}/frames/1/rendered", "image/png")
        assert answer.headers["Vitrine-Rendering"].partition("over=")[2] == f'"/{_path(image)}/frames/1"'


@pytest.mark.parametrize(
    ("offsets", "position", "below"),
    [
        ([100.0, 103.0, 106.0], CORNER, [1, 2, 3]),
        ([0.0, -3.0], (*CORNER[:2], 106.0), [3, 2]),
        ([0.0, 1.4, 2.8], CORNER, [1, 1, 2]),
        ([0.0, 30.0], CORNER, [1, None]),
        ([50.0, 53.0], CORNER, [None, None]),
    ],
    ids=["patient coordinates", "downwards", "finer than the images", "beyond the images", "contradictory"],
)
async def test_planes_are_where_the_grid_says(
    exchange: Exchange, offsets: list[float], position: Any, below: list[int | None]
) -> None:
    images = slices(4)
    made = dose(hill(*[20.0] * len(offsets)), position, offsets)
    hold(exchange, *images, made)
    parts = parts_of(await exchange.get(f"{instance(made)}/rendered", PARTS))
    said = [part["Vitrine-Rendering"].partition("over=")[2] for part in parts]
    assert said == [f'"/{_path(images[one - 1])}/frames/1"' if one else "?0" for one in below]
    assert [("shown alone" in (part["Warning"] or "")) for part in parts] == [one is None for one in below]


def _path(image: Any) -> str:
    return instance(image).removeprefix("/dicomweb/")


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"DoseUnits": "RELATIVE"}, 200),
        ({"DoseType": "ERROR"}, 406),
        ({"DoseUnits": "SV"}, 406),
        ({"DoseGridScaling": 0}, 502),
        ({"FrameOfReferenceUID": "1.2.1.901"}, 200),
    ],
)
async def test_what_dose_it_is_must_be_known(exchange: Exchange, more: dict[str, Any], status: int) -> None:
    made = changed(dose(hill(20), CORNER, [0]), **more)
    hold(exchange, *slices(1), made)
    response = await exchange.get(f"{instance(made)}/frames/1/rendered", "image/png")
    assert response.status_code == status
    if "FrameOfReferenceUID" in more:
        assert "over=?0" in response.headers["vitrine-rendering"]
    assert (await exchange.get(f"{instance(made)}/frames/2/rendered", "image/png")).status_code in {404, status}


async def test_obligations_hold_for_image_and_dose_alike(tmp_path: Path) -> None:
    images = slices(1)
    made = dose(hill(20), CORNER, [0])
    outside = Server(public_url=ORIGIN)
    async with opened_exchange(tmp_path, {"general": [*images, made]}, server=outside) as exchange:
        response = await exchange.get(f"{instance(made)}/frames/1/rendered?viewport=2000,2000", "image/png")
        shown = picture(response.content)
        assert max(shown.shape) == 1024
        assert "watermark=?1" in response.headers["vitrine-rendering"]
        assert shown[-200:, -200:].max() > GROUND + 20
