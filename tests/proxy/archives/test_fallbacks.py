"""Archives that give no single frames: their pixels or objects are read as far as the frame, checked, and learnt."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
import re

import numpy as np
from PIL import Image
from pydicom import dcmwrite
from pydicom.encaps import encapsulate, generate_fragments
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
import pytest
from starlette.requests import Request
from starlette.responses import Response

from proxy.archives.dialect import ANY_SYNTAX
from proxy.archives.retrieve.pixels import StoredPixels, read_pixels
from proxy.archives.retrieve.routes import Route, Routes
from proxy.errors import ArchiveFailed, ArchiveRefused, NotAcceptable, NotFound, TooLarge
from proxy.resources import InstanceRef, Uid
from tests.exchange import ct
from tests.proxy.archives.fakes import (
    BASE,
    INSTANCE,
    INSTANCE_PATH,
    SERIES,
    STUDY,
    Asked,
    asking_app,
    asking_line,
    frames,
    multipart,
    octets,
    sending,
    targets,
)


def jpeg(value: int) -> bytes:
    written = BytesIO()
    Image.new("L", (16, 16), value).save(written, "JPEG")
    return written.getvalue()


EXPLICIT, JPEG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"
FRAME_BYTES = 512
NATIVE = b"".join(bytes([65 + n]) * FRAME_BYTES for n in range(4))
JPEGS = [jpeg(60 * number) for number in range(4)]
LINK = f"{BASE}/somewhere/pixels"


def pixels(available: str = EXPLICIT, link: str = LINK, count: int = 4) -> StoredPixels:
    us = {"00280010": 16, "00280011": 16, "00280002": 1, "00280100": 16}
    texts = {"0020000D": STUDY, "0020000E": SERIES, "00080018": INSTANCE, "00100020": "G-1001", "00083002": available}
    dataset = {tag: {"vr": "US", "Value": [value]} for tag, value in us.items()}
    dataset |= {tag: {"vr": "UI", "Value": [value]} for tag, value in texts.items()}
    dataset["00280008"] = {"vr": "IS", "Value": [count]}
    dataset["7FE00010"] = {"vr": "OW", "BulkDataURI": link} if link else {"vr": "OW"}
    found = read_pixels(dataset)
    assert found is not None
    return found


def part10(syntax: str = EXPLICIT, **changes: str) -> bytes:
    """The object as a file, four frames."""
    dataset = ct(STUDY, 1, 1, NumberOfFrames=4, StudyInstanceUID=STUDY)
    dataset.SeriesInstanceUID, dataset.SOPInstanceUID = SERIES, INSTANCE
    for name, value in changes.items():
        setattr(dataset, name, value)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.PixelData = NATIVE if syntax != JPEG else encapsulate(JPEGS)
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = np.frombuffer(NATIVE, "<u2").astype(">u2").tobytes()
    dataset["PixelData"].VR = "OB" if syntax == JPEG else "OW"
    dataset["PixelData"].is_undefined_length = syntax == JPEG
    written = BytesIO()
    dcmwrite(written, dataset, enforce_file_format=True)
    return written.getvalue()


def only(pattern: str, answer: Callable[[], Response], status: int = 404) -> Callable[[Request], Response]:
    """An archive that has only what lies at `pattern`."""

    def answering(request: Request) -> Response:
        return answer() if re.search(pattern, request.url.path) else Response(status_code=status)

    return answering


async def whole(asked: Asked, *numbers: int, told: StoredPixels | None = None) -> dict[int, tuple[bytes, str]]:
    told = told or pixels()
    return await asked.client.whole_frames(frames(*numbers), told.available, told)


@pytest.mark.parametrize("status", [400, 404, 405, 406, 501])
async def test_the_pixels_are_asked_for_where_there_are_no_frames(status: int) -> None:
    async with asking_app(only("/somewhere/pixels$", lambda: octets(NATIVE), status)) as asked:
        assert await whole(asked, 3) == {3: (b"C" * FRAME_BYTES, EXPLICIT)}
        before = len(asked.requests)
        assert await whole(asked, 2) == {2: (b"B" * FRAME_BYTES, EXPLICIT)}
    assert len(asked.requests) == before + 1, "what was learnt is not asked in vain again"


@pytest.mark.parametrize("where", ["pixeldata", "bulkdata/7FE00010", "bulk/7fe00010"])
async def test_pixels_without_a_link_are_found_where_archives_keep_them(where: str) -> None:
    async with asking_app(only(f"{where}$", lambda: Response(NATIVE, media_type="application/octet-stream"))) as asked:
        assert await whole(asked, 4, told=pixels(link="")) == {4: (b"D" * FRAME_BYTES, EXPLICIT)}
    assert targets(asked.requests)[-1] == f"/dicom-web/{INSTANCE_PATH}/{where}"


FRAGMENTS = list(generate_fragments(encapsulate(JPEGS, fragments_per_frame=2)))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda: multipart([({"Content-Type": "image/jpeg"}, one) for one in JPEGS]), id="frame by frame"),
        pytest.param(lambda: octets(*JPEGS), id="without a label"),
        pytest.param(lambda: octets(*FRAGMENTS), id="offset table and fragments"),
        pytest.param(lambda: octets(b"", *FRAGMENTS[1:]), id="empty table and fragments"),
        pytest.param(lambda: octets(encapsulate(JPEGS, fragments_per_frame=2)), id="items in one part"),
        pytest.param(lambda: Response(encapsulate(JPEGS, has_bot=False)), id="items alone"),
    ],
)
async def test_encoded_pixels_come_in_many_forms(answer: Callable[[], Response]) -> None:
    async with asking_app(only("/somewhere/pixels$", answer)) as asked:
        found = await whole(asked, 1, told=pixels(JPEG))
        assert found[1][1] == JPEG
        assert found[1][0].rstrip(b"\0") == JPEGS[0]
        found = await whole(asked, 2, 4, told=pixels(JPEG))
        assert [data.rstrip(b"\0") for data, _ in found.values()] == [JPEGS[1], JPEGS[3]]


@pytest.mark.parametrize(
    "syntax",
    [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, JPEG],
)
@pytest.mark.parametrize("alone", [True, False])
async def test_a_frame_is_cut_out_of_the_object(syntax: str, alone: bool) -> None:
    file = part10(syntax)

    def answer() -> Response:
        return (
            Response(file, media_type="application/dicom")
            if alone
            else multipart(
                [({"Content-Type": "application/dicom"}, file)], 'multipart/related; type="application/dicom"'
            )
        )

    async with asking_app(only(f"{INSTANCE}$", answer), retrieves_instances=True) as asked:
        (found,) = (await whole(asked, 3, told=pixels(syntax))).values()
    expected = (JPEGS[2], JPEG) if syntax == JPEG else (b"C" * FRAME_BYTES, EXPLICIT)
    assert (found[0].rstrip(b"\0"), found[1]) == expected
    assert "application/dicom" in asked.requests[-1].headers["accept"]


async def test_whole_objects_are_asked_for_only_where_it_is_allowed() -> None:
    async with asking_app(only(f"{INSTANCE}$", lambda: Response(part10(), media_type="application/dicom"))) as asked:
        with pytest.raises(ArchiveRefused, match="whole objects"):
            await whole(asked, 1)
    assert not any(target.endswith(INSTANCE) for target in targets(asked.requests))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"StudyInstanceUID": "9.9"}, "study"),
        ({"SeriesInstanceUID": "9.9"}, "series"),
        ({"SOPInstanceUID": "9.9"}, "instance"),
        ({"PatientID": "somebody"}, "patient"),
        ({"Rows": 8}, "image"),
        ({"NumberOfFrames": 3}, "image"),
    ],
)
async def test_another_object_is_refused_and_reported(changes: dict[str, str], what: str) -> None:
    file = part10(**changes)
    answer = only(f"{INSTANCE}$", lambda: Response(file, media_type="application/dicom"))
    async with asking_app(answer, retrieves_instances=True) as asked:
        with pytest.raises(ArchiveFailed, match=f"another {what}"):
            await whole(asked, 1)
    assert [one.what for one in asked.mismatches] == [what]


async def test_what_comes_behind_the_frame_is_not_waited_for() -> None:
    """The object is endless; its second frame is there at once, and then the connection ends."""
    begin = part10().index(NATIVE)
    file = part10()[: begin + 2 * FRAME_BYTES]
    refusal = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/dicom\r\nContent-Length: 999999999\r\n\r\n"

    async def talk(request: bytes, writer: object) -> None:
        answer = (
            sending(head + file, forever=bytes(1000), every=0.05)
            if f"{INSTANCE} ".encode() in request
            else sending(refusal)
        )
        await answer(request, writer)

    async with asking_line(talk, retrieves_instances=True) as (asked, line):
        assert await whole(asked, 2, told=pixels(link="")) == {2: (b"B" * FRAME_BYTES, EXPLICIT)}
        line.closed.clear()
        await line.closed.wait()


async def test_metadata_that_tell_of_absurdly_large_frames_make_nobody_collect_them() -> None:
    absurd = replace(pixels(), numbers={**pixels().numbers, "00280010": 65535, "00280011": 65535})
    async with asking_app(only("pixels$", lambda: octets(NATIVE))) as asked:
        with pytest.raises(TooLarge):
            await whole(asked, 1, told=absurd)


async def test_an_object_that_ends_before_the_frame_is_a_failure() -> None:
    file = part10()
    short = file[: file.index(NATIVE) + FRAME_BYTES + 10]
    answer = only(f"{INSTANCE}$", lambda: Response(short, media_type="application/dicom"))
    async with asking_app(answer, retrieves_instances=True) as asked:
        with pytest.raises(ArchiveFailed, match="ends before"):
            await whole(asked, 2)


@pytest.mark.parametrize("obeys", [True, False])
async def test_only_the_bytes_of_a_frame_are_asked_for_where_that_is_offered(obeys: bool) -> None:
    def answer(request: Request) -> Response:
        if not request.url.path.endswith("/somewhere/pixels"):
            return Response(status_code=404)
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if wanted is None or not obeys:
            return Response(NATIVE, headers={"Accept-Ranges": "bytes"}, media_type="application/octet-stream")
        first, last = int(wanted[1]), int(wanted[2])
        headers = {"Content-Range": f"bytes {first}-{last}/{len(NATIVE)}"}
        return Response(NATIVE[first : last + 1], 206, headers, "application/octet-stream")

    async with asking_app(answer) as asked:
        await whole(asked, 1)
        assert await whole(asked, 3) == {3: (b"C" * FRAME_BYTES, EXPLICIT)}
    assert asked.requests[-1].headers["range"] == "bytes=1024-1535"


async def test_other_bytes_than_were_asked_for_are_refused() -> None:
    def answer(request: Request) -> Response:
        if not request.url.path.endswith("/somewhere/pixels"):
            return Response(status_code=404)
        if "range" in request.headers:
            return Response(NATIVE[:512], 206, {"Content-Range": "bytes 0-511/2048"}, "application/octet-stream")
        return Response(NATIVE, headers={"Accept-Ranges": "bytes"}, media_type="application/octet-stream")

    async with asking_app(answer) as asked:
        await whole(asked, 1)
        with pytest.raises(ArchiveFailed):
            await whole(asked, 3)
        assert await whole(asked, 3) == {3: (b"C" * FRAME_BYTES, EXPLICIT)}, "and not relied on again"


async def test_frames_are_streamed_out_of_the_whole() -> None:
    async with asking_app(only("/somewhere/pixels$", lambda: octets(*JPEGS))) as asked:
        async with asked.client.frames(frames(2, 3), ANY_SYNTAX, JPEG, pixels(JPEG)) as stream:
            assert [(part.frame, await part.read()) async for part in stream] == [(2, JPEGS[1]), (3, JPEGS[2])]
        with pytest.raises(NotAcceptable):
            async with asked.client.frames(frames(2), 'multipart/related; type="image/jls"', JPEG, pixels(JPEG)):
                pytest.fail("only what is stored can be cut out")


async def test_a_frame_that_is_nowhere_is_not_found() -> None:
    async with asking_app(lambda _: Response(status_code=404), retrieves_instances=True) as asked:
        with pytest.raises(NotFound):
            await whole(asked, 1)


async def test_without_metadata_there_is_one_way() -> None:
    async with asking_app(lambda _: Response(status_code=404)) as asked:
        with pytest.raises(NotFound):
            await asked.client.whole_frames(frames(1))
    assert len(asked.requests) == 1


def instance(number: int) -> InstanceRef:
    return InstanceRef(STUDY, SERIES, Uid(f"1.{number}"))


def test_an_odd_instance_says_nothing_about_the_others() -> None:
    routes = Routes()
    routes.worked(Route.FRAMES, instance(1))
    routes.worked(Route.INSTANCE, instance(2))
    assert routes.order(instance(2))[0] is Route.INSTANCE
    assert routes.order(instance(3))[0] is Route.FRAMES


def test_several_alike_say_it_of_all_for_an_hour() -> None:
    now = [0.0]
    routes = Routes(lambda: now[0])
    for number in range(3):
        assert routes.order(instance(9))[0] is Route.FRAMES
        routes.worked(Route.LINK, instance(number))
    assert routes.order(instance(9))[0] is Route.LINK
    now[0] = 3601
    assert routes.order(instance(9))[0] is Route.FRAMES
