"""Geometry by the book (PS3.18 §8.3.5.1.3), scaling without aliases, padding that stays where it is."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from rendering.errors import InvalidOption, TooLarge
from rendering.options import Encoding, RenderOptions, Viewport, Window
from rendering.render import render
from rendering.viewport import plan, scale, scale_around_padding
from tests.rendering.frames import attributes_of, frame_of, shown

WIDE = np.zeros((100, 200), np.uint8)
RAMP = np.tile(np.arange(0, 240, 2, dtype=np.uint8), (80, 1))
AS_IS = Window(128, 256)


@pytest.mark.parametrize(
    ("viewport", "aspect", "maximum_side", "columns", "rows"),
    [
        (None, 1.0, None, 200, 100),
        (None, 2.0, None, 200, 100),
        (None, 1.0, 50, 50, 25),
        (None, 1.0, 500, 200, 100),
        (Viewport(200, 100), 1.0, None, 200, 100),
        (Viewport(100, 100), 1.0, None, 100, 50),
        (Viewport(100, 20), 1.0, None, 40, 20),
        (Viewport(1000, 1000), 1.0, None, 1000, 500),
        (Viewport(1000, 1000), 1.0, 300, 300, 150),
        (Viewport(200, 200), 2.0, None, 200, 200),
        (Viewport(200, 200), 4.0, None, 100, 200),
        (Viewport(200, 200), 0.5, None, 200, 50),
        (Viewport(100, 100, region_width=100), 1.0, None, 100, 100),
        (Viewport(100, 100, x=150), 1.0, None, 50, 100),
        (Viewport(100, 100, x=150, region_width=500, region_height=25), 1.0, None, 100, 50),
        (Viewport(100, 100, x=10.5, y=20.25, region_width=20.5, region_height=41), 1.0, None, 50, 100),
        (Viewport(1000, 1000, region_width=100, region_height=60), 1.0, 50, 25, 15),
        (Viewport(10, 10, region_width=100), 1.0, 50, 10, 10),
        (Viewport(3, 500), 1.0, None, 3, 2),
        (Viewport(1, 1), 1.0, None, 1, 1),
    ],
)
def test_the_image_just_fits_the_viewport(
    viewport: Viewport | None, aspect: float, maximum_side: int | None, columns: int, rows: int
) -> None:
    options = RenderOptions(encoding=Encoding.PNG, viewport=viewport, maximum_side=maximum_side)
    image = render(frame_of(WIDE, pixel_aspect=aspect), options)
    assert (image.columns, image.rows) == (columns, rows)


@pytest.mark.parametrize(
    ("maximum_side", "columns", "rows"), [(None, 200, 100), (2000, 200, 100), (100, 10, 5), (1, 1, 1)]
)
def test_a_tile_shows_no_more_than_its_slide_may(maximum_side: int | None, columns: int, rows: int) -> None:
    tile = frame_of(WIDE, total_columns=2000, total_rows=1000)
    for viewport in (None, Viewport(200, 200)):
        image = render(tile, RenderOptions(encoding=Encoding.PNG, viewport=viewport, maximum_side=maximum_side))
        assert (image.columns, image.rows) == (columns, rows)


@pytest.mark.parametrize(
    "viewport",
    [
        *(Viewport(10, 10, x=200), Viewport(10, 10, y=100.5), Viewport(10, 10, x=1e9), Viewport(10, 10, x=-1)),
        *(Viewport(10, 10, region_width=1e-9), Viewport(10, 10, region_height=0.4), Viewport(10, 10, x=199.9)),
    ],
)
def test_a_region_outside_the_frame_or_smaller_than_a_pixel_is_refused(viewport: Viewport) -> None:
    with pytest.raises(InvalidOption):
        render(frame_of(WIDE), RenderOptions(viewport=viewport))


def test_an_image_above_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge):
        render(frame_of(WIDE), RenderOptions(viewport=Viewport(2000, 2000)), maximum_pixels=1_000_000)


@given(
    st.builds(
        Viewport,
        st.integers(1, 400),
        st.integers(1, 400),
        st.floats(0, 199),
        st.floats(0, 99),
        st.none() | st.floats(0.51, 300),
        st.none() | st.floats(0.51, 300),
        st.booleans(),
        st.booleans(),
    ),
    st.floats(0.1, 10),
    st.none() | st.integers(1, 300),
    st.sampled_from([0, 1, 2]),
)
def test_any_region_gives_an_image_within_the_viewport(
    viewport: Viewport, aspect: float, maximum_side: int | None, reduction: int
) -> None:
    attributes = attributes_of(WIDE, pixel_aspect=aspect)
    geometry = plan(attributes, RenderOptions(viewport=viewport, maximum_side=maximum_side))
    assert 1 <= geometry.columns <= min(viewport.width, maximum_side or 400)
    assert 1 <= geometry.rows <= min(viewport.height, maximum_side or 400)
    if maximum_side is not None:
        finest = maximum_side / max(200, 100 * aspect)
        assert geometry.columns <= max(1, geometry.width * finest + 0.5)
        assert geometry.rows <= max(1, geometry.height * aspect * finest + 0.5)
    reduced = WIDE[:: 1 << reduction, :: 1 << reduction]
    assert scale(reduced, geometry, attributes).shape == (geometry.rows, geometry.columns)


def test_whole_pixels_are_cut_out_unchanged() -> None:
    part = Viewport(30, 20, x=12, y=7, region_width=30, region_height=20)
    assert (shown(frame_of(RAMP), viewport=part, window=AS_IS) == RAMP[7:27, 12:42]).all()


def test_flips_mirror_the_region() -> None:
    values = np.arange(200, dtype=np.uint8).reshape(10, 20)
    part: dict[str, Any] = {"x": 5, "y": 2, "region_width": 10, "region_height": 6}
    plain = shown(frame_of(values), viewport=Viewport(10, 6, **part))
    assert (shown(frame_of(values), viewport=Viewport(10, 6, **part, flip_horizontal=True)) == plain[:, ::-1]).all()
    assert (shown(frame_of(values), viewport=Viewport(10, 6, **part, flip_vertical=True)) == plain[::-1]).all()


@pytest.mark.parametrize(("left", "width"), [(10, 60), (10.5, 60), (20.25, 3.5), (33.3, 70.7)])
def test_enlarging_interpolates_at_the_exact_place(left: float, width: float) -> None:
    part = Viewport(400, 4000, x=left, y=10, region_width=width, region_height=40)
    row = shown(frame_of(RAMP), viewport=part, window=AS_IS)[100].astype(float)
    centers = left + (np.arange(row.size) + 0.5) * width / row.size
    assert np.abs(row - (centers - 0.5) * 2).max() <= 1


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.uint16, np.int32, np.uint32])
@pytest.mark.parametrize("side", [17, 90])
def test_every_type_can_be_scaled(kind: type[np.integer], side: int) -> None:
    values = np.full((40, 40), 100, kind)
    assert (shown(frame_of(values), viewport=Viewport(side, side), window=Window(101, 5)) == 96).all()


@pytest.mark.parametrize("side", [16, 50, 64, 200])
@pytest.mark.parametrize("kind", [np.int16, np.int32])
def test_padding_bleeds_neither_way(side: int, kind: type[np.integer]) -> None:
    values = np.full((100, 100), 500, kind)
    values[:, :37] = -2000
    image = shown(frame_of(values, padding=(-2000, -2000)), viewport=Viewport(side, side), window=Window(500, 2))
    assert set(np.unique(image)) <= {0, int(image[0, -1])}
    assert image[0, -1] > 0
    assert abs(int((image[0] == 0).sum()) - side * 0.37) <= 1


def test_a_mean_that_falls_on_padding_stays_visible() -> None:
    values = np.array([[-10, 10] * 8] * 16, np.int16)
    values[0, 0] = 0
    attributes = attributes_of(values)
    geometry = plan(attributes, RenderOptions(viewport=Viewport(8, 8)))
    scaled = scale_around_padding(values, geometry, attributes, (0, 0))
    assert (scaled != 0).all()
    assert np.abs(scaled).max() <= 4


def test_padding_beside_very_large_values_stays_padding() -> None:
    values = np.array([[-90_374_124, 100, 100]], np.int32)
    attributes = attributes_of(values)
    geometry = plan(attributes, RenderOptions(viewport=Viewport(2, 1)))
    scaled = scale_around_padding(values, geometry, attributes, (100, 40_000))
    assert scaled.tolist() == [[pytest.approx(-90_374_124, rel=1e-6), 100]]


def test_scaling_around_padding_equals_plain_scaling_without_padding() -> None:
    noise = np.random.default_rng(3).integers(0, 4096, (90, 70), dtype=np.uint16)
    attributes = attributes_of(noise)
    geometry = plan(attributes, RenderOptions(viewport=Viewport(50, 50)))
    plain = scale(noise, geometry, attributes)
    noise[0, 0] = 65535
    padded = scale_around_padding(noise, geometry, attributes, (65535, 65535))
    assert np.abs(padded[2:, 2:].astype(int) - plain[2:, 2:]).max() <= 1
