"""What a probe suggests can be pasted, and with it the archive is asked rightly from the first time on."""

from collections.abc import Callable
import re

import httpx
import pytest

from proxy.archives.probe.suggestion import suggest
from proxy.resources import FramesRef
from proxy.settings.archives import Archive, KnownDialect
from tests.proxy.archives.fakes import archive, asking, asking_app, dicom_json, frames, octets, one_frame, targets
from tests.proxy.archives.probe.probing import FILES, Ill, probed, suggested

CT = [FILES / "CT_small.dcm"]


def refusing(status: int, matches: Callable[[httpx.Request], bool]) -> Ill:
    return Ill(CT, instead=lambda request: httpx.Response(status) if matches(request) else None)


def is_frame(request: httpx.Request) -> bool:
    return "/frames/" in request.url.path


@pytest.mark.parametrize(
    ("ill", "known"),
    [
        pytest.param(
            refusing(406, lambda one: is_frame(one) and 'type="' in one.headers["accept"]),
            KnownDialect(quoted_type=False, any_transfer_syntax=True, frames_by="frames"),
            id="no quotes",
        ),
        pytest.param(
            refusing(400, lambda one: is_frame(one) and "=*" in one.headers["accept"]),
            KnownDialect(any_transfer_syntax=False, frames_by="frames"),
            id="no transfer-syntax=*",
        ),
        pytest.param(
            refusing(404, is_frame),
            KnownDialect(frames_by="link"),
            id="no frames",
        ),
        pytest.param(
            refusing(404, lambda one: bool(re.search("/(frames|bulkdata|pixeldata)", one.url.path))),
            KnownDialect(frames_by="instance"),
            id="whole objects only",
        ),
        pytest.param(
            refusing(406, lambda one: one.headers["accept"] == "application/dicom+json"),
            KnownDialect(json="application/json"),
            id="plain JSON",
        ),
    ],
)
async def test_the_dialect_is_suggested(ill: Ill, known: KnownDialect) -> None:
    assert suggested(await probed(ill)).dialect == known


async def test_whole_objects_are_not_to_be_asked_for_by_pasting() -> None:
    ill = refusing(404, lambda one: bool(re.search("/(frames|bulkdata|pixeldata)", one.url.path)))
    report = await probed(ill)
    assert "# retrieves_instances = true" in suggest(report, archive())
    assert not suggested(report).retrieves_instances
    assert "retrieves_instances" not in suggest(await probed(Ill(CT)), archive())


async def test_an_authority_is_asked_for_where_studies_name_none() -> None:
    assert "# assigning_authority" in suggest(await probed(Ill(CT)), archive())
    known = archive(assigning_authority="GENERAL")
    assert suggested(await probed(Ill(CT), own=known), known).assigning_authority == "GENERAL"


@pytest.mark.parametrize(
    ("stem", "told"),
    [
        ("/store", "/store"),
        ("/store/patient/77-20177/x", "/store/patient"),
        ("", ""),
        ("/store/Yamada%5ETarou%1B/x", "/store"),
    ],
)
async def test_links_to_another_host_are_listed_for_consent(stem: str, told: str) -> None:
    def change(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        moved = answer.content.replace(b"http://archive.test/dicom-web/", f"https://bulk.test:8443{stem}/".encode())
        return httpx.Response(answer.status_code, headers={"Content-Type": "application/dicom+json"}, content=moved)

    def instead(request: httpx.Request) -> httpx.Response | None:
        return None

    ill = Ill(CT, instead, lambda one, answer: change(one, answer) if "/metadata" in one.url.path else answer)
    report = await probed(ill)
    assert report.facts["metadata: link to pixels"] == f"to https://bulk.test:8443{told}"
    assert f'# url = "https://bulk.test:8443{told}"' in suggest(report, archive())
    assert suggested(report).bulkdata_urls == ()
    assert {request.url.host for request in ill.requests} == {"archive.test"}


async def test_what_is_known_is_not_asked_in_vain() -> None:
    known = KnownDialect(quoted_type=False, any_transfer_syntax=False)
    async with asking_app(lambda _: octets(b"pixels"), dialect=known) as asked:
        assert (await one_frame(asked.client, frames(1)))[0] == b"pixels"
    assert [one.headers["accept"] for one in asked.requests] == ["multipart/related; type=application/octet-stream"]


async def test_searches_and_metadata_are_asked_for_by_the_type_that_is_known() -> None:
    async with asking_app(lambda _: dicom_json(), dialect=KnownDialect(json="application/json")) as asked:
        await asked.client.search("studies")
    assert [one.headers["accept"] for one in asked.requests] == ["application/json"]


async def test_the_way_to_frames_that_is_known_is_tried_first() -> None:
    ill = refusing(404, is_frame)
    own: Archive = archive(dialect=suggested(await probed(ill)).dialect)
    ref = (await _images(ill))[0]
    ill.requests.clear()
    async with asking(own, ill) as asked:
        assert asked.client.lacks_frames(ref.of)
    assert targets(asked.requests) == []


async def _images(ill: Ill) -> list[FramesRef]:
    async with asking(archive(), ill) as asked:
        rows = await asked.client.search("instances")
    uids = [[row[tag]["Value"][0] for tag in ("0020000D", "0020000E", "00080018")] for row in rows]
    return [FramesRef(study, series, instance, (1,)) for study, series, instance in uids]
