"""Colour, pseudo-colour, blending, subtraction, variable modality transformations: what each kind of state is for."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms
from pydicom.dataset import Dataset
import pytest

from rendering.content import Presented
from rendering.dicom_file import read_frame
from rendering.errors import MalformedAttributes, RenderingError, UnsupportedObject
from rendering.icc.spaces import ADOBE_RGB
from rendering.icc.writing import profile_of
from rendering.options import ColorProfile, Encoding, RenderOptions
from rendering.presentation.presented import Superimposition
from rendering.presentation.reading.applying import graded
from rendering.presentation.reading.state import read_references, read_state
from rendering.render import render
from tests.rendering.frames import pixels
from tests.rendering.presentation.states import (
    BLENDING,
    COLOR,
    PSEUDO_COLOR,
    VARIABLE,
    XA_XRF,
    applied,
    area_item,
    file_of,
    image_item,
    item,
    lut,
    presented,
    state,
    target_of,
)

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)
TWELVE_BITS = {"BitsStored": 12, "HighBit": 11}
WINDOW = [item(WindowCenter="2048", WindowWidth="4096")]
RGB = {
    "SamplesPerPixel": 3,
    "PhotometricInterpretation": "RGB",
    "PlanarConfiguration": 0,
    "BitsStored": 8,
    "HighBit": 7,
}


def palette(red: NDArray[Any], green: NDArray[Any], blue: NDArray[Any]) -> dict[str, Any]:
    """Palette elements of 16-bit entries."""
    elements: dict[str, Any] = {}
    for name, entries in (("Red", red), ("Green", green), ("Blue", blue)):
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [entries.size % 65536, 0, 16]
        elements[f"{name}PaletteColorLookupTableData"] = entries.astype("<u2").tobytes()
    return elements


HOT = palette(*(np.clip(np.arange(256) * 3 - start, 0, 255) * 257 for start in (0, 255, 510)))
PROFILE = {"ICCProfile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()}


def hot(level: NDArray[Any]) -> NDArray[Any]:
    return np.stack([np.clip(level * 3 - start, 0, 255) for start in (0, 255, 510)], axis=-1)


def test_pseudo_colour_is_what_the_palette_makes_of_the_window(tmp_path: Path) -> None:
    file = file_of(tmp_path, RAMP, WindowCenter="5", WindowWidth="3", **TWELVE_BITS)
    made = state(PSEUDO_COLOR, SoftcopyVOILUTSequence=WINDOW, **HOT, **PROFILE)
    expected = hot(np.rint(RAMP.astype(float) * 255 / 4095))
    assert np.abs(presented(made, file).astype(int) - expected).max() <= 3, "a level of grey is three of colour"


def test_its_colours_are_those_of_its_profile(tmp_path: Path) -> None:
    file = file_of(tmp_path, RAMP, **TWELVE_BITS)
    parts = {"SoftcopyVOILUTSequence": WINDOW, **HOT}
    plain, adobe = (
        presented(state(PSEUDO_COLOR, ICCProfile=profile, **parts), file)
        for profile in (PROFILE["ICCProfile"], profile_of(ADOBE_RGB))
    )
    assert (plain != adobe).any()
    stored = presented(
        state(PSEUDO_COLOR, ICCProfile=profile_of(ADOBE_RGB), **parts), file, color_profile=ColorProfile.YES
    )
    assert (stored == plain).all()


def test_padding_is_no_colour(tmp_path: Path) -> None:
    file = file_of(tmp_path, RAMP, PixelPaddingValue=4000, PixelPaddingRangeLimit=4095, **TWELVE_BITS)
    made = state(PSEUDO_COLOR, SoftcopyVOILUTSequence=WINDOW, **HOT, **PROFILE)
    assert not presented(made, file)[RAMP >= 4000].any()


def test_a_colour_state_brings_its_own_profile(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    file = file_of(tmp_path, values, **RGB)
    assert (presented(state(COLOR, **PROFILE), file) == values).all()
    adobe = state(COLOR, ICCProfile=profile_of(ADOBE_RGB))
    assert (presented(adobe, file) != values).any(), "converted to sRGB"
    assert (presented(adobe, file, color_profile=ColorProfile.YES) == values).all(), "left alone, and described"


def test_a_grayscale_state_turns_colours_and_leaves_them(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    file = file_of(tmp_path, values, **RGB)
    made = state(ImageRotation=90, SoftcopyVOILUTSequence=WINDOW)
    assert (presented(made, file) == np.rot90(values, -1)).all()
    assert any("do not apply to colours" in warning for warning in applied(made, file).warnings)
    assert applied(state(ImageRotation=90), file).warnings == ()
    masked = applied(state(MaskSubtractionSequence=[mask_item(MaskFrameNumbers=[1])]), file)
    assert (masked.subtracted, masked.presentation.subtraction) == ((), None)
    assert masked.warnings


@pytest.mark.parametrize(("sop_class", "rgb"), [(COLOR, False), (PSEUDO_COLOR, True)])
def test_states_for_other_pixels_are_refused(tmp_path: Path, sop_class: str, rgb: bool) -> None:
    file = file_of(tmp_path, np.zeros((64, 64, 3), np.uint8), **RGB) if rgb else file_of(tmp_path, RAMP)
    with pytest.raises(UnsupportedObject):
        applied(state(sop_class, **HOT, **PROFILE), file)


@pytest.mark.parametrize("suffix", ["6", "8", "11"])
def test_states_that_are_not_understood_are_refused(suffix: str) -> None:
    with pytest.raises(UnsupportedObject):
        read_state(state(f"1.2.840.10008.5.1.4.1.1.11.{suffix}").to_json_dict())


def test_without_a_window_the_whole_range_is_shown_however_narrow_a_rescale_makes_it(tmp_path: Path) -> None:
    """DCMTK rounds modality values, and so is no witness here."""
    file = file_of(tmp_path, RAMP, **TWELVE_BITS)
    made = state(RescaleSlope="0.001", RescaleIntercept="-20", RescaleType="US")
    assert (presented(made, file) == np.rint(RAMP * (255 / 4095))).all()


def test_each_image_has_its_own_modality_transformation(tmp_path: Path) -> None:
    file = file_of(tmp_path, np.vstack([RAMP, RAMP]), Rows=64, NumberOfFrames="2", **TWELVE_BITS)
    rescaled = [
        item(
            RescaleSlope=slope, RescaleIntercept="0", RescaleType="US", ReferencedImageSequence=[image_item(frames=[n])]
        )
        for n, slope in ((1, "1"), (2, "0.5"))
    ]
    made = state(VARIABLE, VariableModalityLUTSequence=rescaled, SoftcopyVOILUTSequence=WINDOW)
    one, two = (presented(made, file, number).astype(int) for number in (1, 2))
    assert np.abs(one - 2 * two).max() <= 1
    assert one.max() == 255


def test_each_frame_has_its_own_window(tmp_path: Path) -> None:
    file = file_of(tmp_path, np.vstack([RAMP, RAMP]), Rows=64, NumberOfFrames="2", **TWELVE_BITS)
    windows = [
        item(WindowCenter=center, WindowWidth="100", ReferencedImageSequence=[image_item(frames=[n])])
        for n, center in ((1, "500"), (2, "3000"))
    ]
    made = state(SoftcopyVOILUTSequence=windows)
    assert [int((presented(made, file, number) > 127).sum()) for number in (1, 2)] == [4096 - 500, 4096 - 3000]


def mask_item(operation: str = "AVG_SUB", **elements: Any) -> Dataset:
    return item(MaskOperation=operation, **elements)


def angiogram(folder: Path, **elements: Any) -> Path:
    """Frame n is the ramp and 10 × n² of contrast."""
    frames = np.vstack([RAMP[::4, ::4] // 4 + 10 * number**2 for number in range(1, 6)])
    return file_of(folder, frames.astype(np.uint16), Rows=16, NumberOfFrames="5", **TWELVE_BITS, **elements)


@pytest.mark.parametrize("sop_class", ["1.2.840.10008.5.1.4.1.1.11.1", XA_XRF])
@pytest.mark.parametrize(
    ("mask", "frame", "difference"),
    [
        (mask_item(MaskFrameNumbers=[1]), 4, 150),
        (mask_item(MaskFrameNumbers=[1, 2, 3]), 5, 250 - 140 / 3),
        (mask_item("TID", TIDOffset=2), 5, 160),
        (mask_item("TID"), 3, 50),
        (mask_item("REV_TID", TIDOffset=1, ApplicableFrameRange=[3, 5]), 4, 160 - 10),
    ],
)
def test_subtraction(tmp_path: Path, sop_class: str, mask: Dataset, frame: int, difference: float) -> None:
    made = state(
        sop_class,
        MaskSubtractionSequence=[mask],
        RecommendedViewingMode="SUB",
        SoftcopyVOILUTSequence=[item(WindowCenter="0", WindowWidth="512")],
        DisplayedAreaSelectionSequence=[area_item(1, 1, 16, 16)],
    )
    shown = presented(made, angiogram(tmp_path), frame)
    assert np.ptp(shown) <= 1, "the ramp is gone"
    assert shown[0, 0] == pytest.approx(((difference + 0.5) / 511 + 0.5) * 255, abs=1)


def test_how_much_of_the_mask_stays(tmp_path: Path) -> None:
    shows = [
        item(StartTrim=1, StopTrim=3, RecommendedViewingMode="NAT", DisplayFilterPercentage=0.0),
        item(StartTrim=4, StopTrim=5, RecommendedViewingMode="SUB", MaskVisibilityPercentage=25.0),
    ]
    made = state(
        XA_XRF,
        MaskSubtractionSequence=[mask_item(MaskFrameNumbers=[1])],
        MultiFramePresentationSequence=[item(FrameDisplaySequence=shows)],
    )
    file = angiogram(tmp_path)
    assert applied(made, file, 3).subtracted == ()
    partly = applied(made, file, 4)
    assert partly.subtracted == (1,)
    assert partly.presentation.subtraction is not None
    assert partly.presentation.subtraction.visible == 0.25


@pytest.mark.parametrize(
    ("mask", "error"),
    [
        (mask_item("MAGIC"), UnsupportedObject),
        (mask_item(MaskFrameNumbers=[1], MaskSubPixelShift=[0.5, 0.0]), UnsupportedObject),
        (mask_item(MaskFrameNumbers=[1], ContrastFrameAveraging=3), UnsupportedObject),
        (mask_item("TID", TIDOffset=7), UnsupportedObject),
        (mask_item(), MalformedAttributes),
        (mask_item(MaskFrameNumbers=[1], ApplicableFrameRange=[3]), MalformedAttributes),
    ],
)
def test_subtractions_that_are_not_certain_are_refused(tmp_path: Path, mask: Dataset, error: type[Exception]) -> None:
    with pytest.raises(error):
        applied(state(MaskSubtractionSequence=[mask]), angiogram(tmp_path), 4)


def test_linear_values_are_not_subtracted(tmp_path: Path) -> None:
    made = state(MaskSubtractionSequence=[mask_item(MaskFrameNumbers=[1])])
    file = angiogram(tmp_path, PixelIntensityRelationship="LIN")
    with pytest.raises(UnsupportedObject):
        applied(made, file, 4)
    made.ModalityLUTSequence = [lut(np.log1p(np.arange(4096)) * 1000)]
    assert applied(made, file, 4).subtracted == (1,)


def blending(opacity: float) -> Dataset:
    sets = [
        item(
            BlendingPosition=position,
            StudyInstanceUID=study,
            ReferencedSeriesSequence=[item(SeriesInstanceUID="2.25.3", ReferencedImageSequence=[image_item(instance)])],
            SoftcopyVOILUTSequence=WINDOW,
        )
        for position, study, instance in (("UNDERLYING", "2.25.2", "2.25.1"), ("SUPERIMPOSED", "2.25.5", "2.25.6"))
    ]
    sets[1].RelativeOpacity = opacity
    return state(BLENDING, BlendingSequence=sets, **HOT, **PROFILE)


@pytest.mark.parametrize("opacity", [0.0, 0.25, 1.0])
def test_blending(tmp_path: Path, opacity: float) -> None:
    """RGB = colour × A + grey × (1 − A), and the grey alone where nothing lies over it (PS3.4 N.2.4.3)."""
    file = file_of(tmp_path, RAMP, **TWELVE_BITS)
    above = RAMP.T[:32]
    (tmp_path / "above").mkdir()
    other = file_of(tmp_path / "above", np.ascontiguousarray(above), **TWELVE_BITS)
    made = read_state(blending(opacity).to_json_dict())
    application = applied(blending(opacity), file)
    assert made.superimposed is not None
    assert made.palette is not None
    top = replace(read_frame(other, 1), attributes=graded(made.superimposed, target_of(other)))
    bottom = replace(read_frame(file, 1), attributes=application.attributes)
    laid = Superimposition(made.opacity, (1.0, 0.0, 0.0, 0.0, 1.0, -16.0), made.palette)
    content = Presented((bottom, top), replace(application.presentation, superimposition=laid))
    shown = pixels(render(content, RenderOptions(Encoding.PNG))).astype(int)
    gray = np.repeat(np.rint(RAMP * (255 / 4095))[..., np.newaxis], 3, axis=-1)
    expected = gray.copy()
    expected[16:48] = hot(above * (255 / 4095)) * opacity + gray[16:48] * (1 - opacity)
    assert np.abs(shown - expected).max() <= 3
    assert [one.instance for one in read_references(blending(opacity).to_json_dict())] == ["2.25.1"]


@pytest.mark.parametrize("opacity", [None, 1.5, -1.0])
def test_a_blending_without_an_opacity_is_refused(opacity: float | None) -> None:
    made = blending(0.5)
    made.BlendingSequence[1].RelativeOpacity = opacity
    with pytest.raises(MalformedAttributes):
        read_state(made.to_json_dict())


@pytest.mark.parametrize(
    "elements",
    [
        {"ImageRotation": 45},
        {"SoftcopyVOILUTSequence": [item(WindowCenter="1")]},
        {"PresentationLUTSequence": [lut([])]},
        {"ShutterShape": "HEXAGONAL", "ShutterPresentationValue": 0},
    ],
)
def test_states_that_do_not_say_what_to_do_are_refused(tmp_path: Path, elements: dict[str, Any]) -> None:
    with pytest.raises(RenderingError):
        presented(state(**elements), file_of(tmp_path, RAMP))


def test_the_shutter_of_the_image_is_replaced(tmp_path: Path) -> None:
    rectangle = {"ShutterShape": "RECTANGULAR", "ShutterLeftVerticalEdge": "17", "ShutterRightVerticalEdge": "48",
                 "ShutterUpperHorizontalEdge": "17", "ShutterLowerHorizontalEdge": "48"}  # fmt: skip
    file = file_of(tmp_path, np.full((64, 64), 4000, np.uint16), ShutterPresentationValue=0, **rectangle, **TWELVE_BITS)
    assert presented(state(), file).min() > 240
    shown = presented(state(ShutterPresentationValue=0x8000, **rectangle), file)
    assert (shown[16:48, 16:48] > 240).all()
    assert (shown == 128).sum() == 64 * 64 - 32 * 32


def test_xa_shutters_are_for_the_frames_that_they_name(tmp_path: Path) -> None:
    file = file_of(tmp_path, np.full((128, 64), 4000, np.uint16), Rows=64, NumberOfFrames="2", **TWELVE_BITS)
    circle = item(
        ShutterShape="CIRCULAR",
        CenterOfCircularShutter=[32, 32],
        RadiusOfCircularShutter="10",
        ReferencedImageSequence=[image_item(frames=[2])],
    )
    made = state(XA_XRF, FrameDisplayShutterSequence=[circle])
    assert [int((presented(made, file, number) == 0).sum()) > 3000 for number in (1, 2)] == [False, True]


def test_floating_point_without_a_window_is_refused(tmp_path: Path) -> None:
    file = file_of(tmp_path, RAMP, **TWELVE_BITS)
    target = target_of(file)
    floating = replace(target, attributes=replace(target.attributes, floating_point=True))
    with pytest.raises(UnsupportedObject):
        graded(read_state(state().to_json_dict()).images, floating)
    windowed = read_state(state(SoftcopyVOILUTSequence=WINDOW).to_json_dict()).images
    assert graded(windowed, floating).windows[0].width == 4096
