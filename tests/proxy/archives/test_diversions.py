"""Whatever would lead out of an archive is refused before anything is sent, and reported."""

import socket
from typing import Any

import httpx
import pytest
from starlette.responses import Response

from proxy.archives.diversions import Diversion
from proxy.archives.http1.guarded import GuardedTransport
from proxy.archives.http1.transport import Http1Transport
from proxy.archives.transport import Carrier, archive_transport
from proxy.errors import ArchiveFailed
from proxy.settings.archives import BulkdataUrl
from proxy.settings.credentials import Credentials
from proxy.settings.secrets import Secret
from tests.proxy.archives.fakes import EMPTY_LIST, OF_STUDY, archive, asking, asking_app, listening, sending

DATA = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 4\r\n\r\ndata"
REDIRECT = b"HTTP/1.1 307 Temporary\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n"
CARRIERS = pytest.mark.parametrize("carrier", [Http1Transport, GuardedTransport])
SPELLINGS = [
    "localhost",
    "2130706433",
    "0177.0.0.1",
    "0x7f.1",
    "127.1",
    "0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "169.254.169.254",
    "archive.test.",
    "archive.test@127.0.0.1",
    "user@archive.test",
    "127.0.0.1%2f@archive.test",
    "１２７.0.0.1",
    "evil.test#@archive.test",
    "evil.test\\@archive.test",
]


async def refuse(asked: Any, uri: str) -> list[Diversion]:
    """Follow `uri` in vain; gives what was reported."""
    with pytest.raises(ArchiveFailed, match="links to another place"):
        async with asked.client.bulkdata(uri):
            pytest.fail("it was followed")
    assert asked.requests == []
    found: list[Diversion] = asked.mismatches
    return found


@pytest.mark.parametrize("host", SPELLINGS)
async def test_a_link_to_another_host_is_refused_however_it_is_spelt(host: str) -> None:
    async with asking_app(lambda _: Response(b"x")) as asked:
        (found,) = await refuse(asked, f"http://{host}/dicom-web/bulk/1")
    assert (found.archive, found.institution, found.what) == ("main", "general", "link")


@pytest.mark.parametrize("host", [host for host in SPELLINGS if host != "127.0.0.1"])
async def test_another_spelling_of_this_machine_is_another_host(host: str) -> None:
    async with listening(sending(DATA)) as line:
        own = archive(line.base_url)
        async with asking(own, archive_transport(own)) as asked:
            await refuse(asked, f"http://{host.replace('archive.test', '127.0.0.1')}:{line.port}/dicom-web/1")
        assert line.heads == []


async def test_what_is_reported_names_the_host_and_nothing_that_was_hidden_in_the_link() -> None:
    async with asking_app(lambda _: Response(b"x")) as asked:
        (found,) = await refuse(asked, "http://user:canary@evil.test/canary?canary=1")
    assert found.host == "evil.test"
    assert "canary" not in repr(found)


@CARRIERS
async def test_a_name_that_comes_to_lead_to_this_machine_is_not_connected_to(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It led to an archive when the configuration was checked (DNS rebinding)."""

    def resolved(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", line.port))]

    async with listening(sending(EMPTY_LIST)) as line:
        monkeypatch.setattr(socket, "getaddrinfo", resolved)
        own = archive(f"http://archive.test:{line.port}/dicom-web")
        async with asking(own, archive_transport(own, carrier)) as asked:
            with pytest.raises(ArchiveFailed, match="an address that no archive has"):
                await asked.client.search("studies")
        assert line.heads == []
    assert [(one.what, one.host) for one in asked.mismatches] == [("address", "archive.test")]


@CARRIERS
async def test_a_redirect_is_reported_and_not_followed(carrier: Carrier) -> None:
    async with listening(sending(REDIRECT)) as line:
        own = archive(line.base_url)
        async with asking(own, archive_transport(own, carrier)) as asked:
            with pytest.raises(ArchiveFailed, match="does not follow"):
                await asked.client.metadata(OF_STUDY)
    assert [(one.what, one.host) for one in asked.mismatches] == [("redirect", "169.254.169.254")]


@CARRIERS
async def test_the_transport_itself_leads_nowhere_else(carrier: Carrier) -> None:
    """Whoever builds a request wrongly does not get out either."""
    async with listening(sending(EMPTY_LIST)) as line, listening(sending(EMPTY_LIST)) as elsewhere:
        async with archive_transport(archive(line.base_url), carrier) as transport:
            for url in (f"{elsewhere.base_url}/studies", f"http://127.0.0.1:{line.port}/admin"):
                with pytest.raises(httpx.TransportError, match="led out of the archive"):
                    await transport.handle_async_request(httpx.Request("GET", url))
        assert line.heads == elsewhere.heads == []


@CARRIERS
@pytest.mark.parametrize("told", [False, True])
async def test_a_listed_place_is_followed_and_told_who_asks_only_if_it_is_to_be(
    carrier: Carrier, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_TOKEN", "canary")
    credentials = Credentials(kind="bearer", secret=Secret(env="ARCHIVE_TOKEN"))
    async with listening(sending(EMPTY_LIST)) as line, listening(sending(DATA)) as other:
        listed = BulkdataUrl(url=f"http://127.0.0.1:{other.port}/bulk", send_credentials=told)
        own = archive(line.base_url, credentials=credentials, bulkdata_urls=(listed,))
        async with asking(own, archive_transport(own, carrier)) as asked:
            await asked.client.search("studies")
            assert await asked.client.whole(f"{listed.url}/1", 100) == b"data"
            for uri in (f"http://127.0.0.1:{other.port}/other/1", f"{listed.url}/../1", f"{listed.url}/%2e%2e/1"):
                with pytest.raises(ArchiveFailed, match="links to another place"):
                    await asked.client.whole(uri, 100)
    assert b"Bearer canary" in line.heads[0]
    assert [b"canary" in head for head in other.heads] == [told]
    assert [one.what for one in asked.mismatches] == ["link"] * 3
