"""A probe tells what an archive does, asks little for it, and repeats nothing about a patient."""

from collections.abc import Callable
import re

import httpx
import msgspec
from pydicom import dcmread
import pytest

from proxy.archives.probe.questions import Allowance
from proxy.archives.probe.report import NOT_TRIED
from proxy.settings.credentials import Credentials
from proxy.settings.secrets import Secret
from tests.proxy.archives.fakes import archive
from tests.proxy.archives.probe.probing import FILES, SAMPLES, Ill, probed, suggested

QUOTED = re.compile(r'type="')


def refusing(status: int, matches: Callable[[httpx.Request], bool], **headers: str) -> Ill:
    """Refuses what `matches`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Ill(instead=lambda request: httpx.Response(status, headers=named) if matches(request) else None)


def is_frame(request: httpx.Request) -> bool:
    return "/frames/" in request.url.path


def accept(request: httpx.Request) -> str:
    return request.headers["accept"]


def changing(matches: Callable[[httpx.Request], bool], **headers: str) -> Ill:
    """Changes the header fields of what `matches`."""

    def change(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if matches(request) and answer.status_code == 200:
            answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        return answer

    return Ill(change=change)


async def test_an_archive_that_does_everything() -> None:
    ill = Ill()
    report = await probed(ill)
    assert report.ended == ""
    assert report.facts == {
        "tls: version": "none",
        "http: version": "HTTP/1.1",
        "http: keep-alive": "yes",
        "http: compression": "as asked",
        "http: server": "not named",
        "http: authentication": "none asked for",
        "search: studies": "yes",
        "search: application/dicom+json": "yes",
        "search: application/json": "yes",
        "search: labelled": "application/dicom+json",
        "search: limit": "honoured",
        "search: offset": "honoured",
        "search: cap": "none up to 200 results",
        "search: says there is more": NOT_TRIED,
        "search: of nothing": "200",
        "search: includefield=all": "yes",
        "search: fuzzymatching": "no, and says so",
        "search: limit=5000": "accepted",
        "search: StudyInstanceUID": "matched",
        "search: series": "yes",
        "search: instances": "yes",
        "metadata: instance": "yes",
        "metadata: series": "yes",
        "metadata: study": "yes",
        "metadata: AvailableTransferSyntaxUID": "given",
        "metadata: link to pixels": "to a configured place",
        "frames: type in quotes": "yes",
        "frames: type without quotes": "yes",
        "frames: as stored": "yes",
        "frames: native": "yes",
        "frames: single part": "yes, as single part",
        "frames: any type": "yes, as multipart",
        "frames: list of types": "yes, as multipart",
        "frames: multipart": "yes",
        "frames: label": "right",
        "frames: boundary": "right",
        "frames: several": "yes",
        "pixels: byte ranges": "no",
        "pixels: by link": "yes",
        "pixels: by pixeldata": "yes",
        "pixels: by bulkdata": "yes",
        "pixels: by bulk": "no (404)",
        "object: as file": "yes",
        "object: as single part": "yes, as single part",
        "object: rendered": "no (404)",
    }
    assert set(report.timings) == {"search", "metadata", "frame"}
    assert all(0 < timing.p50 <= timing.p95 and timing.count > 5 for timing in report.timings.values())


async def test_it_asks_gently() -> None:
    ill = Ill()
    report = await probed(ill)
    assert {request.method for request in ill.requests} == {"GET"}
    assert ill.at_once == 1
    assert len(ill.requests) == report.requests <= Allowance().requests
    assert {request.headers["accept-encoding"] for request in ill.requests} == {"identity"}


async def test_it_never_asks_more_than_it_said() -> None:
    ill = Ill()
    report = await probed(ill, Allowance(requests=7))
    assert (len(ill.requests), report.requests) == (7, 7)
    assert report.ended == "the probe has asked as much as it may"
    assert report.facts["search: studies"] == "yes"


async def test_it_never_reads_more_than_it_said() -> None:
    """But for what came in one piece with the last that it may read."""
    report = await probed(Ill(), Allowance(bytes=20_000))
    assert 20_000 <= report.bytes < 40_000 < (await probed(Ill())).bytes
    assert report.ended == "the probe has asked as much as it may"


async def test_nothing_about_a_patient_is_told() -> None:
    report = await probed(Ill())
    told = str(report) + msgspec.json.encode(report).decode()
    for file in SAMPLES:
        stored = dcmread(file)
        for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            value = str(stored.get(keyword, ""))
            assert not value or value not in told


@pytest.mark.parametrize(
    ("ill", "what", "found"),
    [
        pytest.param(
            refusing(400, lambda one: is_frame(one) and bool(QUOTED.search(accept(one)))),
            "frames: type in quotes",
            "no (400)",
            id="quotes",
        ),
        pytest.param(changing(is_frame, Content_Type="image/jpeg"), "frames: multipart", "single part", id="single"),
        pytest.param(changing(is_frame, Content_Type="text/html"), "frames: label", "another media type", id="label"),
        pytest.param(
            changing(is_frame, Content_Type="multipart/related; boundary=x"),
            "frames: boundary",
            "another",
            id="boundary",
        ),
        pytest.param(
            changing(lambda one: one.url.path.endswith("/studies"), Content_Encoding="gzip"),
            "http: compression",
            "gzip, though not asked for",
            id="compressed",
        ),
        pytest.param(
            changing(lambda one: True, Connection="close"), "http: keep-alive", "no", id="closes every connection"
        ),
        pytest.param(
            refusing(400, lambda one: "5000" in one.url.query.decode()), "search: limit=5000", "refused", id="limit"
        ),
        pytest.param(
            refusing(400, lambda one: "fuzzy" in one.url.query.decode()),
            "search: fuzzymatching",
            "no (400)",
            id="fuzzy",
        ),
        pytest.param(refusing(204, lambda one: "2.25" in str(one.url)), "search: of nothing", "204", id="nothing"),
        pytest.param(Ill(most_results=2), "search: cap", "2 results", id="cap"),
        pytest.param(Ill(most_results=2), "search: says there is more", "yes", id="more"),
    ],
)
async def test_a_quirk_is_found(ill: Ill, what: str, found: str) -> None:
    assert (await probed(ill)).facts[what].startswith(found)


@pytest.mark.parametrize("ignored", ["limit", "offset", "StudyInstanceUID"])
async def test_parameters_that_are_ignored_are_found(ignored: str) -> None:
    class Deaf(Ill):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            rest = httpx.URL(request.url, params=[one for one in request.url.params.multi_items() if one[0] != ignored])
            return await super().handle_async_request(httpx.Request("GET", rest, headers=request.headers))

    assert (await probed(Deaf())).facts[f"search: {ignored}"] == "ignored"


async def test_a_frame_that_is_labelled_wrongly_is_recognized() -> None:
    """The bytes of a JPEG 2000 code stream under the name of baseline JPEG."""

    def change(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not is_frame(request) or answer.status_code != 200:
            return answer
        body = answer.content.replace(b"image/jp2; transfer-syntax=1.2.840.10008.1.2.4.91", b"image/jpeg")
        return httpx.Response(200, headers={"Content-Type": answer.headers["content-type"]}, content=body)

    report = await probed(Ill([FILES / "JPEG2000.dcm"], change=change))
    assert report.facts["frames: label"] == "another transfer syntax than it is in"
    assert report.seen["transfer syntax of a frame"].startswith("1.2.840.10008.1.2.4.9")


@pytest.mark.parametrize(
    ("challenge", "kind"), [('Basic realm="x, y"', "Basic"), ('Bearer realm="x", scope="a"', "Bearer"), ("", "unnamed")]
)
async def test_an_archive_that_wants_credentials_is_asked_once(challenge: str, kind: str) -> None:
    ill = refusing(401, lambda _: True, WWW_Authenticate=challenge)
    report = await probed(ill)
    assert kind in report.facts["http: authentication"]
    assert len(ill.requests) == 1
    assert kind == "unnamed" or suggested(report).credentials.kind == kind.lower()


async def test_a_certificate_that_is_missing_is_recognized_in_what_nginx_says() -> None:
    page = b"<html><center>No required SSL certificate was sent</center></html>"
    report = await probed(Ill(instead=lambda _: httpx.Response(400, content=page)))
    assert report.facts["http: authentication"] == "a client certificate"
    tls = suggested(report).tls
    assert str(tls.certificate) == "vitrine.pem"
    assert str(tls.key) == "vitrine-key.pem"


async def test_an_archive_that_asks_for_a_pause_is_left_alone() -> None:
    ill = refusing(503, lambda one: "/metadata" in one.url.path, Retry_After="60")
    report = await probed(ill)
    assert report.ended == "the archive asked for a pause"
    assert sum("/metadata" in request.url.path for request in ill.requests) == 1
    assert "/metadata" in ill.requests[-1].url.path


async def test_failures_on_end_do_not_break_the_probe_off() -> None:
    report = await probed(refusing(500, is_frame))
    assert report.facts["frames: list of types"] == "no (500)"
    assert report.facts["pixels: by pixeldata"] == "yes"


async def test_an_archive_without_images_is_searched_only() -> None:
    report = await probed(Ill([FILES / "rtplan.dcm"]))
    assert report.facts["search: studies"] == "yes"
    assert report.facts["metadata: instance"] == "yes"
    assert report.facts["frames: as stored"] == "no (404)"


async def test_an_address_without_an_archive() -> None:
    report = await probed(refusing(404, lambda _: True))
    assert report.facts["search: studies"] == "no (404)"
    assert report.ended.startswith("no image was found")


async def test_a_page_that_is_no_search_result() -> None:
    report = await probed(Ill(instead=lambda _: httpx.Response(200, content=b"<html>Sign in</html>")))
    assert report.facts["search: studies"] == "no (what it answers is no DICOM JSON)"


async def test_credentials_that_are_taken_are_kept_in_the_suggestion_as_a_word_only() -> None:
    own = archive(credentials=Credentials(kind="bearer", secret=Secret(env="TOKEN_OF_AN_ARCHIVE")))
    report = await probed(Ill(), own=own)
    assert report.facts["http: authentication"] == "accepted"
    assert suggested(report, own).credentials.kind == "none"
