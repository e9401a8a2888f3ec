"""Metadata, frames and bulk data through the service: whole, streamed, and with links that lead back here."""

import json

import numpy as np
import pytest

from demo.archive.faults import Fault
from tests.exchange import Exchange
from tests.proxy.dicomweb.answers import parts_of

INSTANCE = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.2"
ANY = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'


async def test_metadata_of_a_split_study_comes_from_both_archives(exchange: Exchange) -> None:
    response = await exchange.get("/dicomweb/studies/1.2.1/metadata", "application/dicom+json")
    instances = response.json()
    assert sorted(one["00080018"]["Value"][0] for one in instances) == [
        "1.2.1.1.1", "1.2.1.1.2", "1.2.1.1.3", "1.2.1.2.1", "1.2.1.2.2",
    ]  # fmt: skip
    assert ".test/" not in response.text


async def test_metadata_of_series_and_instance(exchange: Exchange) -> None:
    series = (await exchange.get("/dicomweb/studies/1.2.1/series/1.2.1.2/metadata")).json()
    assert len(series) == 2
    (one,) = (await exchange.get(f"{INSTANCE}/metadata")).json()
    assert one["00081190"]["Value"] == [f"http://127.0.0.1:8080{INSTANCE}"]
    assert one["7FE00010"]["BulkDataURI"] == f"http://127.0.0.1:8080{INSTANCE}/bulkdata/7FE00010"


