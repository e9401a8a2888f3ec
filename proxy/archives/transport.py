"""How connections to archives and providers are made: what they may and may not do, set in one place."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
import logging
import ssl

import httpx

from proxy.archives.authorization.endpoint import TransportOpener
from proxy.archives.authorization.transport import Authorization, Authorized
from proxy.archives.credentials import read_authorization
from proxy.archives.destinations import Destinations, Way
from proxy.archives.http1.egress import Destination, read_destination, read_destinations
from proxy.archives.http1.tls import archive_context, tls_context
from proxy.archives.http1.transport import Http1Transport
from proxy.errors import ConfigurationError
from proxy.settings.archives import Archive
from proxy.settings.audit import Witness
from proxy.settings.consents import ConsentServer
from proxy.settings.credentials import ClientCredentials
from proxy.settings.launch import SmartServer
from proxy.settings.patients import PatientIndex
from proxy.settings.receivers import SignedReceiver
from proxy.settings.repositories import RestfulRepository
from proxy.settings.server import Issuer

_IDLE_SECONDS = 30.0
_PROVIDER_CONNECTIONS = 4
_RECEIVER_CONNECT_SECONDS = 5.0

Carrier = Callable[[Destination, ssl.SSLContext | None, float], httpx.AsyncBaseTransport]
"""Carries requests to one destination, verified by the context, within so many seconds to connect."""


def archive_transport(archive: Archive, carrier: Carrier = Http1Transport) -> httpx.AsyncBaseTransport:
    """Requests to `archive`, with what identifies this service, over its TLS settings, to nowhere else.

    `GuardedTransport`, which is httpx's own, does as well as a `carrier`, as any does that keeps to its destination
    and whose requests can be cancelled without harm to the others. What tells another exchange who asks is added by its
    link (`archives.hubs`). Raises `ConfigurationError` when a certificate file or secret cannot be used.
    """
    _keep_addresses_out_of_logs()
    owner = f"archive `{archive.id}`"
    way_to = partial(_opener, owner, carrier, archive.limits.connect_seconds)
    authorization = None if archive.knows_people else read_authorization(owner, archive.credentials, way_to)
    return Destinations([*_own(archive, carrier, authorization), *_other(archive, carrier, authorization)])


def token_way(archive: Archive, carrier: Carrier = Http1Transport) -> TransportOpener:
    """The way to the token endpoint of `archive`, whose credentials name one."""
    if archive.credentials.oauth2 is None:
        raise ConfigurationError(f"archive `{archive.id}`: its credentials name no token endpoint")
    return _opener(f"archive `{archive.id}`", carrier, archive.limits.connect_seconds, archive.credentials.oauth2)


def index_transport(index: PatientIndex, carrier: Carrier = Http1Transport) -> httpx.AsyncBaseTransport:
    """Requests to the patient index: GET below its base URL and POST at `Patient/$match`, to nowhere else.

    Raises `ConfigurationError` when a certificate file or secret cannot be used.
    """
    _keep_addresses_out_of_logs()
    places = (
        read_destination(f"{index.base_url.rstrip('/')}/Patient/$match", "POST"),
        read_destination(index.base_url),
    )
    return _to_fhir("the patient index", index, places, carrier)


def consents_transport(server: ConsentServer, carrier: Carrier = Http1Transport) -> httpx.AsyncBaseTransport:
    """Requests to the consent register: GET below its base URL, to nowhere else. Raises `ConfigurationError`."""
    _keep_addresses_out_of_logs()
    return _to_fhir("the consent register", server, (read_destination(server.base_url),), carrier)


def repository_transport(repository: RestfulRepository, carrier: Carrier = Http1Transport) -> httpx.AsyncBaseTransport:
    """Bundles to an audit repository: POST at its base URL, and nothing else. Raises `ConfigurationError`."""
    _keep_addresses_out_of_logs()
    place = read_destination(f"{repository.base_url.rstrip('/')}/", "POST")
    return _to_fhir(f"audit repository `{repository.id}`", repository, (place,), carrier)


def provider_transport(issuer: Issuer) -> httpx.AsyncBaseTransport:
    """Connections to an OpenID provider; `ca` verifies it where the public authorities do not."""
    _keep_addresses_out_of_logs()
    context = tls_context(f"issuer `{issuer.id}`", issuer.ca)
    limits = httpx.Limits(max_connections=_PROVIDER_CONNECTIONS, keepalive_expiry=_IDLE_SECONDS)
    return httpx.AsyncHTTPTransport(verify=context, http1=True, http2=False, limits=limits, trust_env=False)


def smart_transport(server: SmartServer) -> httpx.AsyncBaseTransport:
    """Connections to an EHR and its authorization server; `ca` verifies them where the public authorities do not."""
    _keep_addresses_out_of_logs()
    context = tls_context(f"EHR `{server.id}`", server.ca)
    limits = httpx.Limits(max_connections=_PROVIDER_CONNECTIONS, keepalive_expiry=_IDLE_SECONDS)
    return httpx.AsyncHTTPTransport(verify=context, http1=True, http2=False, limits=limits, trust_env=False)


def receiver_transport(receiver: SignedReceiver, carrier: Carrier = Http1Transport) -> httpx.AsyncBaseTransport:
    """POST to the one URL of a receiver of notices, and nothing else."""
    _keep_addresses_out_of_logs()
    context = tls_context(f"receiver `{receiver.id}`", receiver.ca)
    return carrier(read_destination(receiver.url, "POST"), context, _RECEIVER_CONNECT_SECONDS)


def witness_transport(witness: Witness, carrier: Carrier = Http1Transport) -> httpx.AsyncBaseTransport:
    """POST of checkpoints to a witness of the audit log, and nothing else."""
    _keep_addresses_out_of_logs()
    context = tls_context(f"witness `{witness.id}`", witness.ca)
    return carrier(read_destination(witness.submission_url, "POST"), context, _RECEIVER_CONNECT_SECONDS)


def _to_fhir(
    owner: str,
    server: PatientIndex | ConsentServer | RestfulRepository,
    places: Iterable[Destination],
    carrier: Carrier,
) -> httpx.AsyncBaseTransport:
    seconds = server.connect_seconds
    authorization = read_authorization(owner, server.credentials, partial(_opener, owner, carrier, seconds))
    context = archive_context(owner, server.tls)
    ways = [(place, carrier(place, context, seconds)) for place in places]
    if authorization is None:
        return Destinations(ways)
    return Destinations([(place, Authorized(carried, authorization)) for place, carried in ways])


def _own(archive: Archive, carrier: Carrier, authorization: Authorization | None) -> Iterator[Way]:
    context = archive_context(f"archive `{archive.id}`", archive.tls)
    urls = [url for url in (archive.base_url, archive.search_url, archive.retrieve_url, archive.status_url) if url]
    for destination in read_destinations(urls):
        carried = carrier(destination, context, archive.limits.connect_seconds)
        yield destination, carried if authorization is None else Authorized(carried, authorization)


def _other(archive: Archive, carrier: Carrier, authorization: Authorization | None) -> Iterator[Way]:
    """Other places are told who asks only where the configuration says so."""
    for other in archive.bulkdata_urls:
        context = archive_context(f"archive `{archive.id}`", other.tls)
        destination = read_destination(other.url)
        carried = carrier(destination, context, archive.limits.connect_seconds)
        told = authorization if other.send_credentials else None
        yield destination, carried if told is None else Authorized(carried, told)


def _opener(owner: str, carrier: Carrier, connect_seconds: float, client: ClientCredentials) -> TransportOpener:
    """The way to the token endpoint of `owner`: POST to that one URL."""
    destination = read_destination(client.token_url, "POST")
    context = tls_context(owner, client.ca)
    return lambda: carrier(destination, context, connect_seconds)


def _keep_addresses_out_of_logs() -> None:
    """httpx logs each URL at INFO, and what it sends at DEBUG."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
