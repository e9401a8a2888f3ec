"""Every DICOM file with pixels that pydicom ships, against a decoder that shares no code with ours where there is one.

Native and RLE: pydicom's own Python. JPEG baseline: Pillow's libjpeg-turbo. JPEG extended, lossless and JPEG-LS: DCMTK,
whose IJG codecs and CharLS are its own. JPEG 2000: Pillow, which wraps another build of OpenJPEG; where a file has an
uncompressed original beside it, that original.
"""

from dataclasses import dataclass
from pathlib import Path
import subprocess
import warnings

import numpy as np
import pydicom
from pydicom.encaps import generate_frames
from pydicom.pixels import pixel_array
from pydicom.uid import UID
import pytest

from rendering.decode.decoding import decode
from rendering.errors import MalformedFrame, RenderingError
from rendering.frame import EncodedFrame, FrameAttributes

FOLDER = Path(pydicom.__file__).parent / "data" / "test_files"
ENOUGH_FRAMES = 4

PYTHON = [
    "CT_small", "ExplVR_BigEnd", "MR_small", "MR_small_RLE", "MR_small_bigendian", "MR_small_expb", "MR_small_implicit",
    "MR_small_padded", "SC_rgb_jpeg_dcmd", "SC_rgb_rle", "SC_rgb_rle_16bit", "SC_rgb_rle_16bit_2frame",
    "SC_rgb_rle_2frame", "SC_rgb_rle_32bit", "SC_rgb_rle_32bit_2frame", "SC_rgb_small_odd",
    "SC_ybr_full_422_uncompressed", "examples_overlay", "examples_palette", "examples_rgb_color", "image_dfl",
    "liver_1frame", "liver_expb_1frame", "rtdose", "rtdose_1frame", "rtdose_expb", "rtdose_expb_1frame", "rtdose_rle",
    "rtdose_rle_1frame",
]  # fmt: skip
PILLOW = [
    "693_J2KI", "J2K_pixelrep_mismatch", "JPEG2000", "MR_small_jp2klossless", "SC_jpeg_no_color_transform",
    "SC_jpeg_no_color_transform_2", "SC_rgb_dcmtk_+eb+cr", "SC_rgb_dcmtk_+eb+cy+n1", "SC_rgb_dcmtk_+eb+cy+n2",
    "SC_rgb_dcmtk_+eb+cy+np", "SC_rgb_dcmtk_+eb+cy+s2", "SC_rgb_dcmtk_+eb+cy+s4", "SC_rgb_gdcm_KY", "SC_rgb_jpeg",
    "SC_rgb_jpeg_app14_dcmd", "SC_rgb_jpeg_dcmtk", "SC_rgb_jpeg_lossy_gdcm", "SC_rgb_small_odd_jpeg",
    "examples_jpeg2k", "examples_ybr_color",
]  # fmt: skip
DCMTK = {
    "JPEG-lossy": "dcmdjpeg",
    "JPGExtended": "dcmdjpeg",
    "SC_rgb_jpeg_gdcm": "dcmdjpeg",
    "JPEGLSNearLossless_08": "dcmdjpls",
    "JPEGLSNearLossless_16": "dcmdjpls",
    "MR_small_jpeg_ls_lossless": "dcmdjpls",
    "SC_rgb_jls_lossy_line": "dcmdjpls",
    "SC_rgb_jls_lossy_sample": "dcmdjpls",
}
SAME_PIXELS = ["MR_small_RLE", "MR_small_jp2klossless", "MR_small_jpeg_ls_lossless", "MR_small_bigendian"]
DAMAGED = ["MR_truncated", "JPEG2000-embedded-sequence-delimiter"]
WITHOUT_ORACLE = {
    "GDCMJ2K_TextGBR": "a JP2 file of sixteen tiles that neither Pillow nor pydicom opens",
    "SC_rgb_small_odd_big_endian": "8-bit pixels as big endian words, which is a matter of files: frames are bytes",
    "badVR": "no legal number of frames",
    "meta_missing_tsyntax": "no image",
    "nested_priv_SQ": "no image",
}


