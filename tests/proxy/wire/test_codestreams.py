"""Frames show their transfer syntax: real files by the label they carry, and bytes that must not be taken for any."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
import imagecodecs
import numpy as np
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, generate_frames
import pytest

from proxy.wire.codestreams import (
    HTJ2K,
    HTJ2K_LOSSLESS,
    JPEG_2000,
    JPEG_2000_LOSSLESS,
    JPEG_BASELINE,
    JPEG_LS_LOSSLESS,
    JPEG_XL,
    RLE,
    settle_transfer_syntax,
    sniff,
    without_items,
)
from proxy.wire.media import EXPLICIT_LITTLE_ENDIAN

COMPRESSED = [
    "JPEG-lossy.dcm",
    "JPGExtended.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "SC_rgb_jpeg_app14_dcmd.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "examples_ybr_color.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "JPEGLSNearLossless_08.dcm",
    "JPEGLSNearLossless_16.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "MR_small_jp2klossless.dcm",
    "GDCMJ2K_TextGBR.dcm",
    "JPEG2000.dcm",
    "JPEG2000-embedded-sequence-delimiter.dcm",
    "examples_jpeg2k.dcm",
    "MR_small_RLE.dcm",
    "SC_rgb_rle_32bit_2frame.dcm",
    "rtdose_rle.dcm",
]
REVERSIBLE_UNDER_A_WIDER_LABEL = ["693_J2KI.dcm", "SC_rgb_gdcm_KY.dcm"]
NATIVE = [
    "CT_small.dcm",
    "MR_small.dcm",
    "SC_rgb_small_odd.dcm",
    "rtdose.dcm",
    "liver_1frame.dcm",
    "examples_palette.dcm",
]
RAMP = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)


def dataset(name: str) -> Dataset:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    return dcmread(Path(path))


def first_frame(name: str) -> tuple[bytes, str]:
    read = dataset(name)
    frames = generate_frames(read.PixelData, number_of_frames=int(read.get("NumberOfFrames", 1)))
    return next(frames), str(read.file_meta.TransferSyntaxUID)


@pytest.mark.parametrize("name", COMPRESSED)
def test_a_frame_shows_what_its_file_declares(name: str) -> None:
    frame, declared = first_frame(name)
    assert sniff(frame) == declared
    assert sniff(frame[:4096]) == declared


@pytest.mark.parametrize("name", REVERSIBLE_UNDER_A_WIDER_LABEL)
def test_a_wider_label_stands(name: str) -> None:
    """JPEG 2000 Image Compression (.91) may hold a reversible stream: PS3.5 A.4.4."""
    frame, declared = first_frame(name)
    assert (declared, sniff(frame)) == (JPEG_2000, JPEG_2000_LOSSLESS)
    assert settle_transfer_syntax(frame, declared) == declared


@pytest.mark.parametrize("name", NATIVE)
def test_native_pixels_are_taken_for_nothing(name: str) -> None:
    pixels = dataset(name).PixelData
    assert sniff(pixels) is None
    assert settle_transfer_syntax(pixels, EXPLICIT_LITTLE_ENDIAN) == EXPLICIT_LITTLE_ENDIAN
    assert settle_transfer_syntax(pixels, None) is None


@pytest.mark.parametrize(
    ("frame", "syntax"),
    [
        pytest.param(imagecodecs.htj2k_encode(RAMP, reversible=True), HTJ2K_LOSSLESS, id="HTJ2K reversible"),
        pytest.param(imagecodecs.htj2k_encode(RAMP, reversible=False), HTJ2K, id="HTJ2K irreversible"),
        pytest.param(imagecodecs.jpeg2k_encode(RAMP, codecformat="jp2", level=0), JPEG_2000_LOSSLESS, id="JP2 box"),
        pytest.param(imagecodecs.jpegxl_encode(RAMP, usecontainer=True), JPEG_XL, id="JPEG XL box"),
    ],
)
def test_streams_of_another_encoder_show_themselves(frame: bytes, syntax: str) -> None:
    assert sniff(frame) == syntax


@pytest.mark.parametrize(
    ("name", "declared", "settled"),
    [
        ("MR_small_jpeg_ls_lossless.dcm", EXPLICIT_LITTLE_ENDIAN, JPEG_LS_LOSSLESS),
        ("SC_rgb_jpeg_dcmtk.dcm", "1.2.840.10008.1.2.4.70", JPEG_BASELINE),
        ("MR_small_jp2klossless.dcm", JPEG_BASELINE, JPEG_2000_LOSSLESS),
        ("MR_small_RLE.dcm", None, RLE),
    ],
)
def test_the_bytes_overrule_a_wrong_label(name: str, declared: str | None, settled: str) -> None:
    frame, _ = first_frame(name)
    assert settle_transfer_syntax(frame, declared) == settled


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda rest: b"\xff\xd8\xff" + rest))
def test_no_bytes_break_the_sniffer(data: bytes) -> None:
    sniff(data)
    sniff(b"\xff\x4f\xff\x51" + data)
    sniff(b"\x00\x00\x00\x0cjP  \r\n\x87\n" + data)
    without_items(b"\xfe\xff\x00\xe0" + data)


def test_a_marker_bomb_is_given_up() -> None:
    assert sniff(b"\xff\xd8\xff" + b"\xff\xe0\x00\x02" * 250_000) is None


@pytest.mark.parametrize("name", ["MR_small_jpeg_ls_lossless.dcm", "MR_small_RLE.dcm", "JPEG2000.dcm"])
@pytest.mark.parametrize("has_bot", [True, False])
def test_item_tags_around_a_frame_are_taken_off(name: str, has_bot: bool) -> None:
    frame, _ = first_frame(name)
    even = frame + b"\x00" * (len(frame) % 2)
    for fragments in (1, 3):
        items = encapsulate([frame], fragments_per_frame=fragments, has_bot=has_bot)
        assert without_items(items) == even
        assert without_items(items + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00") == even


def test_one_item_alone_is_a_frame() -> None:
    assert without_items(b"\xfe\xff\x00\xe0\x02\x00\x00\x00\x00\x01") == b"\x00\x01"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"pixels",
        b"\xfe\xff\x00\xe0",
        b"\xfe\xff\x00\xe0\xff\xff\xff\xff",
        b"\xfe\xff\x00\xe0\x08\x00\x00\x00abc",
        b"\xfe\xff\x00\xe0\x02\x00\x00\x00abpixels",
    ],
)
def test_what_is_no_chain_of_items_stays_as_it_is(data: bytes) -> None:
    assert without_items(data) == data


@given(st.binary(max_size=200))
def test_bytes_without_item_tags_are_never_touched(data: bytes) -> None:
    if not data.startswith(b"\xfe\xff\x00\xe0"):
        assert without_items(data) == data
