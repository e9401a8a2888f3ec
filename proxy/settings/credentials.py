"""How the proxy identifies itself to others, and others are verified."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from proxy.settings.entries import FINGERPRINT, Section, check_url, is_loopback
from proxy.settings.secrets import Secret


class ClientCredentials(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A client at an authorization server that gives access tokens for an archive (RFC 6749 §4.4).

    With `private_key_jwt` the credentials' secret is the private key (RFC 7523 §2.2), else the client's secret.
    """

    token_url: str
    client_id: str
    authentication: Literal["client_secret_basic", "private_key_jwt"] = "client_secret_basic"
    algorithm: Literal["RS256", "RS384", "ES256", "ES384"] = "RS384"
    key_id: str = ""
    assertion_audience: str = ""
    scope: str = ""
    audience: str = ""
    resource: str = ""
    ca: Path | None = None

    def __post_init__(self) -> None:
        check_url("token_url", self.token_url)
        if urlsplit(self.token_url).scheme == "http" and not is_loopback(self.token_url):
            raise ValueError("`token_url` must be https: the client's secret would cross the network in the clear")
        if not self.client_id:
            raise ValueError("`client_id` must not be empty")


class Credentials(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the proxy identifies itself to an archive."""

    kind: Literal["none", "basic", "bearer", "oauth2"] = "none"
    username: str = ""
    secret: Secret | None = None
    oauth2: ClientCredentials | None = None

    def __post_init__(self) -> None:
        if (self.kind == "oauth2") != (self.oauth2 is not None):
            raise ValueError("the kind `oauth2` and the table `oauth2` belong together")


class ArchiveTls(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`ca` verifies the archive; `certificate` and `key` identify the proxy to it (mutual TLS, IHE ITI-19).

    `fingerprints` are SHA-256 digests of certificates; the archive's own must be one of them, and be verified besides.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    fingerprints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(map(FINGERPRINT.fullmatch, self.fingerprints)):
            raise ValueError("`fingerprints` must be SHA-256 digests, 64 hexadecimal digits with or without colons")
