"""Which modality transformation is shown through, and what its values are (PS3.3 C.11.1, C.8.2.1)."""

from typing import Any

import pytest

from rendering.reading import tags
from rendering.reading.modality import is_in_hounsfield_units, modality_lut, read_modality
from tests.rendering.reading.elements import element, of_class, table

RESCALE = {"RESCALE_SLOPE": element("DS", 0.5), "RESCALE_INTERCEPT": element("DS", -1024)}


@pytest.mark.parametrize("suffix", ["12.1", "12.2", "12.3"])
def test_that_of_angiographies_and_fluoroscopies_is_for_measuring(suffix: str) -> None:
    for held in (RESCALE, {"MODALITY_LUT_SEQUENCE": element("SQ", table([1, 2]))}):
        dataset = of_class(suffix, **held)
        assert read_modality(dataset, 1, signed=False) == (1.0, 0.0, None)
        assert modality_lut(dataset) is None


@pytest.mark.parametrize("suffix", ["2", "12.1.1", "13.1.1"])
def test_that_of_others_is_shown_through(suffix: str) -> None:
    assert read_modality(of_class(suffix, **RESCALE), 1, signed=False) == (0.5, -1024.0, None)


@pytest.mark.parametrize(
    ("suffix", "more", "hounsfield"),
    [
        ("2", {}, True),
        ("2", {"RESCALE_TYPE": element("LO", "HU")}, True),
        ("2", {"RESCALE_TYPE": element("LO", "US")}, False),
        ("2", {"RESCALE_TYPE": element("LO", "Z_EFF")}, False),
        ("2", {"RESCALE_INTERCEPT": element("DS")}, False),
        ("2", {"IMAGE_TYPE": element("CS", "ORIGINAL", "PRIMARY", "LOCALIZER")}, False),
        ("2", {"IMAGE_TYPE": element("CS", "ORIGINAL", "PRIMARY", "AXIAL")}, True),
        ("2", {"MODALITY_LUT_SEQUENCE": element("SQ", table([1, 2]))}, False),
        ("4", {}, False),
        ("128", {"RESCALE_TYPE": element("LO", "HU")}, False),
    ],
)
def test_what_is_in_hounsfield_units(suffix: str, more: dict[str, Any], hounsfield: bool) -> None:
    assert is_in_hounsfield_units(of_class(suffix, **(RESCALE | more)), 1) is hounsfield


@pytest.mark.parametrize(("unit", "hounsfield"), [("HU", True), ("US", False)])
def test_the_units_of_a_frame_stand_in_its_functional_groups(unit: str, hounsfield: bool) -> None:
    group = {tags.RESCALE_INTERCEPT: element("DS", -1024), tags.RESCALE_TYPE: element("LO", unit)}
    groups = {tags.PIXEL_VALUE_TRANSFORMATION_SEQUENCE: element("SQ", group)}
    dataset = of_class("2.1", PER_FRAME_FUNCTIONAL_GROUPS=element("SQ", {}, groups))
    assert is_in_hounsfield_units(dataset, 2) is hounsfield
    assert not is_in_hounsfield_units(dataset, 1)
