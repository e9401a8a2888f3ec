"""Look-up tables as they are written, and segmented palettes against pydicom (PS3.3 C.7.9.2)."""

import struct

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
from pydicom import dcmread
from pydicom.pixels.processing import _expand_segmented_lut
import pytest

from rendering.entries import to_array
from rendering.errors import MalformedAttributes
from rendering.frame import LookupTable
from rendering.reading import tags
from rendering.reading.tables import expand_segments, read_table
from tests.rendering.frames import PALETTES


def described(entries: int, first: int, bits: int, values: list[object]) -> dict[str, object]:
    return {
        tags.LUT_DESCRIPTOR: {"vr": "US", "Value": [entries, first, bits]},
        tags.LUT_DATA: {"vr": "US", "Value": values},
    }


def read(dataset: dict[str, object], signed: bool = False) -> LookupTable:
    return read_table(dataset, signed, tags.LUT_DESCRIPTOR, tags.LUT_DATA)


@pytest.mark.parametrize("name", ["fall", "spring", "summer", "winter"])
@pytest.mark.parametrize("color", ["Red", "Green", "Blue"])
def test_the_standards_segmented_palettes(name: str, color: str) -> None:
    dataset = dcmread(PALETTES / f"{name}.dcm")
    entries, _, bits = dataset[f"{color}PaletteColorLookupTableDescriptor"].value
    data = dataset[f"Segmented{color}PaletteColorLookupTableData"].value
    words = struct.unpack(f"<{len(data)}B", data)
    assert list(expand_segments(data, entries, bits)) == _expand_segmented_lut(words, "<B")


@given(
    st.integers(0, 65535),
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 65535)), min_size=1, max_size=5),
    st.booleans(),
)
def test_discrete_and_linear_segments(first: int, ramps: list[tuple[int, int]], wide: bool) -> None:
    limit, kind, name = (65535, "<u2", "<H") if wide else (255, "u1", "<B")
    words = [0, 1, first & limit, *(word for length, end in ramps for word in (1, length, end & limit))]
    entries = 1 + sum(length for length, _ in ramps)
    data = np.array(words, kind).tobytes()
    expanded = np.frombuffer(expand_segments(data, entries, 16 if wide else 8), kind).astype(int)
    theirs = _expand_segmented_lut(tuple(words), name)
    assert np.abs(expanded - theirs).max() <= 1  # halves may be rounded either way


def test_an_indirect_segment_repeats_by_byte_offset() -> None:
    words = [0, 2, 5, 9, 1, 2, 13, 2, 2, 0, 0]
    expanded = [5, 9, 11, 13, 5, 9, 11, 13]
    assert list(expand_segments(struct.pack("<11B", *words) + bytes(2), 8, 8)) == expanded
    wide = expand_segments(struct.pack("<11H", *words), 8, 16)
    assert np.frombuffer(wide, "<u2").tolist() == expanded


def test_an_indirect_segment_goes_on_behind_itself() -> None:
    words = [0, 2, 5, 9, 0, 1, 7, 2, 1, 8, 0, 0, 1, 3]
    wide = expand_segments(struct.pack("<14H", *words), 5, 16)
    assert np.frombuffer(wide, "<u2").tolist() == [5, 9, 7, 7, 3]


@pytest.mark.parametrize(
    "words", [[1, 3, 5], [2, 1, 0, 0], [0, 1, 5, 2, 9, 6, 0], [3, 1, 1], [0, 3, 1], [], [0, 0, 0, 0], [1, 0, 4]]
)
def test_broken_segments_are_malformed(words: list[int]) -> None:
    with pytest.raises(MalformedAttributes):
        expand_segments(struct.pack(f"<{len(words)}H", *words), 4, 16)


@given(st.binary(max_size=60), st.integers(1, 65536), st.sampled_from([8, 16]))
def test_any_segments_give_the_entries_or_are_malformed(data: bytes, entries: int, bits: int) -> None:
    try:
        expanded = expand_segments(data, entries, bits)
    except MalformedAttributes:
        return
    assert len(expanded) == entries * bits // 8


def test_the_whole_range_is_written_as_zero_entries() -> None:
    assert read(described(0, 0, 8, [1] * 65536)).entries == 65536


@pytest.mark.parametrize(("signed", "first"), [(False, 65535), (True, -1)])
def test_the_first_mapped_value_has_the_sign_of_its_input(signed: bool, first: int) -> None:
    assert read(described(1, 65535, 8, [1]), signed).first == first


def test_entries_are_found_in_words_and_in_bytes() -> None:
    assert to_array(LookupTable(3, 0, 8, bytes([1, 2, 3, 0]))).tolist() == [1, 2, 3]
    assert to_array(LookupTable(3, 0, 8, bytes([1, 0, 2, 0, 3, 0]))).tolist() == [1, 2, 3]
    assert to_array(LookupTable(2, 0, 16, bytes([1, 1, 0, 2]))).tolist() == [257, 512]


@pytest.mark.parametrize(
    "values", [[1, 2], ["x"] * 4, [None] * 4, [float("inf")] * 4], ids=["short", "text", "empty", "infinite"]
)
def test_a_table_without_its_entries_is_malformed(values: list[object]) -> None:
    with pytest.raises(MalformedAttributes):
        read(described(6, 0, 16, values))


def test_a_table_cut_off_is_not_read_as_bytes() -> None:
    with pytest.raises(MalformedAttributes):
        read(described(100, 0, 16, [1] * 99))
