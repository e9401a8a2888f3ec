"""Whatever contradicts itself, its attributes or reason is refused, and never becomes pixels."""

from dataclasses import replace
import struct
import sys
import time

import imagecodecs
import numpy as np
import pytest

from rendering.decode.decoding import TRANSFER_SYNTAXES, decode
from rendering.errors import MalformedAttributes, MalformedFrame, RenderingError, TooLarge, UnsupportedObject
from rendering.frame import EncodedFrame
from tests.rendering.decode import samples
from tests.rendering.decode.samples import ENCODED_SYNTAXES

STREAMS = [
    syntax for syntax in ENCODED_SYNTAXES if syntax not in {samples.EXPLICIT, samples.RLE, samples.DEFLATED_FRAMES}
]
JPEGS = [samples.BASELINE, samples.EXTENDED, samples.LOSSLESS_SV1, samples.JPEG_LS]
WAVELETS = [samples.JPEG_2000_LOSSLESS, samples.HTJ2K_LOSSLESS]


def refuse(frame, error=MalformedFrame, **options):
    with pytest.raises(error) as raised:
        decode(frame, **options)
    assert str(raised.value)


def changed(frame: EncodedFrame, **told) -> EncodedFrame:
    return replace(frame, attributes=replace(frame.attributes, **told))


@pytest.mark.parametrize("syntax", sorted(TRANSFER_SYNTAXES))
def test_no_bytes_are_no_frame(syntax):
    refuse(samples.frame(b"", syntax, samples.gray(8)))


@pytest.mark.parametrize("syntax", ENCODED_SYNTAXES)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.75, 0.9, 0.97, 0.999])
def test_a_truncated_frame_is_refused(syntax, share):
    frame = samples.encoded_gray(syntax)
    refuse(replace(frame, data=frame.data[: int(len(frame.data) * share)]))


@pytest.mark.parametrize("syntax", ENCODED_SYNTAXES)
@pytest.mark.parametrize("missing", [1, 2, 3, 4])
def test_a_frame_without_its_last_bytes_is_refused(syntax, missing):
    frame = samples.encoded_gray(syntax)
    # A segment's last byte may mean nothing, and the last byte of a fragment may be padding.
    padding = int(syntax == samples.RLE or (syntax == samples.DEFLATED_FRAMES and frame.data.endswith(b"\0")))
    refuse(replace(frame, data=frame.data[: -missing - padding]))


@pytest.mark.parametrize("syntax", WAVELETS)
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_an_end_marker_does_not_make_up_for_what_is_missing(syntax, share):
    frame = samples.encoded_gray(syntax)
    refuse(replace(frame, data=frame.data[: int(len(frame.data) * share)] + b"\xff\xd9"))


@pytest.mark.parametrize("syntax", [*JPEGS, samples.LOSSLESS])
@pytest.mark.parametrize("end", [b"\xff\xd9", b"\0\0\xff\xd9", b"\xff\xd0\xff\xd9", b"\xff\xff\xff\xd9"])
def test_a_scan_that_is_short_is_refused_whatever_follows_it(syntax, end):
    frame = samples.encoded_gray(syntax)
    start = frame.data.index(b"\xff\xda") + 10
    for share in (0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.98):
        refuse(replace(frame, data=frame.data[: start + int(share * (len(frame.data) - start))] + end))


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("predictor", [1, 4, 7])
def test_a_lossless_scan_of_any_predictor_that_is_short_is_refused(bits, predictor):
    values = samples.gray(bits)
    stream = imagecodecs.jpeg8_encode(values, lossless=True, predictor=predictor, bitspersample=bits)
    frame = samples.frame(bytes(stream), samples.LOSSLESS, values, bits)
    np.testing.assert_array_equal(decode(frame).values, values)
    for share in (0.3, 0.7, 0.95, 0.99):
        refuse(replace(frame, data=frame.data[: int(share * len(frame.data))] + b"\xff\xd9"))


