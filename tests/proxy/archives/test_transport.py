"""TLS to an archive: its authority, name, dates and fingerprint are checked, and the proxy identifies itself when asked
to; what goes wrong is said plainly, with the institution it concerns, whichever transport carries the requests.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import hashlib
from pathlib import Path
import ssl

import pytest
from starlette.applications import Starlette
import trustme
import uvloop

from proxy.archives.http1.guarded import GuardedTransport
from proxy.archives.http1.transport import Http1Transport
from proxy.archives.transport import Carrier, archive_transport, provider_transport
from proxy.errors import ArchiveFailed, ConfigurationError
from proxy.settings.archives import Archive, BulkdataUrl
from proxy.settings.credentials import ArchiveTls, ClientCredentials, Credentials
from proxy.settings.secrets import Secret
from proxy.settings.server import Issuer
from tests.proxy.archives.fakes import EMPTY_LIST, archive, asking, listening, sending
from tests.proxy.archives.tls import serving
from tests.service import served

CARRIERS = pytest.mark.parametrize("carrier", [Http1Transport, GuardedTransport])
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
TOMORROW = datetime.now(UTC) + timedelta(days=1)
NOT_TRUSTED = "the archive's certificate is from an authority that its configuration does not name"


@dataclass(frozen=True, slots=True)
class Server:
    """What a server presents."""

    context: ssl.SSLContext
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Authorities:
    """Who certifies archives, who certifies the proxy, and the files that they gave it."""

    archives: trustme.CA
    clients: trustme.CA
    folder: Path

    def server(self, name: str = "127.0.0.1", *, mutual: bool = False, **dates: datetime) -> Server:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate = self.archives.issue_cert(name, **dates)
        certificate.configure_cert(context)
        if mutual:
            self.clients.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        der = ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode("ascii"))
        return Server(context, hashlib.sha256(der).hexdigest())

    def tls(
        self, *, ca: str = "archives.pem", client: str | None = None, fingerprints: tuple[str, ...] = ()
    ) -> ArchiveTls:
        certificate = self.folder / client if client else None
        return ArchiveTls(ca=self.folder / ca, certificate=certificate, key=certificate, fingerprints=fingerprints)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    folder = tmp_path_factory.mktemp("tls")
    archives, clients, strangers = trustme.CA(), trustme.CA(), trustme.CA()
    archives.cert_pem.write_to_path(folder / "archives.pem")
    strangers.cert_pem.write_to_path(folder / "strangers.pem")
    clients.issue_cert("vitrine.test").private_key_and_cert_chain_pem.write_to_path(folder / "vitrine.pem")
    strangers.issue_cert("vitrine.test").private_key_and_cert_chain_pem.write_to_path(folder / "impostor.pem")
    return Authorities(archives, clients, folder)


async def search(tls: ArchiveTls, server: Server, carrier: Carrier = Http1Transport) -> int:
    """Search an archive behind `server`; gives how many requests reached it."""
    async with serving(server.context, EMPTY_LIST) as line:
        own = archive(f"https://127.0.0.1:{line.port}/dicom-web", tls=tls)
        async with asking(own, archive_transport(own, carrier)) as asked:
            assert await asked.client.search("studies") == []
    return len(line.heads)


async def refuse(tls: ArchiveTls, server: Server, carrier: Carrier = Http1Transport) -> tuple[str, str, int]:
    """Search in vain; gives the words, the institution named, and how many requests came through."""
    async with serving(server.context, EMPTY_LIST) as line:
        own = archive(f"https://127.0.0.1:{line.port}/dicom-web", tls=tls)
        async with asking(own, archive_transport(own, carrier)) as asked:
            with pytest.raises(ArchiveFailed) as caught:
                await asked.client.search("studies")
    return str(caught.value), caught.value.institution, len(line.heads)


@CARRIERS
async def test_an_archive_of_its_own_authority_is_believed(authorities: Authorities, carrier: Carrier) -> None:
    assert await search(authorities.tls(), authorities.server(), carrier) == 1


@CARRIERS
async def test_mutual_tls(authorities: Authorities, carrier: Carrier) -> None:
    assert await search(authorities.tls(client="vitrine.pem"), authorities.server(mutual=True), carrier) == 1


@CARRIERS
@pytest.mark.parametrize(
    ("client", "words"),
    [
        (None, "the archive wants a certificate of this service"),
        ("impostor.pem", "the archive does not accept this service's certificate"),
    ],
)
async def test_an_archive_may_turn_away_who_does_not_identify_itself(
    authorities: Authorities, client: str | None, words: str, carrier: Carrier
) -> None:
    refusal = await refuse(authorities.tls(client=client), authorities.server(mutual=True), carrier)
    assert refusal == (words, "General Hospital", 0)


@CARRIERS
async def test_an_archive_of_another_authority_is_refused(authorities: Authorities, carrier: Carrier) -> None:
    refusal = await refuse(authorities.tls(ca="strangers.pem"), authorities.server(), carrier)
    assert refusal == (NOT_TRUSTED, "General Hospital", 0)


@CARRIERS
@pytest.mark.parametrize("name", ["other.test", "127.0.0.2"])
async def test_an_archive_of_another_name_is_refused(authorities: Authorities, name: str, carrier: Carrier) -> None:
    refusal = await refuse(authorities.tls(), authorities.server(name), carrier)
    assert refusal == ("the archive's certificate is for another host", "General Hospital", 0)


@CARRIERS
@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"not_before": YESTERDAY - timedelta(days=9), "not_after": YESTERDAY}, "has expired"),
        ({"not_before": TOMORROW}, "is not valid yet"),
    ],
)
async def test_an_archive_whose_certificate_is_not_good_today_is_refused(
    authorities: Authorities, dates: dict[str, datetime], words: str, carrier: Carrier
) -> None:
    refusal = await refuse(authorities.tls(), authorities.server(**dates), carrier)
    assert refusal == (f"the archive's certificate {words}", "General Hospital", 0)


async def test_the_public_authorities_do_not_know_a_private_archive(authorities: Authorities) -> None:
    assert await refuse(ArchiveTls(), authorities.server()) == (NOT_TRUSTED, "General Hospital", 0)


@CARRIERS
async def test_a_fingerprint_is_demanded_besides(authorities: Authorities, carrier: Carrier) -> None:
    """The certificates of today and of tomorrow may be named together."""
    server, other = authorities.server(), authorities.server()
    written = ":".join(server.fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    assert await search(authorities.tls(fingerprints=(other.fingerprint, written)), server, carrier) == 1
    words = "the archive's certificate is none of those that its configuration names"
    refusal = await refuse(authorities.tls(fingerprints=(other.fingerprint,)), server, carrier)
    assert refusal == (words, "General Hospital", 0)
    pinned = authorities.tls(ca="strangers.pem", fingerprints=(server.fingerprint,))
    assert await refuse(pinned, server, carrier) == (NOT_TRUSTED, "General Hospital", 0)


def test_fingerprints_count_on_the_loop_that_the_service_runs_on(authorities: Authorities) -> None:
    server, other = authorities.server(), authorities.server()
    assert uvloop.run(search(authorities.tls(fingerprints=(server.fingerprint,)), server)) == 1
    words, _, reached = uvloop.run(refuse(authorities.tls(fingerprints=(other.fingerprint,)), server))
    assert (words, reached) == ("the archive's certificate is none of those that its configuration names", 0)


@pytest.mark.parametrize("wrong", ["", "ab", "0" * 63, "0" * 66, "g" * 64, "0" * 64 + "\n", "sha256/" + "0" * 64])
def test_what_is_no_fingerprint_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="`fingerprints`"):
        ArchiveTls(fingerprints=(wrong,))


@CARRIERS
async def test_old_tls_is_refused(authorities: Authorities, carrier: Carrier) -> None:
    server = authorities.server()
    server.context.minimum_version = ssl.TLSVersion.TLSv1_2
    server.context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert await search(authorities.tls(), server, carrier) == 1
    with pytest.warns(DeprecationWarning, match="TLS"):
        server.context.minimum_version = server.context.maximum_version = ssl.TLSVersion.TLSv1_1
    words, institution, reached = await refuse(authorities.tls(), server, carrier)
    assert (words, institution, reached) == (
        "the archive and this service could not agree on TLS",
        "General Hospital",
        0,
    )


@CARRIERS
async def test_an_archive_that_does_not_speak_tls_is_told_from_one_that_is_not_there(carrier: Carrier) -> None:
    async with served(Starlette()) as origin:
        for url, words in (
            (origin.replace("http://", "https://"), "the archive does not speak TLS at its address"),
            ("https://127.0.0.1:1", "the archive cannot be reached"),
        ):
            own = archive(f"{url}/dicom-web")
            async with asking(own, archive_transport(own, carrier)) as asked:
                with pytest.raises(ArchiveFailed, match=words):
                    await asked.client.search("studies")


@CARRIERS
async def test_another_place_is_verified_by_its_own_settings(authorities: Authorities, carrier: Carrier) -> None:
    """The archive's authority, and the certificate that identifies the proxy to it, are not for strangers."""
    data = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 4\r\n\r\ndata"
    other = authorities.server(mutual=True)
    async with serving(other.context, data) as line:
        url = f"https://127.0.0.1:{line.port}/bulk"
        for tls, words in (
            (ArchiveTls(), NOT_TRUSTED),
            (authorities.tls(), "the archive wants a certificate of this service"),
            (authorities.tls(client="vitrine.pem"), None),
        ):
            own = archive(
                "https://127.0.0.1:9/dicom-web",
                tls=authorities.tls(client="vitrine.pem"),
                bulkdata_urls=(BulkdataUrl(url=url, tls=tls),),
            )
            async with asking(own, archive_transport(own, carrier)) as asked:
                if words is None:
                    assert await asked.client.whole(f"{url}/1", 100) == b"data"
                else:
                    with pytest.raises(ArchiveFailed, match=words):
                        await asked.client.whole(f"{url}/1", 100)


