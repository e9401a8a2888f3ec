"""How an archive speaks TLS, and the certificate that it shows (RFC 8446, RFC 5280); nothing is sent over it."""

import asyncio
from collections.abc import Iterator
import hashlib
import ssl

from cryptography import x509

from proxy.archives.http1.egress import read_destination
from proxy.archives.http1.tls import archive_context, tls_words
from proxy.archives.probe.findings import Findings, plain

_PROTOCOLS = ["h2", "http/1.1"]


async def look_at_tls(findings: Findings) -> None:
    """Version, certificate and protocols of the places where the archive is searched and retrieved from."""
    archive = findings.archive
    search, retrieve = archive.search_url or archive.base_url, archive.retrieve_url or archive.base_url
    await _look_at(findings, "tls", search)
    if _origin(search) != _origin(retrieve):
        await _look_at(findings, "tls for retrieval", retrieve)


def _origin(url: str) -> tuple[str, str, int]:
    place = read_destination(url)
    return place.scheme, place.host, place.port


async def _look_at(findings: Findings, group: str, url: str) -> None:
    facts, seconds = findings.facts, findings.archive.limits.connect_seconds
    if not url.startswith("https:"):
        facts[f"{group}: version"] = "none"
        return
    await findings.questions.count()
    try:
        shown = await _greet(url, archive_context("the archive", findings.archive.tls), seconds)
        facts[f"{group}: certificate"] = "verified"
    except ssl.SSLCertVerificationError as error:
        facts[f"{group}: certificate"] = tls_words(error) or "cannot be verified"
        shown = await _unverified(url, seconds)
    except (OSError, TimeoutError) as error:
        facts[f"{group}: version"] = tls_words(error) or "cannot be reached"
        return
    facts |= {f"{group}: {name}": value for name, value in _facts(shown)}


async def _unverified(url: str, seconds: float) -> ssl.SSLObject | None:
    """To see what cannot be verified; this service does not say who it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        return await _greet(url, context, seconds)
    except (OSError, TimeoutError):
        return None


async def _greet(url: str, context: ssl.SSLContext, seconds: float) -> ssl.SSLObject | None:
    """Shake hands and hang up."""
    context.set_alpn_protocols(_PROTOCOLS)
    async with asyncio.timeout(seconds):
        protocol = await read_destination(url).connect(_Greeting, context)
    return protocol.tls


class _Greeting(asyncio.Protocol):
    tls: ssl.SSLObject | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.tls = transport.get_extra_info("ssl_object")
        transport.close()


def _facts(shown: ssl.SSLObject | None) -> Iterator[tuple[str, str]]:
    if shown is None:
        return
    yield "version", shown.version() or "unknown"
    yield "http/2 offered", "yes" if shown.selected_alpn_protocol() == "h2" else "no"
    yield from _certificate(shown.getpeercert(binary_form=True) or b"")
    yield from _chain(shown)


def _certificate(der: bytes) -> Iterator[tuple[str, str]]:
    yield "fingerprint", hashlib.sha256(der).hexdigest()
    try:
        certificate = x509.load_der_x509_certificate(der)
    except ValueError:
        return
    yield "expires", certificate.not_valid_after_utc.date().isoformat()
    yield "issuer", plain(certificate.issuer.rfc4514_string())


def _chain(shown: ssl.SSLObject) -> Iterator[tuple[str, str]]:
    """How many certificates the archive sends, its own among them."""
    sent = getattr(getattr(shown, "_sslobj", shown), "get_unverified_chain", lambda: None)()
    if sent:
        yield "certificates sent", str(len(sent))