@pytest.mark.parametrize("syntax", [samples.EXTENDED, samples.LOSSLESS_SV1])
def test_more_than_an_image_in_a_scan_is_refused(syntax):
    frame = samples.encoded_gray(syntax)
    refuse(replace(frame, data=frame.data[:-2] + frame.data[-200:-2] + b"\xff\xd9"))


@pytest.mark.parametrize(
    ("syntax", "padding"),
    [
        *((syntax, padding) for syntax in STREAMS for padding in (b"\0", bytes(6))),
        *((syntax, b"\xff") for syntax in (*JPEGS, *WAVELETS)),
    ],
)
def test_padding_behind_the_end_is_allowed(syntax, padding):
    frame = samples.encoded_gray(syntax)
    whole = decode(frame).values
    np.testing.assert_array_equal(decode(replace(frame, data=frame.data + padding)).values, whole)


@pytest.mark.parametrize("syntax", ENCODED_SYNTAXES[1:])
@pytest.mark.parametrize("told", [{"rows": 62}, {"rows": 60}, {"columns": 84}, {"columns": 42}])
def test_a_stream_of_another_size_is_refused(syntax, told):
    frame = samples.encoded_gray(syntax)
    refuse(changed(frame, **told))


@pytest.mark.parametrize("syntax", STREAMS)
def test_a_stream_of_other_samples_is_refused(syntax):
    refuse(changed(samples.encoded_gray(syntax), samples_per_pixel=3, photometric_interpretation="RGB"))


@pytest.mark.parametrize(
    "syntax", [samples.EXTENDED, samples.LOSSLESS_SV1, samples.JPEG_LS, samples.JPEG_XL_LOSSLESS, *WAVELETS]
)
def test_a_stream_of_more_bits_than_its_cells_is_refused(syntax):
    refuse(changed(samples.encoded_gray(syntax), bits_allocated=8, bits_stored=8, high_bit=7))


@pytest.mark.parametrize("syntax", JPEGS)
def test_a_jpeg_bomb_is_refused_by_its_header(syntax):
    frame = samples.encoded_gray(syntax)
    start = next(
        frame.data.index(bytes([0xFF, marker, 0, 11]))
        for marker in (0xC0, 0xC1, 0xC3, 0xF7)
        if bytes([0xFF, marker, 0, 11]) in frame.data
    )
    bomb = frame.data[: start + 5] + b"\xff\xff\xff\xff" + frame.data[start + 9 :]
    refuse_bomb(replace(frame, data=bomb))


@pytest.mark.parametrize("syntax", WAVELETS)
def test_a_jpeg_2000_bomb_is_refused_by_its_header(syntax):
    frame = samples.encoded_gray(syntax)
    sides = struct.pack(">8I", 65535, 65535, 0, 0, 65535, 65535, 0, 0)
    refuse_bomb(replace(frame, data=frame.data[:8] + sides + frame.data[40:]))


def refuse_bomb(frame):
    started = time.process_time()
    refuse(frame)
    refuse(changed(frame, rows=65535, columns=65535), TooLarge)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("syntax", ENCODED_SYNTAXES)
def test_the_limit_counts_every_sample(syntax):
    frame = samples.encoded_gray(syntax)
    decode(frame, maximum_pixels=61 * 83)
    refuse(frame, TooLarge, maximum_pixels=61 * 83 - 1)
    values = samples.color()
    refuse(samples.frame(values.tobytes(), samples.EXPLICIT, values), TooLarge, maximum_pixels=values.size - 1)


@pytest.mark.parametrize("syntax", WAVELETS)
@pytest.mark.parametrize(("position", "value"), [(24, 0), (24, 1), (28, 0), (32, 90), (36, 90), (40, 0), (8, 0)])
def test_a_nonsensical_tile_grid_is_refused(syntax, position, value):
    frame = samples.encoded_gray(syntax)
    width = 2 if position == 40 else 4
    data = frame.data[:position] + value.to_bytes(width) + frame.data[position + width :]
    refuse(replace(frame, data=data), RenderingError)


