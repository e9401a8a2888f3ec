"""Events to a FHIR repository, which answers each of them, or not at all (RESTful ATNA, IHE ITI-20)."""

from collections.abc import Callable
import json
import time
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.archives.http1.egress import EgressRefused
from proxy.archives.transport import repository_transport
from proxy.repositories.restful import RestfulWay
from proxy.repositories.way import RepositoryFailed
from proxy.settings.repositories import Repositories, RestfulRepository, SyslogRepository
from tests.proxy.archives.test_consents_transport import Line
from tests.proxy.repositories.profiles import judge
from tests.proxy.repositories.records import NAMING, record

Answer = Callable[[dict[str, Any]], httpx.Response]
SETTINGS = RestfulRepository(id="arr", base_url="https://arr.test/fhir")


def created(bundle: dict[str, Any]) -> httpx.Response:
    entries = [{"response": {"status": "201 Created"}} for _ in bundle["entry"]]
    return httpx.Response(201, json={"resourceType": "Bundle", "type": "batch-response", "entry": entries})


class Server:
    """Answers as `answer` says, and keeps what it was sent."""

    def __init__(self, answer: Answer = created) -> None:
        self.requests: list[httpx.Request] = []
        self.bundles: list[dict[str, Any]] = []
        self._answer = answer

    def way(self) -> RestfulWay:
        return RestfulWay(SETTINGS, httpx.MockTransport(self._take), NAMING, time.monotonic)

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bundles.append(json.loads(request.content))
        return self._answer(self.bundles[-1])


async def test_records_come_as_a_bundle_at_the_base() -> None:
    server = Server()
    assert await server.way().send([record(), record()]) == ()
    (request,), (bundle,) = server.requests, server.bundles
    assert (request.method, str(request.url)) == ("POST", "https://arr.test/fhir/")
    assert request.headers["content-type"] == "application/fhir+json"
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "batch")
    assert {json.dumps(one["request"]) for one in bundle["entry"]} == {'{"method": "POST", "url": "AuditEvent"}'}
    assert [judge(one["resource"]) for one in bundle["entry"]] == [[]] * 6


async def test_what_is_sent_again_has_the_same_names() -> None:
    server = Server()
    way = server.way()
    await way.send([record()])
    await way.send([record()])
    first, second = ([one["fullUrl"] for one in bundle["entry"]] for bundle in server.bundles)
    assert first == second
    assert len(set(first)) == 3


async def test_an_answer_without_a_body_takes_all() -> None:
    assert await Server(lambda _: httpx.Response(204)).way().send([record()]) == ()


async def test_one_event_that_is_never_taken_is_named_by_its_record() -> None:
    def answer(_: dict[str, Any]) -> httpx.Response:
        statuses = ["201 Created", "422 Unprocessable Entity", "201"]
        return httpx.Response(200, json={"entry": [{"response": {"status": one}} for one in statuses]})

    (refused,) = await Server(answer).way().send([record()])
    assert (refused.record.sequence, refused.status) == (42, 422)


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_record_alone_that_is_not_understood_is_refused(status: int) -> None:
    way = Server(lambda _: httpx.Response(status)).way()
    (refused,) = await way.send([record()])
    assert refused.status == status
    with pytest.raises(RepositoryFailed):
        await way.send([record(), record()])


@pytest.mark.parametrize("status", [301, 401, 403, 404, 409, 429, 500, 503])
async def test_other_answers_are_tried_again(status: int) -> None:
    with pytest.raises(RepositoryFailed):
        await Server(lambda _: httpx.Response(status)).way().send([record()])


@pytest.mark.parametrize("status", ["500 Internal Server Error", "401", "", "x", "２０1"])
async def test_an_entry_that_failed_is_sent_again(status: str) -> None:
    def answer(bundle: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json={"entry": [{"response": {"status": status}} for _ in bundle["entry"]]})

    with pytest.raises(RepositoryFailed):
        await Server(answer).way().send([record()])


@given(st.one_of(st.binary(max_size=60).filter(bytes.strip), st.just(b"[" * 100_000), st.just(b'{"entry":[]}')))
async def test_whatever_comes_back_is_an_answer_or_a_failure(body: bytes) -> None:
    with pytest.raises(RepositoryFailed):
        await Server(lambda _: httpx.Response(200, content=body)).way().send([record()])


@pytest.mark.parametrize(
    ("method", "url", "goes"),
    [
        ("POST", "https://arr.test/fhir/", True),
        ("GET", "https://arr.test/fhir/", False),
        ("POST", "https://arr.test/fhir/AuditEvent/1", False),
        ("POST", "https://elsewhere.test/fhir/", False),
    ],
)
async def test_bundles_go_to_the_base_and_nowhere_else(method: str, url: str, goes: bool) -> None:
    transport, request = repository_transport(SETTINGS, Line), httpx.Request(method, url)
    if goes:
        assert (await transport.handle_async_request(request)).status_code == 200
        return
    with pytest.raises(EgressRefused):
        await transport.handle_async_request(request)


def test_who_saw_whose_images_never_crosses_the_network_in_the_clear() -> None:
    with pytest.raises(ValueError, match="https"):
        RestfulRepository(id="arr", base_url="http://arr.test/fhir")


def test_repositories_have_names_of_their_own() -> None:
    with pytest.raises(ValueError, match="share an id"):
        Repositories(syslog=(SyslogRepository(id="arr", host="arr.test"),), restful=(SETTINGS,))
