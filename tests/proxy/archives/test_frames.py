"""Frames and bulk data: exactly the ones asked for, labelled truthfully, in whatever form the archive gives them."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, generate_frames
import pytest
from starlette.requests import Request
from starlette.responses import Response

from proxy.archives.client import ArchiveClient
from proxy.archives.dialect import ANY_SYNTAX, EXPLICIT_SYNTAX
from proxy.errors import ArchiveFailed, NotAcceptable, NotFound, TooLarge, VitrineError
from proxy.resources import FramesRef
from proxy.wire.media import EXPLICIT_LITTLE_ENDIAN
from tests.proxy.archives.fakes import (
    BASE,
    INSTANCE_PATH,
    OTHER,
    SERIES,
    STUDY,
    asking_app,
    dicom_json,
    frames,
    limits,
    multipart,
    octets,
    one_frame,
    targets,
)

RELATED = "multipart/related"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
RLE = "1.2.840.10008.1.2.5"
JPEG_XL = "1.2.840.10008.1.2.4.110"
DEFLATED = "1.2.840.10008.1.2.8.1"
PROGRESSIVE = "1.2.840.10008.1.2.4.55"
PIXELS = b"native pixels"


def frame_of(name: str) -> bytes:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    dataset = dcmread(Path(path))
    return next(generate_frames(dataset.PixelData, number_of_frames=int(dataset.get("NumberOfFrames", 1))))


LOSSLESS = frame_of("MR_small_jpeg_ls_lossless.dcm")


async def read(client: ArchiveClient, ref: FramesRef, available: str = "") -> list[tuple[int, str, bytes]]:
    async with client.frames(ref, ANY_SYNTAX, available) as stream:
        return [(part.frame, str(part.media_type), await part.read()) async for part in stream]


async def test_frames_come_in_their_order_and_cost_one_request() -> None:
    async with asking_app(lambda _: octets(b"one", b"two")) as asked:
        label = f"application/octet-stream; transfer-syntax={EXPLICIT_LITTLE_ENDIAN}"
        assert await read(asked.client, frames(2, 5)) == [(2, label, b"one"), (5, label, b"two")]
    assert targets(asked.requests) == [f"/dicom-web/{INSTANCE_PATH}/frames/2,5"]
    assert asked.requests[0].headers["accept"] == ANY_SYNTAX


async def test_content_location_tells_frames_apart() -> None:
    parts = [({"Content-Location": f"{BASE}/{INSTANCE_PATH}/frames/{number}"}, b"%d" % number) for number in (5, 2)]
    async with asking_app(lambda _: multipart(parts)) as asked:
        assert [(number, data) for number, _, data in await read(asked.client, frames(2, 5))] == [(5, b"5"), (2, b"2")]


async def test_a_part_that_nobody_read_is_passed_over() -> None:
    async with asking_app(lambda _: octets(b"one", b"two")) as asked, asked.client.frames(frames(1, 2)) as stream:
        first = await anext(aiter(stream))
        second = await anext(aiter(stream))
        assert await second.read() == b"two"
        assert await first.read() == b""


@pytest.mark.parametrize(
    "payloads", [pytest.param([b"one"], id="fewer"), pytest.param([], id="none"), pytest.param([b"x"] * 3, id="more")]
)
async def test_fewer_or_more_frames_are_refused_and_reported(payloads: Sequence[bytes]) -> None:
    async with asking_app(lambda _: octets(*payloads)) as asked:
        with pytest.raises(ArchiveFailed):
            await read(asked.client, frames(1, 2))
    assert [mismatch.what for mismatch in asked.mismatches] == ["frame"]


async def test_two_frames_for_one_are_refused() -> None:
    async with asking_app(lambda _: octets(b"one", b"two")) as asked:
        with pytest.raises(ArchiveFailed):
            await one_frame(asked.client, frames(1))
    assert [mismatch.what for mismatch in asked.mismatches] == ["frame"]


@pytest.mark.parametrize(
    ("location", "what"),
    [
        (f"{BASE}/studies/{OTHER}/series/{SERIES}/instances/1.2/frames/1", "study"),
        (f"{BASE}/studies/{STUDY}/series/{OTHER}/instances/1.2/frames/1", "series"),
        (f"{BASE}/studies/{STUDY}/series/{SERIES}/instances/{OTHER}/frames/1", "instance"),
        (f"{BASE}/{INSTANCE_PATH}/frames/2", "frame"),
        (f"{BASE}/{INSTANCE_PATH}.6/frames/1", "instance"),
        (f"/studies/{OTHER}", "study"),
    ],
)
async def test_a_frame_of_something_else_is_refused_and_reported(location: str, what: str) -> None:
    async with asking_app(lambda _: multipart([({"Content-Location": location}, PIXELS)])) as asked:
        with pytest.raises(ArchiveFailed, match=f"another {what}"):
            await one_frame(asked.client, frames(1))
    assert [(one.what, one.study) for one in asked.mismatches] == [(what, STUDY)]


@pytest.mark.parametrize(
    "location", [f"{INSTANCE_PATH}", "/frames/1", "", "here", f"http://inside:8042/other/{INSTANCE_PATH}/frames/1"]
)
async def test_a_location_that_names_nothing_else_is_no_offence(location: str) -> None:
    async with asking_app(lambda _: multipart([({"Content-Location": location}, PIXELS)])) as asked:
        assert await one_frame(asked.client, frames(1)) == (PIXELS, EXPLICIT_LITTLE_ENDIAN)
    assert asked.mismatches == []


async def test_the_same_frame_twice_is_refused() -> None:
    part = ({"Content-Location": f"{BASE}/{INSTANCE_PATH}/frames/1"}, PIXELS)
    async with asking_app(lambda _: multipart([part, part])) as asked:
        with pytest.raises(ArchiveFailed, match="another frame"):
            await read(asked.client, frames(1, 2))


def progressive() -> bytes:
    written = BytesIO()
    Image.new("L", (16, 16)).save(written, "JPEG", progressive=True)
    return written.getvalue()


def labelled(part: str | None, outer: str, payload: bytes = LOSSLESS) -> Response:
    return multipart([({"Content-Type": part} if part else {}, payload)], outer)


@pytest.mark.parametrize(
    ("answer", "available", "syntax"),
    [
        pytest.param(labelled(f"image/jls; transfer-syntax={JPEG_LS}", RELATED), "", JPEG_LS, id="in the part"),
        pytest.param(labelled("image/jls", f"{RELATED}; transfer-syntax={JPEG_LS}"), "", JPEG_LS, id="beside the type"),
        pytest.param(
            labelled(None, f'{RELATED}; type="image/jls; transfer-syntax={JPEG_LS}"'), "", JPEG_LS, id="inside it"
        ),
        pytest.param(labelled("image/jls", RELATED), "", JPEG_LS, id="implied"),
        pytest.param(labelled("image/x-jls", RELATED), "", JPEG_LS, id="implied by an old name"),
        pytest.param(
            labelled("application/octet-stream; transfer-syntax=*", RELATED), "", JPEG_LS, id="the star echoed"
        ),
        pytest.param(labelled("application/octet-stream", RELATED), "", JPEG_LS, id="shown by the bytes"),
        pytest.param(labelled(None, RELATED), "", JPEG_LS, id="unlabelled"),
        pytest.param(labelled("application/octed-stream", RELATED), "", JPEG_LS, id="misspelt"),
        pytest.param(labelled(f"image/jpeg; transfer-syntax={JPEG_BASELINE}", RELATED), "", JPEG_LS, id="wrong"),
        pytest.param(
            labelled("application/octet-stream", RELATED, PIXELS), JPEG_LS, EXPLICIT_LITTLE_ENDIAN, id="decoded"
        ),
        pytest.param(
            labelled("application/octet-stream", RELATED, b"\xff\x0a"), JPEG_XL, JPEG_XL, id="known to be stored"
        ),
        pytest.param(
            labelled("application/octet-stream", RELATED, PIXELS), JPEG_XL, EXPLICIT_LITTLE_ENDIAN, id="JPEG XL decoded"
        ),
        pytest.param(labelled("application/x-deflate", RELATED, PIXELS), "", DEFLATED, id="deflated"),
        pytest.param(
            labelled("application/octet-stream", RELATED, PIXELS), DEFLATED, DEFLATED, id="known to be deflated"
        ),
        pytest.param(
            labelled(f"application/octet-stream; transfer-syntax={DEFLATED}", RELATED, PIXELS),
            "",
            DEFLATED,
            id="deflated octets",
        ),
        pytest.param(labelled("image/jpeg", RELATED, progressive()), "", PROGRESSIVE, id="retired JPEG"),
        pytest.param(
            labelled("application/octet-stream; transfer-syntax=1.2.840.10008.1.2", RELATED, PIXELS),
            "",
            EXPLICIT_LITTLE_ENDIAN,
            id="implicit little endian",
        ),
        pytest.param(
            labelled("application/octet-stream", RELATED, PIXELS),
            "1.2.840.10008.1.2",
            EXPLICIT_LITTLE_ENDIAN,
            id="native",
        ),
    ],
)
async def test_a_frame_is_labelled_with_what_it_is(answer: Response, available: str, syntax: str) -> None:
    async with asking_app(lambda _: answer) as asked:
        _, found = await one_frame(asked.client, frames(1), available)
        assert found == syntax
        ((_, label, _),) = await read(asked.client, frames(1), available)
        assert label.endswith(f"transfer-syntax={syntax}")


async def test_item_tags_around_a_frame_are_taken_off_before_it_is_rendered() -> None:
    items = encapsulate([LOSSLESS])
    async with asking_app(lambda _: octets(items)) as asked:
        data, syntax = await one_frame(asked.client, frames(1))
    assert data.rstrip(b"\0") == LOSSLESS.rstrip(b"\0")
    assert syntax == JPEG_LS


async def test_one_part_alone_counts_as_a_multipart_of_one() -> None:
    answer = Response(LOSSLESS, media_type=f"image/jls; transfer-syntax={JPEG_LS}")
    async with asking_app(lambda _: answer) as asked:
        assert await one_frame(asked.client, frames(1)) == (LOSSLESS, JPEG_LS)
        with pytest.raises(ArchiveFailed):
            await read(asked.client, frames(1, 2))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Response("<html>canary</html>", media_type="text/html"), id="an error page"),
        pytest.param(dicom_json({"canary": 1}), id="JSON"),
        pytest.param(multipart([({"Content-Type": "text/plain"}, b"canary")]), id="text in a part"),
        pytest.param(multipart([({"Content-Type": "application/dicom"}, b"canary")]), id="a whole file"),
        pytest.param(Response(b"canary", media_type="multipart/related; boundary=y"), id="no boundary"),
        pytest.param(Response(b"--b\r\n\r\ncanary", media_type="multipart/related; boundary=b"), id="cut short"),
        pytest.param(Response(b"", media_type="multipart/related; boundary=b"), id="empty"),
        pytest.param(multipart([({"X": "y" * 20_000}, b"canary")]), id="an endless head"),
        pytest.param(octets(*[b"canary"] * 20_000), id="too many parts"),
    ],
)
async def test_what_is_no_frame_is_refused(answer: Response) -> None:
    async with asking_app(lambda _: answer) as asked:
        with pytest.raises(ArchiveFailed) as caught:
            await one_frame(asked.client, frames(1))
    assert "canary" not in str(caught.value)


async def test_a_frame_over_the_limit_is_refused() -> None:
    async with asking_app(lambda _: octets(b"x" * 1000), limits=limits(frame_bytes=999)) as asked:
        with pytest.raises(TooLarge):
            await one_frame(asked.client, frames(1))


async def test_one_of_several_frames_may_not_take_the_room_of_the_others() -> None:
    async with asking_app(lambda _: octets(b"x" * 1500, b"x"), limits=limits(frame_bytes=1000)) as asked:
        with pytest.raises(ArchiveFailed, match="a part exceeds its limit"):
            await read(asked.client, frames(1, 2))


async def accepts_sent(asks: int, *, status: int, understood: Sequence[str]) -> list[list[str]]:
    """The Accept headers that each of `asks` costs at an archive which answers `status` to all not `understood`."""

    def answer(request: Request) -> Response:
        return octets(PIXELS) if request.headers["accept"] in understood else Response(status_code=status)

    sent: list[list[str]] = []
    async with asking_app(answer) as asked:
        for _ in range(asks):
            before = len(asked.requests)
            assert await one_frame(asked.client, frames(1)) == (PIXELS, EXPLICIT_LITTLE_ENDIAN)
            sent.append([request.headers["accept"] for request in asked.requests[before:]])
    return sent


UNQUOTED_ANY = ANY_SYNTAX.replace('"', "")
UNQUOTED_EXPLICIT = EXPLICIT_SYNTAX.replace('"', "")


@pytest.mark.parametrize("status", [400, 406])
async def test_an_archive_that_wants_no_quotes_is_asked_in_vain_once(status: int) -> None:
    sent = await accepts_sent(2, status=status, understood=[UNQUOTED_ANY])
    assert sent == [[ANY_SYNTAX, UNQUOTED_ANY], [UNQUOTED_ANY]]


async def test_an_archive_that_wants_quotes_is_asked_once() -> None:
    assert await accepts_sent(2, status=400, understood=[ANY_SYNTAX]) == [[ANY_SYNTAX], [ANY_SYNTAX]]


async def test_an_archive_that_does_not_know_any_syntax_is_asked_for_native_pixels() -> None:
    sent = await accepts_sent(2, status=406, understood=[EXPLICIT_SYNTAX])
    assert sent == [[ANY_SYNTAX, UNQUOTED_ANY, EXPLICIT_SYNTAX], [EXPLICIT_SYNTAX]]


async def test_an_archive_that_knows_neither_quotes_nor_any_syntax_is_understood_in_the_end() -> None:
    sent = await accepts_sent(2, status=400, understood=[UNQUOTED_EXPLICIT])
    assert sent == [[ANY_SYNTAX, UNQUOTED_ANY, EXPLICIT_SYNTAX, UNQUOTED_EXPLICIT], [UNQUOTED_EXPLICIT]]


async def test_an_archive_that_fails_on_one_object_is_asked_as_before_for_the_next() -> None:
    """500 says nothing about the way of asking: some archives fail where they should say 406."""
    sent = await accepts_sent(2, status=500, understood=[EXPLICIT_SYNTAX])
    assert sent == [[ANY_SYNTAX, EXPLICIT_SYNTAX], [ANY_SYNTAX, EXPLICIT_SYNTAX]]


@pytest.mark.parametrize(
    ("status", "error", "requests"), [(404, NotFound, 1), (403, ArchiveFailed, 1), (406, NotAcceptable, 4)]
)
async def test_a_refusal_stays_a_refusal(status: int, error: type[VitrineError], requests: int) -> None:
    async with asking_app(lambda _: Response(status_code=status)) as asked:
        with pytest.raises(error):
            await one_frame(asked.client, frames(1))
    assert len(asked.requests) == requests


async def test_a_viewers_own_choice_is_passed_on() -> None:
    wish = f'multipart/related; type="image/jls"; transfer-syntax={JPEG_LS}'
    async with (
        asking_app(lambda _: labelled("image/jls", RELATED)) as asked,
        asked.client.frames(frames(1), wish) as stream,
    ):
        assert [await part.read() async for part in stream] == [LOSSLESS]
    assert asked.requests[0].headers["accept"] == wish


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Response(b"table", media_type="application/octet-stream"), id="alone"),
        pytest.param(Response(b"table"), id="without a type"),
        pytest.param(octets(b"table"), id="in a part"),
        pytest.param(multipart([({}, b"table")]), id="in a part without head"),
    ],
)
async def test_bulk_data_takes_several_forms(answer: Response) -> None:
    async with asking_app(lambda _: answer) as asked, asked.client.bulkdata(f"{BASE}/bulk/1") as body:
        assert body.media_type.essence == "application/octet-stream"
        assert await body.read() == b"table"
    assert targets(asked.requests) == ["/dicom-web/bulk/1"]


async def test_bulk_data_has_a_limit_and_is_one() -> None:
    async with asking_app(lambda _: octets(b"one", b"two")) as asked:
        async with asked.client.bulkdata("bulk/1") as body:
            with pytest.raises(TooLarge):
                await body.read(maximum_bytes=2)
        async with asked.client.bulkdata("bulk/1") as body:
            with pytest.raises(ArchiveFailed, match="several"):
                await body.read()


@pytest.mark.parametrize("size", [2**18, 2**18 + 1])
async def test_a_table_is_small(size: int) -> None:
    async with asking_app(lambda _: octets(bytes(size))) as asked:
        if size <= 2**18:
            assert await asked.client.table("bulk/1") == bytes(size)
        else:
            with pytest.raises(TooLarge):
                await asked.client.table("bulk/1")


async def test_an_archive_that_gives_no_parts_is_asked_for_anything() -> None:
    def answer(request: Request) -> Response:
        return Response(b"table") if request.headers["accept"] == "*/*" else Response(status_code=406)

    async with asking_app(answer) as asked, asked.client.bulkdata("bulk/1") as body:
        assert await body.read() == b"table"


@pytest.mark.parametrize(
    "uri",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://archive.test:8080/dicom-web/bulk/1",
        "https://archive.test/dicom-web/bulk/1",
        "http://archive.test/admin",
        "http://archive.test/dicom-web",
        "http://archive.test/dicom-webs/bulk/1",
        "http://archive.test/dicom-web/../admin",
        "http://archive.test/dicom-web/%2e%2e/admin",
        "http://archive.test/dicom-web/%252e%252e/admin",
        "http://archive.test/dicom-web/..;/admin",
        "http://archive.test/dicom-web/..%2fadmin",
        "http://archive.test/dicom-web\\..\\admin",
        "http://someone@archive.test/dicom-web/bulk/1",
        "http://archive.test@169.254.169.254/dicom-web/bulk/1",
        "http://archive.test.attacker.test/dicom-web/bulk/1",
        "//attacker.test/dicom-web/bulk/1",
        "../admin",
        "../../../etc/passwd",
        "/admin",
        "file:///etc/passwd",
        "ftp://archive.test/dicom-web/bulk/1",
        "javascript:alert(1)",
        "bulk/1\r\nX: y",
        "bulk/\x00",
        "http://[::1/dicom-web/",
        "http://archive.test:99999/dicom-web/bulk/1",
        "a" * 5000,
    ],
)
async def test_a_link_out_of_the_archive_is_not_followed(uri: str) -> None:
    async with asking_app(lambda _: octets(b"secret")) as asked:
        with pytest.raises(ArchiveFailed, match="another place"):
            async with asked.client.bulkdata(uri):
                pytest.fail("it was followed")
    assert asked.requests == []
