"""Where well-known renderers differ: each case decided by the standard (docs/explanation/rendering.md)."""

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import JPEG2000Lossless
import pytest

from rendering.dicom_file import read_frame
from rendering.errors import MalformedFrame
from rendering.options import Viewport, Window
from tests.rendering.dcmtk import reference
from tests.rendering.frames import PALETTES, shown, table_item, write_file
from tests.rendering.test_against_dcmtk import RAMP, agree

TWELVE_BITS = {"BitsStored": 12, "HighBit": 11}
WINDOWS = {"WindowCenter": ["2000", "500"], "WindowWidth": ["1500", "300"]}
MAMMOGRAPHY = "1.2.840.10008.5.1.4.1.1.1.2"


def table_of_roots() -> Dataset:
    return table_item(0, (np.sqrt(np.arange(4096)) * 1023).astype(np.uint16))


@pytest.fixture
def written(tmp_path: Path) -> Any:
    return lambda **elements: write_file(tmp_path / "a", RAMP, **(TWELVE_BITS | elements))


def test_a_window_that_is_asked_for_replaces_the_function_of_the_file_too(written: Any) -> None:
    file = written(**WINDOWS, VOILUTFunction="SIGMOID")
    assert agree(shown(read_frame(file, 1), window=Window(2000, 1500)), reference(file, "+Ww", "2000", "1500", "+Wfl"))


def test_unasked_it_is_the_first_window_with_its_function(written: Any) -> None:
    file = written(**WINDOWS, VOILUTFunction="SIGMOID")
    assert agree(shown(read_frame(file, 1)), reference(file, "+Ww", "2000", "1500", "+Wfs"))
    assert not agree(shown(read_frame(file, 1)), reference(file, "+Ww", "2000", "1500", "+Wfl"))


@pytest.mark.parametrize(("sop_class", "option"), [("1.2.840.10008.5.1.4.1.1.7", "+Wi"), (MAMMOGRAPHY, "+Wl")])
def test_of_a_window_and_a_table_the_window_is_shown_except_for_radiographs(
    written: Any, sop_class: str, option: str
) -> None:
    file = written(**WINDOWS, VOILUTSequence=[table_of_roots()], SOPClassUID=sop_class)
    assert agree(shown(read_frame(file, 1)), reference(file, option, "1"))
    assert agree(shown(read_frame(file, 1), window=Window(2000, 1500)), reference(file, "+Wi", "1"))


@pytest.mark.parametrize("polarity", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("shape", ["IDENTITY", "INVERSE"])
def test_polarity_is_that_of_the_photometric_interpretation(written: Any, polarity: str, shape: str) -> None:
    file = written(**WINDOWS, PhotometricInterpretation=polarity, PresentationLUTShape=shape)
    consistent = "+Piv" if polarity == "MONOCHROME1" else "+Pid"
    assert agree(shown(read_frame(file, 1)), reference(file, "+Wi", "1", consistent))


@pytest.mark.parametrize("polarity", ["MONOCHROME1", "MONOCHROME2"])
def test_a_presentation_lut_decides_the_polarity(written: Any, polarity: str) -> None:
    brighter = table_item(0, np.linspace(1000, 4095, 256).astype(np.uint16), bits=12)
    file = written(**WINDOWS, PhotometricInterpretation=polarity, PresentationLUTSequence=[brighter])
    image = shown(read_frame(file, 1)).reshape(-1).astype(int)
    assert (image[0], image[-1]) == (round(1000 / 4095 * 255), 255)
    assert (np.diff(image) >= 0).all()


def test_padding_does_not_decide_how_bright_the_rest_is(tmp_path: Path) -> None:
    values = RAMP[:32] + 1000
    padded = np.vstack([values, np.full((32, 64), 63000, np.uint16)])
    alone = write_file(tmp_path / "alone", values)
    file = write_file(tmp_path / "padded", padded, PixelPaddingValue=63000)
    assert (shown(read_frame(file, 1))[:32] == shown(read_frame(alone, 1))).all()
    assert not shown(read_frame(file, 1))[32:].any()


def test_pixels_that_are_not_square_are_shown_so_where_a_size_is_asked_for(written: Any) -> None:
    file = written(PixelAspectRatio=["2", "1"], **WINDOWS)
    assert shown(read_frame(file, 1)).shape == (64, 64)
    sized = shown(read_frame(file, 1), viewport=Viewport(32, 1000))
    assert sized.shape == reference(file, "+Wi", "1", "+a", "+Sxv", "32", scaled=True).shape == (64, 32)


def test_a_segmented_palette_is_expanded(tmp_path: Path) -> None:
    palette = dcmread(PALETTES / "spring.dcm")
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    elements = {
        one.keyword: one.value
        for one in palette
        if "Palette" in one.keyword and one.keyword != "PaletteColorLookupTableUID"
    }
    file = write_file(tmp_path / "a", indices, PhotometricInterpretation="PALETTE COLOR", **elements)
    assert (shown(read_frame(file, 1)) == apply_color_lut(indices, palette)).all()


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_truncated_code_stream_is_no_grey_image(tmp_path: Path, kept: float) -> None:
    stream = imagecodecs.jpeg2k_encode(RAMP, codecformat="j2k", reversible=True)
    file = write_file(tmp_path / "a", RAMP, **WINDOWS)
    dataset = dcmread(file)
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    dataset.PixelData = encapsulate([stream[: int(len(stream) * kept)]])
    dataset.save_as(file)
    with pytest.raises(MalformedFrame):
        shown(read_frame(file, 1))
