"""Files read in pieces: the pixels come out as pydicom finds them, and nothing else is held (PS3.10 §7, PS3.5 §7)."""

from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
import tracemalloc
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_fragments
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
import pytest

from proxy.wire.errors import MalformedObject
from proxy.wire.part10 import Event, FragmentBegan, FragmentEnded, Part10Reader, PixelPiece, PixelsBegan, PixelsEnded

UIDS = ("0020000D", "0020000E", "00080018", "00280010")
LIMIT = 2**30


def file_of(name: str) -> bytes:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    return Path(path).read_bytes()


def read(data: bytes, size: int = 1000, limit: int = LIMIT) -> list[Event]:
    reader = Part10Reader(UIDS, limit)
    return [event for start in range(0, len(data), size) for event in _copied(reader.feed(data[start : start + size]))]


def _copied(events: Sequence[Event]) -> list[Event]:
    return [PixelPiece(memoryview(bytes(one.data))) if isinstance(one, PixelPiece) else one for one in events]


def pixels(events: Sequence[Event]) -> bytes:
    return b"".join(bytes(event.data) for event in events if isinstance(event, PixelPiece))


NATIVE = [
    "CT_small.dcm",  # explicit little endian
    "MR_small_implicit.dcm",
    "MR_small_bigendian.dcm",
    "image_dfl.dcm",
    "liver_1frame.dcm",  # 1 bit, sequences of undefined length
    "examples_palette.dcm",
]


@pytest.mark.parametrize("name", NATIVE)
@pytest.mark.parametrize("size", [7, 4096, 10**9])
def test_native_pixels_are_found(name: str, size: int) -> None:
    data = file_of(name)
    expected = dcmread(BytesIO(data))
    events = read(data, size)
    began = next(event for event in events if isinstance(event, PixelsBegan))
    assert began.transfer_syntax == expected.file_meta.TransferSyntaxUID
    assert [began.attributes.text(tag) for tag in UIDS[:3]] == [
        expected.StudyInstanceUID,
        expected.SeriesInstanceUID,
        expected.SOPInstanceUID,
    ]
    assert began.attributes.integer("00280010") == expected.Rows
    assert pixels(events) == expected.PixelData
    assert isinstance(events[-1], PixelsEnded)


@pytest.mark.parametrize(
    "name", ["SC_rgb_rle_2frame.dcm", "JPEG2000.dcm", "examples_ybr_color.dcm", "color3d_jpeg_baseline.dcm"]
)
def test_fragments_are_found(name: str) -> None:
    data = file_of(name)
    events = read(data)
    expected = list(generate_fragments(dcmread(BytesIO(data)).PixelData))
    found: list[bytes] = []
    for event in events:
        if isinstance(event, FragmentBegan):
            found.append(b"")
        elif isinstance(event, PixelPiece):
            found[-1] += bytes(event.data)
    assert found == expected
    assert sum(isinstance(event, FragmentEnded) for event in events) == len(expected)


def nested(name: str, syntax: str, *, undefined: bool) -> Dataset:
    """An object whose sequences hold pixels of their own, at several depths."""
    dataset = dcmread(BytesIO(file_of(name)))
    inner, outer = Dataset(), Dataset()
    inner.add_new(0x7FE00010, "OB", b"icon" * 4)
    outer.IconImageSequence = [inner]
    dataset.IconImageSequence = [inner]
    dataset.ReferencedImageSequence = [outer, Dataset()]
    for element in dataset:
        if element.VR == "SQ":
            element.is_undefined_length = undefined
    dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


@pytest.mark.parametrize(
    ("name", "syntax"),
    [
        ("CT_small.dcm", ExplicitVRLittleEndian),
        ("CT_small.dcm", ImplicitVRLittleEndian),
        ("MR_small_bigendian.dcm", ExplicitVRBigEndian),
        ("CT_small.dcm", DeflatedExplicitVRLittleEndian),
    ],
)
@pytest.mark.parametrize("undefined", [True, False])
def test_an_icon_is_not_taken_for_the_image(name: str, syntax: str, undefined: bool) -> None:
    dataset, written = nested(name, syntax, undefined=undefined), BytesIO()
    dcmwrite(written, dataset)
    assert pixels(read(written.getvalue(), 100)) == dataset.PixelData


