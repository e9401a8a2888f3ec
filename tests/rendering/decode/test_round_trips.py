"""What an independent encoder was given comes out of the decoder: the original array is the oracle."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import pickle
import struct
import subprocess
import sys

import imagecodecs
import numpy as np
import pytest

from rendering.decode.decoding import decode
from rendering.decode.openjpeg import decode_with_openjpeg
from tests.rendering.decode import samples
from tests.rendering.decode.samples import LOSSLESS_ENCODERS

ROOT = Path(__file__).parents[3]
DEPTHS = [(8, False), (8, True), (10, False), (10, True), (12, False), (12, True), (15, False), (16, False), (16, True)]


@pytest.mark.parametrize("syntax", LOSSLESS_ENCODERS)
@pytest.mark.parametrize(("bits", "signed"), DEPTHS)
def test_gray_values_come_back_exactly(syntax, bits, signed):
    values = samples.gray(bits, signed)
    decoded = decode(samples.frame(LOSSLESS_ENCODERS[syntax](values, bits), syntax, values, bits))
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.values.dtype == values.dtype
    assert decoded.values.flags.c_contiguous
    assert (decoded.color_space, decoded.reduction) == ("MONOCHROME2", 0)


@pytest.mark.parametrize("syntax", LOSSLESS_ENCODERS)
def test_colour_values_come_back_exactly(syntax):
    values = samples.color()
    decoded = decode(samples.frame(LOSSLESS_ENCODERS[syntax](values, 8), syntax, values))
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.values.dtype == np.uint8
    assert decoded.values.flags.c_contiguous
    assert decoded.color_space == "RGB"


@pytest.mark.parametrize("syntax", LOSSLESS_ENCODERS)
def test_bytes_may_lie_anywhere_in_shared_memory(syntax):
    values = samples.gray(12)
    memory = memoryview(bytearray(b"?" + LOSSLESS_ENCODERS[syntax](values, 12)))[1:]
    decoded = decode(samples.frame(memory, syntax, values, 12))
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.values.flags.aligned


@pytest.mark.parametrize("syntax", [samples.RLE, samples.EXPLICIT])
def test_colour_of_16_bits_comes_back_exactly(syntax):
    values = samples.color().astype("u2") * 257
    decoded = decode(samples.frame(LOSSLESS_ENCODERS[syntax](values, 16), syntax, values))
    np.testing.assert_array_equal(decoded.values, values)


@pytest.mark.parametrize("syntax", [samples.EXPLICIT, samples.BIG_ENDIAN, samples.RLE])
@pytest.mark.parametrize("kind", ["u4", "i4"])
def test_values_of_32_bits_come_back_exactly(syntax, kind):
    values = (samples.gray(16).astype("i8") * 65_537 - (2**31 if kind == "i4" else 0)).astype(kind)
    decoded = decode(samples.frame(LOSSLESS_ENCODERS[syntax](values, 32), syntax, values))
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.values.dtype == values.dtype


@pytest.mark.parametrize(("bits", "syntax"), [(8, samples.BASELINE), (8, samples.EXTENDED), (12, samples.EXTENDED)])
def test_lossy_jpeg_stays_near(bits, syntax):
    values = samples.gray(bits)
    stream = imagecodecs.jpeg8_encode(values, level=98, bitspersample=bits)
    decoded = decode(samples.frame(stream, syntax, values, bits)).values
    assert decoded.dtype == values.dtype
    assert np.abs(decoded.astype(int) - values).mean() < (1 << bits) / 200
    assert decoded.max() < 1 << bits


@pytest.mark.parametrize("near", [1, 3])
def test_near_lossless_jpeg_ls_keeps_its_promise(near):
    values = samples.gray(12)
    stream = samples.jpeg_ls(values, 12, near)
    decoded = decode(samples.frame(stream, samples.JPEG_LS_NEAR, values, 12)).values
    assert 0 < np.abs(decoded.astype(int) - values).max() <= near


def test_jpeg_ls_of_separate_planes_is_interleaved():
    values = samples.color()
    scans = []
    for number, plane in enumerate(np.ascontiguousarray(values.transpose(2, 0, 1)), 1):
        stream = samples.jpeg_ls(plane, 8)
        start = stream.index(b"\xff\xda\x00\x08") + 10
        scans.append(b"\xff\xda\x00\x08\x01" + bytes([number, 0, 0, 0, 0]) + stream[start:-2])
    components = b"\x01\x11\x00\x02\x11\x00\x03\x11\x00"
    header = b"\xff\xd8\xff\xf7\x00\x11" + struct.pack(">BHHB", 8, *values.shape) + components
    decoded = decode(samples.frame(header + b"".join(scans) + b"\xff\xd9", samples.JPEG_LS, values)).values
    np.testing.assert_array_equal(decoded, values)


@pytest.mark.parametrize("syntax", [samples.JPEG_2000, samples.HTJ2K])
@pytest.mark.parametrize(("kind", "bits"), [("gray", 8), ("gray", 12), ("gray", 16), ("rgb", 8)])
def test_lossy_wavelets_saturate_and_never_wrap(syntax, kind, bits):
    values = samples.color() if kind == "rgb" else samples.gray(bits)
    values[10:30, 10:40] = (1 << bits) - 1  # white beside black: the wavelets overshoot at both
    values[30:50, 10:40] = 0
    if syntax == samples.HTJ2K:
        stream = samples.htj2k(values, bits, reversible=False, level=0.02)
    else:
        stream = samples.jpeg_2000(values, bits, reversible=False, level=35)
    decoded = decode(samples.frame(stream, syntax, values, bits)).values
    assert decoded.shape == values.shape
    assert np.abs(decoded.astype(int) - values).max() < (1 << bits) / 3


@pytest.mark.parametrize("encode", [samples.jpeg_2000, samples.htj2k])
def test_reversible_wavelets_without_colour_transformation(encode):
    values = samples.color()
    stream = encode(values, 8, **({"mct": False} if encode is samples.jpeg_2000 else {"rgb": False}))
    for interpretation, space in [("RGB", "RGB"), ("YBR_FULL", "YBR_FULL"), ("YBR_RCT", "RGB")]:
        frame = samples.frame(stream, samples.JPEG_2000_LOSSLESS, values, photometric_interpretation=interpretation)
        decoded = decode(frame)
        np.testing.assert_array_equal(decoded.values, values)
        assert decoded.color_space == space


@pytest.mark.parametrize("interpretation", ["RGB", "YBR_RCT", "YBR_FULL"])
def test_a_colour_transformation_in_the_stream_is_undone_once(interpretation):
    values = samples.color()
    stream = samples.jpeg_2000(values, 8)
    decoded = decode(
        samples.frame(stream, samples.JPEG_2000_LOSSLESS, values, photometric_interpretation=interpretation)
    )
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.color_space == "RGB"


def test_a_jp2_file_in_a_frame_is_opened():
    values = samples.gray(12)
    stream = samples.jpeg_2000(values, 12, codecformat="jp2")
    assert stream[4:8] == b"jP  "
    decoded = decode(samples.frame(stream, samples.JPEG_2000_LOSSLESS, values, 12)).values
    np.testing.assert_array_equal(decoded, values)


@pytest.mark.parametrize(
    "values", [samples.gray(12, rows=200, columns=300), samples.color(200, 300)], ids=["gray", "rgb"]
)
def test_tiles_are_put_together_by_both_libraries(values):
    stream = samples.htj2k(values, 12 if values.ndim == 2 else 8, tile=(64, 64))
    decoded = decode(samples.frame(stream, samples.HTJ2K_LOSSLESS, values)).values
    np.testing.assert_array_equal(decoded, values)
    np.testing.assert_array_equal(decode_with_openjpeg(memoryview(stream), 0), values)


def test_decoding_in_several_threads_shares_nothing():
    frames = [
        samples.frame(encode(values, 12), samples.HTJ2K_LOSSLESS, values, 12)
        for encode in (samples.jpeg_2000, samples.htj2k)
        for values in (samples.gray(12, rows=rows, columns=257) for rows in range(200, 210))
    ]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(decode, frames))
    for frame, decoded in zip(frames, together, strict=True):
        rows = frame.attributes.rows
        np.testing.assert_array_equal(decoded.values, samples.gray(12, rows=rows, columns=257))


def test_nothing_is_left_to_load_once_every_decoder_was_used():
    """In the sandbox no file can be opened: one frame of each transfer syntax must have loaded all there is."""
    program = """
import pickle
import sys
from rendering.decode.decoding import decode
first, others = pickle.load(sys.stdin.buffer)
for frame in first:
    decode(frame)
opened = []
sys.addaudithook(lambda event, given: opened.append(given) if event in {"open", "import", "ctypes.dlopen"} else None)
for frame in others:
    decode(frame)
    decode(frame, smallest=(1, 1))
assert not opened, opened
"""
    first = [samples.encoded_gray(syntax) for syntax in samples.ENCODED_SYNTAXES]
    others = [samples.encoded_color(syntax) for syntax in samples.ENCODED_SYNTAXES]
    data = pickle.dumps((first, others))
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, input=data)
