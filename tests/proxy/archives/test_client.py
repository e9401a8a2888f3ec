"""Searches and metadata: believed when they are about what was asked for, refused in the proxy's own words if not."""

import asyncio
from collections.abc import Mapping
import json
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from proxy.errors import (
    ArchiveFailed,
    ArchiveResting,
    BadRequest,
    NotAcceptable,
    NotFound,
    Overloaded,
    TooLarge,
    VitrineError,
)
from proxy.resources import InstanceRef, SeriesRef, StudyRef
from tests.proxy.archives.fakes import (
    BASE,
    INSTANCE,
    INSTANCE_PATH,
    OF_INSTANCE,
    OF_SERIES,
    OF_STUDY,
    OTHER,
    SERIES,
    STUDY,
    asking_app,
    attributes,
    dicom_json,
    limits,
    targets,
)

IN_STUDY = f"studies/{STUDY}/series"


async def test_a_search_sends_its_keys_and_gives_the_rows() -> None:
    row = attributes()
    async with asking_app(lambda _: dicom_json(row)) as asked:
        query = [("PatientID", "G 1001/ä&b"), ("includefield", "00080061,00081030"), ("StudyInstanceUID", STUDY)]
        assert await asked.client.search("studies", query) == [row]
    (request,) = asked.requests
    assert request.method == "GET"
    assert request.headers["accept"] == "application/dicom+json"
    assert request.headers["accept-encoding"] == "identity"
    assert targets(asked.requests) == [
        f"/dicom-web/studies?PatientID=G%201001%2F%C3%A4%26b&includefield=00080061,00081030&StudyInstanceUID={STUDY}"
    ]


@pytest.mark.parametrize("answer", [Response(status_code=204), Response(), dicom_json(), dicom_json({})])
async def test_nothing_found_takes_several_forms(answer: Response) -> None:
    async with asking_app(lambda _: answer) as asked:
        assert await asked.client.search("studies") == []


@pytest.mark.parametrize(
    ("warning", "more"),
    [
        (None, False),
        ("299 http://archive.test/dicom-web: There are 12 additional results that can be requested", True),
        ('299 - "There are additional results"', True),
        ("299 http://archive.test: The fuzzymatching parameter is not supported.", False),
    ],
)
async def test_an_archive_says_that_it_has_more(warning: str | None, more: bool) -> None:
    headers = {"Warning": warning} if warning else None
    async with asking_app(lambda _: dicom_json(attributes(), headers=headers)) as asked:
        page = await asked.client.search_page("studies")
        assert (len(page.rows), page.more) == (1, more)


async def test_rows_within_a_study_are_given_the_uids_of_their_path() -> None:
    row = {"0020000E": {"vr": "UI", "Value": [SERIES]}}
    async with asking_app(lambda _: dicom_json(row)) as asked:
        (found,) = await asked.client.search(IN_STUDY)
    assert found["0020000D"] == {"vr": "UI", "Value": [STUDY]}
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    ("path", "query", "row", "what"),
    [
        (IN_STUDY, [], attributes(study=OTHER), "study"),
        (f"{IN_STUDY}/{SERIES}/instances", [], attributes(series=OTHER), "series"),
        ("studies", [("StudyInstanceUID", STUDY)], attributes(study=OTHER), "study"),
        ("studies", [("0020000d", STUDY)], attributes(study=OTHER), "study"),
        ("studies", [("StudyInstanceUID", f"{STUDY},{STUDY}.1")], attributes(study=OTHER), "study"),
        ("instances", [("SOPInstanceUID", INSTANCE)], attributes(instance=OTHER), "instance"),
        ("series", [("SeriesInstanceUID", SERIES)], attributes(series=OTHER), "series"),
    ],
)
async def test_a_row_of_something_else_is_refused_and_reported(
    path: str, query: list[tuple[str, str]], row: Mapping[str, Any], what: str
) -> None:
    """An archive that ignores a key answers with everybody (PS3.18 §8.3.4.1 lets it)."""
    async with asking_app(lambda _: dicom_json(attributes(), row)) as asked:
        with pytest.raises(ArchiveFailed, match=f"another {what}"):
            await asked.client.search(path, query)
    (mismatch,) = asked.mismatches
    assert (mismatch.archive, mismatch.institution, mismatch.what) == ("main", "general", what)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "patients",
        "studies/",
        "studies/x/series",
        "studies/1.2/../series",
        "series/1.2/studies",
        "/studies",
        "studies\n",
    ],
)
async def test_there_are_six_searches_and_no_other(path: str) -> None:
    async with asking_app(lambda _: dicom_json()) as asked:
        with pytest.raises(BadRequest):
            await asked.client.search(path)
    assert asked.requests == []


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        (OF_STUDY, f"studies/{STUDY}"),
        (OF_SERIES, f"studies/{STUDY}/series/{SERIES}"),
        (OF_INSTANCE, INSTANCE_PATH),
    ],
)
async def test_metadata_of_what_was_asked_for(ref: StudyRef | SeriesRef | InstanceRef, path: str) -> None:
    async with asking_app(lambda _: dicom_json(attributes())) as asked:
        assert await asked.client.metadata(ref) == [attributes()]
    assert targets(asked.requests) == [f"/dicom-web/{path}/metadata"]


