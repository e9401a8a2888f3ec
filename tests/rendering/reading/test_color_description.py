"""Where a data set explains its colours, and what it says of loss (PS3.3 C.11.15, C.8.12.5, C.7.6.1.1.5)."""

import base64
from typing import Any

import pytest

from rendering.attributes import read_attributes
from rendering.bulk import bulk_references, with_bulk
from rendering.frame import ColorDescription
from rendering.reading.color_description import LARGEST_PROFILE, read_color_description
from rendering.reading.loss import read_loss

ICC, SPACE = "00282000", "00282002"


def inline(data: bytes) -> dict[str, Any]:
    return {"vr": "OB", "InlineBinary": base64.b64encode(data).decode()}


def value(vr: str, *values: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": list(values)}


def sequence(*items: dict[str, Any]) -> dict[str, Any]:
    return value("SQ", *items)


def path(name: str, **more: Any) -> dict[str, Any]:
    return {"00480106": value("SH", name), **more}


def image(**more: Any) -> dict[str, Any]:
    described = {
        "00080016": value("UI", "1.2.840.10008.5.1.4.1.1.77.1.6"),
        "00280002": value("US", 3),
        "00280004": value("CS", "RGB"),
        "00280008": value("IS", 6),
        "00280010": value("US", 4),
        "00280011": value("US", 4),
        "00280100": value("US", 8),
        "00280101": value("US", 8),
        "00280102": value("US", 7),
        "00280103": value("US", 0),
    }
    return described | more


def test_a_profile_at_the_top() -> None:
    assert read_color_description(image(**{ICC: inline(b"profile")}), 1) == ColorDescription(b"profile")


def test_a_space_by_name() -> None:
    assert read_color_description(image(**{SPACE: value("CS", "adobergb ")}), 1) == ColorDescription(space="ADOBERGB")


def test_nothing_is_nothing() -> None:
    assert read_color_description(image(), 1) == ColorDescription()


@pytest.mark.parametrize(
    "element",
    [
        {"vr": "OB", "BulkDataURI": "http://archive.test/profile"},
        {"vr": "OB", "InlineBinary": "?"},
        {"vr": "OB", "InlineBinary": 5},
        inline(bytes(LARGEST_PROFILE + 10)),
    ],
    ids=["elsewhere", "no base64", "a number", "too large"],
)
def test_a_profile_that_cannot_be_read_is_unread(element: dict[str, Any]) -> None:
    assert read_color_description(image(**{ICC: element}), 1) == ColorDescription(unread=True)


def test_each_frame_has_the_profile_of_its_optical_path() -> None:
    """By the path that its functional group names, wherever the path stands in the sequence."""
    paths = sequence(path("first", **{ICC: inline(b"1")}), path("second", **{ICC: inline(b"2")}), path("bare"))
    groups = [{"00480207": sequence(path(name))} for name in ("second", "first", "bare")]
    slide = image(**{"00480105": paths, "52009230": sequence(*groups), ICC: inline(b"top")})
    assert [read_color_description(slide, number).profile for number in (1, 2, 3)] == [b"2", b"1", b"top"]


def test_all_frames_may_share_a_path() -> None:
    shared = {"00480207": sequence(path("second"))}
    slide = image(
        **{
            "00480105": sequence(path("first", **{ICC: inline(b"1")}), path("second", **{ICC: inline(b"2")})),
            "52009229": sequence(shared),
        }
    )
    assert read_color_description(slide, 5).profile == b"2"


def test_the_frames_of_a_full_slide_come_path_after_path() -> None:
    """TILED_FULL: nothing but their order tells (C.7.6.17.3)."""
    paths = sequence(path("first", **{ICC: inline(b"1")}), path("second", **{ICC: inline(b"2")}))
    slide = image(**{"00480105": paths})
    assert [read_color_description(slide, number).profile for number in range(1, 7)] == [b"1"] * 3 + [b"2"] * 3


def test_profiles_elsewhere_are_named_and_may_be_missing() -> None:
    link = {"vr": "OB", "BulkDataURI": "http://archive.test/profile"}
    slide = image(**{"00480105": sequence(path("only", **{ICC: link}))})
    (reference,) = bulk_references(slide)
    assert (reference.path, reference.required) == (("00480105", 0, ICC), False)
    assert read_attributes(slide, 1).colors.unread
    fetched = with_bulk(slide, reference.path, b"profile")
    assert read_attributes(fetched, 1).colors == ColorDescription(b"profile")


def test_the_number_of_profiles_that_are_fetched_is_bounded() -> None:
    link = {"vr": "OB", "BulkDataURI": "http://archive.test/profile"}
    slide = image(**{"00480105": sequence(*(path(str(number), **{ICC: link}) for number in range(1000)))})
    assert len(bulk_references(slide)) == 8


def test_grey_has_no_use_for_a_profile() -> None:
    link = {"vr": "OB", "BulkDataURI": "http://archive.test/profile"}
    grey = image(**{"00280002": value("US", 1), "00280004": value("CS", "MONOCHROME2"), ICC: link})
    assert bulk_references(grey) == []
    assert read_attributes(grey, 1).colors == ColorDescription()


@pytest.mark.parametrize(
    ("lossy", "ratios", "read"),
    [
        ("01", [12.5], (True, 12.5)),
        ("01", ["10.0", "25\\3"], (True, 25.0)),
        ("00", [], (False, None)),
        ("01", ["?"], (True, None)),
        ("01", [-1, 0, 1e9], (True, None)),
        ("", [], (False, None)),
    ],
)
def test_loss_as_data_sets_tell_it(lossy: str, ratios: list[Any], read: tuple[bool, float | None]) -> None:
    assert read_loss({"00282110": value("CS", lossy), "00282112": value("DS", *ratios)}) == read
