"""Functional groups of very many frames: found at once, and kept without what showing does not need."""

from typing import Any

import pytest

from rendering.errors import MalformedAttributes
from rendering.reading.functional_groups import items_of, levels, without_tile_positions

POSITION, MACRO = "0048021A", "00289110"


def slide(count: int) -> dict[str, Any]:
    groups = [
        {POSITION: {"vr": "SQ", "Value": [{"0048021E": {"vr": "SL", "Value": [number]}}]}, **_measures(number // 1000)}
        for number in range(count)
    ]
    return {"00480006": {"vr": "UL", "Value": [50_000]}, "52009230": {"vr": "SQ", "Value": groups}}


def _measures(value: int) -> dict[str, Any]:
    return {MACRO: {"vr": "SQ", "Value": [{"00180050": {"vr": "DS", "Value": [value]}}]}}


def test_only_what_places_tiles_is_left_out_and_equal_groups_are_one() -> None:
    whole = slide(2500)
    lean = without_tile_positions(whole)
    groups = lean["52009230"]["Value"]
    assert len(groups) == 2500
    assert all(POSITION not in group for group in groups)
    assert len({id(group) for group in groups}) == 3
    for number in (1, 1000, 1001, 2500):
        assert levels(lean, number, MACRO)[0] == levels(whole, number, MACRO)[0]
    assert POSITION in whole["52009230"]["Value"][0], "the original is not changed"


def test_few_frames_and_what_is_no_slide_are_left_as_they_are() -> None:
    few, moving = slide(10), slide(2000)
    del moving["00480006"]
    assert without_tile_positions(few) is few
    assert without_tile_positions(moving) is moving


@pytest.mark.parametrize("broken", [None, "text", 7])
def test_a_group_that_is_no_object_is_empty(broken: object) -> None:
    whole = slide(2000)
    whole["52009230"]["Value"][5] = broken
    for dataset in (whole, without_tile_positions(whole)):
        assert levels(dataset, 6, MACRO) == (dataset,)
        assert items_of(dataset, 6, MACRO) == []


def test_fewer_groups_than_frames_are_refused() -> None:
    with pytest.raises(MalformedAttributes):
        levels(slide(3), 4, MACRO)
