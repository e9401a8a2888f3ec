"""Whole renderings against DCMTK: within one grey level, which is how the two round; colour exactly."""

from pathlib import Path

import numpy as np
import pytest

from rendering.dicom_file import read_frame
from rendering.options import VoiFunction, Window
from tests.rendering.dcmtk import reference
from tests.rendering.frames import FILES, shown, table_item, write_file

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)
SIGNED_RAMP = np.arange(-2048, 2048, dtype=np.int16).reshape(64, 64)


def agree(ours: np.ndarray, theirs: np.ndarray, tolerance: int = 1) -> bool:
    return ours.shape == theirs.shape and int(np.abs(ours.astype(int) - theirs).max()) <= tolerance


@pytest.mark.parametrize(
    ("name", "center", "width"),
    [
        ("CT_small.dcm", 40, 400),
        ("CT_small.dcm", -600, 1500),
        ("MR_small.dcm", 600.5, 900.25),
        ("MR_small_implicit.dcm", 500, 1000),
        ("MR_small_RLE.dcm", 500, 1000),
        ("MR_small_padded.dcm", 500, 1000),
        ("JPEG-lossy.dcm", 1000, 2000),
        ("JPGExtended.dcm", 200, 300),
        ("image_dfl.dcm", 100, 150),
        ("liver_1frame.dcm", 1, 2),
        ("rtdose_1frame.dcm", 1_000_000, 2_000_000),
        ("rtdose_rle_1frame.dcm", 1_000_000, 2_000_000),
    ],
)
def test_a_requested_window(name: str, center: float, width: float) -> None:
    ours = shown(read_frame(FILES / name, 1), window=Window(center, width))
    assert agree(ours, reference(FILES / name, "+Ww", str(center), str(width)))
    assert np.unique(ours).size > 1


@pytest.mark.parametrize("name", ["MR_small.dcm", "examples_overlay.dcm"])
def test_the_first_stored_window(name: str) -> None:
    assert agree(shown(read_frame(FILES / name, 1), overlays=False), reference(FILES / name, "+Wi", "1"))


@pytest.mark.parametrize(
    "name",
    [
        "examples_rgb_color.dcm",
        "examples_ybr_color.dcm",
        "examples_palette.dcm",
        "SC_rgb_dcmtk_+eb+cr.dcm",
        "SC_rgb_dcmtk_+eb+cy+n1.dcm",
        "SC_rgb_dcmtk_+eb+cy+s2.dcm",
        "SC_rgb_jpeg_gdcm.dcm",
        "SC_rgb_rle.dcm",
        "SC_rgb_rle_16bit.dcm",
        "SC_rgb_rle_32bit.dcm",
        "SC_rgb_small_odd.dcm",
    ],
)
def test_colour_is_the_same(name: str) -> None:
    assert agree(shown(read_frame(FILES / name, 1)), reference(FILES / name, mode="RGB"), tolerance=0)


def test_a_later_frame() -> None:
    file = FILES / "SC_rgb_rle_2frame.dcm"
    ours = shown(read_frame(file, 2))
    assert agree(ours, reference(file, "+F", "2", mode="RGB"), tolerance=0)
    assert not agree(ours, reference(file, "+F", "1", mode="RGB"), tolerance=0)


def test_monochrome1(tmp_path: Path) -> None:
    file = write_file(tmp_path / "a", RAMP, PhotometricInterpretation="MONOCHROME1", BitsStored=12, HighBit=11)
    assert agree(shown(read_frame(file, 1), window=Window(1500, 900)), reference(file, "+Ww", "1500", "900"))


def test_a_rescale_of_signed_values(tmp_path: Path) -> None:
    # Of integers: DCMTK rounds modality values, which the formulas do not.
    windowed = {"WindowCenter": "-40", "WindowWidth": "3310"}
    file = write_file(tmp_path / "a", SIGNED_RAMP, RescaleSlope="3", RescaleIntercept="-12", **windowed)
    assert agree(shown(read_frame(file, 1)), reference(file, "+Wi", "1"))


