"""How connections to archives and providers are made: what they may and may not do, set in one place."""

from http.cookiejar import CookieJar, DefaultCookiePolicy
import logging
from pathlib import Path
import ssl

import httpx

from proxy.errors import ConfigurationError
from proxy.settings import Archive, Issuer

_IDLE_SECONDS = 30.0
_PROVIDER_CONNECTIONS = 4


def archive_transport(archive: Archive) -> httpx.AsyncBaseTransport:
    """Connections to `archive`: HTTP/1.1 over its TLS settings, as many as its limits allow.

    HTTP/2 is off because downloads that viewers abandon use up its connection window; environment variables and .netrc
    are not believed. Raises `ConfigurationError` when a certificate file cannot be used.
    """
    tls = archive.tls
    context = _tls_context(f"archive `{archive.id}`", tls.ca, tls.certificate, tls.key)
    return _transport(context, archive.limits.connections)


def provider_transport(issuer: Issuer) -> httpx.AsyncBaseTransport:
    """Connections to an OpenID provider; `ca` verifies it where the public authorities do not."""
    return _transport(_tls_context(f"issuer `{issuer.id}`", issuer.ca), _PROVIDER_CONNECTIONS)


def archive_client(archive: Archive, transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """A client that follows nothing, decodes nothing and keeps no cookies; the waits of a whole answer are bounded
    by `ArchiveClient`, here only connecting and silence.
    """
    _keep_addresses_out_of_logs()
    limits = archive.limits
    return httpx.AsyncClient(
        transport=transport,
        headers={"Accept-Encoding": "identity", "User-Agent": "vitrine"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx.Timeout(limits.retrieve_seconds, connect=limits.connect_seconds, pool=None),
        follow_redirects=False,
        trust_env=False,
    )


def _transport(context: ssl.SSLContext, connections: int) -> httpx.AsyncHTTPTransport:
    limits = httpx.Limits(
        max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=_IDLE_SECONDS
    )
    return httpx.AsyncHTTPTransport(verify=context, http1=True, http2=False, limits=limits, trust_env=False)


def _tls_context(
    owner: str, ca: Path | None, certificate: Path | None = None, key: Path | None = None
) -> ssl.SSLContext:
    """TLS 1.2 or later, host names checked; `certificate` and `key` identify the proxy (IHE ITI-19)."""
    try:
        context = ssl.create_default_context(cafile=ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"{owner}: the TLS files cannot be used: {error.strerror or 'not valid'}") from None
    return context


def _keep_addresses_out_of_logs() -> None:
    """httpx logs each URL at INFO, and URLs of archives hold UIDs and patient identifiers."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