@pytest.mark.parametrize(
    ("ref", "answer", "what"),
    [
        (OF_STUDY, [attributes(), attributes(study=OTHER)], "study"),
        (OF_SERIES, [attributes(series=OTHER)], "series"),
        (OF_INSTANCE, [attributes(instance=OTHER)], "instance"),
        (OF_INSTANCE, [attributes(study=OTHER)], "study"),
        (OF_INSTANCE, [attributes(), attributes()], "instance"),
        (OF_STUDY, [{"00100020": {"vr": "LO", "Value": ["G-1001"]}}], "study"),
        (OF_STUDY, [attributes(study=f"{STUDY}.1")], "study"),
    ],
)
async def test_metadata_of_something_else_is_refused_and_reported(
    ref: StudyRef | SeriesRef | InstanceRef, answer: list[object], what: str
) -> None:
    async with asking_app(lambda _: dicom_json(*answer)) as asked:
        with pytest.raises(ArchiveFailed, match=f"another {what}"):
            await asked.client.metadata(ref)
    assert [(one.what, one.study) for one in asked.mismatches] == [(what, STUDY)]


async def test_padded_uids_are_the_same_uids() -> None:
    async with asking_app(lambda _: dicom_json(attributes(study=f"{STUDY}\0"))) as asked:
        assert len(await asked.client.metadata(OF_STUDY)) == 1


@pytest.mark.parametrize("body", ["[]", "[{}]"])
async def test_empty_metadata_is_an_absent_object(body: str) -> None:
    async with asking_app(lambda _: Response(body, media_type="application/dicom+json")) as asked:
        with pytest.raises(NotFound):
            await asked.client.metadata(OF_INSTANCE)


@pytest.mark.parametrize(
    ("given", "resolved"),
    [
        ("bulk/lut", f"{BASE}/{INSTANCE_PATH}/bulk/lut"),
        ("../../bulk", f"{BASE}/studies/{STUDY}/series/{SERIES}/bulk"),
        ("/dicom-web/bulk/1", f"{BASE}/bulk/1"),
        (f"{BASE}/bulk/1#x", f"{BASE}/bulk/1"),
        ("http://169.254.169.254/latest", "http://169.254.169.254/latest"),
    ],
)
async def test_relative_bulk_data_links_become_absolute(given: str, resolved: str) -> None:
    """A link that leads out of the archive stays as it is, to be refused when somebody follows it."""
    item = {"00283006": {"vr": "OW", "BulkDataURI": given}}
    sent = attributes(**{"00283010": {"vr": "SQ", "Value": [item]}})
    async with asking_app(lambda _: dicom_json(sent)) as asked:
        (found,) = await asked.client.metadata(OF_INSTANCE)
    assert found["00283010"]["Value"][0]["00283006"]["BulkDataURI"] == resolved


STATUSES = [
    (301, ArchiveFailed, "does not follow"),
    (302, ArchiveFailed, "does not follow"),
    (307, ArchiveFailed, "does not follow"),
    (400, ArchiveFailed, "refused the request"),
    (401, ArchiveFailed, "credentials"),
    (403, ArchiveFailed, "credentials"),
    (404, NotFound, "nothing here"),
    (406, NotAcceptable, "media types"),
    (410, NotFound, "nothing here"),
    (413, TooLarge, "more than it gives"),
    (418, ArchiveFailed, "unexpected"),
    (429, Overloaded, "busy"),
    (500, ArchiveFailed, "failed"),
    (502, ArchiveFailed, "failed"),
    (503, Overloaded, "busy"),
    (206, ArchiveFailed, "unexpected"),
]


