"""Frames with a bounded error: no value beyond it, for other programs either, and none where it would mislead."""

from dataclasses import replace
from pathlib import Path
import subprocess
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.data import get_testdata_file
import pytest

from rendering.attributes import read_attributes
from rendering.content import Transport
from rendering.decode.decoding import decode
from rendering.decode.jpeg2000_header import read_jpeg2000_header
from rendering.errors import UnsupportedObject
from rendering.frame import EncodedFrame, LookupTable, Palette, TranscodedFrame
from rendering.transport import syntaxes
from rendering.transport.transcoding import transcode
from tests.rendering.decode import samples
from tests.rendering.transport.test_transcoding import by_ffmpeg, file_of

LOSSY = sorted(syntaxes.LOSSY)
REAL = {"CT": "CT_small.dcm", "MR": "MR_small.dcm", "CR": "RG1_UNCR.dcm"}


def near(frame: EncodedFrame, syntax: str, error: int) -> TranscodedFrame:
    return transcode(Transport(frame, syntax, error), 10**7)


def difference(frame: EncodedFrame, made: TranscodedFrame, values: NDArray[Any]) -> NDArray[Any]:
    read = decode(replace(frame, data=made.data, transfer_syntax=made.transfer_syntax)).values
    return np.abs(read.astype(np.int64) - values)


def real(name: str) -> tuple[EncodedFrame, NDArray[Any]]:
    dataset = dcmread(str(get_testdata_file(name)))
    attributes = read_attributes(dataset.to_json_dict(), 1)
    frame = EncodedFrame(dataset.PixelData, str(dataset.file_meta.TransferSyntaxUID), attributes)
    return frame, dataset.pixel_array


@pytest.mark.parametrize("syntax", LOSSY)
@pytest.mark.parametrize("name", sorted(REAL))
def test_real_images_stay_within_the_error_that_is_told_and_get_smaller(name: str, syntax: str) -> None:
    frame, values = real(REAL[name])
    exact = len(transcode(Transport(frame, syntaxes.HTJ2K_LOSSLESS), 10**7).data)
    for error in (2, 4, 8):
        made = near(frame, syntax, error)
        assert made.maximum_error == error or (made.maximum_error, error) == (0, 2)
        assert bool(difference(frame, made, values).any()) is (made.maximum_error > 0)
        assert difference(frame, made, values).max() <= made.maximum_error
        assert len(made.data) < exact or not made.maximum_error


@pytest.mark.parametrize("error", [1, 4, 9])
@pytest.mark.parametrize(
    ("bits", "signed"), [(8, False), (10, False), (12, False), (12, True), (16, False), (16, True)]
)
def test_another_program_finds_no_larger_error_in_jpeg_ls(tmp_path: Path, bits: int, signed: bool, error: int) -> None:
    """DCMTK's own codec; twelve bits in cells of sixteen, with and without a sign."""
    values = samples.gray(bits, signed)
    values = values.clip(values.min() + 10, values.max() - 10) if signed else values
    frame = samples.frame(values.tobytes(), samples.EXPLICIT, values, bits)
    made = near(frame, syntaxes.JPEG_LS_NEAR, error)
    read = by_dcmtk(tmp_path, frame, made).astype(np.int64)
    told = min(error, 2**bits // 64)
    assert made.maximum_error == told
    assert 0 < np.abs(read - values).max() <= told


@pytest.mark.parametrize("signed", [False, True])
def test_another_program_finds_no_larger_error_in_htj2k(signed: bool) -> None:
    values = samples.gray(12, signed, rows=256, columns=256)
    frame = samples.frame(values.tobytes(), samples.EXPLICIT, values, 12)
    made = near(frame, syntaxes.HTJ2K, 8)
    error = np.abs(by_ffmpeg(made.data, frame.attributes).astype(np.int64) - values)
    assert made.maximum_error == 8
    assert 0 < error.max() <= 8


def by_dcmtk(folder: Path, frame: EncodedFrame, made: TranscodedFrame) -> NDArray[Any]:
    decoded = folder / "decoded.dcm"
    command = ["dcmdjpls", "--quiet", str(file_of(folder, frame, made)), str(decoded)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return dcmread(decoded).pixel_array


@pytest.mark.parametrize("syntax", LOSSY)
def test_padding_stays_padding(syntax: str) -> None:
    """Where pixels mark padding, or lie so near to it that they could come to mark it, the frame is exact."""
    values = samples.gray(12).astype("u2").clip(100, 4000)
    for padded in (50, 47, 54):
        values[:20, :20] = padded
        frame = samples.frame(values.tobytes(), samples.EXPLICIT, values, 12, padding=(50.0, 50.0))
        made = near(frame, syntax, 4)
        assert (made.maximum_error, difference(frame, made, values).max()) == (0, 0)
    values[:20, :20] = 900
    frame = samples.frame(values.tobytes(), samples.EXPLICIT, values, 12, padding=(50.0, 50.0))
    assert near(frame, syntax, 4).maximum_error == 4


@pytest.mark.parametrize("end", [-2048, 2047])
def test_no_value_turns_from_one_end_of_the_range_to_the_other(end: int) -> None:
    values = (samples.gray(12, signed=True) // 2).astype("i2")
    values[30:, 40] = end
    frame = samples.frame(values.tobytes(), samples.EXPLICIT, values, 12)
    for syntax in LOSSY:
        made = near(frame, syntax, 4)
        assert difference(frame, made, values).max() <= made.maximum_error


@pytest.mark.parametrize("syntax", LOSSY)
@pytest.mark.parametrize("planar", [False, True])
def test_each_sample_of_a_colour_stays_within_the_error(syntax: str, planar: bool) -> None:
    values = samples.color()
    data = (np.moveaxis(values, -1, 0) if planar else values).tobytes()
    frame = samples.frame(data, samples.EXPLICIT, values, planar=planar)
    made = near(frame, syntax, 4)
    assert difference(frame, made, values).max() <= made.maximum_error <= 4
    assert made.color_space == "RGB"
    if syntax == syntaxes.JPEG_LS_NEAR:
        assert made.maximum_error == 4


@pytest.mark.parametrize("syntax", LOSSY)
def test_values_that_are_no_quantities_are_not_given_with_loss(syntax: str) -> None:
    values = samples.gray(8)
    table = LookupTable(entries=256, first=200, bits=8, data=bytes(256))
    for told in (
        {"photometric_interpretation": "PALETTE COLOR"},
        {"palette": Palette(table, table, table)},
        {"sop_class": "1.2.840.10008.5.1.4.1.1.66.4"},
        {"sop_class": "1.2.840.10008.5.1.4.1.1.66.7"},
    ):
        with pytest.raises(UnsupportedObject):
            near(samples.frame(values.tobytes(), samples.EXPLICIT, values, **told), syntax, 4)


@pytest.mark.parametrize("syntax", LOSSY)
def test_values_of_few_bits_and_errors_of_none_are_exact(syntax: str) -> None:
    for bits, error in ((5, 4), (12, 0)):
        values = samples.gray(bits)
        frame = samples.frame(values.tobytes(), samples.EXPLICIT, values, bits)
        made = near(frame, syntax, error)
        assert (made.maximum_error, difference(frame, made, values).max()) == (0, 0)


def test_an_exact_htj2k_stream_says_itself_that_it_is_reversible() -> None:
    values = samples.gray(12)
    frame = samples.frame(values.tobytes(), samples.EXPLICIT, values, 12)
    for error, reversible in ((0, True), (16, False)):
        assert read_jpeg2000_header(memoryview(near(frame, syntaxes.HTJ2K, error).data)).reversible is reversible
