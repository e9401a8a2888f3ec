"""What an archive shows in TLS is told, also where it cannot be verified; nothing is sent to who is not verified."""

import hashlib
from pathlib import Path
import ssl

import trustme

from proxy.archives.channel import Channel
from proxy.archives.gentleness.turnstile import Turnstile
from proxy.archives.probe.probing import probe
from proxy.archives.probe.report import Report
from proxy.archives.transport import archive_transport
from proxy.settings.archives import Archive
from proxy.settings.credentials import ArchiveTls
from tests.proxy.archives.fakes import EMPTY_LIST, archive
from tests.proxy.archives.probe.probing import no_pause, suggested
from tests.proxy.archives.tls import serving

NOT_TRUSTED = "the archive's certificate is from an authority that its configuration does not name"


class Presented:
    """A server's certificate and its authority."""

    def __init__(self, folder: Path, *, mutual: bool = False) -> None:
        folder.mkdir(exist_ok=True)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        certificate = authority.issue_cert("127.0.0.1")
        self.ca = folder / "ca.pem"
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(self.context)
        if mutual:
            authority.configure_trust(self.context)
            self.context.verify_mode = ssl.CERT_REQUIRED
        der = ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode("ascii"))
        self.fingerprint = hashlib.sha256(der).hexdigest()


async def probed(presented: Presented, tls: ArchiveTls) -> tuple[Report, Archive, int]:
    """The report, the archive's settings, and how many requests reached it."""
    async with serving(presented.context, EMPTY_LIST) as line:
        own = archive(f"https://127.0.0.1:{line.port}/dicom-web", tls=tls)
        transport = archive_transport(own)
        channel = Channel(transport, Turnstile(own, "General"), "General")
        report = await probe(own, channel, sleep=no_pause)
        await transport.aclose()
    return report, own, len(line.heads)


async def test_a_certificate_that_is_verified(tmp_path: Path) -> None:
    presented = Presented(tmp_path)
    report, _, requests = await probed(presented, ArchiveTls(ca=presented.ca))
    assert report.facts["tls: certificate"] == "verified"
    assert report.facts["tls: version"] == "TLSv1.3"
    assert report.facts["tls: fingerprint"] == presented.fingerprint
    assert report.facts["tls: expires"] > "2026"
    assert report.facts["tls: http/2 offered"] == "no"
    assert report.facts["search: studies"] == "yes"
    assert requests > 1


async def test_a_certificate_of_an_unknown_authority_is_shown_and_nothing_sent(tmp_path: Path) -> None:
    presented = Presented(tmp_path)
    report, own, requests = await probed(presented, ArchiveTls())
    assert report.facts["tls: certificate"] == NOT_TRUSTED
    assert report.facts["tls: fingerprint"] == presented.fingerprint
    assert report.ended == NOT_TRUSTED
    assert requests == 0
    assert str(suggested(report, own).tls.ca) == "archive-ca.pem"


async def test_another_certificate_than_the_one_named_is_shown(tmp_path: Path) -> None:
    presented = Presented(tmp_path)
    report, _, requests = await probed(presented, ArchiveTls(ca=presented.ca, fingerprints=("00" * 32,)))
    assert report.facts["tls: certificate"].endswith("none of those that its configuration names")
    assert report.facts["tls: fingerprint"] == presented.fingerprint
    assert requests == 0


async def test_an_archive_that_wants_a_certificate(tmp_path: Path) -> None:
    presented = Presented(tmp_path, mutual=True)
    report, own, requests = await probed(presented, ArchiveTls(ca=presented.ca))
    assert report.ended == "the archive wants a certificate of this service"
    assert requests == 0
    assert str(suggested(report, own).tls.certificate) == "vitrine.pem"


async def test_both_places_are_looked_at_where_there_are_two(tmp_path: Path) -> None:
    one, other = (Presented(folder) for folder in (tmp_path / "one", tmp_path / "other"))
    async with serving(one.context, EMPTY_LIST) as searched, serving(other.context, EMPTY_LIST) as retrieved:
        base, elsewhere = (f"https://127.0.0.1:{line.port}/dicom-web" for line in (searched, retrieved))
        own = archive(base, retrieve_url=elsewhere, tls=ArchiveTls(ca=one.ca))
        transport = archive_transport(own)
        facts = (await probe(own, Channel(transport, Turnstile(own, "General"), "General"), sleep=no_pause)).facts
        await transport.aclose()
    assert (facts["tls: certificate"], facts["tls: fingerprint"]) == ("verified", one.fingerprint)
    assert facts["tls for retrieval: certificate"] == NOT_TRUSTED
    assert facts["tls for retrieval: fingerprint"] == other.fingerprint