@pytest.mark.parametrize(("status", "error", "words"), STATUSES)
async def test_a_refusal_is_said_in_the_proxys_own_words(status: int, error: type[VitrineError], words: str) -> None:
    headers = {"Location": f"{BASE}/elsewhere", "WWW-Authenticate": 'Basic realm="canary"'}
    async with asking_app(lambda _: Response("canary Yamada^Tarou", status, headers)) as asked:
        with pytest.raises(error, match=words) as caught:
            await asked.client.metadata(OF_STUDY)
    assert "canary" not in str(caught.value)
    assert STUDY not in str(caught.value)
    assert targets(asked.requests) == [f"/dicom-web/studies/{STUDY}/metadata"]
    if isinstance(caught.value, ArchiveFailed):
        assert caught.value.institution == "General Hospital"


@pytest.mark.parametrize("status", [404, 406, 410])
async def test_an_archive_without_the_search_has_failed_and_is_not_empty(status: int) -> None:
    """A wrong base URL must not read as "no studies"."""
    async with asking_app(lambda _: Response(status_code=status)) as asked:
        with pytest.raises(ArchiveFailed, match="does not offer the search"):
            await asked.client.search("studies")


async def test_a_search_below_an_unknown_study_finds_nothing() -> None:
    async with asking_app(lambda _: Response(status_code=404)) as asked:
        with pytest.raises(NotFound):
            await asked.client.search(IN_STUDY)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("7", 7), ("86400", 3600), ("9" * 40, 3600), ("Fri, 31 Dec 2100 23:59:59 GMT", 3600)],
)
async def test_a_busy_archive_says_when_to_come_back(retry_after: str, seconds: int) -> None:
    async with asking_app(lambda _: Response(status_code=429, headers={"Retry-After": retry_after})) as asked:
        for _ in range(2):
            with pytest.raises(ArchiveResting) as caught:
                await asked.client.search("studies")
            assert caught.value.retry_after == seconds
    assert len(asked.requests) == 1


@pytest.mark.parametrize("retry_after", [None, "-1", "soon", "0", "Wed, 21 Oct 2015 07:28:00 GMT"])
async def test_an_archive_that_does_not_say_how_long_it_is_busy_may_be_asked_again(retry_after: str | None) -> None:
    headers = {"Retry-After": retry_after} if retry_after else None
    async with asking_app(lambda _: Response(status_code=503, headers=headers)) as asked:
        for _ in range(2):
            with pytest.raises(Overloaded):
                await asked.client.search("studies")
    assert len(asked.requests) == 2


@pytest.mark.parametrize(
    "body", ["<html>canary</html>", "", "{", "[1]", '"canary"', "[" * 100_000, '[{"0020000D":' * 1000, "\x00"]
)
async def test_what_is_no_dicom_json_is_refused(body: str) -> None:
    async with asking_app(lambda _: Response(body, media_type="text/html")) as asked:
        with pytest.raises(ArchiveFailed) as caught:
            await asked.client.metadata(OF_STUDY)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "identity, gzip"])
async def test_nothing_is_ever_decompressed(encoding: str) -> None:
    async with asking_app(lambda _: Response(b"\x1f\x8b", headers={"Content-Encoding": encoding})) as asked:
        with pytest.raises(ArchiveFailed, match="compressed"):
            await asked.client.search("studies")


async def test_an_announced_size_over_the_limit_is_not_even_read() -> None:
    async with asking_app(lambda _: dicom_json(), limits=limits(metadata_bytes=1)) as asked:
        with pytest.raises(TooLarge):
            await asked.client.metadata(OF_STUDY)


async def test_no_cookie_is_kept() -> None:
    def answer(_: Request) -> Response:
        response = dicom_json()
        response.set_cookie("session", "canary")
        return response

    async with asking_app(answer) as asked:
        await asked.client.search("studies")
        await asked.client.search("studies")
    assert ["cookie" in request.headers for request in asked.requests] == [False, False]


async def test_nobody_waits_while_a_long_answer_is_read() -> None:
    instance = {f"0009{number:04X}": {"vr": "LO", "Value": ["text"]} for number in range(4096, 4246)} | attributes()
    body = json.dumps([instance] * 1000).encode()
    turns = 0

    async def watch() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    async with asking_app(lambda _: Response(body, media_type="application/dicom+json")) as asked:
        watching = asyncio.create_task(watch())
        assert len(await asked.client.metadata(OF_STUDY)) == 1000
        watching.cancel()
    assert turns > 3