async def test_where_tokens_come_from_is_verified_by_an_authority_of_its_own(
    authorities: Authorities, tmp_path: Path
) -> None:
    body = b'{"access_token": "t", "token_type": "bearer"}'
    token = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    (tmp_path / "secret").write_text("s")
    async with (
        listening(sending(token), authorities.server().context) as login,
        listening(sending(EMPTY_LIST)) as line,
    ):
        for ca, words in (("archives.pem", None), ("strangers.pem", "authorization server could not be verified")):
            client = ClientCredentials(
                token_url=f"https://127.0.0.1:{login.port}/token", client_id="v", ca=authorities.folder / ca
            )
            credentials = Credentials(kind="oauth2", secret=Secret(file=tmp_path / "secret"), oauth2=client)
            own = archive(line.base_url, credentials=credentials)
            async with asking(own, archive_transport(own)) as asked:
                if words is None:
                    assert await asked.client.search("studies") == []
                else:
                    with pytest.raises(ArchiveFailed, match=words):
                        await asked.client.search("studies")
        assert len(login.heads) == len(line.heads) == 1


def settings(folder: Path, **files: str) -> Archive:
    return archive("https://a.test", tls=ArchiveTls(**{name: folder / file for name, file in files.items()}))


@pytest.mark.parametrize(
    "files",
    [
        {"ca": "missing.pem"},
        {"ca": "nonsense.pem"},
        {"certificate": "missing.pem"},
        {"certificate": "archives.pem"},
        {"certificate": "vitrine.pem", "key": "nonsense.pem"},
    ],
)
def test_tls_files_that_cannot_be_used_are_named_by_their_archive(
    authorities: Authorities, files: dict[str, str]
) -> None:
    (authorities.folder / "nonsense.pem").write_text("canary")
    with pytest.raises(ConfigurationError, match="archive `main`: the TLS files cannot be used") as caught:
        archive_transport(settings(authorities.folder, **files))
    assert "canary" not in str(caught.value)


def test_a_providers_authority_is_named_by_its_issuer(tmp_path: Path) -> None:
    issuer = Issuer(id="login", issuer="https://login.test", audience="vitrine", ca=tmp_path / "missing.pem")
    with pytest.raises(ConfigurationError, match="issuer `login`"):
        provider_transport(issuer)
