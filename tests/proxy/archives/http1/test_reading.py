"""HTTP/1.1 responses out of bytes: the same response however they are cut, and nothing else but an error."""

from collections.abc import Iterable
from weakref import ref

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.archives.http1.reading import LARGEST_HEAD, MalformedResponse, ResponseReader
from proxy.garbage import without_collection

KNOWN = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\nhello"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + KNOWN
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"
NOTHING = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    ends = sorted({place for place in places if 0 < place < len(data)})
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


def fed(pieces: Iterable[bytes]) -> ResponseReader:
    reader = ResponseReader()
    for piece in pieces:
        reader.feed(piece)
    return reader


@pytest.mark.parametrize(
    ("response", "body", "complete", "reusable"),
    [
        (KNOWN, b"hello", True, True),
        (CHUNKED, b"hello", True, True),
        (UNTIL_CLOSED, b"hello", False, False),
        (INTERIM, b"hello", True, True),
        (EMPTY, b"", True, True),
        (NOTHING, b"", True, True),
        (KNOWN.replace(b"a/b", b"a/b\r\nConnection: close"), b"hello", True, False),
    ],
)
@given(places=st.lists(st.integers(0, 200), max_size=12))
def test_a_response_is_the_same_however_it_is_cut(
    response: bytes, body: bytes, complete: bool, reusable: bool, places: list[int]
) -> None:
    reader = fed(cut(response, places))
    assert reader.head is not None
    assert reader.head.status == (204 if response is EMPTY else 200)
    assert b"".join(reader.pieces) == body
    assert (reader.complete, reader.reusable) == (complete, reusable)
    reader.end()
    assert reader.complete


def test_a_body_of_known_length_is_passed_on_as_it_came() -> None:
    reader = fed([KNOWN[:-5], first := b"hel", second := b"lo"])
    assert [piece is sent for piece, sent in zip(reader.pieces, (first, second), strict=True)] == [True, True]


@pytest.mark.parametrize("response", [KNOWN, CHUNKED, EMPTY[:-2], KNOWN[:20]])
@pytest.mark.parametrize("missing", [1, 2])
def test_what_ends_too_soon_is_no_response(response: bytes, missing: int) -> None:
    reader = fed([response[:-missing]])
    with pytest.raises(MalformedResponse):
        reader.end()


@pytest.mark.parametrize(
    "response",
    [
        KNOWN + b"x",
        CHUNKED + b"x",
        EMPTY + b"x",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n",
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_what_could_be_read_in_two_ways_is_refused(response: bytes, whole: bool) -> None:
    with pytest.raises(MalformedResponse):
        fed([response] if whole else [response[n : n + 1] for n in range(len(response))])


def test_an_endless_head_is_refused() -> None:
    with pytest.raises(MalformedResponse):
        fed([b"HTTP/1.1 200 OK\r\nX: ", *[b"y" * 1000] * (LARGEST_HEAD // 1000 + 1)])


@given(st.lists(st.binary(max_size=60), max_size=5), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", CHUNKED[:60]]))
def test_whatever_comes_is_a_response_or_an_error(pieces: list[bytes], begin: bytes) -> None:
    reader = ResponseReader()
    try:
        for piece in (begin, *pieces):
            reader.feed(piece)
        reader.end()
    except MalformedResponse:
        return
    assert reader.head is not None
    assert 200 <= reader.head.status < 1000


@pytest.mark.parametrize("response", [KNOWN, CHUNKED, INTERIM, EMPTY, NOTHING, UNTIL_CLOSED])
def test_a_response_that_was_read_leaves_no_circle_for_the_garbage_collector(response: bytes) -> None:
    reader = fed([response])
    if response is UNTIL_CLOSED:
        reader.end()
    with without_collection():
        remains = ref(reader)
        del reader
        assert remains() is None
