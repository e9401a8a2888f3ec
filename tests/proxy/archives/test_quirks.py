"""What archives write instead of what the standard says: understood where it is plain, refused where it is not."""

import gzip

import pytest
from starlette.responses import Response

from proxy.errors import ArchiveBrokeOff, ArchiveFailed
from proxy.wire.media import EXPLICIT_LITTLE_ENDIAN
from tests.proxy.archives.fakes import asking_app, asking_line, frames, hanging_up, limits, octets, one_frame, sending

PIXELS = b"pixels \r\n--frontie and more"
BODY = b"--frontier\r\nContent-Type: application/octet-stream\r\n\r\n" + PIXELS + b"\r\n--frontier--\r\n"
UNENDED = BODY.removesuffix(b"\r\n--frontier--\r\n")
LENGTH = b"\r\nContent-Length: %d\r\n\r\n" % len(PIXELS)
RELATED = 'multipart/related; type="application/octet-stream"'


def answer(body: bytes = BODY, content_type: str = f"{RELATED}; boundary=frontier", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, headers={"Content-Type": content_type, **named})


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(answer(), id="as it should be"),
        pytest.param(answer(content_type=f'{RELATED}; boundary="frontier"'), id="quoted boundary"),
        pytest.param(
            answer(content_type="multipart/related; boundary=frontier; type=application/octet-stream"),
            id="unquoted type",
        ),
        pytest.param(
            answer(content_type="MultiPart/RELATED; BOUNDARY=frontier; Type=Application/Octet-Stream"), id="case"
        ),
        pytest.param(answer(content_type="multipart/related;boundary=frontier"), id="no type"),
        pytest.param(answer(content_type="multipart/mixed; boundary=frontier"), id="mixed"),
        pytest.param(answer(content_type=f"{RELATED}; boundary=another"), id="another boundary"),
        pytest.param(answer(content_type=RELATED), id="no boundary"),
        pytest.param(answer(b"\r\n" + BODY, f"{RELATED}; boundary=another"), id="another boundary on the second line"),
        pytest.param(answer(b"a preamble\r\n\r\n" + BODY), id="preamble"),
        pytest.param(answer(b"--not-it\r\n" + BODY), id="a preamble that looks like a boundary"),
        pytest.param(answer(BODY + b"--frontier\r\n\r\nepilogue"), id="epilogue"),
        pytest.param(
            answer(b"--frontier\nContent-Type: application/octet-stream\n\n" + PIXELS + b"\n--frontier--\n"),
            id="line feeds",
        ),
        pytest.param(
            answer(BODY.replace(b"Content-Type", b"CONTENT-type").replace(b"application", b"APPLICATION")),
            id="head in another case",
        ),
        pytest.param(answer(BODY.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n", 1)), id="a wrong length"),
        pytest.param(
            answer(
                BODY.replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % len(PIXELS), 1).removesuffix(
                    b"\r\n--frontier--\r\n"
                )
            ),
            id="no final boundary, but a length",
        ),
        pytest.param(Response(PIXELS, media_type="application/octet-stream"), id="no multipart"),
    ],
)
async def test_one_frame_in_many_spellings(given: Response) -> None:
    async with asking_app(lambda _: given) as asked:
        assert await one_frame(asked.client, frames(1)) == (PIXELS, EXPLICIT_LITTLE_ENDIAN)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param(answer(UNENDED), "broke off", id="no final boundary"),
        pytest.param(answer(BODY[:60]), "broke off", id="cut short"),
        pytest.param(octets(PIXELS, PIXELS), "another frame", id="the same twice"),
        pytest.param(octets(b"", PIXELS), "another frame", id="an empty part in front"),
        pytest.param(answer(gzip.compress(BODY), Content_Encoding="gzip"), "compressed", id="gzip"),
        pytest.param(answer(BODY, Content_Encoding="br"), "compressed", id="brotli"),
        pytest.param(answer(BODY.replace(b"application/octet-stream", b"text/html")), "something else", id="HTML"),
    ],
)
async def test_what_is_not_plain_is_refused(given: Response, words: str) -> None:
    async with asking_app(lambda _: given) as asked:
        with pytest.raises(ArchiveFailed, match=words):
            await one_frame(asked.client, frames(1))


async def test_an_empty_frame_is_passed_on_as_one_and_rendering_refuses_it() -> None:
    async with asking_app(lambda _: octets(b"")) as asked:
        assert await one_frame(asked.client, frames(1)) == (b"", EXPLICIT_LITTLE_ENDIAN)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/related; boundary=frontier\r\n"


async def test_chunks_with_a_trailer_are_read_to_their_end() -> None:
    half = len(BODY) // 2
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (BODY[:half], BODY[half:]))
    whole = HEAD + b"Transfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n" + chunks + b"0\r\nX-Checksum: 1\r\n\r\n"
    async with asking_line(sending(whole)) as (asked, line):
        for _ in range(2):
            assert (await one_frame(asked.client, frames(1)))[0] == PIXELS
        assert line.most == 1, "the connection is used again"


@pytest.mark.parametrize("difference", [-10, 1])
async def test_a_wrong_length_is_a_failure(difference: int) -> None:
    head = HEAD + b"Content-Length: %d\r\n\r\n" % (len(BODY) + difference)
    async with asking_line(sending(head + BODY), limits=limits(retrieve_seconds=0.5)) as (asked, _):
        with pytest.raises(ArchiveFailed):
            await one_frame(asked.client, frames(1))


async def test_an_answer_that_breaks_off_is_told_apart() -> None:
    head = HEAD + b"Content-Length: 1000\r\n\r\n"
    async with asking_line(hanging_up(head + BODY[:50])) as (asked, _):
        with pytest.raises(ArchiveBrokeOff):
            await one_frame(asked.client, frames(1))
