"""Frames in another transfer syntax: exactly the stored values, for our decoder and for programs that share none of it.

Uncompressed and RLE: pydicom's own Python. Lossless JPEG and JPEG-LS: DCMTK, whose codecs are its own. JPEG 2000 and
HTJ2K: FFmpeg's own decoder. JPEG XL: libjxl, which has no rival.
"""

from dataclasses import replace
from pathlib import Path
import subprocess
from typing import Any

import av
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import pixel_array
from pydicom.uid import UID
import pytest

from rendering.content import Transport
from rendering.decode.decoding import decode
from rendering.decode.jpeg2000_header import read_jpeg2000_header
from rendering.decode.jpeg_header import read_jpeg_header
from rendering.errors import MalformedFrame, TooLarge, UnsupportedObject
from rendering.frame import EncodedFrame, FrameAttributes, TranscodedFrame
from rendering.transport import syntaxes
from rendering.transport.syntaxes import LOSSLESS
from rendering.transport.transcoding import transcode
from tests.rendering.decode import samples

DEPTHS = [*((bits, signed) for bits in (8, 10, 12, 16) for signed in (False, True)), (1, False), (15, False)]
STREAMS = sorted(LOSSLESS - {syntaxes.EXPLICIT_LITTLE_ENDIAN, syntaxes.RLE})


def given_as(frame: EncodedFrame, syntax: str) -> TranscodedFrame:
    return transcode(Transport(frame, syntax), 10**6)


def back(frame: EncodedFrame, made: TranscodedFrame) -> NDArray[Any]:
    """What a client that has the same metadata decodes."""
    values: NDArray[Any] = decode(replace(frame, data=made.data, transfer_syntax=made.transfer_syntax)).values
    return values


def grey(bits: int, signed: bool) -> tuple[EncodedFrame, NDArray[Any]]:
    values = samples.gray(bits, signed)
    return samples.frame(values.tobytes(), samples.EXPLICIT, values, bits), values


@pytest.mark.parametrize("syntax", sorted(LOSSLESS))
@pytest.mark.parametrize(("bits", "signed"), DEPTHS)
def test_grey_is_exact(syntax: str, bits: int, signed: bool) -> None:
    frame, values = grey(bits, signed)
    made = given_as(frame, syntax)
    np.testing.assert_array_equal(back(frame, made), values)
    assert (made.transfer_syntax, made.color_space) == (syntax, "MONOCHROME2")


@pytest.mark.parametrize("syntax", sorted(LOSSLESS))
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("bits", [8, 16])
def test_colour_is_exact(syntax: str, planar: bool, bits: int) -> None:
    values = samples.color() if bits == 8 else samples.color().astype("u2") * 257
    data = (np.moveaxis(values, -1, 0) if planar else values).tobytes()
    frame = samples.frame(data, samples.EXPLICIT, values, planar=planar)
    np.testing.assert_array_equal(back(frame, given_as(frame, syntax)), values)


@pytest.mark.parametrize("syntax", sorted(LOSSLESS))
def test_ybr_stays_ybr_where_it_has_a_place(syntax: str) -> None:
    values = samples.color()
    frame = samples.frame(values.tobytes(), samples.EXPLICIT, values, photometric_interpretation="YBR_FULL")
    if syntax in {syntaxes.JPEG_LOSSLESS, syntaxes.JPEG_LOSSLESS_FIRST_ORDER}:
        with pytest.raises(UnsupportedObject):
            given_as(frame, syntax)
        return
    made = given_as(frame, syntax)
    decoded = decode(replace(frame, data=made.data, transfer_syntax=syntax))
    np.testing.assert_array_equal(decoded.values, values)
    assert decoded.color_space == made.color_space == "YBR_FULL"


@pytest.mark.parametrize("stored", samples.ENCODED_SYNTAXES)
@pytest.mark.parametrize("syntax", sorted(LOSSLESS))
def test_whatever_is_stored_its_decoded_values_are_given(stored: str, syntax: str) -> None:
    """Of lossy frames too: the loss that was is not added to."""
    frame = samples.encoded_gray(stored)
    np.testing.assert_array_equal(back(frame, given_as(frame, syntax)), decode(frame).values)


