"""Messages between blocks, however they are cut into pieces; and everything that is none."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.wire.errors import MalformedMllp
from proxy.wire.mllp import Unframer, to_frame

BODIES = st.binary(min_size=1, max_size=60).filter(lambda body: b"\x1c" not in body)


@given(st.lists(BODIES, max_size=5), st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_messages_come_out_as_they_went_in_however_they_are_cut(bodies: list[bytes], cuts: list[int]) -> None:
    stream, unframer, found, turn = b"".join(map(to_frame, bodies)), Unframer(60), [], 0
    while stream:
        size = cuts[turn % len(cuts)]
        found += unframer.feed(stream[:size])
        stream, turn = stream[size:], turn + 1
    assert found == bodies
    assert not unframer.within_message


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_bytes_are_messages_or_refused(pieces: list[bytes]) -> None:
    unframer = Unframer(30)
    with contextlib.suppress(MalformedMllp):
        for piece in pieces:
            assert all(len(message) <= 30 for message in unframer.feed(piece))


@pytest.mark.parametrize("between", [b"\r", b"\n", b"\r\n"])
def test_line_ends_between_messages_are_passed_over(between: bytes) -> None:
    stream = between + to_frame(b"one") + between + to_frame(b"two") + between
    assert list(Unframer(10).feed(stream)) == [b"one", b"two"]


def test_the_longest_message_passes_and_one_byte_more_does_not() -> None:
    assert list(Unframer(5).feed(to_frame(b"12345"))) == [b"12345"]
    with pytest.raises(MalformedMllp, match="too large") as refusal:
        list(Unframer(5).feed(to_frame(b"123456")))
    assert refusal.value.too_large


def test_a_message_that_never_ends_is_refused_before_it_fills_the_memory() -> None:
    unframer = Unframer(1000)
    assert [list(unframer.feed(piece)) for piece in (b"\x0b", *[b"x" * 100] * 10)] == [[]] * 11
    with pytest.raises(MalformedMllp, match="too large"):
        list(unframer.feed(b"x"))


def test_what_comes_before_a_mistake_is_still_a_message() -> None:
    arriving = Unframer(10).feed(to_frame(b"one") + b"GET / HTTP/1.1\r\n")
    assert next(arriving) == b"one"
    with pytest.raises(MalformedMllp, match="outside"):
        next(arriving)


def test_a_message_has_begun_until_it_has_ended() -> None:
    unframer = Unframer(10)
    assert list(unframer.feed(b"\x0bon")) == []
    assert unframer.within_message
    assert list(unframer.feed(b"e\x1c")) == []
    assert list(unframer.feed(b"\r")) == [b"one"]
    assert not unframer.within_message
