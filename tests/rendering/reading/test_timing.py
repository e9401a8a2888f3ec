"""How long frames are shown: what makers recommend, then what they measured, and never what cannot be."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from rendering.options import Encoding
from rendering.reading.timing import USUAL, TimedBy, as_played, follows_time, is_cine, read_timing

_DISPLAY_RATE, _CINE_RATE, _FRAME_TIME, _VECTOR, _POINTER = "00082144", "00180040", "00181063", "00181065", "00280009"


def element(tag: str, *values: Any) -> dict[str, Any]:
    return {tag: {"vr": "DS", "Value": list(values)}}


@pytest.mark.parametrize(
    ("elements", "durations", "timed_by"),
    [
        (element(_FRAME_TIME, "33.333"), [33_333] * 4, TimedBy.FRAME_TIME),
        (element(_FRAME_TIME, 40), [40_000] * 4, TimedBy.FRAME_TIME),
        (element(_CINE_RATE, "50"), [20_000] * 4, TimedBy.CINE_RATE),
        (element(_DISPLAY_RATE, 10), [100_000] * 4, TimedBy.DISPLAY_RATE),
        (element(_VECTOR, 0, 10, 20, 30), [10_000, 20_000, 30_000, 20_000], TimedBy.FRAME_TIME_VECTOR),
        (element(_VECTOR, "0\\10\\20\\30"), [10_000, 20_000, 30_000, 20_000], TimedBy.FRAME_TIME_VECTOR),
        (element(_FRAME_TIME, 40) | element(_CINE_RATE, 50), [20_000] * 4, TimedBy.CINE_RATE),
        (element(_CINE_RATE, 50) | element(_DISPLAY_RATE, 10), [100_000] * 4, TimedBy.DISPLAY_RATE),
        (
            element(_CINE_RATE, 50) | element(_VECTOR, 0, 10, 20, 30) | element(_POINTER, "00181065"),
            [10_000, 20_000, 30_000, 20_000],
            TimedBy.FRAME_TIME_VECTOR,
        ),
    ],
)
def test_times_come_from_what_the_data_set_says(elements: Any, durations: list[int], timed_by: TimedBy) -> None:
    timing = read_timing(elements, 4)
    assert list(timing.durations) == durations
    assert timing.timed_by is timed_by


_NEVER = (0, -5, "NaN", "inf", "fast", None, True, {}, "1e400")


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        *((tag, value) for tag in (_FRAME_TIME, _CINE_RATE, _DISPLAY_RATE) for value in _NEVER),
        *((_FRAME_TIME, value) for value in (1e9, 0.01)),
        *((tag, value) for tag in (_CINE_RATE, _DISPLAY_RATE) for value in (1e9, 0.01)),
    ],
)
def test_impossible_times_count_as_not_told(tag: str, value: Any) -> None:
    assert read_timing(element(tag, value), 3).timed_by is TimedBy.DEFAULT
    assert read_timing(element(tag, value), 3).durations == (USUAL,) * 3
    assert read_timing(element(tag, value) | element(_VECTOR, 0, 5, 5), 3).durations == (5_000,) * 3


@pytest.mark.parametrize(
    "vector", [[], [0], [0, 10], [0, 10, "x", 20], [0, 10, -10, 10], [0, 0, 0, 0], [0, 1e12, 5, 5]]
)
def test_a_vector_that_does_not_fit_is_not_used(vector: list[Any]) -> None:
    assert read_timing(element(_VECTOR, *vector), 4).timed_by is TimedBy.DEFAULT
    assert read_timing(element(_VECTOR, *vector) | element(_FRAME_TIME, 25), 4).durations == (25_000,) * 4


def frame(macro: str, tag: str, value: Any) -> dict[str, Any]:
    return {macro: {"vr": "SQ", "Value": [element(tag, value)]}}


@pytest.mark.parametrize(
    ("macro", "tag", "instants"),
    [
        ("00209310", "0020930D", [0.0, 0.05, 0.15]),
        ("00189118", "00209153", [0, 50, 150]),
        ("00209111", "00189151", ["20200101235959.950000", "20200102000000.000000", "20200102000000.1"]),
        ("00209111", "00189074", ["20200101120000.10+0100", "20200101120000.15+0100", "20200101120000.25+0100"]),
    ],
)
def test_functional_groups_tell_when_frames_were_acquired(macro: str, tag: str, instants: list[Any]) -> None:
    groups = {"52009230": {"vr": "SQ", "Value": [frame(macro, tag, instant) for instant in instants]}}
    timing = read_timing(groups, 3)
    assert timing.timed_by is TimedBy.ACQUISITION
    assert timing.durations == pytest.approx((50_000, 100_000, 75_000), abs=1)
    assert read_timing(groups, 4).timed_by is TimedBy.DEFAULT


def test_slices_acquired_in_another_order_than_shown_have_no_times() -> None:
    instants = ["20200101120000.3", "20200101120000.1", "20200101120000.2"]
    groups = {"52009230": {"vr": "SQ", "Value": [frame("00209111", "00189074", instant) for instant in instants]}}
    assert read_timing(groups, 3).timed_by is TimedBy.DEFAULT


@given(
    st.dictionaries(
        st.sampled_from([_DISPLAY_RATE, _CINE_RATE, _FRAME_TIME, _VECTOR, _POINTER, "52009230"]),
        st.one_of(st.none(), st.dictionaries(st.just("Value"), st.lists(st.one_of(st.floats(), st.text(), st.none())))),
    ),
    st.integers(1, 50),
)
def test_whatever_is_written_every_frame_is_shown_for_a_sensible_time(elements: Any, count: int) -> None:
    durations = read_timing(elements, count).durations
    assert len(durations) == count
    assert all(1_000 <= duration <= 10_000_000 for duration in durations)


@given(st.lists(st.integers(1_000, 10_000_000), min_size=1, max_size=60), st.sampled_from(list(Encoding)))
def test_what_is_played_is_as_long_as_what_was_meant_or_as_short_as_browsers_play(
    durations: list[int], encoding: Encoding
) -> None:
    played = as_played(durations, encoding)
    least, clock = {Encoding.GIF: (20_000, 10_000), Encoding.WEBP: (11_000, 1_000)}.get(encoding, (1, 1))
    assert all(one >= least and one % clock == 0 for one in played)
    if all(duration >= least + clock for duration in durations):
        assert abs(sum(played) - sum(durations)) <= clock / 2


def test_thirty_frames_a_second_stay_thirty_in_hundredths() -> None:
    assert as_played([33_333] * 30, Encoding.GIF)[:4] == (30_000, 40_000, 30_000, 30_000)
    assert sum(as_played([33_333] * 30, Encoding.GIF)) == 1_000_000
    assert as_played([16_667] * 3, Encoding.GIF) == (20_000,) * 3


def test_tiles_follow_nothing_and_places_are_no_times() -> None:
    frames = element("00280008", 8)
    assert follows_time(frames)
    assert not is_cine(frames)
    assert is_cine(frames | element(_FRAME_TIME, 40))
    assert not follows_time(frames | element("00480006", 4096))
    assert not follows_time(element("00280008", 1) | element(_FRAME_TIME, 40))