def test_what_is_inflated_has_a_limit() -> None:
    data = file_of("image_dfl.dcm")
    with pytest.raises(MalformedObject, match="exceeds"):
        read(data, limit=1000)


def deflated(dataset: bytes) -> bytes:
    meta = b"\x02\0\x10\0UI\x16\0" + DeflatedExplicitVRLittleEndian.encode("ascii")
    squeezer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    head = bytes(128) + b"DICM\x02\0\0\0UL\x04\0" + len(meta).to_bytes(4, "little")
    return head + meta + squeezer.compress(dataset) + squeezer.flush()


def plain(size: int, announced: int = 0) -> bytes:
    return b"\xe0\x7f\x10\0OW\0\0" + (announced or size).to_bytes(4, "little") + bytes(size)


@pytest.mark.parametrize("size", range(2**17 - 4000, 2**17 + 60, 58))
def test_what_the_last_bits_inflate_to_is_not_left_out(size: int) -> None:
    assert pixels(read(deflated(plain(size)), 10**6)) == bytes(size)


def test_what_follows_a_data_set_that_ends_too_early_is_refused_and_not_kept() -> None:
    reader = Part10Reader(UIDS, LIMIT)
    reader.feed(deflated(plain(100, 200)))
    with pytest.raises(MalformedObject, match="ends before"):
        reader.feed(bytes(2**20))


def test_a_bomb_is_inflated_a_little_at_a_time() -> None:
    reader, bomb, most = Part10Reader(UIDS, LIMIT), deflated(plain(2**26)), 0
    tracemalloc.start()
    try:
        for bite in reader.bites(bomb):
            most = max(most, sum(len(one.data) for one in reader.feed(bite) if isinstance(one, PixelPiece)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reader.complete
    assert most <= 1100 * 2**10
    assert peak < 3 * 2**20


def test_what_cannot_swell_is_taken_as_it_comes() -> None:
    data = file_of("CT_small.dcm")
    reader, sizes = Part10Reader(UIDS, LIMIT), []
    for bite in reader.bites(data):
        sizes.append(len(bite))
        reader.feed(bite)
    assert reader.complete
    assert sum(sizes) == len(data)
    assert len(sizes) <= 3


def test_nothing_is_held_of_what_is_passed_over() -> None:
    data = file_of("CT_small.dcm")
    cut = data.rindex(b"\xe0\x7f\x10\x00OW")
    head = data[:cut] + b"\xe0\x7f\x10\x00OW\0\0" + (2**28).to_bytes(4, "little")
    reader = Part10Reader(UIDS, LIMIT)
    reader.feed(head)
    piece = bytes(2**20)
    tracemalloc.start()
    try:
        for _ in range(256):
            reader.feed(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reader.complete
    assert peak < 2**16


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"<html>" * 100, id="an error page"),
        pytest.param(bytes(128) + b"DICM" + b"\x08\x00" * 20, id="no meta information"),
        pytest.param(bytes(128) + b"DICM\x02\0\0\0UL\x04\0\xff\xff\xff\xff" + bytes(100), id="too much of it"),
        pytest.param(bytes(128) + b"DICM\x02\0\0\0UL\x04\0\x08\0\0\0\x02\0\x03\0UI\0\0" + bytes(100), id="no syntax"),
        pytest.param(file_of("CT_small.dcm")[:400] + b"\xff" * 100, id="no value representation"),
    ],
)
def test_what_is_no_file_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedObject):
        read(data)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_any_damage_is_refused_or_survived(data: st.DataObject) -> None:
    whole = bytearray(file_of("SC_rgb_rle_2frame.dcm")[:3000])
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(132, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(MalformedObject):
        read(bytes(whole), data.draw(st.sampled_from([1, 64, 5000])))
