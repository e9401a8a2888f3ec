"""How the proxy identifies itself to an archive, by what its configuration says: secrets by reference, never shown."""

import base64
from collections.abc import Callable
from urllib.parse import urlsplit

from proxy.archives.authorization.endpoint import TokenEndpoint, TransportOpener
from proxy.archives.authorization.stored import StoredSecret
from proxy.archives.authorization.tokens import AccessToken
from proxy.archives.authorization.transport import Authorization
from proxy.errors import ConfigurationError
from proxy.hosts import is_this_machine
from proxy.settings.archives import Archive
from proxy.settings.consents import ConsentServer
from proxy.settings.credentials import ClientCredentials, Credentials
from proxy.settings.patients import PatientIndex
from proxy.settings.secrets import read_secret

WayTo = Callable[[ClientCredentials], TransportOpener]


def read_authorization(owner: str, credentials: Credentials, way_to: WayTo) -> Authorization | None:
    """What identifies the proxy to `owner`, its secret read now; `None` when it asks for nothing.

    `way_to` gives the way to its token endpoint, if it has one. Raises `ConfigurationError` naming `owner` when the
    credentials cannot be used.
    """
    match credentials.kind:
        case "none":
            return None
        case "basic":
            return StoredSecret(lambda: _basic(credentials.username, secret_of(owner, credentials)))
        case "bearer":
            return StoredSecret(lambda: f"Bearer {secret_of(owner, credentials)}")
        case "oauth2":
            return _access_token(owner, credentials, way_to)


def goes_in_the_clear(archive: Archive) -> bool:
    """Whether what identifies the proxy crosses a network without TLS."""
    roots = [archive.base_url, archive.search_url, archive.retrieve_url]
    roots += [other.url for other in archive.bulkdata_urls if other.send_credentials]
    return archive.credentials.kind != "none" and any(map(_is_in_the_clear, roots))


def server_goes_in_the_clear(server: PatientIndex | ConsentServer) -> bool:
    """Whether patients' identifiers, and what identifies the proxy, cross a network without TLS."""
    return _is_in_the_clear(server.base_url)


def _is_in_the_clear(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_this_machine(parts.hostname or "")


def _basic(username: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode('ascii')}"


def _access_token(owner: str, credentials: Credentials, way_to: WayTo) -> Authorization:
    settings = credentials.oauth2
    if settings is None:
        raise ConfigurationError(f"{owner}: its credentials name no token endpoint")
    try:
        return AccessToken(settings, lambda: secret_of(owner, credentials), TokenEndpoint(settings, way_to(settings)))
    except ConfigurationError as error:
        prefix = f"{owner}: "
        raise ConfigurationError(prefix + str(error).removeprefix(prefix)) from None


def secret_of(owner: str, credentials: Credentials) -> str:
    """The secret of `credentials` now. Raises `ConfigurationError` naming `owner` when it cannot be used."""
    if credentials.secret is None:
        raise ConfigurationError(f"{owner}: its credentials name no secret")
    try:
        text = read_secret(credentials.secret)
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{owner}: its secret cannot be read") from None
    if not text:
        raise ConfigurationError(f"{owner}: its secret is empty: {credentials.secret.emptiness}")
    if not _can_be_sent(credentials, text):
        raise ConfigurationError(f"{owner}: its secret holds characters that HTTP forbids")
    return text


def _can_be_sent(credentials: Credentials, text: str) -> bool:
    """A private key is not sent; a password is encoded first, a token is sent as it stands."""
    oauth2 = credentials.oauth2
    if oauth2 is not None and oauth2.authentication == "private_key_jwt":
        return True
    return text.isprintable() and (credentials.kind != "bearer" or text.isascii())
