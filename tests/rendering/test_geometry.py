"""Where a point of the frame is shown: the geometry's map agrees with what the images show."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import imagecodecs
import numpy as np
from numpy.typing import NDArray
import pytest

from rendering.frame import EncodedFrame
from rendering.options import RenderOptions, Viewport, Window
from rendering.viewport import Geometry, plan, scale, turn
from tests.rendering.frames import attributes_of, shown

ROWS, COLUMNS = 90, 120


def image_of(values: NDArray[Any], geometry: Geometry, **changes: Any) -> NDArray[Any]:
    return turn(scale(values, geometry, attributes_of(values, **changes)), geometry)


def center_of(image: NDArray[Any]) -> tuple[float, float]:
    weights = image.astype(float)
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
    return float((columns * weights).sum() / weights.sum()), float((rows * weights).sum() / weights.sum())


@settings(max_examples=80, deadline=None)
@given(
    st.integers(30, 90),
    st.integers(25, 65),
    st.sampled_from([0, 90, 180, 270]),
    st.booleans(),
    st.booleans(),
    st.floats(0.2, 4),
    st.floats(0.5, 2),
    st.tuples(st.floats(0, 10), st.floats(0, 10), st.floats(100, 110), st.floats(75, 80)),
)
def test_a_marker_lands_where_the_map_says(
    column: int,
    row: int,
    rotation: int,
    across: bool,
    down: bool,
    zoom: float,
    aspect: float,
    region: tuple[float, ...],
) -> None:
    values = np.zeros((ROWS, COLUMNS), np.uint8)
    values[row - 1 : row + 2, column - 1 : column + 2] = 240
    left, top, width, height = region
    columns, rows = round(width * zoom), round(height * zoom * aspect)
    size = (rows, columns) if rotation % 180 else (columns, rows)
    geometry = Geometry(left, top, width, height, *size, across, down, rotation)
    image = image_of(values, geometry)
    assert image.shape == (geometry.rows, geometry.columns)
    expected = geometry.to_image(column + 0.5, row + 0.5)
    assert np.abs(np.subtract(center_of(image), expected)).max() < 0.25


@pytest.mark.parametrize("flip", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("aspect", [1.0, 1.7, 0.6])
def test_the_viewport_of_a_request_says_the_same(flip: tuple[bool, bool], aspect: float) -> None:
    values = np.zeros((ROWS, COLUMNS), np.uint8)
    values[40, 70] = 255
    viewport = Viewport(517, 433, 11.3, 7.9, 90.4, 70.1, *flip)
    attributes = attributes_of(values, pixel_aspect=aspect)
    geometry = plan(attributes, RenderOptions(viewport=viewport))
    shown = center_of(turn(scale(values, geometry, attributes), geometry))
    assert np.abs(np.subtract(shown, geometry.to_image(70.5, 40.5))).max() < 0.25


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_rotation_is_clockwise_and_before_the_flip(rotation: int, mirrored: bool) -> None:
    """PS3.3 C.10.6, against numpy's rotation, which goes the other way."""
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    size = (3, 4) if rotation % 180 else (4, 3)
    expected = np.rot90(values, -rotation // 90)
    expected = expected[:, ::-1] if mirrored else expected
    assert (image_of(values, Geometry(0, 0, 4, 3, *size, mirrored, False, rotation)) == expected).all()


Y, X = np.mgrid[:1019, :1021] + 0.5


def encoded_as(syntax: str, values: NDArray[np.uint8]) -> bytes:
    match syntax:
        case "50":
            return bytes(imagecodecs.jpeg8_encode(values, level=95))
        case "90":
            return bytes(imagecodecs.jpeg2k_encode(values, codecformat="j2k", reversible=True, resolutions=6))
        case _:
            return bytes(imagecodecs.htj2k_encode(values))


@pytest.mark.parametrize("syntax", ["50", "90", "201"])
@pytest.mark.parametrize("side", [511, 300, 203, 100, 64])
@pytest.mark.parametrize("middle", [(500.3, 400.7), (903.1, 110.2)])
def test_a_reduced_decoding_has_everything_where_the_frame_has_it(
    syntax: str, side: int, middle: tuple[float, float]
) -> None:
    """Wavelets keep pixels where they are; JPEG's blocks put them in the middle of those that they stand for."""
    distance = (X - middle[0]) ** 2 + (Y - middle[1]) ** 2
    values = np.rint(250 * np.exp(-distance / 2 / 20**2)).astype(np.uint8)
    attributes = attributes_of(values)
    frame = EncodedFrame(encoded_as(syntax, values), f"1.2.840.10008.1.2.4.{syntax}", attributes)
    viewport = Viewport(side, side)
    image = shown(frame, viewport=viewport, window=Window(128, 256))
    expected = plan(attributes, RenderOptions(viewport=viewport)).to_image(*middle)
    found = center_of(np.where(image > 12, image, 0))
    assert np.abs(np.subtract(found, expected)).max() < 0.08