@settings(max_examples=150, deadline=None)
@given(
    arrays(st.sampled_from(["u1", "i1", "u2", "i2"]), array_shapes(min_dims=2, max_dims=2, max_side=40)),
    st.sampled_from(sorted(LOSSLESS)),
)
def test_any_values_of_any_size_are_exact(values: NDArray[Any], syntax: str) -> None:
    frame = samples.frame(values.tobytes(), samples.EXPLICIT, values)
    np.testing.assert_array_equal(back(frame, given_as(frame, syntax)), values)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("syntax", [syntaxes.EXPLICIT_LITTLE_ENDIAN, syntaxes.RLE])
def test_cells_keep_their_layout(syntax: str, signed: bool) -> None:
    """Twelve bits at the top of a cell, from a frame that has them at the top as well."""
    values = samples.gray(12, signed)
    frame = samples.frame((values << 4).tobytes(), samples.EXPLICIT, values, 12, high_bit=15)
    made = given_as(frame, syntax)
    np.testing.assert_array_equal(back(frame, made), values)
    if syntax == syntaxes.EXPLICIT_LITTLE_ENDIAN:
        assert made.data == frame.data


@pytest.mark.parametrize("kind", ["u4", "i4"])
def test_32_bits_are_exact_or_refused(kind: str) -> None:
    values = (samples.gray(16).astype("i8") * 65_537 - (2**31 if kind == "i4" else 0)).astype(kind)
    frame = samples.frame(values.tobytes(), samples.EXPLICIT, values)
    for syntax in (syntaxes.EXPLICIT_LITTLE_ENDIAN, syntaxes.RLE):
        np.testing.assert_array_equal(back(frame, given_as(frame, syntax)), values)
    for syntax in (*STREAMS, syntaxes.HTJ2K):
        with pytest.raises(UnsupportedObject):
            given_as(frame, syntax)


def test_single_bits_are_given_without_gaps_and_compressed_by_nothing() -> None:
    bits = np.random.default_rng(1).integers(0, 2, (5, 7), dtype=np.uint8)
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    frame = samples.frame(packed, samples.EXPLICIT, bits, 1, bits_allocated=1)
    assert given_as(frame, syntaxes.EXPLICIT_LITTLE_ENDIAN).data == packed
    for syntax in (*STREAMS, syntaxes.RLE):
        with pytest.raises(UnsupportedObject):
            given_as(frame, syntax)


def test_floating_point_is_not_put_into_anything() -> None:
    values = np.ones((4, 4), "f4")
    frame = samples.frame(values.tobytes(), samples.EXPLICIT, values, 32, floating_point=True, signed=True)
    with pytest.raises(UnsupportedObject):
        given_as(frame, syntaxes.EXPLICIT_LITTLE_ENDIAN)


def test_damage_and_size_are_refused_as_ever() -> None:
    frame, _ = grey(12, False)
    with pytest.raises(MalformedFrame):
        given_as(replace(frame, data=frame.data[:100]), syntaxes.JPEG_LS)
    with pytest.raises(TooLarge):
        transcode(Transport(frame, syntaxes.JPEG_LS), 100)


def test_a_syntax_that_is_not_made_is_refused() -> None:
    frame, _ = grey(8, False)
    with pytest.raises(UnsupportedObject):
        given_as(frame, "1.2.840.10008.1.2.4.50")


def test_the_precision_is_that_of_the_stored_bits() -> None:
    for signed in (False, True):
        frame, _ = grey(12, signed)
        for syntax in (syntaxes.JPEG_2000_LOSSLESS, syntaxes.HTJ2K_LOSSLESS, syntaxes.HTJ2K_LOSSLESS_RPCL):
            header = read_jpeg2000_header(memoryview(given_as(frame, syntax).data))
            assert (header.precision, header.signed, header.reversible) == (12, signed, True)
            assert header.high_throughput is (syntax != syntaxes.JPEG_2000_LOSSLESS)
        for syntax in (syntaxes.JPEG_LOSSLESS_FIRST_ORDER, syntaxes.JPEG_LS):
            assert read_jpeg_header(given_as(frame, syntax).data).precision == 12


