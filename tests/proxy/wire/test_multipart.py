"""multipart/related: whatever bytes come, in whatever pieces, they become parts or `MalformedMultipart`."""

from collections.abc import Iterable, Sequence
from email import message_from_bytes, policy
import itertools
import tracemalloc

from hypothesis import example, given, settings
from hypothesis import strategies as st
import pytest

from proxy.wire.errors import MalformedMultipart
from proxy.wire.multipart import (
    Ended,
    MultipartEvent,
    MultipartLimits,
    MultipartReader,
    MultipartWriter,
    PartBegan,
    PartData,
    PartEnded,
    PartHeaders,
)

Parts = list[tuple[PartHeaders, bytes]]
BOUNDARY = "frontier"

SCRAPS = [
    *(b"--frontier", b"--frontier--", b"--frontie", b"--frontier-", b"--frontierX", b"frontier", b"--", b"-"),
    *(b"--frontier\n", b"\n--frontier--", b"\r\n--frontier\r\n"),
    *(b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\t", b"\x00", b"\xff\xd8\xff", b"pixels"),
    *(b"Content-Type: image/jls", b"Content-Length: 6", b"no field", b": "),
]
scrap_bodies = st.lists(st.sampled_from(SCRAPS) | st.binary(max_size=8), max_size=40).map(b"".join)
cuts = st.lists(st.integers(1, 12), min_size=1, max_size=30)


def pieces_of(body: bytes, sizes: Sequence[int]) -> Iterable[bytes]:
    """`body` cut into pieces of `sizes`, which repeat."""
    position = 0
    for size in itertools.cycle(sizes):
        if position >= len(body):
            return
        yield body[position : position + size]
        position += size


def events_of(pieces: Iterable[bytes], boundary: str = BOUNDARY, limits: MultipartLimits | None = None) -> Parts:
    """The parts in `pieces`, whose events must come in their only legal order."""
    reader = MultipartReader(boundary, limits)
    events: list[MultipartEvent] = [event for piece in pieces for event in reader.feed(piece)]
    events += reader.close()
    return to_parts(events)


def to_parts(events: Sequence[MultipartEvent]) -> Parts:
    parts: Parts = []
    open_part = False
    assert isinstance(events[-1], Ended)
    for event in events[:-1]:
        match event:
            case PartBegan(headers):
                assert not open_part
                open_part = True
                parts.append((headers, b""))
            case PartData(data):
                assert open_part
                assert len(data) > 0
                parts[-1] = (parts[-1][0], parts[-1][1] + data)
            case PartEnded():
                assert open_part
                open_part = False
            case Ended():
                pytest.fail("there are events after the end")
    assert not open_part
    return parts


def outcome(pieces: Iterable[bytes]) -> Parts | None:
    try:
        return events_of(pieces)
    except MalformedMultipart:
        return None


def payloads(body: bytes, boundary: str = BOUNDARY) -> list[bytes]:
    return [data for _, data in events_of([body], boundary)]


@given(scrap_bodies | st.binary(max_size=200), cuts)
@example(b"--frontier\r\n\r\n--frontier--", [1])
@example(b"--frontier\n\r\n\n--frontier--", [1])
@example(b"--frontier\r\n\r\n\r\n--frontier--", [1])
@example(b"--frontier\r\nContent-Length: 0\r\n\r\n", [1])
@settings(deadline=None)
def test_any_bytes_cut_anyhow_have_the_same_outcome(body: bytes, sizes: list[int]) -> None:
    assert outcome(pieces_of(body, sizes)) == outcome([body])


@given(st.lists(st.binary(max_size=60) | scrap_bodies, max_size=5), cuts)
@settings(deadline=None)
def test_what_the_writer_wrote_is_read_back(contents: list[bytes], sizes: list[int]) -> None:
    writer = MultipartWriter("application/octet-stream")
    body = (
        b"".join(writer.begin({"Content-Type": "application/octet-stream"}) + content for content in contents)
        + writer.end()
    )
    if contents:
        read = events_of(pieces_of(body, sizes), writer.boundary)
        assert [data for _, data in read] == contents
        assert {str(headers.media_type) for headers, _ in read} == {"application/octet-stream"}


@given(st.lists(st.binary(max_size=60) | scrap_bodies, min_size=1, max_size=5))
@settings(deadline=None)
def test_what_the_writer_wrote_is_read_by_the_standard_library(contents: list[bytes]) -> None:
    writer = MultipartWriter("image/jls; transfer-syntax=1.2.840.10008.1.2.4.80")
    body = (
        b"".join(
            writer.begin({"Content-Type": "image/jls", "Content-Location": "https://a.test/frames/1"}) + content
            for content in contents
        )
        + writer.end()
    )
    head = f"MIME-Version: 1.0\r\nContent-Type: {writer.content_type}\r\n\r\n".encode("ascii")
    message = message_from_bytes(head + body, policy=policy.HTTP)
    assert message.get_param("type") == "image/jls"
    assert message.get_param("transfer-syntax") == "1.2.840.10008.1.2.4.80"
    parts = list(message.iter_parts())
    assert [part.get_payload(decode=True) for part in parts] == contents
    assert {part["Content-Location"] for part in parts} == {"https://a.test/frames/1"}


def test_the_standard_form() -> None:
    body = (
        b"preamble, to be ignored\r\n--frontier\r\nContent-Type: image/jls\r\nContent-Length: 6\r\n\r\npixels"
        b"\r\n--frontier\r\ncontent-type:text/plain\r\n\r\n\r\n--frontier--\r\nepilogue --frontier\r\n"
    )
    (first, pixels), (second, nothing) = events_of([body])
    assert (pixels, nothing) == (b"pixels", b"")
    assert first.content_length == 6
    assert str(first.media_type) == "image/jls"
    assert second.get("content-type") == "text/plain"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"--frontier\nContent-Type: a/b\n\npix\r\nels\n--frontier--\n", id="line feeds alone"),
        pytest.param(b"--frontier \t\r\nContent-Type: a/b\r\n\r\npix\r\nels\r\n--frontier--", id="padding"),
        pytest.param(b"\r\n\r\n--frontier\r\nContent-Type: a/b\r\n\r\npix\r\nels\r\n--frontier--", id="blank lines"),
        pytest.param(b"--frontier\r\nContent-Type:\r\n a/b\r\n\r\npix\r\nels\r\n--frontier--", id="folded field"),
        pytest.param(b"--frontier\r\n\r\npix\r\nels\r\n--frontier--", id="no fields"),
        pytest.param(b"--frontier\r\nContent-Length: 8\r\n\r\npix\r\nels", id="no closing delimiter"),
        pytest.param(b"--frontier\r\nContent-Length: 8\r\n\r\npix\r\nels\r\n", id="a line break in its place"),
        pytest.param(b"--frontier\r\nContent-Length: 8\r\n\r\npix\r\nels\r\n--frontier", id="half of it"),
        pytest.param(b"--frontier\r\nContent-Length: 3\r\n\r\npix\r\nels\r\n--frontier--", id="a wrong length"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_what_archives_write_is_understood(body: bytes, size: int) -> None:
    assert [data for _, data in events_of(pieces_of(body, [size]))] == [b"pix\r\nels"]


@pytest.mark.parametrize(
    "near",
    [b"\r\n--frontierX", b"\r\n--frontie", b"\r\n--frontier-x", b"x--frontier\r\n", b"\n--frontier--", b"\r\n--" * 9],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_near_boundary_is_content(near: bytes, size: int) -> None:
    body = b"--frontier\r\n\r\n" + near + near + b"\r\n--frontier--"
    assert [data for _, data in events_of(pieces_of(body, [size]))] == [near + near]


@pytest.mark.parametrize("boundary", ["a b", "'()+_,-./:=?", "=_Part_1.2", "-", "--"])
def test_every_legal_boundary_works(boundary: str) -> None:
    delimiter = b"--" + boundary.encode()
    assert payloads(delimiter + b"\r\n\r\nx\r\n" + delimiter + b"--", boundary) == [b"x"]


@pytest.mark.parametrize("boundary", ["", "x" * 201, "a\nb", "a\x00", "grün"])
def test_an_unusable_boundary_is_refused(boundary: str) -> None:
    with pytest.raises(MalformedMultipart):
        MultipartReader(boundary)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>sorry</html>", id="no boundary"),
        pytest.param(b"--frontier\r\nContent-Type: a/b\r\n", id="cut in the head"),
        pytest.param(b"--frontier\r\nContent-Type: a/b\r\n\r\npix", id="cut in the payload"),
        pytest.param(b"--frontier\r\nContent-Length: 9\r\n\r\npixels", id="shorter than declared"),
        pytest.param(b"--frontier\r\n\r\npixels\r\n--frontier\r\n", id="cut before the next head"),
        pytest.param(b"--frontier\r\nnot a field\r\n\r\npixels\r\n--frontier--", id="no field"),
        pytest.param(b"--frontier\r\nBad Name: x\r\n\r\npixels\r\n--frontier--", id="space in a name"),
        pytest.param(b"--frontier\r\nContent-Type: a\x00b\r\n\r\npixels\r\n--frontier--", id="NUL in a field"),
    ],
)
def test_a_broken_body_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedMultipart):
        payloads(body)


