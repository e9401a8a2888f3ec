"""TLS to an archive: its authority is checked, its name is checked, and the proxy identifies itself when asked to."""

from dataclasses import dataclass
from pathlib import Path
import ssl

import pytest
import trustme

from proxy.archives.transport import archive_transport, provider_transport
from proxy.errors import ArchiveFailed, ConfigurationError
from proxy.settings import Archive, ArchiveTls, Issuer
from tests.proxy.archives.fakes import EMPTY_LIST, archive, asking, listening, sending


@dataclass(frozen=True, slots=True)
class Authorities:
    """Who certifies archives, who certifies the proxy, and the files that they gave it."""

    archives: trustme.CA
    clients: trustme.CA
    folder: Path

    def server(self, name: str = "127.0.0.1", *, mutual: bool = False) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.archives.issue_cert(name).configure_cert(context)
        if mutual:
            self.clients.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def tls(self, *, ca: str = "archives.pem", client: str | None = None) -> ArchiveTls:
        certificate = self.folder / client if client else None
        return ArchiveTls(ca=self.folder / ca, certificate=certificate, key=certificate)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    folder = tmp_path_factory.mktemp("tls")
    archives, clients, strangers = trustme.CA(), trustme.CA(), trustme.CA()
    archives.cert_pem.write_to_path(folder / "archives.pem")
    strangers.cert_pem.write_to_path(folder / "strangers.pem")
    clients.issue_cert("vitrine.test").private_key_and_cert_chain_pem.write_to_path(folder / "vitrine.pem")
    strangers.issue_cert("vitrine.test").private_key_and_cert_chain_pem.write_to_path(folder / "impostor.pem")
    return Authorities(archives, clients, folder)


async def search(tls: ArchiveTls, server: ssl.SSLContext) -> int:
    """Search an archive behind `server`; gives how many requests reached it."""
    async with listening(sending(EMPTY_LIST), server) as line:
        own = archive(f"https://127.0.0.1:{line.port}/dicom-web", tls=tls)
        async with asking(own, archive_transport(own)) as asked:
            try:
                assert await asked.client.search("studies") == []
            finally:
                reached = len(line.heads)
    return reached


async def test_an_archive_of_its_own_authority_is_believed(authorities: Authorities) -> None:
    assert await search(authorities.tls(), authorities.server()) == 1


async def test_mutual_tls(authorities: Authorities) -> None:
    assert await search(authorities.tls(client="vitrine.pem"), authorities.server(mutual=True)) == 1


@pytest.mark.parametrize("client", [None, "impostor.pem"])
async def test_an_archive_may_turn_away_who_does_not_identify_itself(
    authorities: Authorities, client: str | None
) -> None:
    with pytest.raises(ArchiveFailed):
        await search(authorities.tls(client=client), authorities.server(mutual=True))


async def test_an_archive_of_another_authority_is_refused(authorities: Authorities) -> None:
    with pytest.raises(ArchiveFailed, match="cannot be reached"):
        await search(authorities.tls(ca="strangers.pem"), authorities.server())


async def test_an_archive_of_another_name_is_refused(authorities: Authorities) -> None:
    with pytest.raises(ArchiveFailed, match="cannot be reached"):
        await search(authorities.tls(), authorities.server("other.test"))


async def test_the_public_authorities_do_not_know_a_private_archive(authorities: Authorities) -> None:
    with pytest.raises(ArchiveFailed, match="cannot be reached"):
        await search(ArchiveTls(), authorities.server())


async def test_old_tls_is_refused(authorities: Authorities) -> None:
    server = authorities.server()
    server.minimum_version = ssl.TLSVersion.TLSv1_2
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    assert await search(authorities.tls(), server) == 1
    with pytest.warns(DeprecationWarning, match="TLS"):
        server.minimum_version = server.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ArchiveFailed):
        await search(authorities.tls(), server)


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