def file_of(folder: Path, frame: EncodedFrame, made: TranscodedFrame) -> Path:
    """A DICOM file of the transcoded frame with the attributes of the stored one."""
    attributes = frame.attributes
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = attributes.sop_class, "2.25.1"
    meta.TransferSyntaxUID = UID(made.transfer_syntax)
    dataset = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
    dataset.SOPClassUID, dataset.SOPInstanceUID = attributes.sop_class, "2.25.1"
    dataset.Rows, dataset.Columns = attributes.rows, attributes.columns
    dataset.SamplesPerPixel = attributes.samples_per_pixel
    dataset.PhotometricInterpretation = attributes.photometric_interpretation
    dataset.BitsAllocated, dataset.BitsStored = attributes.bits_allocated, attributes.bits_stored
    dataset.HighBit, dataset.PixelRepresentation = attributes.high_bit, int(attributes.signed)
    if attributes.samples_per_pixel > 1:
        dataset.PlanarConfiguration = int(attributes.planar)
    native = made.transfer_syntax == syntaxes.EXPLICIT_LITTLE_ENDIAN
    padded = made.data + bytes(len(made.data) % 2)
    dataset.add_new("PixelData", "OW" if native else "OB", padded if native else encapsulate([padded]))
    dataset["PixelData"].is_undefined_length = not native
    dataset.save_as(folder / "frame.dcm", enforce_file_format=True)
    return folder / "frame.dcm"


def by_another_program(folder: Path, frame: EncodedFrame, made: TranscodedFrame) -> NDArray[Any]:
    match made.transfer_syntax:
        case syntaxes.EXPLICIT_LITTLE_ENDIAN | syntaxes.RLE:
            return pixel_array(file_of(folder, frame, made), raw=True, decoding_plugin="pydicom")
        case syntaxes.JPEG_XL_LOSSLESS | syntaxes.JPEG_XL:
            return np.asarray(imagecodecs.jpegxl_decode(made.data))
        case syntaxes.JPEG_LOSSLESS | syntaxes.JPEG_LOSSLESS_FIRST_ORDER | syntaxes.JPEG_LS:
            program = "dcmdjpls" if made.transfer_syntax == syntaxes.JPEG_LS else "dcmdjpeg"
            decoded = folder / "decoded.dcm"
            command = [program, "--quiet", str(file_of(folder, frame, made)), str(decoded)]
            subprocess.run(command, check=True, capture_output=True, timeout=30)
            return dcmread(decoded).pixel_array
        case _:
            return by_ffmpeg(made.data, frame.attributes)


def by_ffmpeg(stream: bytes, attributes: FrameAttributes) -> NDArray[Any]:
    """It gives the most significant of 8 or 16 bits, and adds half of the range to what has a sign."""
    (picture,) = av.CodecContext.create("jpeg2000", "r").decode(av.Packet(stream))
    if attributes.samples_per_pixel == 3:
        return picture.to_ndarray()
    values = picture.to_ndarray()
    values = values.astype(np.int64) >> (8 * values.itemsize - attributes.bits_stored)
    return values - (1 << attributes.bits_stored - 1 if attributes.signed else 0)


@pytest.mark.parametrize("syntax", sorted(LOSSLESS))
@pytest.mark.parametrize("kind", ["8 bits", "12 bits", "16 bits", "signed", "colour"])
def test_other_programs_read_the_same_values(tmp_path: Path, syntax: str, kind: str) -> None:
    if kind == "colour":
        values = samples.color()
        frame = samples.frame(values.tobytes(), samples.EXPLICIT, values)
    else:
        frame, values = grey({"8 bits": 8, "12 bits": 12}.get(kind, 16), kind == "signed")
    read = by_another_program(tmp_path, frame, given_as(frame, syntax))
    if kind == "signed" and syntax in {syntaxes.JPEG_XL_LOSSLESS, syntaxes.JPEG_XL}:
        read = read.view("i2")
    np.testing.assert_array_equal(read, values)
