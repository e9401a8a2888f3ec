"""HTTP/1.1 is what archives are asked in, also those that would rather speak HTTP/2."""

import asyncio
from pathlib import Path
import ssl

import trustme

from proxy.archives.transport import archive_transport
from proxy.settings.credentials import ArchiveTls
from tests.proxy.archives.fakes import EMPTY_LIST, archive, asking, listening


async def test_an_archive_that_offers_http2_is_asked_in_http1(tmp_path: Path) -> None:
    authority, agreed = trustme.CA(), []
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.set_alpn_protocols(["h2", "http/1.1"])

    async def talk(head: bytes, writer: asyncio.StreamWriter) -> None:
        agreed.append((writer.get_extra_info("ssl_object").selected_alpn_protocol(), head.split(b"\r\n")[0][-8:]))
        writer.write(EMPTY_LIST)

    async with listening(talk, context) as line:
        own = archive(f"https://127.0.0.1:{line.port}/dicom-web", tls=ArchiveTls(ca=tmp_path / "ca.pem"))
        async with asking(own, archive_transport(own)) as asked:
            assert await asked.client.search("studies") == []
    assert agreed in ([(None, b"HTTP/1.1")], [("http/1.1", b"HTTP/1.1")])
