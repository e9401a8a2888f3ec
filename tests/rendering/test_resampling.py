"""Scaling measured: nothing is shown that is not there, nothing is lost that fits, all is where it belongs."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
from numpy.typing import NDArray
from PIL import Image
import pytest

from rendering.resampling import Region, resample

SIDES = [320, 400, 520, 600, 700, 838, 1100]
SHARE_KEPT = 0.5  # of the finest frequency that an image holds: so far details stay
SHARE_FADED = 1.5  # and from there on none can be mistaken for another one


def zone_plate(side: int) -> NDArray[np.uint16]:
    """Rings ever finer outwards, up to the finest that there is at the middle of each edge."""
    y, x = np.mgrid[:side, :side] + 0.5 - side / 2
    return np.rint(2048 + 2000 * np.cos(np.pi * (x * x + y * y) / side)).astype(np.uint16)


def whole(values: NDArray[Any]) -> Region:
    return Region(0, 0, values.shape[1], values.shape[0])


def low_passed(values: NDArray[Any], side: int) -> NDArray[np.float64]:
    """The ideal: no frequency above the image's finest, by Fourier transformation; then every image pixel's centre."""
    source = values.shape[0]
    spectrum = np.fft.fftshift(np.fft.fft2(values.astype(float)))
    first = (source - side + 1) // 2
    cut = np.fft.ifftshift(spectrum[first : first + side, first : first + side])
    shift = 0.5 / side - 0.5 / source
    turns = np.exp(2j * np.pi * np.fft.fftfreq(side, 1 / side) * shift)
    return np.fft.ifft2(cut * turns[:, None] * turns[None, :]).real * (side / source) ** 2


@pytest.mark.parametrize("side", SIDES)
def test_a_zone_plate_leaves_no_moire(side: int) -> None:
    plate = zone_plate(2048)
    image = resample(plate, whole(plate), side, side).astype(float) - 2048
    radius = np.hypot(*(np.mgrid[:side, :side] + 0.5 - side / 2)) / (side / 2) * 2048 / side
    inside = np.hypot(*(np.mgrid[:side, :side] + 0.5 - side / 2)) < side / 2
    assert image[radius < SHARE_KEPT].std() > 0.75 * 2000 / np.sqrt(2)
    assert image[(radius > SHARE_FADED) & inside].std() < 0.12 * 2000 / np.sqrt(2)


@pytest.mark.parametrize("side", SIDES)
def test_what_the_image_can_hold_is_what_an_ideal_low_pass_leaves(side: int) -> None:
    """Where rings are coarse the difference to the ideal is a loss of contrast, and no shift."""
    plate = zone_plate(2048)
    image = resample(plate, whole(plate), side, side).astype(float) - 2048
    ideal = low_passed(plate, side) - 2048
    radius = np.hypot(*(np.mgrid[:side, :side] + 0.5 - side / 2)) / (side / 2) * 2048 / side
    coarse = radius < SHARE_KEPT
    contrast = (image[coarse] * ideal[coarse]).sum() / (ideal[coarse] ** 2).sum()
    assert 0.75 < contrast <= 1.01
    assert np.corrcoef(image[coarse], ideal[coarse])[0, 1] > 0.98


@pytest.mark.parametrize("period", [2, 2.5, 3, 3.7])
@pytest.mark.parametrize("side", [150, 233, 289, 350])
def test_a_fine_grid_becomes_gray(period: float, side: int) -> None:
    """The lines of a scatter grid, finer than the image: no bars where there are none."""
    grid = np.tile(np.rint(2000 + 1500 * np.sin(2 * np.pi * np.arange(1024) / period)), (1024, 1)).astype(np.int16)
    shares = 2 * (1024 / period) / side
    image = resample(grid, whole(grid), side, side).astype(float)
    if shares >= SHARE_FADED:
        assert np.abs(image[2:-2, 2:-2] - 2000).max() < 0.25 * 1500


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 60), st.integers(1, 300)),
    st.tuples(st.floats(0, 50), st.floats(0, 50)),
    st.tuples(st.floats(0.2, 60), st.floats(0.2, 60)),
    st.sampled_from([np.uint8, np.uint16, np.int16]),
)
def test_moderate_scaling_equals_another_program(
    size: tuple[int, int], corner: tuple[float, float], extent: tuple[float, float], kind: type[np.generic]
) -> None:
    """Pillow's triangle filter, in floating point and on all of the frame."""
    values = np.random.default_rng(5).integers(0, 127, (120, 120)).astype(kind)
    columns, rows = size
    if min(extent[0] / columns, extent[1] / rows) >= 2.8:
        return
    box = (*corner, corner[0] + extent[0], corner[1] + extent[1])
    expected = Image.fromarray(values.astype(np.float32)).resize(size, Image.Resampling.BILINEAR, box)
    scaled = resample(values, Region(*corner, *extent), columns, rows)
    assert scaled.dtype == kind
    assert np.abs(scaled - np.asarray(expected)).max() <= 1


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("side", [7, 31, 64, 90, 200])
def test_a_constant_stays_constant(kind: type[np.generic], side: int) -> None:
    values = np.full((101, 97), 100, kind)
    assert (resample(values, Region(0.3, 0.7, 96, 99.1), side, side) == 100).all()


