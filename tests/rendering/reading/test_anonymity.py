"""Which areas of an image may be shown to whoever must not know whose it is: where nothing speaks for it, none."""

from contextlib import nullcontext
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from rendering.errors import NotAnonymous
from rendering.laid_over import Rectangle
from rendering.reading.anonymity import anonymous_areas

CT, MR, US, US_MULTI = (f"1.2.840.10008.5.1.4.1.1.{one}" for one in ("2", "4", "6.1", "3.1"))
ROWS, COLUMNS = 480, 640
WHOLE = Rectangle(0, 0, COLUMNS, ROWS)


def region(left: object, top: object, right: object, bottom: object) -> dict[str, Any]:
    edges = {"00186018": left, "0018601A": top, "0018601C": right, "0018601E": bottom}
    return {tag: {"vr": "UL", "Value": [value]} for tag, value in edges.items() if value is not None}


def image(sop_class: str, declared: str | None = None, *regions: Any, **more: str) -> dict[str, Any]:
    dataset: dict[str, Any] = {
        "00080016": {"vr": "UI", "Value": [sop_class]},
        "00280010": {"vr": "US", "Value": [ROWS]},
        "00280011": {"vr": "US", "Value": [COLUMNS]},
    }
    if declared is not None:
        dataset["00280301"] = {"vr": "CS", "Value": [declared]}
    if regions:
        dataset["00186011"] = {"vr": "SQ", "Value": list(regions)}
    return dataset | {tag.removeprefix("t"): {"vr": "CS", "Value": [value]} for tag, value in more.items()}


@pytest.mark.parametrize("sop_class", [CT, MR, US, US_MULTI])
def test_a_scanners_image_is_believed_to_have_no_name_where_it_says_so(sop_class: str) -> None:
    assert anonymous_areas(image(sop_class, "NO")) == (WHOLE,)


@pytest.mark.parametrize("sop_class", [CT, MR, US])
@pytest.mark.parametrize("declared", [None, "", "YES", "no", "NONE", "NO NO"])
def test_where_nothing_says_that_there_is_no_name_there_may_be_one(sop_class: str, declared: str | None) -> None:
    with pytest.raises(NotAnonymous):
        anonymous_areas(image(sop_class, declared))


@pytest.mark.parametrize(
    "number",
    [
        *("7", "7.1", "7.2", "7.4", "77.1.1", "77.1.4", "77.1.6", "77.1.5.1", "88.11", "88.59", "104.1", "104.2"),
        *("9.1.1", "11.1", "66.4", "481.2", "481.3", "99999", ""),
    ],
)
def test_captures_photographs_documents_and_what_is_unknown_are_not_shown(number: str) -> None:
    with pytest.raises(NotAnonymous):
        anonymous_areas(image(f"1.2.840.10008.5.1.4.1.1.{number}", "NO"))


def test_who_can_be_recognised_is_not_shown() -> None:
    with pytest.raises(NotAnonymous):
        anonymous_areas(image(CT, "NO", t00280302="YES"))


@pytest.mark.parametrize(
    ("sop_class", "declared", "model", "image_type", "shown"),
    [
        (CT, None, "Force", ["ORIGINAL", "PRIMARY", "AXIAL"], True),
        (CT, "", "Force", ["ORIGINAL", "PRIMARY"], True),
        (CT, "YES", "Force", ["ORIGINAL", "PRIMARY"], False),
        (CT, None, "Force II", ["ORIGINAL", "PRIMARY"], False),
        (CT, None, "", ["ORIGINAL", "PRIMARY"], False),
        (CT, None, "Force", ["DERIVED", "SECONDARY", "DOSE_INFO"], False),
        (CT, None, "Force", ["ORIGINAL"], False),
        (US, None, "Force", ["ORIGINAL", "PRIMARY"], False),
        ("1.2.840.10008.5.1.4.1.1.7", None, "Force", ["ORIGINAL", "PRIMARY"], False),
    ],
)
def test_an_institution_may_vouch_for_original_images_of_its_scanners(
    sop_class: str, declared: str | None, model: str, image_type: list[str], shown: bool
) -> None:
    dataset = image(sop_class, declared, t00081090=model) | {"00080008": {"vr": "CS", "Value": image_type}}
    with nullcontext() if shown else pytest.raises(NotAnonymous):
        assert anonymous_areas(dataset, ("Force",)) == (WHOLE,)
    with pytest.raises(NotAnonymous):
        anonymous_areas(dataset)


@pytest.mark.parametrize("declared", [None, "YES"])
def test_of_an_ultrasound_image_its_regions_are_shown(declared: str | None) -> None:
    regions = (region(10, 20, 109, 219), region(300, 20, 399, 219))
    assert anonymous_areas(image(US_MULTI, declared, *regions)) == (
        Rectangle(10, 20, 110, 220),
        Rectangle(300, 20, 400, 220),
    )


def test_regions_mean_nothing_in_images_of_other_kinds() -> None:
    with pytest.raises(NotAnonymous):
        anonymous_areas(image(CT, "YES", region(10, 20, 109, 219)))


@pytest.mark.parametrize(
    "bad",
    [
        *(region(0, 0, COLUMNS - 1, ROWS - 1), region(0, 0, COLUMNS, 10), region(0, 0, 10, ROWS)),
        *(region(10, 0, 9, 10), region(0, 10, 10, 9), region(-1, 0, 10, 10), region(0, 0, 10, None)),
        *(region(0, 0, 10.5, 10), {}, "text", None),
    ],
)
def test_regions_that_are_all_of_the_image_or_none_are_not_believed(bad: Any) -> None:
    with pytest.raises(NotAnonymous):
        anonymous_areas(image(US, "YES", region(10, 20, 109, 219), bad))


def test_regions_that_are_all_of_the_image_together_are_not_believed() -> None:
    with pytest.raises(NotAnonymous):
        anonymous_areas(image(US, "YES", region(0, 0, 319, ROWS - 1), region(320, 0, COLUMNS - 1, ROWS - 1)))


@given(edges=st.lists(st.integers(-5, 645), min_size=4, max_size=4))
def test_areas_lie_within_the_image_and_leave_something_out(edges: list[int]) -> None:
    try:
        (area,) = anonymous_areas(image(US, "YES", region(*edges)))
    except NotAnonymous:
        return
    assert 0 <= area.left < area.right <= COLUMNS
    assert 0 <= area.top < area.bottom <= ROWS
    assert area != WHOLE
