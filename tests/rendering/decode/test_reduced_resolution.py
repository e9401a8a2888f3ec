"""Lower resolutions of wavelet streams: never below what was asked for, and honest about their size."""

from math import ceil

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from rendering.decode.decoding import decode
from tests.rendering.decode import samples

ENCODERS = {samples.JPEG_2000_LOSSLESS: samples.jpeg_2000, samples.HTJ2K_LOSSLESS: samples.htj2k}
LEVELS = {samples.JPEG_2000_LOSSLESS: 4, samples.HTJ2K_LOSSLESS: 5}  # what the encoders make of this size
GRAY = samples.gray(12, rows=203, columns=301)
COLOR = samples.color(203, 301)
FRAMES = [
    samples.frame(encode(values, bits), syntax, values, bits)
    for syntax, encode in ENCODERS.items()
    for values, bits in ((GRAY, 12), (COLOR, 8))
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(range(len(FRAMES))), st.integers(1, 400), st.integers(1, 400))
def test_never_below_what_is_enough(number, rows, columns):
    decoded = decode(FRAMES[number], smallest=(rows, columns))
    shape = decoded.values.shape[:2]
    assert shape == (ceil(203 / 2**decoded.reduction), ceil(301 / 2**decoded.reduction))
    assert shape == (203, 301) or (shape[0] >= rows and shape[1] >= columns)
    further = ceil(shape[0] / 2), ceil(shape[1] / 2)
    assert decoded.reduction == LEVELS[FRAMES[number].transfer_syntax] or further[0] < rows or further[1] < columns


@pytest.mark.parametrize("syntax", ENCODERS)
@pytest.mark.parametrize(
    ("bits", "signed"), [(8, False), (10, False), (12, False), (12, True), (16, False), (16, True)]
)
def test_reduced_gray_values_are_those_of_a_smaller_image(syntax, bits, signed):
    """Saturated edges overshoot in the wavelet domain; they must neither wrap around nor lose their sign."""
    values = samples.gray(bits, signed, 256, 256)
    least, most = int(values.min()), int(values.max())
    values[60:140, 60:200], values[140:220, 60:200] = most, least
    frame = samples.frame(ENCODERS[syntax](values, bits), syntax, values, bits)
    decoded = decode(frame, smallest=(64, 64))
    assert (decoded.reduction, decoded.values.dtype) == (2, values.dtype)
    smaller = cv2.resize(values.astype("f8"), (64, 64), interpolation=cv2.INTER_AREA)
    difference = np.abs(decoded.values - smaller)
    assert difference.mean() < (most - least) * 0.05
    assert difference.max() < (most - least) * 0.5
    assert least <= decoded.values.min()
    assert decoded.values.max() <= most


@pytest.mark.parametrize("syntax", ENCODERS)
def test_reduced_colour_is_that_of_a_smaller_image(syntax):
    values = samples.color(256, 256)
    values[60:140, 60:200], values[140:220, 60:200] = 255, 0
    decoded = decode(samples.frame(ENCODERS[syntax](values, 8), syntax, values), smallest=(100, 100))
    assert (decoded.reduction, decoded.color_space) == (1, "RGB")
    smaller = cv2.resize(values.astype("f8"), (128, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(decoded.values - smaller).mean() < 8
    assert np.abs(decoded.values - smaller).max() < 128


@pytest.mark.parametrize("syntax", ENCODERS)
@pytest.mark.parametrize("signed", [False, True])
def test_whole_cells_of_which_less_is_stored_saturate(syntax, signed):
    values = samples.gray(12, signed, 256, 256)
    least, most = int(values.min()), int(values.max())
    values[60:140, 60:200], values[140:220, 60:200] = most, least
    decoded = decode(samples.frame(ENCODERS[syntax](values, 16), syntax, values, 12), smallest=(64, 64))
    assert decoded.reduction == 2
    smaller = cv2.resize(values.astype("f8"), (64, 64), interpolation=cv2.INTER_AREA)
    assert np.abs(decoded.values - smaller).max() < (most - least) * 0.5


def test_palette_indices_are_not_averaged():
    values = samples.gray(8, rows=200, columns=200)
    stream = samples.jpeg_2000(values, 8)
    frame = samples.frame(stream, samples.JPEG_2000_LOSSLESS, values, photometric_interpretation="PALETTE COLOR")
    decoded = decode(frame, smallest=(10, 10))
    np.testing.assert_array_equal(decoded.values, values)
    assert (decoded.color_space, decoded.reduction) == ("PALETTE COLOR", 0)


def test_signs_that_are_only_bits_are_not_averaged():
    values = samples.gray(12, signed=True, rows=200, columns=200)
    stream = samples.jpeg_2000(samples.as_unsigned(values, 12), 12)
    decoded = decode(samples.frame(stream, samples.JPEG_2000_LOSSLESS, values, 12), smallest=(10, 10))
    np.testing.assert_array_equal(decoded.values, values)


def test_cells_that_hold_other_bits_below_are_not_averaged():
    values = samples.gray(12, rows=200, columns=200)
    stream = samples.jpeg_2000(values << 4 | 7, 16)
    frame = samples.frame(stream, samples.JPEG_2000_LOSSLESS, values, 12, high_bit=15)
    decoded = decode(frame, smallest=(10, 10))
    np.testing.assert_array_equal(decoded.values, values)


@pytest.mark.parametrize("syntax", [samples.EXPLICIT, samples.RLE, samples.JPEG_LS, samples.LOSSLESS_SV1])
def test_other_syntaxes_have_one_resolution(syntax):
    frame = samples.encoded_gray(syntax)
    decoded = decode(frame, smallest=(1, 1))
    assert (decoded.values.shape, decoded.reduction) == ((61, 83), 0)
