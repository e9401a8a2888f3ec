"""HTTP/2 over TLS as the server itself speaks it (RFC 9113), asked by Node: one connection, many requests at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
import json
from pathlib import Path
import shutil
import ssl
from typing import Any

import httpx
import pytest
import pytest_asyncio
import trustme

from tests.exchange import ct
from tests.service import Service, running_exchange

HERE = Path(__file__).parent
INSTANCE = "/dicomweb/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.{}"
FRAME = INSTANCE + "/frames/1/rendered"
HOLDINGS = {"general": [ct("1.2.1", 1, number) for number in range(1, 41)]}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    folder = tmp_path_factory.mktemp("http2")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(folder / "certificate.pem", append=True)
    async with running_exchange(folder, HOLDINGS, tls=True) as (service, _):
        yield service


def get(service: Service, path: str, **more: Any) -> dict[str, Any]:
    headers = {":path": path, "accept": "*/*", "authorization": service.bearer()["Authorization"]}
    return {"headers": headers | more.pop("headers", {}), **more}


async def ask(service: Service, requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers to `requests`, which go out on one connection without waiting for each other."""
    command = ("node", str(HERE / "http2.mjs"), service.origin, str(service.folder / "ca.pem"), json.dumps(requests))
    node = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await asyncio.wait_for(node.communicate(), 60)
    result = json.loads(output)
    assert result["protocol"] == "h2"
    return list(result["answers"])


async def test_a_stack_is_shown_over_one_connection(service: Service) -> None:
    answers = await ask(service, [get(service, FRAME.format(number)) for number in range(1, 41)])
    assert {answer["status"] for answer in answers} == {200}
    for answer in answers:
        assert answer["error"] is None
        assert answer["bytes"] == int(answer["headers"]["content-length"]) > 100
        assert answer["headers"]["strict-transport-security"]


@pytest.mark.parametrize("path", ["/dicomweb/studies", INSTANCE.format(1) + "/metadata", FRAME.format(1)])
async def test_head_says_the_same_and_sends_nothing(service: Service, path: str) -> None:
    """Octets after the answer to a HEAD are a protocol error, upon which clients give the stream up."""
    answer, head = await ask(service, [get(service, path), get(service, path, headers={":method": "HEAD"})])
    assert (answer["status"], head["status"], head["error"], head["bytes"]) == (200, 200, None, 0)
    for name in ("content-type", "content-length", "vary", "cache-control"):
        assert head["headers"][name] == answer["headers"][name]


async def test_the_authority_is_the_host_that_is_asked_for(service: Service) -> None:
    authority = service.origin.partition("://")[2]
    named, other, both = await ask(
        service,
        [
            get(service, "/health/live", headers={":authority": authority}),
            get(service, "/health/live", headers={":authority": "evil.test"}),
            get(service, "/health/live", headers={":authority": authority, "host": "evil.test"}),
        ],
    )
    assert (named["status"], other["status"]) == (200, 421)
    assert both["status"] in {400, 421}


async def test_links_lead_back_over_tls(service: Service) -> None:
    context = ssl.create_default_context(cafile=str(service.folder / "ca.pem"))
    async with httpx.AsyncClient(
        base_url=service.origin, verify=context, headers=service.bearer(), trust_env=False
    ) as client:
        (one,) = (await client.get(INSTANCE.format(1) + "/metadata")).json()
        link = one["7FE00010"]["BulkDataURI"]
        assert link.startswith(f"{service.origin}/dicomweb/")
        assert (await client.get(link)).status_code == 200


async def test_a_cookie_may_come_in_pieces_and_other_headers_may_not_come_twice(service: Service) -> None:
    cookies, tokens = await ask(
        service,
        [
            get(service, "/dicomweb/studies", headers={"cookie": ["a=1", "b=2"]}),
            get(service, "/health/live", headers={"origin": ["https://one.test", "https://two.test"]}),
        ],
    )
    assert (cookies["status"], tokens["status"]) == (200, 400)


async def test_who_gives_up_one_image_still_gets_the_others(service: Service) -> None:
    requests = [get(service, f"{INSTANCE.format(number)}/frames/1", cancel=number % 2 == 0) for number in range(1, 41)]
    answers = await ask(service, requests)
    assert {answer["status"] for answer in answers[::2]} == {200}
    assert {answer["bytes"] > 500 for answer in answers[::2]} == {True}
    assert (await ask(service, [get(service, FRAME.format(1))]))[0]["status"] == 200
