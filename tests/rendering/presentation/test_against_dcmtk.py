"""Grayscale states against DCMTK's dcmp2pgm, which renders all of one but shutters, displayed area and annotations."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom import dcmread
import pytest

from tests.rendering.presentation.states import (
    activate,
    by_dcmtk,
    file_of,
    item,
    lut,
    overlay,
    presented,
    state,
)

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)
SIGNED_RAMP = np.arange(-2048, 2048, dtype=np.int16).reshape(64, 64)
TWELVE_BITS = {"BitsStored": 12, "HighBit": 11}
WINDOW = item(WindowCenter="1500", WindowWidth="900")
SQUARES = (np.arange(3000) ** 2 / 150).astype(int)
IGNORED = {"WindowCenter": "5", "WindowWidth": "3", "RescaleSlope": "2", "RescaleIntercept": "9"}
"""What an image says of itself, and no state minds."""


def differ(ours: np.ndarray, theirs: np.ndarray) -> int:
    assert ours.shape == theirs.shape
    assert np.unique(theirs).size > 20
    return int(np.abs(ours.astype(int) - theirs).max())


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"PresentationLUTShape": "INVERSE"},
        {"SoftcopyVOILUTSequence": [WINDOW]},
        {"SoftcopyVOILUTSequence": [WINDOW], "PresentationLUTShape": "INVERSE"},
        {"RescaleSlope": "3", "RescaleIntercept": "-1000", "RescaleType": "HU"},
        {"RescaleSlope": "3", "RescaleIntercept": "-1000", "RescaleType": "HU", "SoftcopyVOILUTSequence": [WINDOW]},
        {"RescaleSlope": "-1", "RescaleIntercept": "4095", "RescaleType": "US", "SoftcopyVOILUTSequence": [WINDOW]},
        {"SoftcopyVOILUTSequence": [item(VOILUTSequence=[lut(SQUARES, first=400)])]},
        {"ModalityLUTSequence": [lut(SQUARES, first=400)]},
        {"ModalityLUTSequence": [lut(np.arange(4096)[::-1], bits=12)], "SoftcopyVOILUTSequence": [WINDOW]},
    ],
    ids=lambda elements: "+".join(elements) or "identity",
)
def test_grayscale_transformations(tmp_path: Path, photometric: str, elements: dict[str, Any]) -> None:
    file = file_of(tmp_path, RAMP, PhotometricInterpretation=photometric, **TWELVE_BITS, **IGNORED)
    made = state(**elements)
    assert differ(presented(made, file), by_dcmtk(made, file)) <= 1


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"RescaleSlope": "2", "RescaleIntercept": "100", "RescaleType": "US"},
        {"SoftcopyVOILUTSequence": [item(VOILUTSequence=[lut(np.arange(3000) * 20, first=-900, signed=True)])]},
        {"ModalityLUTSequence": [lut(np.arange(4096), first=-2048, bits=12, signed=True)]},
    ],
    ids=lambda elements: "+".join(elements) or "identity",
)
def test_signed_values(tmp_path: Path, elements: dict[str, Any]) -> None:
    file = file_of(tmp_path, SIGNED_RAMP, **TWELVE_BITS)
    made = state(**elements)
    assert differ(presented(made, file), by_dcmtk(made, file)) <= 1


def test_a_presentation_lut(tmp_path: Path) -> None:
    """DCMTK goes through a table of its own between the two, which costs it a grey level where the LUT is steep."""
    file = file_of(tmp_path, RAMP, **TWELVE_BITS)
    made = state(PresentationLUTSequence=[lut(np.sqrt(np.arange(4096)) * 1000)], SoftcopyVOILUTSequence=[WINDOW])
    assert differ(presented(made, file), by_dcmtk(made, file)) <= 2


@pytest.mark.parametrize("flip", ["N", "Y"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotation_and_then_flip(tmp_path: Path, rotation: int, flip: str) -> None:
    file = file_of(tmp_path, RAMP[:48], **TWELVE_BITS)
    made = state(ImageRotation=rotation, ImageHorizontalFlip=flip, DisplayedAreaSelectionSequence=[])
    del made.DisplayedAreaSelectionSequence
    reference = state(ImageRotation=rotation, ImageHorizontalFlip=flip)
    assert differ(presented(made, file), by_dcmtk(reference, file)) <= 1


@pytest.mark.parametrize("of_image", [False, True])
def test_activated_overlays(tmp_path: Path, of_image: bool) -> None:
    bits = np.random.default_rng(1).random((64, 64)) > 0.7
    file, made = file_of(tmp_path, RAMP, **TWELVE_BITS), state()
    if of_image:
        dataset = dcmread(file)
        overlay(dataset, 0x6004, bits)
        dataset.save_as(file)
        bare = presented(made, file)
        activate(made, 0x6004, "MARKS")
    else:
        bare = presented(made, file)
        overlay(made, 0x6000, bits, "MARKS")
    by_dcmtk(made, file)
    drawn = np.asarray(Image.open(tmp_path / "ovl_0101.pgm")) > 0
    shown = presented(made, file)
    assert (drawn == bits).all()
    assert (shown[drawn] == 255).all()
    assert (shown[~drawn] == bare[~drawn]).all()


def test_a_later_frame(tmp_path: Path) -> None:
    values = np.stack([RAMP, RAMP[::-1], RAMP[:, ::-1]])
    file = file_of(tmp_path, values.reshape(-1, 64), Rows=64, NumberOfFrames="3", **TWELVE_BITS)
    made = state(SoftcopyVOILUTSequence=[WINDOW])
    assert differ(presented(made, file, 2), by_dcmtk(made, file, 2)) <= 1
