"""Attributes out of DICOM JSON as archives write it: groups, signs, tables, sloppiness and hostility."""

import base64
from contextlib import suppress
from pathlib import Path
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from rendering.attributes import is_image, number_of_frames, read_attributes
from rendering.bulk import bulk_references, with_bulk
from rendering.errors import InvalidOption, MalformedAttributes, RenderingError, UnsupportedObject
from rendering.frame import LookupTable
from rendering.options import VoiFunction, Window
from rendering.reading import tags
from tests.rendering.datasets import dataset, groups, sequence, window
from tests.rendering.reading.elements import STORAGE, element


def lut(first: int, data: bytes, bits: int = 8, vr: str = "US") -> dict[str, Any]:
    inline = {"vr": "OW", "InlineBinary": base64.b64encode(data).decode()}
    return {tags.LUT_DESCRIPTOR: element(vr, len(data) * 8 // bits, first, bits), tags.LUT_DATA: inline}


def test_the_plain_attributes() -> None:
    read = read_attributes(dataset(), 1)
    assert (read.rows, read.columns, read.bits_allocated, read.bits_stored, read.high_bit) == (512, 256, 16, 16, 15)
    assert (read.samples_per_pixel, read.photometric_interpretation, read.signed) == (1, "MONOCHROME2", True)
    assert (read.rescale_slope, read.rescale_intercept, read.windows, read.padding) == (1.0, 0.0, (), None)
    assert read.pixel_aspect == 1.0


@pytest.mark.parametrize("suffix", ["9.1.1", "11.1", "88.33", "104.1", "77.1.1.1", "77.1.2.1", "77.1.4.1", "481.5"])
def test_other_kinds_are_no_images(suffix: str) -> None:
    assert not is_image(dataset(SOP_CLASS_UID=element("UI", STORAGE + suffix)))


@pytest.mark.parametrize("suffix", ["1", "1.1", "2", "4", "6.1", "7", "66.4", "77.1.4", "77.1.6", "128", "481.2", "30"])
def test_kinds_with_frames_are_images(suffix: str) -> None:
    assert is_image(dataset(SOP_CLASS_UID=element("UI", STORAGE + suffix)))


def test_no_image_without_a_matrix_or_in_a_video_syntax() -> None:
    assert not is_image(dataset(ROWS=None))
    assert not is_image(dataset(BITS_ALLOCATED={"vr": "US"}))
    assert not is_image(dataset(AVAILABLE_TRANSFER_SYNTAX_UID=element("UI", "1.2.840.10008.1.2.4.102")))
    assert is_image(dataset(AVAILABLE_TRANSFER_SYNTAX_UID=element("UI", "1.2.840.10008.1.2.4.90")))


@pytest.mark.parametrize(
    ("held", "count"),
    [(None, 1), ({"vr": "IS"}, 1), (element("IS", 0), 1), (element("IS", "12 "), 12), (element("IS", 3.0), 3)],
)
def test_number_of_frames(held: Any, count: int) -> None:
    assert number_of_frames(dataset(NUMBER_OF_FRAMES=held)) == count


@pytest.mark.parametrize("value", ["1A", -1, 2.5, "1e400", [1], 2**31])
def test_an_impossible_number_of_frames(value: Any) -> None:
    with pytest.raises(MalformedAttributes):
        number_of_frames(dataset(NUMBER_OF_FRAMES=element("IS", value)))


@pytest.mark.parametrize("number", [0, 3])
def test_a_frame_that_is_not_there(number: int) -> None:
    with pytest.raises(InvalidOption):
        read_attributes(dataset(NUMBER_OF_FRAMES=element("IS", 2)), number)


def test_functional_groups_come_first_and_are_not_mixed() -> None:
    described = dataset(
        NUMBER_OF_FRAMES=element("IS", 2),
        WINDOW_CENTER=element("DS", 1),
        WINDOW_WIDTH=element("DS", 2),
        RESCALE_SLOPE=element("DS", 9),
        RESCALE_INTERCEPT=element("DS", 9),
        SHARED_FUNCTIONAL_GROUPS=sequence(
            groups(tags.PIXEL_VALUE_TRANSFORMATION_SEQUENCE, {tags.RESCALE_SLOPE: element("DS", 2)})
            | groups(tags.FRAME_VOI_LUT_SEQUENCE, window(40, 400))
            | groups(tags.PIXEL_MEASURES_SEQUENCE, {tags.PIXEL_SPACING: element("DS", 1, 2)})
        ),
        PER_FRAME_FUNCTIONAL_GROUPS=sequence(
            {},
            groups(tags.FRAME_VOI_LUT_SEQUENCE, window(50, 500, **{tags.VOI_LUT_FUNCTION: element("CS", "SIGMOID")})),
        ),
    )
    first, second = read_attributes(described, 1), read_attributes(described, 2)
    assert first.windows == (Window(40, 400),)
    assert second.windows == (Window(50, 500, VoiFunction.SIGMOID),)
    assert (first.rescale_slope, first.rescale_intercept, first.pixel_aspect) == (2, 0, 0.5)


def test_fewer_groups_than_frames() -> None:
    with pytest.raises(MalformedAttributes):
        read_attributes(dataset(NUMBER_OF_FRAMES=element("IS", 2), PER_FRAME_FUNCTIONAL_GROUPS=sequence({})), 2)


def test_alternative_windows_keep_their_order() -> None:
    many = dataset(WINDOW_CENTER=element("DS", "40\\-600"), WINDOW_WIDTH=element("DS", "400", 1500.5))
    assert read_attributes(many, 1).windows == (Window(40, 400), Window(-600, 1500.5))


@pytest.mark.parametrize(("center", "width"), [(40, 0), (40, -5), ("abc", 400), (None, 400), (40, None)])
def test_a_window_that_cannot_be_applied_is_as_good_as_absent(center: Any, width: Any) -> None:
    held = dataset(WINDOW_CENTER=element("DS", center), WINDOW_WIDTH=element("DS", width))
    assert read_attributes(held, 1).windows == ()


def test_a_linear_window_below_one_is_meant_exactly() -> None:
    held = dataset(WINDOW_CENTER=element("DS", 0.5), WINDOW_WIDTH=element("DS", 0.8))
    assert read_attributes(held, 1).windows == (Window(0.5, 0.8, VoiFunction.LINEAR_EXACT),)


def test_a_modality_lut_counts_instead_of_a_rescale() -> None:
    held = dataset(RESCALE_SLOPE=element("DS", 2), MODALITY_LUT_SEQUENCE=sequence(lut(65526, b"\1\2\3\4")))
    read = read_attributes(held, 1)
    assert read.modality_lut == LookupTable(4, -10, 8, b"\1\2\3\4")
    assert (read.rescale_slope, read.rescale_intercept) == (1.0, 0.0)


def test_a_slope_of_zero_is_no_transformation() -> None:
    read = read_attributes(dataset(RESCALE_SLOPE=element("DS", 0), RESCALE_INTERCEPT=element("DS", -1024)), 1)
    assert (read.rescale_slope, read.rescale_intercept) == (1.0, 0.0)


@pytest.mark.parametrize(("intercept", "first"), [(-1024, -10), (32768, 65526)])
def test_a_voi_lut_is_signed_where_modality_values_can_be(intercept: int, first: int) -> None:
    held = dataset(RESCALE_INTERCEPT=element("DS", intercept), VOI_LUT_SEQUENCE=sequence(lut(65526, b"\1\2\3\4")))
    assert read_attributes(held, 1).voi_luts == (LookupTable(4, first, 8, b"\1\2\3\4"),)


@pytest.mark.parametrize(
    ("representation", "value", "limit", "padding"),
    [
        (1, 63536, None, (-2000, -2000)),
        (1, -2000, -1500, (-2000, -1500)),
        (1, -1500, 63536, (-2000, -1500)),
        (0, -2000, None, (63536, 63536)),
        (0, 0, 10, (0, 10)),
        (1, 70000, None, None),
    ],
)
def test_padding(representation: int, value: int, limit: int | None, padding: Any) -> None:
    held = dataset(
        PIXEL_REPRESENTATION=element("US", representation),
        PIXEL_PADDING_VALUE=element("US", value),
        PIXEL_PADDING_RANGE_LIMIT=None if limit is None else element("US", limit),
    )
    assert read_attributes(held, 1).padding == padding


def test_padding_that_no_pixel_can_have() -> None:
    held = dataset(BITS_STORED=element("US", 8), HIGH_BIT=element("US", 7), PIXEL_PADDING_VALUE=element("SS", -2000))
    assert read_attributes(held, 1).padding is None


@pytest.mark.parametrize(
    ("changes", "aspect"),
    [
        ({"PIXEL_SPACING": element("DS", 0.5, 0.25)}, 2.0),
        ({"IMAGER_PIXEL_SPACING": element("DS", "0.1", "0.2"), "PIXEL_ASPECT_RATIO": element("IS", 9, 1)}, 0.5),
        ({"PIXEL_ASPECT_RATIO": element("IS", 4, 3)}, 4 / 3),
        ({"PIXEL_SPACING": element("DS", 0, 0), "PIXEL_ASPECT_RATIO": element("IS", "4\\3")}, 4 / 3),
        ({"PIXEL_SPACING": element("DS", 1e9, 1)}, 1.0),
        ({"PIXEL_SPACING": element("DS", "wide", 1)}, 1.0),
    ],
)
def test_the_shape_of_pixels(changes: dict[str, Any], aspect: float) -> None:
    assert read_attributes(dataset(**changes), 1).pixel_aspect == pytest.approx(aspect)


def test_the_shape_of_ultrasound_pixels_comes_from_a_region_of_tissue() -> None:
    def region(spatial_format: int, unit: int, across: float, down: float) -> dict[str, Any]:
        return {
            tags.REGION_SPATIAL_FORMAT: element("US", spatial_format),
            tags.PHYSICAL_UNITS_X_DIRECTION: element("US", unit),
            tags.PHYSICAL_UNITS_Y_DIRECTION: element("US", 3),
            tags.PHYSICAL_DELTA_X: element("FD", across),
            tags.PHYSICAL_DELTA_Y: element("FD", down),
        }

    held = dataset(SEQUENCE_OF_ULTRASOUND_REGIONS=sequence(region(3, 4, 0.01, 1), region(1, 3, 0.02, -0.03)))
    assert read_attributes(held, 1).pixel_aspect == pytest.approx(1.5)


def test_colour_has_neither_sign_nor_window() -> None:
    held = dataset(
        SAMPLES_PER_PIXEL=element("US", 3),
        PHOTOMETRIC_INTERPRETATION=element("CS", "RGB "),
        BITS_ALLOCATED=element("US", 8),
        BITS_STORED=element("US", 8),
        HIGH_BIT=element("US", 7),
        PLANAR_CONFIGURATION=element("US", 1),
        PIXEL_PADDING_VALUE=element("US", 0),
        WINDOW_CENTER=element("DS", 128),
        WINDOW_WIDTH=element("DS", 256),
    )
    read = read_attributes(held, 1)
    assert (read.signed, read.windows, read.padding, read.planar) == (False, (), None, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"BITS_ALLOCATED": element("US", 64), "BITS_STORED": element("US", 64), "HIGH_BIT": element("US", 63)},
        {"PHOTOMETRIC_INTERPRETATION": element("CS", "CMYK")},
    ],
)
def test_what_cannot_be_shown_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedObject):
        read_attributes(dataset(**changes), 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"PHOTOMETRIC_INTERPRETATION": None},
        {"PIXEL_REPRESENTATION": None},
        {"PIXEL_REPRESENTATION": element("US", 2)},
        {"ROWS": element("US", 0)},
        {"COLUMNS": element("US", 65536)},
        {"BITS_STORED": element("US", 17)},
        {"HIGH_BIT": element("US", 16)},
        {"SAMPLES_PER_PIXEL": element("US", 3)},
        {"RESCALE_SLOPE": element("DS", "steep")},
        {"PHOTOMETRIC_INTERPRETATION": element("CS", "PALETTE COLOR")},
        {"MODALITY_LUT_SEQUENCE": sequence({tags.LUT_DESCRIPTOR: element("US", 4, 0, 16)})},
        {"MODALITY_LUT_SEQUENCE": sequence(lut(0, b"\1\2\3\4") | {tags.LUT_DESCRIPTOR: element("US", 9, 0, 8)})},
    ],
)
def test_what_does_not_explain_the_pixels_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedAttributes):
        read_attributes(dataset(**changes), 1)


