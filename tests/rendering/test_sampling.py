"""Values of one grid at the pixels of another, against SimpleITK."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
from numpy.typing import NDArray
import SimpleITK

from rendering.options import RenderOptions, Viewport
from rendering.reading.plane import Affine
from rendering.sampling import after, averaged, linear, nearest, to_frame
from rendering.viewport import plan
from tests.rendering.frames import attributes_of

SIZE = (37, 29)
angles = st.floats(-3, 3)
scales = st.floats(0.3, 3)
shifts = st.floats(-20, 20)


def affine(angle: float, across: float, down: float, x: float, y: float) -> Affine:
    cosine, sine = np.cos(angle), np.sin(angle)
    return (cosine * across, -sine * down, x, sine * across, cosine * down, y)


def resampled(values: NDArray[Any], placement: Affine, interpolator: int, outside: float) -> NDArray[Any]:
    """SimpleITK counts from the centre of the first pixel."""
    a, b, c, d, e, f = placement
    transform = SimpleITK.AffineTransform([a, b, d, e], [a / 2 + b / 2 + c - 0.5, d / 2 + e / 2 + f - 0.5])
    grid = SimpleITK.Image(*SIZE, SimpleITK.sitkFloat64)
    image = SimpleITK.GetImageFromArray(values)
    return SimpleITK.GetArrayFromImage(SimpleITK.Resample(image, grid, transform, interpolator, outside))


@given(angles, scales, scales, shifts, shifts, st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_linear_and_nearest_agree_with_another_program(
    angle: float, across: float, down: float, x: float, y: float, seed: int
) -> None:
    placement = affine(angle, across, down, x, y)
    values = np.random.default_rng(seed).integers(0, 1000, (23, 31)).astype(np.float64)
    ours, theirs = linear(values, placement, SIZE), resampled(values, placement, SimpleITK.sitkLinear, np.nan)
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    np.testing.assert_allclose(ours[both], theirs[both], atol=0.01)  # SimpleITK steps along nearly straight rows
    assert (np.isnan(ours) != np.isnan(theirs)).mean() < 0.02  # on the very edge either is right
    near = nearest(values.astype(np.uint16), placement, SIZE, 9999)
    other = resampled(values, placement, SimpleITK.sitkNearestNeighbor, 9999)
    assert (near != other).mean() < 0.02


def test_means_are_of_all_that_a_pixel_covers() -> None:
    values = np.arange(64, dtype=np.float32).reshape(8, 8)
    means = averaged(values, (4.0, 0.0, 0.0, 0.0, 2.0, 0.0), (2, 4))
    np.testing.assert_allclose(means, values.reshape(4, 2, 2, 4).mean(axis=(1, 3)))
    half_outside = averaged(np.ones((8, 8), np.float32), (4.0, 0.0, -2.0, 0.0, 4.0, 0.0), (2, 2))
    np.testing.assert_allclose(half_outside, [[0.5, 1], [0.5, 1]])


def test_small_pixels_have_the_value_they_lie_in() -> None:
    values = np.array([[0, 1], [1, 0]], np.float32)
    np.testing.assert_array_equal(averaged(values, (0.25, 0, 0, 0, 0.25, 0), (8, 8)), np.kron(values, np.ones((4, 4))))


def test_a_region_is_seen_where_it_is() -> None:
    attributes = attributes_of(np.zeros((100, 200), np.uint8))
    geometry = plan(attributes, RenderOptions(viewport=Viewport(50, 50, 20, 30, 100, 50)))
    assert (geometry.columns, geometry.rows) == (50, 25)
    a, b, c, d, e, f = after((2.0, 0.0, 1.0, 0.0, 3.0, -1.0), to_frame(geometry))
    assert (a * 25 + b * 10 + c, d * 25 + e * 10 + f) == (2 * 70 + 1, 3 * 50 - 1)
