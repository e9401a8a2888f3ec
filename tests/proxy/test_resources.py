"""References: whatever is not a UID or a frame list by the standard's grammar never becomes one."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.errors import BadRequest
from proxy.resources import read_frames, read_uid

HOSTILE_UIDS = [
    "",
    ".",
    "1.",
    ".1",
    "1..2",
    "01.2",
    "1.2\n",
    "1.2\x00",
    "1.2/../../admin",
    "..%2f..",
    "１.２",
    "1.2a",
    "1." + "2" * 63,
    "..",
    "/",
    "00",
    "1.00",
    " 1.2",
    "1.2 ",
    "1 .2",
    "1.2\r\n",
    "1.2\t",
    "-1.2",
    "+1.2",
    "1,2",
    "1.٣",
    "1.2²",
    "1.2%00",
    "1.2;a",
    "1.2?a",
    "1.2#a",
    "1.2\\3",
    "a",
]


@pytest.mark.parametrize("text", HOSTILE_UIDS)
def test_a_hostile_uid_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        read_uid(text)


@pytest.mark.parametrize("text", ["1", "0.0", "2.25.329800735698586629295641978511506172918", "1.2.840.10008.1.1"])
def test_a_legal_uid_is_itself(text: str) -> None:
    assert read_uid(text) == text


@given(st.text())
def test_whatever_is_accepted_is_digits_and_dots(text: str) -> None:
    try:
        uid = read_uid(text)
    except BadRequest:
        return
    assert set(uid) <= set("0123456789.")
    assert len(uid) <= 64


@pytest.mark.parametrize("text", ["", "0", "-1", "1,", ",1", "1-5", "2,1", "1,1", "1.5", "a", "１", "1 ,2", "9" * 12])
def test_a_hostile_frame_list_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        read_frames(text)


@given(st.sets(st.integers(1, 10**6), min_size=1, max_size=50))
def test_an_ascending_list_is_read_as_written(frames: set[int]) -> None:
    assert read_frames(",".join(map(str, sorted(frames)))) == tuple(sorted(frames))


def test_a_frame_list_has_a_limit() -> None:
    with pytest.raises(BadRequest):
        read_frames(",".join(map(str, range(1, 1002))))
