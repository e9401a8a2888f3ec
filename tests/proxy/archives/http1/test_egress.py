"""Requests go to the configured place alone, by whatever name or address somebody tries to lead them elsewhere."""

import asyncio
import socket
import threading
from typing import Any

import httpx
import pytest

from proxy.archives.http1.egress import EgressRefused, read_destination

BASE = "https://archive.test/dicom-web"


@pytest.mark.parametrize(
    "url",
    [
        "http://archive.test/dicom-web/studies",
        "https://archive.test:8443/dicom-web/studies",
        "https://other.test/dicom-web/studies",
        "https://archive.test.evil.test/dicom-web/studies",
        "https://archive.test/dicom-webs/studies",
        "https://archive.test/",
        "https://archive.test@evil.test/dicom-web/studies",
        "https://user@archive.test/dicom-web/studies",
        "https://archive.test./dicom-web/studies",
        "https://archive.test/dicom-web/%2e%2e/admin",
        "https://archive.test/dicom-web/%252E%252E/admin",
        "https://archive.test/dicom-web/a%2f..%2fadmin",
        "https://archive.test/dicom-web/..;/admin",
        "https://archive.test/dicom-web/%5c..%5cadmin",
        "https://archive.test/dicom-web",
    ],
)
def test_another_place_is_refused(url: str) -> None:
    with pytest.raises(EgressRefused) as caught:
        read_destination(BASE).check(httpx.Request("GET", url))
    assert (caught.value.what, caught.value.host) == ("request", httpx.URL(url).host)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_an_archive_is_only_read(method: str) -> None:
    with pytest.raises(EgressRefused):
        read_destination(BASE).check(httpx.Request(method, f"{BASE}/studies"))


def test_a_place_for_another_method_is_that_one_address() -> None:
    place = read_destination("https://login.test/token", "POST")
    place.check(httpx.Request("POST", "https://login.test/token"))
    for method, url in (("GET", "https://login.test/token"), ("POST", "https://login.test/token/x"), ("POST", BASE)):
        with pytest.raises(EgressRefused):
            place.check(httpx.Request(method, url))


def test_the_configured_place_is_allowed() -> None:
    for url in (
        f"{BASE}/studies?PatientID=1&x=%2f..",
        f"{BASE}/studies/1.2/metadata",
        "https://archive.test:443/dicom-web/studies",
    ):
        read_destination(BASE).check(httpx.Request("GET", url))
    read_destination("http://archive.test").check(httpx.Request("GET", "http://archive.test/studies"))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.1.2.3",
        "::1",
        "::ffff:127.0.0.1",
        "169.254.169.254",
        "fe80::1",
        "::ffff:169.254.169.254",
        "0.0.0.0",  # what a name may resolve to
        "::",
        "224.0.0.1",
        "240.0.0.1",
        "2002:7f00:1::",  # 127.0.0.1 by 6to4
        "64:ff9b::a9fe:a9fe",  # 169.254.169.254 by NAT64
        "::127.0.0.1",
        "100.100.100.200",  # where other clouds keep what 169.254.169.254 has
        "fd00:ec2::254",
    ],
)
async def test_a_name_that_leads_to_an_address_no_archive_has_is_not_connected_to(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET

    def resolved(*_: Any, **__: Any) -> list[Any]:
        return [(family, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(EgressRefused, match="an address that no archive has"):
        await read_destination(BASE).connect(asyncio.Protocol, None)


async def test_names_that_nobody_answers_for_hold_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def resolved(*_: Any, **__: Any) -> list[Any]:
        answered.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    asking = [asyncio.create_task(read_destination(BASE).addresses()) for _ in range(16)]
    try:
        async with asyncio.timeout(5):
            assert await asyncio.to_thread(lambda: "other work") == "other work"
    finally:
        answered.set()
    assert await asyncio.gather(*asking) == [[]] * 16


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_this_machine_may_be_named(host: str) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        await read_destination(f"http://{host}:{port}/dicom-web").connect(asyncio.Protocol, None)


async def test_link_local_addresses_cannot_even_be_named() -> None:
    with pytest.raises(EgressRefused, match="an address that no archive has"):
        await read_destination("http://169.254.169.254/latest").connect(asyncio.Protocol, None)
