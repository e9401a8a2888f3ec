"""Which part of an image a state displays, how large, and where that leaves its pixels (PS3.3 C.10.4)."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import pytest

from rendering.errors import MalformedAttributes, TooLarge
from rendering.options import Viewport
from tests.rendering.presentation.states import area_item, by_dcmtk, file_of, presented, state

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)
TWELVE_BITS = {"BitsStored": 12, "HighBit": 11}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return file_of(tmp_path, RAMP, **TWELVE_BITS)


def close(ours: NDArray[np.uint8], theirs: NDArray[np.uint8]) -> bool:
    return ours.shape == theirs.shape and int(np.abs(ours.astype(int) - theirs).max()) <= 1


def test_corners_are_pixels_that_are_shown(file: Path) -> None:
    whole = by_dcmtk(state(), file)
    shown = presented(state(DisplayedAreaSelectionSequence=[area_item(11, 21, 50, 60)]), file)
    assert close(shown, whole[20:60, 10:50])


@pytest.mark.parametrize("flip", ["N", "Y"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_corners_count_before_the_image_is_turned(file: Path, rotation: int, flip: str) -> None:
    """The part is cut out of the image as it is stored, and turned then; whichever corner is called which."""
    turned = by_dcmtk(state(ImageRotation=rotation, ImageHorizontalFlip=flip), file)
    part = np.zeros((64, 64), bool)
    part[20:60, 10:40] = True
    part = np.rot90(part, -rotation // 90)
    part = part[:, ::-1] if flip == "Y" else part
    rows, columns = (np.flatnonzero(part.any(axis=axis)) for axis in (1, 0))
    expected = turned[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    for corners in ((11, 21, 40, 60), (40, 60, 11, 21), (40, 21, 11, 60)):
        area = [area_item(*corners)]
        made = state(ImageRotation=rotation, ImageHorizontalFlip=flip, DisplayedAreaSelectionSequence=area)
        assert close(presented(made, file), expected)


def test_what_exceeds_the_image_is_black(file: Path) -> None:
    bright = state(DisplayedAreaSelectionSequence=[area_item(-9, -4, 74, 70)], PresentationLUTShape="INVERSE")
    shown = presented(bright, file).copy()
    assert shown.shape == (75, 84)
    assert close(shown[5:69, 10:74], by_dcmtk(state(PresentationLUTShape="INVERSE"), file))
    shown[5:69, 10:74] = 0
    assert not shown.any()


@pytest.mark.parametrize("mode", ["SCALE TO FIT", "TRUE SIZE"])
def test_it_just_fits_the_viewport(file: Path, mode: str) -> None:
    area = area_item(1, 1, 64, 32, mode, PresentationPixelSpacing=[1, 1])
    shown = presented(state(DisplayedAreaSelectionSequence=[area]), file, viewport=Viewport(200, 300))
    assert shown.shape == (100, 200)
    turned = state(DisplayedAreaSelectionSequence=[area], ImageRotation=90)
    assert presented(turned, file, viewport=Viewport(200, 300)).shape == (300, 150)


def test_pixels_have_the_shape_that_the_state_says(file: Path) -> None:
    tall, wide = ([area_item(1, 1, 64, 64, PresentationPixelAspectRatio=ratio)] for ratio in ([2, 1], [1, 2]))
    assert presented(state(DisplayedAreaSelectionSequence=tall), file).shape == (128, 64)
    assert presented(state(DisplayedAreaSelectionSequence=wide), file).shape == (64, 128)
    shown = presented(state(DisplayedAreaSelectionSequence=tall), file, viewport=Viewport(100, 100))
    assert shown.shape == (100, 50)


def test_a_magnified_area_is_cropped_and_not_fitted(file: Path) -> None:
    area = area_item(1, 1, 64, 64, "MAGNIFY", PresentationPixelMagnificationRatio=4.0)
    made = state(DisplayedAreaSelectionSequence=[area])
    whole = presented(made, file)
    assert whole.shape == (256, 256)
    shown = presented(made, file, viewport=Viewport(100, 60))
    assert close(shown, whole[98:158, 78:178])
    assert close(presented(made, file, viewport=Viewport(999, 999)), whole)


def test_the_whole_frame_has_no_more_than_the_side_that_is_permitted(file: Path) -> None:
    area = area_item(1, 1, 32, 32, "MAGNIFY", PresentationPixelMagnificationRatio=8.0)
    shown = presented(state(DisplayedAreaSelectionSequence=[area]), file, maximum_side=128)
    assert shown.shape == (64, 64)


@pytest.mark.parametrize(
    ("area", "error"),
    [
        (area_item(65, 1, 90, 64), MalformedAttributes),
        (area_item(-20, -20, 0, 0), MalformedAttributes),
        (area_item(1, 1, 64, 64, "STRETCH"), MalformedAttributes),
        (area_item(1, 1, 64, 64, "MAGNIFY"), MalformedAttributes),
        (area_item(1, 1, 64, 64, PresentationPixelAspectRatio=[0, 1]), MalformedAttributes),
        (area_item(1, 1, 64, 64, "MAGNIFY", PresentationPixelMagnificationRatio=1000.0), TooLarge),
        (area_item(-100000, 1, 100000, 20000), TooLarge),
    ],
)
def test_what_cannot_be_displayed_is_refused(file: Path, area: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        presented(state(DisplayedAreaSelectionSequence=[area]), file)


def test_the_watermark_lies_on_the_frame_whichever_way_it_is_turned(file: Path) -> None:
    """Nobody puts together what is covered in one image from what is not in the other."""
    marked = presented(state(), file, watermark="mark").astype(int) != presented(state(), file)
    turned = state(ImageRotation=90, ImageHorizontalFlip="Y")
    marked_turned = presented(turned, file, watermark="mark").astype(int) != presented(turned, file)
    assert marked.any()
    assert (np.rot90(marked, -1)[:, ::-1] == marked_turned).all()
