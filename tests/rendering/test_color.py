"""Colour against the standard's equations, pydicom's palettes, and the ways palettes are written (PS3.3 C.7.6.3)."""

from itertools import product

import numpy as np
from pydicom import dcmread
from pydicom.pixels.processing import apply_color_lut
import pytest

from rendering.color import palette_to_rgb, to_eight_bits, ybr_full_to_rgb
from rendering.dicom_file import read_frame
from rendering.errors import UnsupportedObject
from rendering.frame import LookupTable, Palette
from rendering.options import Window
from tests.rendering.frames import FILES, frame_of, shown


@pytest.mark.parametrize(
    ("ybr", "rgb"),
    [
        ((76, 85, 255), (254, 0, 0)),
        ((150, 44, 21), (0, 255, 1)),
        ((29, 255, 107), (0, 0, 254)),
        ((128, 128, 128), (128, 128, 128)),
    ],
)
def test_known_colours(ybr: tuple[int, ...], rgb: tuple[int, ...]) -> None:
    assert ybr_full_to_rgb(np.array([[ybr]], np.uint8), 8).tolist() == [[list(rgb)]]


def test_ybr_full_follows_the_equations() -> None:
    levels = (0, 1, 17, 64, 127, 128, 129, 200, 254, 255)
    ybr = np.array(list(product(levels, levels, levels)), np.uint8).reshape(40, 25, 3)
    y, cb, cr = (ybr[..., sample].astype(float) for sample in range(3))
    red = y + 1.402 * (cr - 128)
    green = y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128)
    blue = y + 1.772 * (cb - 128)
    expected = np.clip(np.rint(np.stack([red, green, blue], axis=-1)), 0, 255)
    assert np.abs(ybr_full_to_rgb(ybr, 8) - expected).max() == 0


@pytest.mark.parametrize(
    ("ybr", "rgb"),
    [
        ((16, 128, 128), (0, 0, 0)),
        ((235, 128, 128), (255, 255, 255)),
        ((126, 128, 128), (128, 128, 128)),
        ((81, 90, 240), (255, 0, 0)),
        ((145, 54, 34), (0, 255, 0)),
        ((41, 240, 110), (0, 0, 255)),
        ((0, 128, 128), (0, 0, 0)),
        ((255, 128, 128), (255, 255, 255)),
    ],
)
def test_known_colours_of_the_partial_range(ybr: tuple[int, ...], rgb: tuple[int, ...]) -> None:
    """The primaries at full strength as ITU-R BT.601 codes them in 8 bits."""
    for interpretation in ("YBR_PARTIAL_422", "YBR_PARTIAL_420"):
        image = shown(frame_of(np.array([[ybr]], np.uint8), photometric_interpretation=interpretation))
        assert np.abs(image[0, 0].astype(int) - rgb).max() <= 2


def test_a_palette_of_a_real_file() -> None:
    dataset = dcmread(FILES / "examples_palette.dcm")
    expected = apply_color_lut(dataset.pixel_array, dataset) >> 8
    assert (shown(read_frame(FILES / "examples_palette.dcm", 1)) == expected).all()


@pytest.mark.parametrize(
    ("data", "bits"),
    [
        (bytes([1, 2, 3, 0]), 8),
        (np.array([1, 2, 3], "<u2").tobytes(), 8),
        (np.array([0x100, 0x2FF, 0x380], "<u2").tobytes(), 16),
        (np.array([1, 2, 3], "<u2").tobytes(), 16),
        (np.array([0x10, 0x20, 0x30], "<u2").tobytes(), 12),
    ],
    ids=["packed bytes", "bytes in words", "deep", "bytes declared as words", "shallow values declared as 12 bits"],
)
def test_however_a_palette_is_written(data: bytes, bits: int) -> None:
    table = LookupTable(3, 10, bits, data)
    rgb = palette_to_rgb(np.array([[0, 10, 11, 12, 255]], np.uint8), Palette(table, table, table))
    first = data[0] if bits == 12 else 1
    assert rgb[0, :, 0].tolist() == [first, first, 2 * first, 3 * first, 3 * first]


def test_deep_and_shallow_indices_share_a_palette() -> None:
    table = LookupTable(256, 0, 8, bytes(range(256)))
    palette = Palette(table, table, LookupTable(256, 0, 8, bytes(range(255, -1, -1))))
    indices = np.array([[0, 100, 255]], np.uint8)
    expected = [[0, 0, 255], [100, 100, 155], [255, 255, 0]]
    assert palette_to_rgb(indices, palette).tolist() == [expected]
    assert palette_to_rgb(indices.astype(np.uint16), palette).tolist() == [expected]


@pytest.mark.parametrize(
    ("bits", "value", "shown_as"), [(16, 0xABCD, 0xAB), (12, 0xABC, 0xAB), (8, 7, 7), (4, 15, 255)]
)
def test_deep_colour_keeps_its_most_significant_bits(bits: int, value: int, shown_as: int) -> None:
    assert to_eight_bits(np.array([[[value] * 3]], np.uint16), bits).tolist() == [[[shown_as] * 3]]


def test_a_supplemental_palette_colours_what_it_maps() -> None:
    table = LookupTable(2, 1000, 8, bytes([10, 20]))
    values = np.array([[0, 50, 100, 1000, 1001, 4000]], np.uint16)
    frame = frame_of(values, palette=Palette(table, table, LookupTable(2, 1000, 8, bytes([90, 91]))))
    image = shown(frame, window=Window(50.5, 101))
    assert image.tolist() == [[[0] * 3, [128] * 3, [255] * 3, [10, 10, 90], [20, 20, 91], [20, 20, 91]]]
    half_grey = shown(frame)[0, 1]
    assert 120 < half_grey[0] < 136


def test_a_palette_for_too_many_bits_is_refused() -> None:
    table = LookupTable(2, 0, 8, bytes([10, 20]))
    with pytest.raises(UnsupportedObject):
        palette_to_rgb(np.zeros((2, 2), np.uint32), Palette(table, table, table))