def test_a_negative_slope(tmp_path: Path) -> None:
    file = write_file(tmp_path / "a", RAMP, RescaleSlope="-1", RescaleIntercept="4095", BitsStored=12, HighBit=11)
    assert agree(shown(read_frame(file, 1), window=Window(2048, 4096)), reference(file, "+Ww", "2048", "4096"))


def test_a_modality_lut_counts_even_beside_a_rescale(tmp_path: Path) -> None:
    entries = (np.arange(3000) ** 2 // 300).astype(np.uint16)
    file = write_file(
        tmp_path / "a",
        RAMP,
        BitsStored=12,
        HighBit=11,
        ModalityLUTSequence=[table_item(500, entries)],
        RescaleSlope="2",
        RescaleIntercept="7",
    )
    assert agree(shown(read_frame(file, 1), window=Window(15000, 20000)), reference(file, "+Ww", "15000", "20000"))


@pytest.mark.parametrize("suffix", ["12.1", "12.2", "12.3", "12.1.1", "2"])
@pytest.mark.parametrize("relationship", ["LIN", "LOG", "DISP"])
def test_the_modality_lut_of_angiographies_is_not_shown(suffix: str, relationship: str, tmp_path: Path) -> None:
    file = write_file(
        tmp_path / "a",
        RAMP,
        SOPClassUID=f"1.2.840.10008.5.1.4.1.1.{suffix}",
        PixelIntensityRelationship=relationship,
        ModalityLUTSequence=[table_item(0, (np.arange(4096) ** 2 // 4096).astype(np.uint16))],
        BitsStored=12,
        HighBit=11,
    )
    shown_linearly = shown(read_frame(file, 1), window=Window(2048, 4096))
    assert agree(shown_linearly, reference(file, "+Ww", "2048", "4096"))
    assert (shown_linearly[32, 0] == 128) == suffix.startswith("12.") & (suffix != "12.1.1")


def test_a_voi_lut_over_negative_modality_values(tmp_path: Path) -> None:
    entries = (np.sqrt(np.arange(2000)) * 1400).astype(np.uint16)
    file = write_file(
        tmp_path / "a",
        SIGNED_RAMP,
        RescaleSlope="1",
        RescaleIntercept="0",
        VOILUTSequence=[table_item(-900, entries, signed=True)],
    )
    assert agree(shown(read_frame(file, 1)), reference(file, "+Wl", "1"))


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("suffix", ["1.1", "7"])
def test_each_stored_voi_lut_beside_stored_windows(suffix: str, number: int, tmp_path: Path) -> None:
    curves = (np.sqrt(np.arange(4096)) * 1023.9, np.arange(4096) ** 2 / 256, 65535 - np.arange(4096) * 16)
    file = write_file(
        tmp_path / "a",
        RAMP,
        SOPClassUID=f"1.2.840.10008.5.1.4.1.1.{suffix}",
        BitsStored=12,
        HighBit=11,
        VOILUTSequence=[table_item(0, curve.astype(np.uint16)) for curve in curves],
        WindowCenter=["2048", "1000"],
        WindowWidth=["4096", "500"],
    )
    assert agree(shown(read_frame(file, 1, number)), reference(file, "+Wl", str(number)))
    own = reference(file, "+Wl", "1") if suffix == "1.1" else reference(file, "+Wi", "1")
    assert agree(shown(read_frame(file, 1)), own)
    assert agree(shown(read_frame(file, 1, number), window=Window(1000, 500)), reference(file, "+Wi", "2"))


def test_the_sigmoid_function(tmp_path: Path) -> None:
    file = write_file(tmp_path / "a", RAMP, BitsStored=12, HighBit=11)
    ours = shown(read_frame(file, 1), window=Window(2000, 1500, VoiFunction.SIGMOID))
    assert agree(ours, reference(file, "+Ww", "2000", "1500", "+Wfs"))
