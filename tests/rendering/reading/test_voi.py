"""Windows and VOI LUTs beside each other: alternatives of which one is shown (PS3.3 C.11.2.1.1)."""

from typing import Any

import pytest

from rendering.errors import InvalidOption, MalformedAttributes
from rendering.options import Window
from rendering.reading import tags
from rendering.reading.voi import read_voi
from tests.rendering.reading.elements import element, of_class, table

WINDOW = {"WINDOW_CENTER": element("DS", 40), "WINDOW_WIDTH": element("DS", 400)}
LUT = {"VOI_LUT_SEQUENCE": element("SQ", table([0, 9]), table([0, 7]))}
DAMAGED = {"VOI_LUT_SEQUENCE": element("SQ", {tags.LUT_DESCRIPTOR: element("US", 4, 0, 16)})}


def shown(suffix: str, **held: Any) -> tuple[tuple[Window, ...], list[int]]:
    windows, tables = read_voi(of_class(suffix, **held), 1, signed=False)
    return windows, [table.data[2] for table in tables]


@pytest.mark.parametrize("suffix", ["1", "2", "7", "128"])
def test_a_window_is_shown_rather_than_a_table(suffix: str) -> None:
    assert shown(suffix, **WINDOW, **LUT) == ((Window(40, 400),), [])
    assert shown(suffix, **LUT) == ((), [9])


@pytest.mark.parametrize("suffix", ["1.1", "1.2", "1.3", "13.1.3", "13.1.4"])
def test_radiographs_are_shown_through_the_first_table(suffix: str) -> None:
    assert shown(suffix, **WINDOW, **LUT) == ((Window(40, 400),), [9])
    assert shown(suffix, **WINDOW) == ((Window(40, 400),), [])


def test_a_damaged_table_is_only_missed_where_there_is_no_window() -> None:
    assert shown("1.2", **WINDOW, **DAMAGED) == ((Window(40, 400),), [])
    with pytest.raises(MalformedAttributes):
        shown("1.2", **DAMAGED)


def test_the_table_that_is_chosen_is_shown_alone() -> None:
    held = of_class("2", **WINDOW, **LUT)
    for number, entry in ((1, 9), (2, 7)):
        windows, tables = read_voi(held, 1, signed=False, chosen=number)
        assert (windows, [one.data[2] for one in tables]) == ((), [entry])
    for number in (3, 999):
        with pytest.raises(InvalidOption):
            read_voi(held, 1, signed=False, chosen=number)
    with pytest.raises(InvalidOption):
        read_voi(of_class("2", **WINDOW), 1, signed=False, chosen=1)
    with pytest.raises(MalformedAttributes):
        read_voi(of_class("2", **WINDOW, **DAMAGED), 1, signed=False, chosen=1)


def test_a_table_in_a_functional_group_replaces_the_windows_above_it() -> None:
    groups = {tags.FRAME_VOI_LUT_SEQUENCE: element("SQ", {tags.VOI_LUT_SEQUENCE: element("SQ", table([0, 5]))})}
    assert shown("2.1", **WINDOW, SHARED_FUNCTIONAL_GROUPS=element("SQ", groups)) == ((), [5])