async def test_metadata_is_compressed_for_who_takes_it(exchange: Exchange) -> None:
    response = await exchange.get("/dicomweb/studies/1.2.1/metadata", headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert len(response.json()) == 5


async def test_frames_are_passed_through_as_they_are(exchange: Exchange) -> None:
    (part,) = parts_of(await exchange.get(f"{INSTANCE}/frames/1", ANY))
    pixels = np.frombuffer(part.get_payload(decode=True), "<u2")
    assert pixels.shape == (256,)
    assert set(pixels) == {102}
    assert part["Content-Type"].startswith("application/octet-stream")
    assert part["Content-Location"] == f"http://127.0.0.1:8080{INSTANCE}/frames/1"
    assert exchange.archives["general"].counts()["frames"] == 1
    assert exchange.archives["lakeside"].counts()["frames"] == 0


@pytest.mark.parametrize("frames", ["2", "1,2", "999999999"])
async def test_frames_that_an_instance_does_not_have_are_not_looked_for(exchange: Exchange, frames: str) -> None:
    answer = await exchange.get(f"{INSTANCE}/frames/{frames}")
    assert answer.status_code == 404
    assert {"frames", "bulkdata", "objects"}.isdisjoint(exchange.archives["general"].counts())


async def test_one_frame_alone(exchange: Exchange) -> None:
    response = await exchange.get(f"{INSTANCE}/frames/1", "application/octet-stream")
    assert response.headers["content-type"].startswith("application/octet-stream")
    assert len(response.content) == 512


async def test_bulk_data_by_the_link_that_metadata_gave(exchange: Exchange) -> None:
    (one,) = (await exchange.get(f"{INSTANCE}/metadata")).json()
    response = await exchange.get(one["7FE00010"]["BulkDataURI"], "application/octet-stream")
    assert response.content == np.full(256, 102, "<u2").tobytes()
    (part,) = parts_of(await exchange.get(one["7FE00010"]["BulkDataURI"], ANY))
    assert part.get_payload(decode=True) == response.content
    assert part["Content-Location"] == one["7FE00010"]["BulkDataURI"]


@pytest.mark.parametrize("path", ["00100010", "7FE00010/0/7FE00010", "00081115/9/00080018"])
async def test_bulk_data_that_metadata_does_not_name_is_not_there(exchange: Exchange, path: str) -> None:
    assert (await exchange.get(f"{INSTANCE}/bulkdata/{path}", "*/*")).status_code == 404


@pytest.mark.parametrize("path", ["%2e%2e/%2e%2e/secret", "http:%2F%2Fevil.test", "x", "7FE00010/%2e%2e/%2e%2e", "%00"])
async def test_a_hostile_bulk_data_path_reaches_no_archive(exchange: Exchange, path: str) -> None:
    response = await exchange.get(f"{INSTANCE}/bulkdata/{path}", "*/*")
    assert response.status_code in {400, 404}
    assert exchange.archives["general"].counts()["bulkdata"] == 0


async def test_head_says_the_same_without_the_body(exchange: Exchange) -> None:
    for path, accept in ((f"{INSTANCE}/frames/1", ANY), (f"{INSTANCE}/metadata", "*/*"), ("/dicomweb/studies", "*/*")):
        response = await exchange.client.head(path, headers={**exchange.bearer(), "Accept": accept})
        assert response.status_code == 200
        assert response.content == b""


@pytest.mark.parametrize("path", ["", "/frames/1", "/rendered", "/metadata", "/thumbnail"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])
async def test_nothing_can_be_stored_changed_or_deleted(exchange: Exchange, method: str, path: str) -> None:
    response = await exchange.client.request(method, INSTANCE + path, headers=exchange.bearer())
    assert response.status_code == 405
    assert set(response.headers["allow"].replace(" ", "").split(",")) == {"GET", "HEAD", "OPTIONS"}
    assert not exchange.archives["general"].requests


@pytest.mark.parametrize("path", ["/studies/1.2.1", "/studies/1.2.1/series/1.2.1.1", "/studies/1.2.777"])
async def test_whole_objects_are_not_handed_out(exchange: Exchange, path: str) -> None:
    response = await exchange.get(f"/dicomweb{path}", 'multipart/related; type="application/dicom"')
    assert response.status_code == 403
    assert "does not copy" in response.json()["detail"]
    assert not exchange.archives["general"].requests


@pytest.mark.parametrize("path", ["/dicomweb/studies/", f"{INSTANCE}/frames/1/"])
async def test_nothing_is_sent_on_to_a_place_named_by_the_request(exchange: Exchange, path: str) -> None:
    response = await exchange.get(path)
    assert response.status_code == 404
    assert "location" not in response.headers


async def test_a_preflight_of_another_site_is_not_answered_as_if_it_were_welcome(exchange: Exchange) -> None:
    headers = {"Origin": "https://evil.test", "Access-Control-Request-Method": "GET"}
    for path in ("/dicomweb", "/dicomweb/studies", f"{INSTANCE}/frames/1"):
        response = await exchange.client.options(path, headers=headers)
        assert not [name for name in response.headers if name.startswith("access-control-")]


async def test_the_capabilities_list_what_there_is(exchange: Exchange) -> None:
    response = await exchange.client.options("/dicomweb")
    assert response.headers["content-type"].startswith("application/vnd.sun.wadl+xml")
    assert "studies/{study}/series/{series}/instances/{instance}/frames/{frames}/rendered" in response.text


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault(status=500), 502),
        (Fault(status=401), 502),
        (Fault(status=503), 503),
        (Fault(silent=True), 504),
        (Fault(truncate=100), 502),
        (Fault(instead="/studies/1.2.9/series/1.2.9.1/instances/1.2.9.1.1/frames/1"), 502),
        (Fault(instead="/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.3/frames/1"), 502),
    ],
)
async def test_a_frame_that_fails_is_an_error_and_the_next_one_works(
    exchange: Exchange, fault: Fault, status: int
) -> None:
    exchange.archives["general"].faults["frames"] = fault
    response = await exchange.get(f"{INSTANCE}/frames/1/rendered")
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    for secret in ("1.2.1", "1.2.9", "general.test", "unwell", "Traceback", "G-1001"):
        assert secret not in response.text
    exchange.archives["general"].reset()
    assert (await exchange.get(f"{INSTANCE}/frames/1/rendered")).status_code == 200


async def test_metadata_of_another_instance_is_refused_and_recorded(exchange: Exchange) -> None:
    exchange.archives["general"].faults["metadata"] = Fault(
        instead="/studies/1.2.9/series/1.2.9.1/instances/1.2.9.1.1/metadata"
    )
    response = await exchange.get(f"{INSTANCE}/frames/1/rendered")
    assert response.status_code == 502
    assert "archive-mismatch" in exchange.kinds()
    assert json.dumps(response.json()).count("1.2.9") == 0


async def test_a_stream_that_breaks_off_is_not_ended_as_if_it_were_whole(exchange: Exchange) -> None:
    exchange.archives["general"].faults["frames"] = Fault(truncate=300)
    try:
        response = await exchange.get(f"{INSTANCE}/frames/1", ANY)
    except Exception:
        return
    assert response.status_code >= 500
