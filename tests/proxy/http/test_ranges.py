"""Byte ranges: one at a time, of what it was a range of, and never more than was asked for (RFC 9110 §14)."""

from collections.abc import AsyncGenerator

from hypothesis import given
from hypothesis import strategies as st
import pytest
from starlette.requests import Request

from proxy.errors import RangeNotSatisfiable
from proxy.http.ranges import Extent, cut, read_extent, read_range

LENGTH = 1000
TAG = '"abc"'


def asking(method: str = "GET", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "headers": raw})


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-", 0, 1000),
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=990-2000", 990, 1000),
        ("bytes=-1", 999, 1000),
        ("bytes=-5000", 0, 1000),
        ("bytes = 5-6", 5, 7),
    ],
)
def test_a_range_is_what_it_says(asked: str, start: int, stop: int) -> None:
    extent = read_extent(asking(range=asked), LENGTH, TAG)
    assert (extent.start, extent.stop, extent.status) == (start, stop, 206)
    assert extent.headers(TAG) == {
        "Accept-Ranges": "bytes",
        "ETag": TAG,
        "Content-Length": str(stop - start),
        "Content-Range": f"bytes {start}-{stop - 1}/1000",
    }


@pytest.mark.parametrize(
    "asked",
    ["", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,5-6", "pages=1-2", "bytes=a-b", "bytes=1--2", "bytes=0-1-2"],
)
def test_what_is_no_range_counts_as_none(asked: str) -> None:
    assert read_extent(asking(range=asked), LENGTH, TAG) == Extent(0, LENGTH, LENGTH, partial=False)


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_behind_the_end_is_refused_with_the_length(asked: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        read_extent(asking(range=asked), LENGTH, TAG)
    assert refused.value.length == LENGTH


def test_a_range_of_something_else_or_of_no_body_is_none() -> None:
    assert read_extent(asking(range="bytes=5-", if_range=TAG), LENGTH, TAG).partial
    assert not read_extent(asking(range="bytes=5-", if_range='"other"'), LENGTH, TAG).partial
    assert not read_extent(asking(range="bytes=5-", if_range="Wed, 21 Oct 2026 07:28:00 GMT"), LENGTH, TAG).partial
    assert not read_extent(asking("HEAD", range="bytes=5-"), LENGTH, TAG).partial


@given(st.lists(st.binary(max_size=20), max_size=20), st.data())
async def test_what_is_cut_out_is_that_part_and_no_more_is_read(pieces: list[bytes], data: st.DataObject) -> None:
    whole, read = b"".join(pieces), 0
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))

    async def coming() -> AsyncGenerator[bytes]:
        nonlocal read
        for piece in pieces:
            read += len(piece)
            yield piece

    found = [piece async for piece in cut(coming(), Extent(start, stop, len(whole), partial=True))]
    assert b"".join(found) == whole[start:stop]
    assert read <= stop + 20


@pytest.mark.parametrize(
    ("asked", "spelt"),
    [("bytes=0-9", "bytes=0-9"), ("bytes = 5-", "bytes=5-"), ("bytes=-7", "bytes=-7"), ("bytes=9-5", ""), ("", "")],
)
def test_a_range_for_an_archive_is_spelt_plainly(asked: str, spelt: str) -> None:
    assert read_range(asking(range=asked)) == spelt
    assert read_range(asking("HEAD", range=asked)) == ""
    assert read_range(asking(range=f"{asked},20-30")) == ""