@pytest.mark.parametrize("factor", [1.3, 2, 2.9, 4, 7.7, 20, 60])
def test_no_pixel_leaves_the_range_of_those_around_it(factor: float) -> None:
    """No dark seam around metal, no bright one around air."""
    edge = np.where(np.add.outer(np.arange(600), np.arange(600)) < 613, -1000, 3000).astype(np.int16)
    side = round(600 / factor)
    image = resample(edge, whole(edge), side, side)
    assert image.min() == -1000
    assert image.max() == 3000
    assert (np.diff(image.astype(int), axis=1) >= 0).all()


@pytest.mark.parametrize("factor", [1.5, 2.5, 3, 5, 10, 30])
@pytest.mark.parametrize("phase", [0, 1, 2, 5])
def test_the_finest_bright_line_is_never_lost(factor: float, phase: int) -> None:
    """It keeps all of its brightness, spread over at most a few pixels of the image."""
    line = np.zeros((900, 900), np.uint16)
    line[:, 300 + phase] = 4000
    side = round(900 / factor)
    across = resample(line, whole(line), side, side).astype(float)[side // 2]
    assert across.sum() * factor == pytest.approx(4000, rel=0.1)
    assert across.max() > 0.45 * 4000 / factor
    assert np.abs((np.arange(side) + 0.5) @ across / across.sum() - (300.5 + phase) / factor) < 0.1


def test_parts_of_a_frame_are_scaled_as_the_whole_is() -> None:
    noise = np.random.default_rng(9).integers(0, 4096, (960, 1200), dtype=np.uint16)
    at_once = resample(noise, whole(noise), 200, 160).astype(int)
    part = resample(noise, Region(360, 240, 480, 360), 80, 60).astype(int)
    assert np.abs(part - at_once[40:100, 60:140]).max() <= 1


def test_colours_are_scaled_each_for_itself() -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    for side in (31, 90, 333):
        scaled = resample(rgb, whole(rgb), side, side)
        for channel in range(3):
            alone = resample(rgb[..., channel], whole(rgb), side, side)
            assert np.abs(scaled[..., channel].astype(int) - alone).max() <= 1


def test_beyond_the_edge_the_edge_goes_on() -> None:
    values = np.arange(100, dtype=np.uint8).reshape(10, 10)
    scaled = resample(values, Region(-2, -1, 14, 12), 14, 12)
    assert (scaled == np.pad(values, ((1, 1), (2, 2)), mode="edge")).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 3)])
@pytest.mark.parametrize("size", [(1, 1), (300, 1), (1, 300), (40, 40)])
def test_any_shape_becomes_any_size(shape: tuple[int, int], size: tuple[int, int]) -> None:
    values = np.full(shape, 7, np.uint16)
    scaled = resample(values, whole(values), *size)
    assert scaled.shape == size[::-1]
    assert (scaled == 7).all()


def test_a_very_large_frame_is_scaled_in_the_memory_that_it_takes() -> None:
    values = np.zeros((20_000, 20_000), np.uint8)
    values[10_000:, :] = 200
    scaled = resample(values, Region(1000, 5000, 18_000, 10_000), 900, 500)
    assert (scaled[:249] == 0).all()
    assert (scaled[251:] == 200).all()


@pytest.mark.parametrize("side", [30, 100, 333])
def test_what_stands_on_a_high_ground_keeps_its_differences(side: int) -> None:
    """Values of 32 and 64 bits beyond the precision of the calculation."""
    values = np.tile(np.arange(120), (120, 1))
    low = resample(values.astype(np.float64), whole(values), side, side)
    high = resample(values.astype(np.uint32) + 4_000_000_000, whole(values), side, side)
    assert np.abs(high - 4_000_000_000 - low).max() < 1e-3
