"""Where the sign is, and what happens to bits that are not stored bits, in code streams (PS3.5 §8.1.1, §8.2)."""

import struct

import imagecodecs
import numpy as np
import pytest

from rendering.decode.decoding import decode
from tests.rendering.decode import samples


@pytest.mark.parametrize("bits", [8, 10, 13, 16])
def test_an_unsigned_jpeg_2000_stream_of_signed_pixels(bits):
    """The encoder took two's complement for unsigned numbers; Pixel Representation says what was meant."""
    values = samples.gray(bits, signed=True)
    stream = samples.jpeg_2000(samples.as_unsigned(values, bits), bits)
    decoded = decode(samples.frame(stream, samples.JPEG_2000_LOSSLESS, values, bits)).values
    np.testing.assert_array_equal(decoded, values)


@pytest.mark.parametrize("bits", [8, 10, 13, 16])
def test_a_signed_jpeg_2000_stream_of_unsigned_pixels(bits):
    values = samples.gray(bits)
    above = 8 * values.itemsize - bits
    as_signed = (values << above).view(f"i{values.itemsize}") >> above
    stream = samples.jpeg_2000(as_signed, bits)
    decoded = decode(samples.frame(stream, samples.JPEG_2000_LOSSLESS, values, bits)).values
    np.testing.assert_array_equal(decoded, values)


@pytest.mark.parametrize("encode", [samples.jpeg_lossless, samples.jpeg_ls, samples.jpeg_2000, samples.htj2k])
@pytest.mark.parametrize("signed", [False, True])
def test_whole_cells_compressed_lose_what_is_not_stored(encode, signed):
    """Precision 16, Bits Stored 12: the upper bits may be anything (PS3.5 §8.1.1)."""
    values = samples.gray(12, signed)
    garbage = (np.random.default_rng(1).integers(0, 16, values.shape) << 12).astype("u2")
    stream = encode(samples.as_unsigned(values, 12) | garbage, 16)
    syntax = {samples.jpeg_lossless: samples.LOSSLESS, samples.jpeg_ls: samples.JPEG_LS}.get(
        encode, samples.JPEG_2000_LOSSLESS
    )
    np.testing.assert_array_equal(decode(samples.frame(stream, syntax, values, 12)).values, values)


@pytest.mark.parametrize("signed", [False, True])
def test_a_lossy_overshoot_beyond_the_stored_bits_saturates(signed):
    values = samples.gray(12, signed)
    least, most = (-2048, 2047) if signed else (0, 4095)
    values[10:30, 10:40], values[30:50, 10:40] = most, least
    stream = samples.jpeg_2000(values, 16, reversible=False, level=50)
    decoded = decode(samples.frame(stream, samples.JPEG_2000, values, 12)).values
    assert decoded.min() >= least
    assert decoded.max() <= most
    assert np.abs(decoded.astype(int) - values).max() < 2048


def test_an_8_bit_stream_in_16_bit_cells():
    values = samples.gray(8)
    stream = imagecodecs.jpeg8_encode(values, level=98)
    frame = samples.frame(stream, samples.EXTENDED, values, bits_allocated=16, bits_stored=8, high_bit=7)
    decoded = decode(frame).values
    assert decoded.dtype == np.uint8
    assert np.abs(decoded.astype(int) - values).max() < 10


@pytest.mark.parametrize("precision", [8, 12])
def test_lossless_differences_are_modulo(precision):
    """T.81 H.1.2.1: differences are modulo 2**16, so encoders may write the longer way round; ultrasound units do."""
    values = samples.gray(precision)
    decoded = decode(samples.frame(wrapping_stream(values, precision), samples.LOSSLESS_SV1, values, precision)).values
    np.testing.assert_array_equal(decoded, values)


def wrapping_stream(values: samples.Array, precision: int) -> bytes:
    """Process 14, selection value 1, by the text of T.81: every other difference goes round the other way."""
    rows, columns = values.shape
    modulus, bits = 1 << precision, []
    for index, value in enumerate(values.astype(int).ravel().tolist()):
        row, column = divmod(index, columns)
        above = int(values[row - 1, 0]) if row else modulus // 2
        predicted = int(values[row, column - 1]) if column else above
        difference = value - predicted
        if index % 2:
            difference += modulus if difference < 0 else -modulus
        category = abs(difference).bit_length()
        bits.append(f"{category:05b}")
        if category:
            bits.append(f"{difference if difference > 0 else difference + (1 << category) - 1:0{category}b}")
    coded = "".join(bits)
    coded += "1" * (-len(coded) % 8)
    scan = int(coded, 2).to_bytes(len(coded) // 8).replace(b"\xff", b"\xff\x00")
    frame_header = b"\xff\xc3" + struct.pack(">HBHHBBBB", 11, precision, rows, columns, 1, 1, 0x11, 0)
    huffman = b"\xff\xc4" + struct.pack(">HB", 3 + 16 + 17, 0) + bytes([0, 0, 0, 0, 17, *[0] * 11]) + bytes(range(17))
    scan_header = b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, 1, 0, 0)
    return b"\xff\xd8" + frame_header + huffman + scan_header + scan + b"\xff\xd9"