@pytest.mark.parametrize("syntax", WAVELETS)
def test_millions_of_tiles_are_refused(syntax):
    frame = samples.encoded_gray(syntax)
    sides = struct.pack(">8I", 5000, 5000, 0, 0, 1, 1, 0, 0)
    frame = replace(frame, data=frame.data[:8] + sides + frame.data[40:])
    refuse(changed(frame, rows=5000, columns=5000), UnsupportedObject)


@pytest.mark.parametrize("syntax", WAVELETS)
def test_more_parts_than_a_tile_can_have_are_refused(syntax):
    frame = samples.encoded_gray(syntax)
    start = frame.data.index(b"\xff\x90\x00\x0a")
    part = struct.pack(">HHHIBBH", 0xFF90, 10, 0, 14, 0, 0, 0xFF93)
    refuse(replace(frame, data=frame.data[:start] + part * 255 + frame.data[start:]))


def test_a_last_tile_part_of_open_length_reaches_to_the_end():
    frame = samples.encoded_gray(samples.JPEG_2000_LOSSLESS)
    start = frame.data.index(b"\xff\x90\x00\x0a")
    opened = frame.data[: start + 6] + bytes(4) + frame.data[start + 10 :]
    whole = decode(frame).values
    for padding in (b"", b"\0", b"\xff"):
        np.testing.assert_array_equal(decode(replace(frame, data=opened + padding)).values, whole)
    refuse(replace(frame, data=opened[: len(opened) // 2]))
    refuse(replace(frame, data=opened[: len(opened) // 2] + b"\xff\xd9"))


def test_missing_tiles_are_refused():
    values = samples.gray(12, rows=200, columns=200)
    stream = samples.htj2k(values, 12, tile=(64, 64))
    second = stream.index(b"\xff\x90\x00\x0a\x00\x01")
    third = stream.index(b"\xff\x90\x00\x0a\x00\x02")
    refuse(samples.frame(stream[:second] + stream[third:], samples.HTJ2K, values, 12))


@pytest.mark.parametrize(
    "header",
    [
        (0, 64), (1, 64), (3, 64, 100, 200), (2, 0, 100), (2, 63, 100), (2, 64, 64), (2, 100, 64), (2, 64, 2**31),
        (2, 2**32 - 1, 64), (16, 64, 100), (255, 64, 100), (2**32 - 1, 64, 100),
    ],
)  # fmt: skip
def test_an_rle_header_that_points_elsewhere_is_refused(header):
    frame = samples.encoded_gray(samples.RLE)
    padded = struct.pack("<16I", *header, *[0] * (16 - len(header)))
    refuse(replace(frame, data=padded + frame.data[64:]))


@pytest.mark.parametrize("length", [1, 4, 63, 64, 65])
def test_an_rle_frame_that_is_little_but_a_header_is_refused(length):
    frame = samples.encoded_gray(samples.RLE)
    refuse(replace(frame, data=frame.data[:length]))


def test_an_rle_segment_that_unpacks_to_too_much_is_refused():
    values = samples.gray(8, rows=4, columns=4)
    bomb = struct.pack("<16I", 1, 64, *[0] * 14) + b"\x81\x07" * 100_000
    refuse(samples.frame(bomb, samples.RLE, values))


def test_an_rle_segment_that_ends_within_a_row_is_refused():
    values = samples.gray(8, rows=4, columns=4)
    short = struct.pack("<16I", 1, 64, *[0] * 14) + b"\xf2\x07"  # 15 of 16
    refuse(samples.frame(short, samples.RLE, values))


def test_nothing_of_other_peoples_memory_is_ever_shown():
    """The heap is filled with a pattern first; a decoder that leaves pixels unwritten would show it."""
    for syntax in ENCODED_SYNTAXES:
        frame = samples.encoded_gray(syntax)
        expected = decode(frame).values.copy()
        for _ in range(3):
            used = [np.full((61, 83), 0xA7A7, "u2") for _ in range(20)]
            del used
            np.testing.assert_array_equal(decode(frame).values, expected)


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"rows": 0}, MalformedAttributes),
        ({"columns": -1}, MalformedAttributes),
        ({"rows": 65536}, MalformedAttributes),
        ({"samples_per_pixel": 3}, MalformedAttributes),
        ({"samples_per_pixel": 4, "photometric_interpretation": "ARGB"}, UnsupportedObject),
        ({"photometric_interpretation": "CMYK"}, UnsupportedObject),
        ({"photometric_interpretation": "RGB"}, MalformedAttributes),
        ({"photometric_interpretation": ""}, UnsupportedObject),
        ({"bits_allocated": 64}, UnsupportedObject),
        ({"bits_allocated": 12, "bits_stored": 12}, UnsupportedObject),
        ({"bits_stored": 0}, MalformedAttributes),
        ({"bits_stored": 17, "high_bit": 16}, MalformedAttributes),
        ({"high_bit": 10}, MalformedAttributes),
        ({"high_bit": 16}, MalformedAttributes),
    ],
)
@pytest.mark.parametrize("syntax", [samples.EXPLICIT, samples.RLE, samples.JPEG_LS, samples.HTJ2K])
def test_attributes_that_explain_nothing_are_refused(told, error, syntax):
    values = samples.gray(12)
    refuse(samples.frame(values.tobytes(), syntax, values, 12, **told), error)


@pytest.mark.parametrize("number", ["94", "95", "204", "205"])
def test_pixels_that_are_only_referred_to_are_refused_as_such(number):
    with pytest.raises(UnsupportedObject, match="elsewhere"):
        decode(samples.frame(b"", f"1.2.840.10008.1.2.4.{number}", samples.gray(8)))


@pytest.mark.parametrize("syntax", ["", "1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.7.1", "1.2.840.10008.1.20"])
def test_other_transfer_syntaxes_are_refused(syntax):
    refuse(samples.frame(bytes(61 * 83), syntax, samples.gray(8)), UnsupportedObject)


def test_processes_outside_the_transfer_syntaxes_are_refused():
    values = samples.gray(8)
    frame = samples.frame(imagecodecs.jpeg8_encode(values, level=90), samples.BASELINE, values)
    for marker in (0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF):
        refuse(replace(frame, data=frame.data.replace(b"\xff\xc0", bytes([0xFF, marker]), 1)), UnsupportedObject)
    refuse(replace(frame, transfer_syntax=samples.JPEG_LS), UnsupportedObject)
    ls = samples.frame(samples.jpeg_ls(values, 8), samples.BASELINE, values)
    refuse(ls, UnsupportedObject)


def test_bytes_of_another_kind_are_refused():
    values = samples.gray(12)
    for syntax in ENCODED_SYNTAXES[1:]:
        refuse(samples.frame(values.tobytes(), syntax, values, 12))


def test_extensions_of_jpeg_2000_are_refused():
    frame = samples.encoded_gray(samples.JPEG_2000_LOSSLESS)
    data = frame.data[:6] + b"\x80\x00" + frame.data[8:]
    refuse(replace(frame, transfer_syntax=f"{samples.BASE}.4.93", data=data), UnsupportedObject)


def test_damage_that_openjph_only_whispers_about_is_refused():
    values = samples.gray(12, rows=256, columns=256)
    stream = samples.htj2k(values, 12)
    start = stream.index(b"\xff\x93") + 40
    refused, hook = 0, sys.unraisablehook
    for seed in range(10):
        damaged = bytearray(stream)
        for position in np.random.default_rng(seed).integers(start, len(stream) - 2, 40):
            damaged[position] ^= 0x5A
        try:
            decode(samples.frame(bytes(damaged), samples.HTJ2K_LOSSLESS, values, 12))
        except MalformedFrame:
            refused += 1
    assert refused >= 5
    assert sys.unraisablehook is hook
