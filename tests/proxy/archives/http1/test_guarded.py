"""httpx's own transport in place of ours: the archive is asked, bounded and guarded in the same way."""

import asyncio
from pathlib import Path
import ssl
import time

import httpx
import pytest
import trustme

from proxy.archives.http1.guarded import GuardedTransport
from proxy.archives.http1.transport import Http1Transport
from proxy.archives.transport import Carrier, archive_transport
from proxy.errors import ArchiveFailed, ArchiveTimedOut
from proxy.settings.credentials import ArchiveTls
from tests.proxy.archives.fakes import (
    CHUNKED,
    EMPTY_LIST,
    Talking,
    archive,
    asking,
    limits,
    listening,
    sending,
    silent,
)
from tests.proxy.archives.tls import serving

CARRIERS = pytest.mark.parametrize("carrier", [Http1Transport, GuardedTransport])


@CARRIERS
@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(silent(), id="silent"),
        pytest.param(sending(b"HTTP/1.1 200 OK\r\n", forever=b"X: y\r\n", every=0.02), id="dripping head"),
        pytest.param(sending(CHUNKED, forever=b"1\r\n \r\n", every=0.02), id="dripping body"),
    ],
)
async def test_an_archive_that_keeps_waiting_is_given_up_at_the_deadline(carrier: Carrier, talk: Talking) -> None:
    async with listening(talk) as line:
        own = archive(line.base_url, limits=limits(search_seconds=0.3))
        async with asking(own, archive_transport(own, carrier)) as asked:
            began = time.monotonic()
            with pytest.raises(ArchiveTimedOut):
                await asked.client.search("studies")
            assert time.monotonic() - began < 3
            await asyncio.wait_for(line.closed.wait(), 5)


@CARRIERS
async def test_a_head_without_end_is_refused_long_before_the_deadline(carrier: Carrier) -> None:
    async with listening(sending(b"HTTP/1.1 200 OK\r\n", forever=b"X: %s\r\n" % (b"y" * 1000))) as line:
        own = archive(line.base_url, limits=limits(search_seconds=20))
        async with asking(own, archive_transport(own, carrier)) as asked:
            with pytest.raises(ArchiveFailed, match="did not speak HTTP"):
                await asked.client.search("studies")


@CARRIERS
async def test_no_proxy_of_the_environment_is_used(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(sending(EMPTY_LIST)) as proxy, listening(sending(EMPTY_LIST)) as line:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://user:secret@127.0.0.1:{proxy.port}")
        own = archive(line.base_url)
        async with asking(own, archive_transport(own, carrier)) as asked:
            assert await asked.client.search("studies") == []
        assert (len(line.heads), proxy.heads) == (1, [])


@CARRIERS
async def test_a_connection_is_used_again(carrier: Carrier) -> None:
    async with listening(sending(EMPTY_LIST)) as line:
        own = archive(line.base_url)
        async with asking(own, archive_transport(own, carrier)) as asked:
            for _ in range(4):
                await asked.client.search("studies")
        assert (line.most, len(line.heads)) == (1, 4)


@CARRIERS
async def test_the_host_is_named_and_verified_by_its_name_wherever_it_is(carrier: Carrier) -> None:
    """The address that was judged is what is connected to, and nothing but that changes."""
    authority = trustme.CA()
    with authority.cert_pem.tempfile() as ca:
        for name, verified in (("localhost", True), ("127.0.0.1", False)):
            async with serving(server_context(authority, name), EMPTY_LIST) as line:
                own = archive(f"https://localhost:{line.port}/dicom-web", tls=ArchiveTls(ca=Path(ca)))
                async with asking(own, archive_transport(own, carrier)) as asked:
                    if verified:
                        await asked.client.search("studies")
                    else:
                        with pytest.raises(ArchiveFailed, match="certificate is for another host"):
                            await asked.client.search("studies")
            hosts = [head.lower().split(b"host: ")[1].split(b"\r\n")[0] for head in line.heads]
            assert hosts == [b"localhost:%d" % line.port] * verified


def server_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


@CARRIERS
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_an_archive_is_only_read(carrier: Carrier, method: str) -> None:
    async with listening(sending(EMPTY_LIST)) as line:
        async with archive_transport(archive(line.base_url), carrier) as transport:
            with pytest.raises(httpx.TransportError, match="led out of the archive"):
                await transport.handle_async_request(httpx.Request(method, f"{line.base_url}/studies"))
        assert line.heads == []
