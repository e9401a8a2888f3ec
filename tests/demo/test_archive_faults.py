"""What tests rely on in the demo's archive: it counts what it is asked, insists on a credential, and fails to order."""

import asyncio
import time

import httpx
import pytest

from demo.archive import Archive, Credentials, Fault
from demo.archive.faults import kind_of
from tests.demo.asking import AS_STORED, FOLDERS, asking


def frame_path(archive: Archive, index: int = 0) -> str:
    one = archive.holdings.objects[index]
    return f"/studies/{one.study}/series/{one.series}/instances/{one.instance}/frames/1"


async def test_requests_are_noted_and_forgotten(archive: Archive, client: httpx.AsyncClient) -> None:
    await client.get("/studies?limit=1")
    await client.get(frame_path(archive), headers={"Accept": AS_STORED})
    await client.get(frame_path(archive), headers={"Accept": AS_STORED})
    assert archive.counts() == {"search": 1, "frames": 2}
    assert archive.requests[0] == ("search", "/studies")
    archive.reset()
    assert archive.requests == []


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/studies", "search"),
        ("/studies/1/series", "search"),
        ("/studies/1/series/2/instances", "search"),
        ("/studies/1/series/2/metadata", "metadata"),
        ("/studies/1/series/2/instances/3/frames/1,2", "frames"),
        ("/studies/1/series/2/instances/3/bulkdata/7FE00010", "bulkdata"),
        ("/studies/1/series/2/instances/3", "objects"),
        ("/studies/1/series/2/instances/3/rendered", "other"),
    ],
)
def test_kinds_of_requests(path: str, kind: str) -> None:
    assert kind_of(path) == kind


async def test_slow_and_failing_kinds(archive: Archive, client: httpx.AsyncClient) -> None:
    archive.faults["search"] = Fault(delay=0.2)
    archive.faults["frames"] = Fault(status=503)
    began = time.monotonic()
    assert (await client.get("/studies")).status_code == 200
    assert time.monotonic() - began >= 0.2
    assert (await client.get(frame_path(archive))).status_code == 503
    archive.reset()
    assert (await client.get(frame_path(archive), headers={"Accept": AS_STORED})).status_code == 200


async def test_a_silent_archive_never_answers(archive: Archive, client: httpx.AsyncClient) -> None:
    archive.faults["search"] = Fault(silent=True)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.get("/studies"), 0.2)


async def test_an_answer_about_another_instance(archive: Archive, client: httpx.AsyncClient) -> None:
    archive.faults["frames"] = Fault(instead=frame_path(archive, 5))
    response = await client.get(frame_path(archive), headers={"Accept": AS_STORED})
    assert archive.holdings.objects[5].instance.encode() in response.content
    assert archive.holdings.objects[0].instance.encode() not in response.content


async def test_an_answer_that_is_cut_short(archive: Archive, client: httpx.AsyncClient) -> None:
    archive.faults["frames"] = Fault(truncate=100)
    response = await client.get(frame_path(archive), headers={"Accept": AS_STORED})
    assert (response.status_code, len(response.content)) == (200, 100)
    archive.faults["frames"] = Fault(drop=100)
    with pytest.raises(ConnectionResetError):
        await client.get(frame_path(archive), headers={"Accept": AS_STORED})


@pytest.mark.parametrize(
    ("credentials", "auth", "status"),
    [
        (Credentials("s3cret"), None, 401),
        (Credentials("s3cret"), "Bearer s3cret", 200),
        (Credentials("s3cret"), "Bearer other", 401),
        (Credentials("pass:word", "vitrine"), httpx.BasicAuth("vitrine", "pass:word"), 200),
        (Credentials("pass:word", "vitrine"), httpx.BasicAuth("vitrine", "password"), 401),
    ],
)
async def test_a_credential_is_insisted_on(
    credentials: Credentials, auth: httpx.BasicAuth | str | None, status: int
) -> None:
    headers = {"Authorization": auth} if isinstance(auth, str) else {}
    async with asking(Archive(FOLDERS, credentials)) as client:
        basic = auth if isinstance(auth, httpx.BasicAuth) else None
        response = await client.get("/studies", headers=headers, auth=basic)
    assert response.status_code == status
    assert ("www-authenticate" in response.headers) == (status == 401)
