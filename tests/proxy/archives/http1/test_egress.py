"""Requests go to the configured place alone, by whatever name or address somebody tries to lead them elsewhere."""

import asyncio
import socket
from typing import Any

import httpx
import pytest

from proxy.archives.http1.egress import read_destination

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
    ],
)
def test_another_place_is_refused(url: str) -> None:
    with pytest.raises(httpx.UnsupportedProtocol):
        read_destination(BASE).check(httpx.Request("GET", url))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_an_archive_is_only_read(method: str) -> None:
    with pytest.raises(httpx.UnsupportedProtocol):
        read_destination(BASE).check(httpx.Request(method, f"{BASE}/studies"))


def test_the_configured_place_is_allowed() -> None:
    for url in (BASE, f"{BASE}/studies?PatientID=1", "https://archive.test:443/dicom-web/studies"):
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
    ],
)
async def test_a_name_that_leads_to_an_address_no_archive_has_is_not_connected_to(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    loop = asyncio.get_running_loop()

    async def resolved(*_: Any, **__: Any) -> list[Any]:
        return [(family, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr(loop, "getaddrinfo", resolved)
    with pytest.raises(OSError, match="no address that may be connected to"):
        await read_destination(BASE).connect(asyncio.Protocol, None)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_this_machine_may_be_named(host: str) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        await read_destination(f"http://{host}:{port}/dicom-web").connect(asyncio.Protocol, None)


async def test_link_local_addresses_cannot_even_be_named() -> None:
    with pytest.raises(OSError, match="no address that may be connected to"):
        await read_destination("http://169.254.169.254/latest").connect(asyncio.Protocol, None)
