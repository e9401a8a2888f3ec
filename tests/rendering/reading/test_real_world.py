"""Real world value mappings: told, never shown through (PS3.3 C.7.6.16.2.11)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from rendering.attributes import read_attributes
from rendering.reading.real_world import RealWorldValues, read_real_world_values
from tests.rendering.reading.elements import element, of_class

SEQUENCE = "00409096"
UNIT = {"00080100": element("SH", "mm2/s"), "00080102": element("SH", "UCUM"), "00080104": element("LO", "mm2/s")}
DIFFUSION = {
    "004008EA": element("SQ", UNIT),
    "00409216": element("US", 0),
    "00409211": element("US", 4095),
    "00409225": element("FD", 1e-6),
    "00409224": element("FD", 0.5),
}
TOLD = RealWorldValues("mm2/s", 0, 4095, 1e-6, 0.5)


def told(*mappings: Any, frame: int = 1, **elements: Any) -> tuple[RealWorldValues, ...]:
    return read_real_world_values(of_class("4.1", **elements) | {SEQUENCE: element("SQ", *mappings)}, frame)


def changed(**changes: Any) -> dict[str, Any]:
    return {tag: held for tag, held in (DIFFUSION | changes).items() if held is not None}


def test_a_linear_mapping() -> None:
    assert told(DIFFUSION) == (TOLD,)


def test_a_mapping_by_a_table() -> None:
    table = changed(**{"00409225": None, "00409211": element("US", 2), "00409212": element("FD", 0.5, 4, 9.25)})
    (read,) = told(table)
    assert (read.first, read.last, read.entries) == (0, 2, (0.5, 4, 9.25))


def test_a_mapping_of_floating_point() -> None:
    ends = {"00409216": None, "00409211": None, "00409214": element("FD", -1.5), "00409213": element("FD", 2.5)}
    (read,) = told(changed(**ends))
    assert (read.first, read.last) == (-1.5, 2.5)


def test_alternatives_keep_their_order() -> None:
    assert [one.slope for one in told(DIFFUSION, changed(**{"00409225": element("FD", 2)}))] == [1e-6, 2]


def test_the_mappings_of_a_frame_come_before_those_of_the_image() -> None:
    own = {SEQUENCE: element("SQ", changed(**{"00409225": element("FD", 3)}))}
    shared = {SEQUENCE: element("SQ", changed(**{"00409225": element("FD", 5)}))}
    groups = {
        "PER_FRAME_FUNCTIONAL_GROUPS": element("SQ", own, {}),
        "SHARED_FUNCTIONAL_GROUPS": element("SQ", shared),
    }
    assert [told(DIFFUSION, frame=frame, **groups)[0].slope for frame in (1, 2)] == [3, 5]


@pytest.mark.parametrize(
    "changes",
    [
        {"00409216": None},
        {"00409225": None},
        {"00409224": element("FD", "x")},
        {"00409211": element("SS", -1)},
        {"00409225": None, "00409212": element("FD", 1, 2)},
    ],
)
def test_a_damaged_mapping_is_left_out(changes: dict[str, Any]) -> None:
    assert told(changed(**changes), DIFFUSION) == (TOLD,)


@given(st.recursive(st.none() | st.floats() | st.text(max_size=3), lambda held: st.lists(held, max_size=3)))
def test_whatever_is_written_is_read_or_left_out(held: Any) -> None:
    for tag in DIFFUSION:
        assert len(told(changed(**{tag: {"vr": "FD", "Value": held}}))) <= 1


def test_they_do_not_change_what_is_shown() -> None:
    plain = of_class(
        "4.1",
        ROWS=element("US", 4),
        COLUMNS=element("US", 4),
        PHOTOMETRIC_INTERPRETATION=element("CS", "MONOCHROME2"),
        BITS_ALLOCATED=element("US", 16),
        BITS_STORED=element("US", 16),
        PIXEL_REPRESENTATION=element("US", 0),
    )
    assert read_attributes(plain | {SEQUENCE: element("SQ", DIFFUSION)}, 1) == read_attributes(plain, 1)