def test_sloppy_json_means_the_same() -> None:
    sloppy = {
        tags.SOP_CLASS_UID: {"Value": [STORAGE + "2"]},
        tags.ROWS: {"Value": ["512"]},
        tags.COLUMNS: {"Value": [256.0]},
        tags.PHOTOMETRIC_INTERPRETATION: {"vr": "CS", "Value": ["monochrome2 "]},
        tags.BITS_ALLOCATED: {"vr": "US", "Value": ["16"]},
        tags.BITS_STORED: {"vr": "US", "Value": ["16"]},
        tags.PIXEL_REPRESENTATION: {"Value": ["1 "]},
        tags.NUMBER_OF_FRAMES: {"vr": "IS", "Value": [""]},
        tags.WINDOW_CENTER: {"vr": "DS", "Value": []},
        tags.RESCALE_SLOPE: {"vr": "DS", "Value": [None]},
        tags.VOI_LUT_SEQUENCE: {"vr": "SQ", "Value": [None]},
        tags.SHARED_FUNCTIONAL_GROUPS: {"vr": "SQ"},
    }
    assert read_attributes(sloppy, 1) == read_attributes(dataset(), 1)


KNOWN = sorted(re.findall(r"[0-9A-F]{8}", Path(tags.__file__).read_text()))
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        [0, 1, 3, 8, 16, 32, 65535, 65536, -1, "1", "1\\2", "", " ", "RGB", "MONOCHROME2", "PALETTE COLOR"]
    )
    | st.text(max_size=8)
)


def elements(held: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    one = st.fixed_dictionaries(
        {},
        optional={
            "vr": scalars,
            "Value": st.lists(held | scalars, max_size=3) | scalars,
            "InlineBinary": st.sampled_from(["AAAA", "AQIDBA==", "", "=", "é", None, 5]),
            "BulkDataURI": st.sampled_from(["https://archive/x", "", None, 7]),
        },
    )
    return st.dictionaries(st.sampled_from(KNOWN), one | scalars, max_size=6)


hostile = st.recursive(st.just({}), elements, max_leaves=12)


@given(hostile, st.booleans(), st.integers(-1, 3))
def test_whatever_the_json_holds_there_are_attributes_or_a_rendering_error(
    strange: dict[str, Any], plausible: bool, frame: int
) -> None:
    held = dataset() | strange if plausible else strange
    assert is_image(held) in {True, False}
    with suppress(RenderingError):
        for reference in bulk_references(held):
            held = dict(with_bulk(held, reference.path, b"\0\1"))
    with suppress(RenderingError):
        number_of_frames(held)
    with suppress(RenderingError):
        read_attributes(held, frame)