@dataclass(frozen=True)
class Shipped:
    path: Path
    dataset: pydicom.Dataset
    syntax: UID

    @property
    def count(self) -> int:
        return int(self.dataset.get("NumberOfFrames", 1))

    @property
    def frames(self) -> list[bytes]:
        data = self.dataset.PixelData
        if self.syntax.is_encapsulated:
            return list(generate_frames(data, number_of_frames=self.count))
        length = len(data) // self.count
        return [data[start : start + length] for start in range(0, length * self.count, length)]

    @property
    def attributes(self) -> FrameAttributes:
        found = self.dataset
        return FrameAttributes(
            sop_class=str(found.SOPClassUID),
            rows=found.Rows,
            columns=found.Columns,
            samples_per_pixel=found.SamplesPerPixel,
            photometric_interpretation=found.PhotometricInterpretation,
            bits_allocated=found.BitsAllocated,
            bits_stored=found.BitsStored,
            high_bit=found.HighBit,
            signed=bool(found.PixelRepresentation),
            planar=bool(found.get("PlanarConfiguration", 0)),
        )

    def decoded(self, number: int) -> np.ndarray:
        return decode(EncodedFrame(self.frames[number], str(self.syntax), self.attributes)).values


def shipped(name: str, path: Path | None = None) -> Shipped:
    path = path or FOLDER / f"{name}.dcm"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path, force=True)
    syntax = getattr(dataset.file_meta, "TransferSyntaxUID", None) or UID("1.2.840.10008.1.2")
    return Shipped(path, dataset, syntax)


def reference(file: Shipped, number: int, **options) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pixel_array(file.dataset, index=number if file.count > 1 else None, **options)


def test_no_shipped_file_with_pixels_is_forgotten():
    with_pixels = set()
    for path in FOLDER.glob("*.dcm"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if "PixelData" in pydicom.dcmread(path, force=True):
                with_pixels.add(path.stem)
    assert with_pixels == {*PYTHON, *PILLOW, *DCMTK, *DAMAGED, *WITHOUT_ORACLE}


@pytest.mark.parametrize("name", PYTHON)
def test_native_and_rle_are_what_pydicom_reads(name):
    file = shipped(name)
    for number in range(min(file.count, ENOUGH_FRAMES)):
        options = {"decoding_plugin": "pydicom"} if file.syntax.is_encapsulated else {}
        np.testing.assert_array_equal(file.decoded(number), reference(file, number, raw=True, **options))


@pytest.mark.parametrize("name", PILLOW)
def test_jpeg_baseline_and_jpeg_2000_are_what_pillow_reads(name):
    file = shipped(name)
    for number in range(min(file.count, ENOUGH_FRAMES)):
        np.testing.assert_array_equal(file.decoded(number), reference(file, number, decoding_plugin="pillow"))


@pytest.mark.parametrize("name", DCMTK)
def test_other_jpegs_are_what_dcmtk_reads(name, tmp_path):
    file = shipped(name)
    decompressed = tmp_path / "decompressed.dcm"
    subprocess.run([DCMTK[name], file.path, decompressed], check=True, capture_output=True)
    expected = reference(shipped(name, decompressed), 0, raw=True)
    np.testing.assert_array_equal(file.decoded(0), expected)


@pytest.mark.parametrize("name", SAME_PIXELS)
def test_every_encoding_of_one_image_gives_its_pixels(name):
    np.testing.assert_array_equal(shipped(name).decoded(0), shipped("MR_small").decoded(0))


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_refused(name):
    with pytest.raises(RenderingError):
        shipped(name).decoded(0)


def test_the_truncated_file_is_called_malformed():
    with pytest.raises(MalformedFrame):
        shipped("MR_truncated").decoded(0)


@pytest.mark.parametrize(
    ("lines", "rgb"), [((40, 110), (255, 0, 0)), ((140, 220), (0, 255, 0)), ((240, 310), (0, 0, 255))]
)
def test_a_jp2_file_of_tiles_shows_words_in_the_colour_they_name(lines, rgb):
    """ "red", "green" and "blue" on grey: the image is its own oracle."""
    pixels = shipped("GDCMJ2K_TextGBR").decoded(0)[slice(*lines)].reshape(-1, 3)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    (background, word) = colours[np.argsort(-counts)[:2]]
    assert tuple(background) == (128, 128, 128)
    assert tuple(word) == rgb
