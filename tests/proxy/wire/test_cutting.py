"""Frames cut out of a whole are those that pydicom cuts, whatever the pieces, and no others are kept."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
from pydicom.encaps import encapsulate, generate_fragments, generate_frames
import pytest

from proxy.wire.cutting import Cut, FragmentCutter, NativeCutter, read_offsets, swapped
from proxy.wire.errors import MalformedObject

JPEG, RLE, JPEG_XL = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.110"
SOI, SOC = b"\xff\xd8\xff\xe0", b"\xff\x4f\xff\x51"


def cut_native(cutter: NativeCutter, data: bytes, size: int) -> list[Cut]:
    return [cut for start in range(0, len(data), size) for cut in cutter.feed(memoryview(data[start : start + size]))]


@given(st.integers(1, 40), st.sets(st.integers(1, 9), min_size=1), st.integers(1, 50), st.randoms())
@settings(deadline=None)
def test_native_frames_are_cut_at_any_bit(bits: int, wanted: set[int], size: int, random: object) -> None:
    data = np.random.default_rng(bits * 100 + size).integers(0, 2, bits * 9, np.uint8)
    packed = np.packbits(data, bitorder="little").tobytes()
    expected = [(n, np.packbits(data[(n - 1) * bits : n * bits], bitorder="little").tobytes()) for n in sorted(wanted)]
    cutter = NativeCutter(bits, sorted(wanted))
    assert cut_native(cutter, packed, size) == expected
    assert cutter.complete


@pytest.mark.parametrize(("kind", "word"), [(">u2", 2), (">u4", 4), (">f8", 8)])
def test_big_endian_words_are_turned(kind: str, word: int) -> None:
    values = np.arange(60).reshape(5, 12)
    found = cut_native(NativeCutter(12 * 8 * word, (2, 5), word), values.astype(kind).tobytes(), 7)
    assert found == [(n, values[n - 1].astype(kind.replace(">", "<")).tobytes()) for n in (2, 5)]


def test_bytes_in_big_endian_words_are_cut_where_a_frame_is_odd() -> None:
    plain = bytes(range(1, 10)) + b"\0"  # three frames of three bytes, padded
    assert cut_native(NativeCutter(24, (1, 2, 3), 2), swapped(plain, 2), 4) == [
        (1, b"\x01\x02\x03"), (2, b"\x04\x05\x06"), (3, b"\x07\x08\x09"),
    ]  # fmt: skip


def test_the_bytes_that_hold_the_wanted_frames_are_told() -> None:
    cutter = NativeCutter(100 * 8, (3, 4))
    assert (cutter.first_byte, cutter.last_byte) == (200, 399)
    cutter.skip(200)
    assert cut_native(cutter, b"c" * 100 + b"d" * 100, 30) == [(3, b"c" * 100), (4, b"d" * 100)]


def cut(
    fragments: Sequence[bytes], wanted: Sequence[int], frames: int, syntax: str, table: bytes = b"", limit: int = 10**6
) -> list[Cut]:
    cutter = FragmentCutter(syntax, frames, wanted, limit)
    cutter.offsets(read_offsets(table))
    cuts: list[Cut] = []
    for fragment in fragments:
        if cutter.complete:
            return cuts
        cutter.begin()
        for start in range(0, len(fragment), 5):
            cuts += cutter.feed(fragment[start : start + 5])
        cuts += cutter.end(len(fragment))
    return cuts if cutter.complete else cuts + cutter.close()


FRAMES = [SOI + bytes([65 + n]) * (20 + 2 * n) + b"\xff\xd9" for n in range(4)]


@pytest.mark.parametrize("fragments", [1, 3])
@pytest.mark.parametrize("wanted", [(1,), (2, 4), (1, 2, 3, 4)])
@pytest.mark.parametrize("has_table", [True, False])
def test_frames_are_put_together_as_pydicom_does(fragments: int, wanted: tuple[int, ...], has_table: bool) -> None:
    value = encapsulate(FRAMES, fragments_per_frame=fragments, has_bot=has_table)
    expected = list(generate_frames(value, number_of_frames=4))
    table, *rest = generate_fragments(value)
    assert cut(rest, wanted, 4, JPEG, table) == [(n, expected[n - 1]) for n in wanted]


def test_a_wrong_table_does_not_matter_where_code_streams_show_where_they_begin() -> None:
    table = np.array([0, 8, 16, 24], "<u4").tobytes()
    assert cut(FRAMES, (3,), 4, JPEG, table) == [(3, FRAMES[2])]


def test_without_signatures_the_table_tells_frames_apart() -> None:
    pieces = [b"\xff\x0aone.......", b"more of it..", b"\xff\x0atwo......."]
    table = np.array([0, 2 * (8 + 12)], "<u4").tobytes()
    assert cut(pieces, (1, 2), 2, JPEG_XL, table) == [(1, pieces[0] + pieces[1]), (2, pieces[2])]


def test_a_table_that_leads_to_no_fragment_is_refused() -> None:
    pieces = [b"\xff\x0aone.......", b"more of it..", b"\xff\x0atwo......."]
    with pytest.raises(MalformedObject, match="no fragment"):
        cut(pieces, (2,), 2, JPEG_XL, np.array([0, 21], "<u4").tobytes())


def test_a_fragment_each_is_believed_only_when_there_are_as_many() -> None:
    pieces = [b"\xff\x0aone.......", b"\xff\x0atwo......."]
    assert cut(pieces, (1,), 2, JPEG_XL) == [(1, pieces[0])]
    with pytest.raises(MalformedObject):
        cut([*pieces, b"more of two."], (1,), 2, JPEG_XL)


def test_a_fragment_of_run_lengths_is_a_frame_at_once() -> None:
    cutter = FragmentCutter(RLE, 3, (1,), 100)
    cutter.begin()
    cutter.feed(bytes(70))
    assert cutter.end(70) == [(1, bytes(70))]
    assert cutter.complete


@pytest.mark.parametrize("frames", [3, 5])
def test_fewer_or_more_frames_than_are_told_of_are_refused(frames: int) -> None:
    with pytest.raises(MalformedObject):
        cut(FRAMES, (frames,), frames, JPEG) if frames > 4 else cut([*FRAMES, SOC], (1, 2, 3), 3, RLE + ".x")


def test_a_frame_has_a_limit() -> None:
    with pytest.raises(MalformedObject, match="limit"):
        cut(FRAMES, (4,), 4, JPEG, limit=20)


def test_all_fragments_of_a_single_frame_are_it() -> None:
    pieces = [SOI + b"one.....", SOI + b"a thumbnail in between", b"the rest"]
    assert cut(pieces, (1,), 1, JPEG) == [(1, b"".join(pieces))]


def test_frames_that_cannot_be_told_apart_are_not_collected_beyond_the_limit() -> None:
    with pytest.raises(MalformedObject, match="told apart"):
        cut([b"x" * 400] * 4, (1, 2, 3, 4), 4, JPEG_XL, limit=1000)


@given(
    st.lists(st.binary(max_size=40), max_size=12),
    st.lists(st.one_of(st.sampled_from([0, 8, 16, 48]), st.integers(0, 2**32 - 1)), max_size=8),
    st.integers(1, 8),
    st.sets(st.integers(1, 8), min_size=1),
    st.sampled_from([JPEG, RLE, JPEG_XL]),
)
@settings(deadline=None, max_examples=300)
def test_whatever_the_table_and_the_fragments_no_other_frame_is_given_and_none_twice(
    fragments: list[bytes], offsets: list[int], frames: int, wanted: set[int], syntax: str
) -> None:
    """Offsets beyond the end, descending, alike, too many: frames or an error, never more than came."""
    table = b"".join(one.to_bytes(4, "little") for one in offsets)
    try:
        cuts = cut(fragments, sorted(wanted), frames, syntax, table)
    except MalformedObject:
        return
    numbers = [number for number, _ in cuts]
    assert numbers == sorted(set(numbers))
    assert set(numbers) <= wanted
    assert sum(len(data) for _, data in cuts) <= sum(map(len, fragments))
