"""Which frames of a segmentation lie in one image, and what a damaged object can do: nothing but be refused."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from rendering.errors import RenderingError, TooLarge
from rendering.reading.dose import read_dose_plane, read_scaling, read_unit
from rendering.reading.drawing import to_drawing, to_structures
from rendering.reading.images import Images, read_placed_frames
from rendering.reading.plane import Plane
from rendering.reading.references import Reference, read_series_of
from rendering.reading.segmentation import (
    MAXIMUM_LAYERS,
    SegmentedFrame,
    read_background,
    read_sections,
    read_segments,
    read_type,
    read_whole,
    to_sections,
)
from rendering.reading.structures import read_image_series, read_outlines


def frame(number: int, z: float | None, segment: int = 1, *sources: str) -> SegmentedFrame:
    plane = None if z is None else Plane((0.0, 0.0, z), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), 1.0, 1.0)
    return SegmentedFrame(number, segment, plane, tuple(map(Reference, sources)))


def numbers(*frames: SegmentedFrame) -> list[list[int]]:
    return [[one.number for one in section] for section in to_sections(frames)]


def test_sections_are_in_the_order_of_position_whatever_the_order_of_frames() -> None:
    assert numbers(frame(1, 9), frame(2, 3), frame(3, 9, 2), frame(4, -6)) == [[4], [2], [1, 3]]


def test_a_rounded_position_is_the_same_position() -> None:
    assert numbers(frame(1, 3.0000001), frame(2, 2.9999999, 2), frame(3, 3.02)) == [[1, 2], [3]]


def test_frames_of_other_images_in_the_same_plane_are_apart() -> None:
    early, late = frame(1, 3, 1, "1.1"), frame(2, 3, 1, "1.2")
    assert numbers(early, late, frame(3, 3, 2, "1.2")) == [[1], [2, 3]]
    assert numbers(frame(1, 3), frame(2, 3), frame(3, 3, 2)) == [[1, 3], [2]]


def test_frames_without_a_place_are_told_apart_by_their_sources() -> None:
    assert numbers(frame(1, None, 1, "1.1"), frame(2, None, 2, "1.1"), frame(3, None, 1, "1.2")) == [[1, 2], [3]]


def test_more_layers_than_are_drawn_are_refused() -> None:
    frames = [frame(number, 3, number) for number in range(MAXIMUM_LAYERS + 1)]
    assert len(to_sections(frames[:-1])) == 1
    with pytest.raises(TooLarge):
        to_sections(frames)


def sequence(*items: Any) -> dict[str, Any]:
    return {"vr": "SQ", "Value": list(items)}


def element(*values: Any) -> dict[str, Any]:
    return {"vr": "DS", "Value": list(values)}


def whole_dataset() -> dict[str, Any]:
    """An object that is a segmentation, a dose, a structure set and an image all at once."""
    reference = {"00081155": element("1.2.3"), "00081160": element(1)}
    plane = {"00200032": element(1, 2, 3), "00200037": element(1, 0, 0, 0, 1, 0), "00280030": element(1, 1)}
    group = {
        "00209113": sequence({"00200032": element(1, 2, 3)}),
        "0062000A": sequence({"0062000B": element(1)}),
        "00089124": sequence({"00082112": sequence(reference)}),
    }
    contour = {
        "30060042": element("CLOSED_PLANAR"),
        "30060016": sequence(reference),
        "30060050": element(1, 2, 3, 4, 2, 3, 4, 5, 3),
    }
    wire = {"30060042": element("OPEN_NONPLANAR"), "30060050": element(1, 2, 3, 4, 2, 9)}
    contours = sequence(contour, wire)
    return {
        **plane,
        "00080016": element("1.2.840.10008.5.1.4.1.1.2"),
        "00080018": element("1.2.3"),
        "00180050": element(2),
        "00200052": element("1.9"),
        "00280008": element(1),
        "00280010": element(8),
        "00280011": element(8),
        "00280100": element(16),
        "00620001": element("FRACTIONAL"),
        "0062000E": element(255),
        "00620002": sequence({"00620004": element(1), "00620005": element("Mass"), "0062000D": element(1, 2, 3)}),
        "00081115": sequence({"0020000E": element("1.5"), "0008114A": sequence(reference)}),
        "30040002": element("GY"),
        "3004000C": element(0),
        "3004000E": element(0.1),
        "30060010": sequence({"30060012": sequence({"00081155": element("1.2"), "30060014": sequence(reference)})}),
        "30060020": sequence({"30060022": element(1), "30060026": element("PTV"), "30060024": element("1.9")}),
        "30060039": sequence({"30060084": element(1), "3006002A": element(1, 2, 3), "30060040": contours}),
        "52009230": sequence(group),
    }


def _draw(dataset: dict[str, Any]) -> None:
    images = Images.of(read_placed_frames(dataset))
    drawing = to_drawing(read_outlines(dataset), images)
    for number, outlines in drawing.on.items():
        plane = images.frames[number].plane
        assert plane is not None
        to_structures(outlines, plane)


READERS: tuple[Callable[[dict[str, Any]], object], ...] = (
    read_sections, read_segments, read_type, read_whole, read_background, read_series_of, read_unit, read_scaling,
    lambda dataset: read_dose_plane(dataset, 1), read_image_series, _draw,
)  # fmt: skip
junk = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Value", "vr", "00080016"]), inner),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.data())
def test_damage_anywhere_is_refused_or_passed_over(data: st.DataObject) -> None:
    dataset = whole_dataset()
    holder: Any = dataset
    while True:
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        inner = holder[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        holder = inner
    holder[key] = data.draw(junk)
    for read in READERS:
        try:
            read(dataset)
        except RenderingError:
            continue


def test_the_whole_of_it_can_be_read() -> None:
    dataset = whole_dataset()
    for read in READERS:
        read(dataset)
    drawing = to_drawing(read_outlines(dataset), Images.of(read_placed_frames(dataset)))
    assert (len(drawing.on), drawing.missing) == (1, 1)
