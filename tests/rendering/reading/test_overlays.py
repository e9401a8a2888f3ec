"""Overlay planes out of DICOM JSON: whatever they hold, they are read whole, or counted as unread."""

import base64
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from rendering.bulk import bulk_references
from rendering.errors import MalformedAttributes
from rendering.reading.overlays import GROUPS, read_overlays


def overlay(group: int = 0x6000, data: bytes | None = bytes(8), **changes: Any) -> dict[str, Any]:
    """An overlay of 8 by 8; `changes` are elements by number (`e0050`)."""
    told: dict[str, Any] = {"e0010": 8, "e0011": 8, "e0040": "G", "e0050": [1, 1], "e0100": 1, "e0102": 0, **changes}
    elements = {
        f"{group:04X}{name[1:]}": {"Value": value if isinstance(value, list) else [value]}
        for name, value in told.items()
        if value is not None
    }
    inline = {} if data is None else {f"{group:04X}3000": {"InlineBinary": base64.b64encode(data).decode()}}
    return elements | inline


def element(value: Any) -> dict[str, Any]:
    return {"Value": [value]}


def test_a_plane_is_read_with_its_place_and_kind() -> None:
    (plane,), unread = read_overlays(overlay(0x6004, bytes(range(8)), e0050=[5, -2], e0040="R"), 1)
    assert unread == 0
    assert (plane.group, plane.rows, plane.columns) == (0x6004, 8, 8)
    assert (plane.left, plane.top, plane.region, plane.bits) == (-3, 4, True, bytes(range(8)))
    assert not plane.embedded


def test_all_groups_are_read_and_odd_ones_are_not() -> None:
    planes, _ = read_overlays({tag: one for group in range(0x6000, 0x6024) for tag, one in overlay(group).items()}, 1)
    assert [plane.group for plane in planes] == list(GROUPS)


@pytest.mark.parametrize(
    ("frame", "expected"), [(1, None), (2, b"\x01" + bytes(7)), (3, b"\x02" + bytes(7)), (4, None)]
)
def test_frames_of_an_overlay(frame: int, expected: bytes | None) -> None:
    data = b"\x01" + bytes(7) + b"\x02" + bytes(7)
    planes, unread = read_overlays(overlay(data=data, e0015=2, e0051=2), frame)
    assert unread == 0
    assert [plane.bits for plane in planes] == ([] if expected is None else [expected])


def test_frames_that_begin_within_a_byte() -> None:
    """Three frames of 3 by 3, of which the second is the bits 9 to 17."""
    bits = "11111111110101010100000000000000"
    data = bytes(int(bits[start : start + 8][::-1], 2) for start in range(0, 32, 8))
    (plane,), _ = read_overlays(overlay(data=data, e0010=3, e0011=3, e0015=3), 2)
    assert int.from_bytes(plane.bits, "little") & 0x1FF == 0b101010101


def test_an_overlay_in_the_pixels_needs_bits_that_are_not_stored() -> None:
    cells = {"00280100": element(16), "00280101": element(12), "00280102": element(11)}
    cells |= {"00280010": element(8), "00280011": element(8), "00280002": element(1)}
    for position, fits in ((11, False), (12, True), (15, True), (16, False), (0, False)):
        planes, unread = read_overlays({**cells, **overlay(data=None, e0100=16, e0102=position)}, 1)
        assert (len(planes), unread) == ((1, 0) if fits else (0, 1))
        assert all(plane.embedded and plane.position == position for plane in planes)


def test_one_that_is_the_shutter_is_no_overlay() -> None:
    assert read_overlays({**overlay(0x6002), "00181623": element(0x6002)}, 1) == ((), 0)


@pytest.mark.parametrize(
    "wrong",
    [
        overlay(data=bytes(7)),
        overlay(data=bytes(8), e0015=2, e0051=0),
        overlay(data=None),
        overlay(e0010=0),
        overlay(e0011=None),
        overlay(e0010=70_000),
        overlay(e0050=[1]),
        overlay(e0050=[1.5, 1]),
        overlay(e0050=["top", "left"]),
        {**overlay(), "60003000": {"InlineBinary": "?"}},
        {**overlay(), "60003000": {"BulkDataURI": "https://archive/overlay"}},
    ],
)
def test_what_cannot_be_read_is_counted(wrong: dict[str, Any]) -> None:
    planes, unread = read_overlays({**overlay(0x6002), **wrong}, 1)
    assert [plane.group for plane in planes] == [0x6002]
    assert unread == 1


ANY_VALUE = st.none() | st.integers(-(2**40), 2**40) | st.floats() | st.text(max_size=4)


@given(
    st.fixed_dictionaries(
        {
            f"6000{tag}": st.fixed_dictionaries({"Value": st.lists(ANY_VALUE, max_size=3)})
            for tag in ("0010", "0011", "0015", "0040", "0050", "0051", "0100", "0102")
        },
        optional={"60003000": st.fixed_dictionaries({"InlineBinary": st.text(max_size=20) | st.just("AAAA")})},
    ),
    st.integers(1, 5),
)
def test_whatever_is_written_a_plane_has_all_of_its_bits(dataset: dict[str, Any], frame: int) -> None:
    planes, unread = read_overlays(dataset, frame)
    assert len(planes) + unread <= 1
    for plane in planes:
        assert plane.embedded or len(plane.bits) * 8 >= plane.rows * plane.columns


def test_a_shutter_that_names_no_group_is_refused() -> None:
    with pytest.raises(MalformedAttributes):
        read_overlays({**overlay(), "00181623": element("none")}, 1)


def test_data_may_be_broken_into_lines() -> None:
    data = bytes(range(200))
    broken = overlay(data=data, e0010=40, e0011=10, e0015=4)
    text = broken["60003000"]["InlineBinary"]
    broken["60003000"] = {"InlineBinary": "\r\n".join(text[start : start + 60] for start in range(0, len(text), 60))}
    for frame in (1, 2, 4):
        (plane,), _ = read_overlays(broken, frame)
        assert plane.bits == data[50 * (frame - 1) : 50 * frame]


def test_data_elsewhere_is_asked_for_as_long_as_it_is_not_too_much() -> None:
    """A plane of 4 MiB is; the ones that would make more than 32 MiB of it are left out."""
    image = {tag: element(512) for tag in ("00280010", "00280011")} | {"00280100": element(8)}
    image["00080016"] = element("1.2.840.10008.5.1.4.1.1.7")
    planes = {
        tag: one
        for group in GROUPS
        for tag, one in (
            overlay(group, data=None, e0010=8192, e0011=4096)
            | {f"{group:04X}3000": {"vr": "OW", "BulkDataURI": f"https://archive/{group:04X}"}}
        ).items()
    }
    references = bulk_references({**image, **planes})
    assert [reference.path for reference in references] == [(f"{group:04X}3000",) for group in range(0x6000, 0x6010, 2)]
    assert {(reference.required, reference.maximum_bytes) for reference in references} == {(False, 2**22)}
