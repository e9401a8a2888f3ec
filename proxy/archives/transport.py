"""How connections to archives and providers are made: what they may and may not do, set in one place."""

import logging
from pathlib import Path
import ssl

import httpx

from proxy.archives.http1.egress import read_destination
from proxy.archives.http1.transport import Http1Transport
from proxy.errors import ConfigurationError
from proxy.settings import Archive, Issuer

_IDLE_SECONDS = 30.0
_PROVIDER_CONNECTIONS = 4


def archive_transport(archive: Archive) -> httpx.AsyncBaseTransport:
    """Connections to `archive`: HTTP/1.1 over its TLS settings, to nowhere else.

    Any other transport of httpx does as well, as long as a request can be cancelled without harm to the others.
    Raises `ConfigurationError` when a certificate file cannot be used.
    """
    tls = archive.tls
    context = _tls_context(f"archive `{archive.id}`", tls.ca, tls.certificate, tls.key)
    return Http1Transport(read_destination(archive.base_url), context, archive.limits.connect_seconds)


def provider_transport(issuer: Issuer) -> httpx.AsyncBaseTransport:
    """Connections to an OpenID provider; `ca` verifies it where the public authorities do not."""
    _keep_addresses_out_of_logs()
    context = _tls_context(f"issuer `{issuer.id}`", issuer.ca)
    limits = httpx.Limits(max_connections=_PROVIDER_CONNECTIONS, keepalive_expiry=_IDLE_SECONDS)
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
    """httpx logs each URL at INFO."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
