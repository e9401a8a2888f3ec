"""Frames as text: whatever was delivered is read again, and whatever is no such text is refused."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from proxy.audit.views.coding import Frames, MalformedFrames, pieces, read_frames, to_text, united
from proxy.audit.views.runs import WHOLE, joined, length, to_runs
from proxy.resources import Uid

UIDS = st.lists(st.integers(0, 10**12), min_size=1, max_size=5).map(lambda parts: Uid(".".join(map(str, parts))))
RUNS = st.sets(st.integers(1, 3000), min_size=1, max_size=60).map(lambda numbers: to_runs(sorted(numbers)))
FRAMES = st.dictionaries(UIDS, st.dictionaries(UIDS, st.one_of(RUNS, st.just((WHOLE,))), min_size=1), max_size=4)


@settings(deadline=None)
@given(frames=FRAMES)
def test_what_was_delivered_is_read_again(frames: Frames) -> None:
    assert read_frames(to_text(frames)) == frames


@settings(deadline=None)
@given(frames=FRAMES, limit=st.integers(1, 500))
def test_the_pieces_are_short_and_together_the_whole(frames: Frames, limit: int) -> None:
    cut = list(pieces(frames, limit))

    assert united(*cut) == frames
    assert all(len(to_text(one)) <= limit or sum(map(len, one.values())) == 1 for one in cut)


@settings(deadline=None)
@given(some=st.lists(RUNS, max_size=4))
def test_joined_runs_hold_each_frame_once(some: list[tuple[tuple[int, int], ...]]) -> None:
    every = {number for runs in some for first, last in runs for number in range(first, last + 1)}

    assert joined(*some) == to_runs(sorted(every))
    assert length(joined(*some)) == len(every)


def test_a_study_looked_at_slice_by_slice_is_a_short_text() -> None:
    study = {Uid("1.2.840.99.7"): {Uid(f"1.2.840.99.7.{number}"): ((1, 1),) for number in range(1, 481)}}

    assert json.loads(to_text({Uid("1.2.7"): {Uid("1.2.7.1"): ((1, 40), (52, 52))}})) == {
        "1.2.7": {"prefix": "1.2.7.", "frames": {"1-40,52": "1"}}
    }
    assert len(to_text(study)) < 2000


def test_of_runs_and_bitmap_the_shorter_is_written() -> None:
    every_other = to_runs(range(1, 480, 2))
    (told,) = json.loads(to_text({Uid("1.2"): {Uid("1.2.1"): every_other}})).values()
    (written,) = told["frames"]

    assert written == "~" + "qqqq" * 20
    assert read_frames(to_text({Uid("1.2"): {Uid("1.2.1"): every_other}})) == {"1.2": {"1.2.1": every_other}}


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"1.2":{}}',
        '{"1.2":{"prefix":"1.","frames":{"":"2"}}}',
        '{"1.2":{"prefix":"1.","frames":{"9-1":"2"}}}',
        '{"1.2":{"prefix":"1.","frames":{"1,":"2"}}}',
        '{"1.2":{"prefix":"1.","frames":{"-1":"2"}}}',
        '{"1.2":{"prefix":"1.","frames":{"99999999999":"2"}}}',
        '{"1.2":{"prefix":"1.","frames":{"~!":"2"}}}',
        '{"1.2":{"prefix":1,"frames":{"1":"2"}}}',
        "[" * 100_000,
    ],
)
def test_other_text_names_no_frames(text: str) -> None:
    with pytest.raises(MalformedFrames):
        read_frames(text)
