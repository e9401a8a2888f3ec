"""Native frames as archives send them: pad bytes, planes, single bits, odd places for the stored bits (PS3.5 §8.1)."""

from itertools import chain

import numpy as np
import pytest

from rendering.decode.decoding import decode
from rendering.errors import MalformedAttributes, MalformedFrame
from tests.rendering.decode import samples


@pytest.mark.parametrize("padding", [b"", b"\0", b"\xff", bytes(130)])
def test_what_follows_the_pixels_does_not_matter(padding):
    values = samples.gray(8, rows=3, columns=5)
    decoded = decode(samples.frame(values.tobytes() + padding, samples.EXPLICIT, values))
    np.testing.assert_array_equal(decoded.values, values)


@pytest.mark.parametrize("syntax", [samples.IMPLICIT, samples.EXPLICIT, samples.DEFLATED, samples.BIG_ENDIAN])
@pytest.mark.parametrize("values", [samples.gray(8), samples.gray(12), samples.color()], ids=["8", "12", "rgb"])
def test_one_byte_too_few_is_refused(syntax, values):
    with pytest.raises(MalformedFrame):
        decode(samples.frame(values.tobytes()[:-1], syntax, values))


def test_planes_become_pixels():
    values = samples.color()
    planes = values.transpose(2, 0, 1).tobytes()
    decoded = decode(samples.frame(planes, samples.EXPLICIT, values, planar=True)).values
    np.testing.assert_array_equal(decoded, values)
    assert decoded.flags.c_contiguous


def test_single_bits_start_at_the_least_significant():
    values = np.array([[1, 0, 1, 1, 0], [0, 0, 1, 0, 1], [1, 1, 1, 0, 0]], "u1")
    decoded = decode(samples.frame(b"\x8d\x1e", samples.EXPLICIT, values, bits_allocated=1, bits_stored=1, high_bit=0))
    # 1 0 1 1 0 0 0 1 | 0 1 1 1 1 0 0
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.values.dtype == np.uint8


def test_single_bits_too_few_are_refused():
    values = np.zeros((3, 3), "u1")
    with pytest.raises(MalformedFrame):
        decode(samples.frame(b"\xff", samples.EXPLICIT, values, bits_allocated=1, bits_stored=1, high_bit=0))


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("high_bit", [11, 13, 15])
@pytest.mark.parametrize("syntax", [samples.EXPLICIT, samples.BIG_ENDIAN, samples.RLE])
def test_overlay_bits_around_the_stored_bits_are_dropped(signed, high_bit, syntax):
    """PS3.5 §8.1.1: twelve bits up to High Bit, the rest of the cell filled with something else."""
    values = samples.gray(12, signed)
    lowest = high_bit - 11
    garbage = np.random.default_rng(1).integers(0, 1 << 16, values.shape).astype("u2") & ~np.uint16(0x0FFF << lowest)
    cells = (samples.as_unsigned(values, 12) << lowest) | garbage
    stream = samples.LOSSLESS_ENCODERS[syntax](cells, 16)
    decoded = decode(samples.frame(stream, syntax, values, 12, high_bit=high_bit)).values
    np.testing.assert_array_equal(decoded, values)
    assert decoded.dtype == values.dtype


def test_ybr_full_422_gives_both_pixels_their_pairs_chroma():
    """PS3.3 C.7.6.3.1.2: Y1 Y2 Cb Cr."""
    values = np.array([[[10, 3, 4], [20, 3, 4], [30, 7, 8], [40, 7, 8]]], "u1")
    stream = bytes([10, 20, 3, 4, 30, 40, 7, 8])
    decoded = decode(samples.frame(stream, samples.EXPLICIT, values, photometric_interpretation="YBR_FULL_422"))
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.color_space == "YBR_FULL"


def test_ybr_partial_422_lies_like_ybr_full_422():
    values = np.array([[[16, 128, 240], [235, 128, 240]]], "u1")
    told = {"photometric_interpretation": "YBR_PARTIAL_422"}
    decoded = decode(samples.frame(bytes([16, 235, 128, 240]), samples.EXPLICIT, values, **told))
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.color_space == "YBR_PARTIAL"


@pytest.mark.parametrize("rows", [2, 3, 4])
def test_ybr_partial_420_has_chroma_in_every_second_row(rows):
    """PS3.3 C.7.6.3.1.2: Y1 Y2 Cb Cr in the first row and in every second from there on, Y alone in the others."""
    lines = [[10, 20, 3, 4, 30, 40, 7, 8], [50, 60, 70, 80], [11, 21, 5, 6, 31, 41, 9, 2], [51, 61, 71, 81]]
    chroma = [[(3, 4), (3, 4), (7, 8), (7, 8)]] * 2 + [[(5, 6), (5, 6), (9, 2), (9, 2)]] * 2
    luminance = [[10, 20, 30, 40], [50, 60, 70, 80], [11, 21, 31, 41], [51, 61, 71, 81]]
    values = np.dstack([np.array(luminance)[..., None], chroma])[:rows].astype("u1")
    stream = bytes(chain.from_iterable(lines[:rows]))
    told = {"photometric_interpretation": "YBR_PARTIAL_420"}
    decoded = decode(samples.frame(stream, samples.EXPLICIT, values, **told))
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.color_space == "YBR_PARTIAL"
    with pytest.raises(MalformedFrame):
        decode(samples.frame(stream[:-1], samples.EXPLICIT, values, **told))


def test_ybr_full_422_that_was_not_subsampled_is_taken_as_it_is():
    values = samples.color()
    frame = samples.frame(values.tobytes(), samples.EXPLICIT, values, photometric_interpretation="YBR_FULL_422")
    decoded = decode(frame)
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.color_space == "YBR_FULL"


def test_ybr_full_422_needs_pairs():
    values = samples.color(4, 3)
    with pytest.raises(MalformedAttributes):
        decode(samples.frame(bytes(24), samples.EXPLICIT, values, photometric_interpretation="YBR_FULL_422"))


def test_an_archive_that_decoded_jpeg_2000_but_describes_it_still_sent_rgb():
    values = samples.color()
    decoded = decode(samples.frame(values.tobytes(), samples.EXPLICIT, values, photometric_interpretation="YBR_RCT"))
    assert decoded.color_space == "RGB"


def test_pixels_are_not_copied_where_they_need_no_change():
    values = samples.gray(12)
    data = values.tobytes()
    decoded = decode(samples.frame(data, samples.EXPLICIT, values, 12)).values
    assert np.shares_memory(decoded, np.frombuffer(data, "u2"))