def test_a_refusal_is_for_good() -> None:
    reader = MultipartReader(BOUNDARY)
    with pytest.raises(MalformedMultipart):
        reader.feed(b"--frontier\r\nnot a field\r\n\r\n")
    with pytest.raises(MalformedMultipart):
        reader.feed(b"\r\n--frontier--")
    with pytest.raises(MalformedMultipart):
        reader.close()


@pytest.mark.parametrize(
    ("limits", "body"),
    [
        (MultipartLimits(preamble_bytes=10), b"x" * 11 + b"\r\n--frontier\r\n\r\n\r\n--frontier--"),
        (MultipartLimits(header_bytes=64), b"--frontier\r\nX: " + b"x" * 64 + b"\r\n\r\n\r\n--frontier--"),
        (MultipartLimits(parts=2), b"--frontier\r\n\r\nx\r\n" * 3 + b"--frontier--"),
        (MultipartLimits(part_bytes=5), b"--frontier\r\n\r\npixels\r\n--frontier--"),
        (MultipartLimits(total_bytes=20), b"--frontier\r\n\r\nx\r\n--frontier--"),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_every_limit_holds(limits: MultipartLimits, body: bytes, size: int) -> None:
    with pytest.raises(MalformedMultipart):
        events_of(pieces_of(body, [size]), limits=limits)
    assert events_of([body])


def exhaust(reader: MultipartReader, pieces: Iterable[bytes]) -> None:
    """Feed everything and keep nothing."""
    for piece in pieces:
        reader.feed(piece)


@pytest.mark.parametrize(
    ("start", "more"),
    [
        pytest.param(b"", b"x" * 2**16, id="preamble"),
        pytest.param(b"--frontier\r\nX: ", b"x" * 2**16, id="field"),
        pytest.param(b"--frontier\r\n", b"X: y\r\n" * 10_000, id="fields"),
        pytest.param(b"--frontier\r\n\r\n", b"x" * 2**16, id="payload"),
        pytest.param(b"--frontier\r\n\r\n", b"\r\n--frontie" * 6_000, id="near boundaries"),
        pytest.param(b"--frontier", b" " * 2**16, id="padding"),
        pytest.param(b"--frontier\r\n\r\n", b"\r\n--frontier\r\n\r\n" * 4_000, id="parts"),
    ],
)
def test_an_endless_body_ends_in_little_memory(start: bytes, more: bytes) -> None:
    reader = MultipartReader(BOUNDARY, MultipartLimits(part_bytes=2**24))
    endless = itertools.chain([start], itertools.repeat(more, 2**10))
    tracemalloc.start()
    try:
        with pytest.raises(MalformedMultipart):
            exhaust(reader, endless)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20


def test_a_piece_is_looked_at_and_not_copied() -> None:
    reader = MultipartReader(BOUNDARY)
    reader.feed(b"--frontier\r\n\r\nbegin")
    piece = b"x" * 2**16
    (event,) = reader.feed(piece)
    assert isinstance(event, PartData)
    assert event.data.obj is piece


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "a/b\r\nX: y"}, {"X\r\nY": "z"}, {"X": "\x00"}, {"X Y": "z"}, {"": "z"}, {"X": "a\nb"}],
)
def test_the_writer_refuses_a_field_that_breaks_the_head(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header field"):
        MultipartWriter("image/jls").begin(headers)


def test_two_writers_never_share_a_boundary() -> None:
    assert MultipartWriter("image/jls").boundary != MultipartWriter("image/jls").boundary
