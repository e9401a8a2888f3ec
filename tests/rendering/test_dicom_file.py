"""Frames out of DICOM files, as an archive would deliver them, and files that give none."""

from pathlib import Path

import numpy as np
from pydicom import dcmread
import pytest

from rendering.decode.decoding import decode
from rendering.dicom_file import read_frame
from rendering.errors import InvalidOption, MalformedAttributes, RenderingError, UnsupportedObject
from tests.rendering.frames import FILES, shown, write_file


def test_frames_of_single_bits_begin_within_bytes(tmp_path: Path) -> None:
    bits = np.random.default_rng(9).integers(0, 2, (3, 5, 5)).astype(np.uint8)
    packed = np.packbits(np.append(bits.reshape(-1), np.zeros(5, np.uint8)), bitorder="little").reshape(2, 5)
    described = {"Rows": 5, "Columns": 5, "NumberOfFrames": 3, "BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}
    file = write_file(tmp_path / "bits.dcm", packed, **described)
    for number in (1, 2, 3):
        assert (shown(read_frame(file, number)) == bits[number - 1] * 255).all()


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("README.txt", MalformedAttributes),
        ("no_meta.dcm", MalformedAttributes),
        ("test-SR.dcm", UnsupportedObject),
        ("waveform_ecg.dcm", UnsupportedObject),
        ("rtplan.dcm", UnsupportedObject),
    ],
)
def test_what_holds_no_frame_is_refused(name: str, error: type[RenderingError]) -> None:
    with pytest.raises(error):
        read_frame(FILES / name, 1)


@pytest.mark.parametrize("name", ["MR_small_bigendian", "MR_small_expb", "rtdose_expb", "SC_rgb_small_odd_big_endian"])
def test_big_endian_files_are_read(name: str) -> None:
    file = FILES / f"{name}.dcm"
    frame = read_frame(file, 1)
    pixels = dcmread(file).pixel_array
    expected = pixels[0] if pixels.ndim == 3 and pixels.shape[-1] != 3 else pixels
    np.testing.assert_array_equal(decode(frame).values, expected)


def test_a_frame_past_the_last_one() -> None:
    with pytest.raises(InvalidOption):
        read_frame(FILES / "SC_rgb_rle_2frame.dcm", 3)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        read_frame(FILES / "missing.dcm", 1)
