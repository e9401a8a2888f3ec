"""The configuration file: TOML, read once at start, refused with the name of the entry that is wrong."""

from ipaddress import ip_network
import os
from pathlib import Path
import re
import tomllib
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from proxy.errors import ConfigurationError

Identifier = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
Positive = Annotated[int, msgspec.Meta(gt=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]

_LONGEST_SECRET = 16 * 2**10


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the configuration file; unknown entries are refused because a misspelt limit is no limit."""


class Server(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`public_url` is the origin browsers see; `clinical_networks` are CIDR blocks inside the clinical network.

    `trusted_proxies` are the only peers whose X-Forwarded-For is believed.
    """

    public_url: str
    bind: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8080
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    clinical_networks: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+/?", self.public_url) or not _is_reachable(self.public_url):
            raise ValueError("`public_url` must be http(s)://host[:port] without a path")
        if urlsplit(self.public_url).scheme == "http" and not _is_loopback(self.public_url):
            raise ValueError("`public_url` must be https: sessions and images would cross the network in the clear")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("`tls_certificate` and `tls_key` belong together")
        if not all(map(_is_network, self.trusted_proxies)):
            raise ValueError("`trusted_proxies` must be addresses or CIDR blocks")


class Secret(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A secret by reference: the name of an environment variable or the path of a file, never the secret itself."""

    env: str | None = None
    file: Path | None = None

    def __post_init__(self) -> None:
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret names either `env` or `file`")


class Credentials(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the proxy identifies itself to an archive."""

    kind: Literal["none", "basic", "bearer"] = "none"
    username: str = ""
    secret: Secret | None = None


class ArchiveTls(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`ca` verifies the archive; `certificate` and `key` identify the proxy to it (mutual TLS, IHE ITI-19)."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class Limits(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How gently an archive is asked, and how much is believed of what it sends; sizes in bytes."""

    connections: Positive = 8
    connect_seconds: Seconds = 3.0
    search_seconds: Seconds = 5.0
    retrieve_seconds: Seconds = 30.0
    search_bytes: Positive = 32 * 2**20
    metadata_bytes: Positive = 64 * 2**20
    frame_bytes: Positive = 256 * 2**20
    bulkdata_bytes: Positive = 4 * 2**30


class Archive(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A DICOMweb archive. `assigning_authority` assigns the PatientIDs that the archive gives without an issuer."""

    id: Identifier
    base_url: str
    assigning_authority: str = ""
    credentials: Credentials = Credentials()
    tls: ArchiveTls = ArchiveTls()
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~\-/]*)?", self.base_url):
            raise ValueError("`base_url` must be http(s)://host[:port]/path without query, user or fragment")
        if ".." in self.base_url:
            raise ValueError("`base_url` must not contain `..`")
        if not _is_reachable(self.base_url):
            raise ValueError("`base_url` names a host or port that cannot be")


class Institution(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An institution that owns archives and answers for what they show."""

    id: Identifier
    name: str
    allows_sharing: bool = False
    archives: tuple[Archive, ...] = ()


class Claims(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where an issuer's tokens carry what policy needs, as dotted paths; the defaults follow IHE IUA and plain OIDC."""

    name: str = "name"
    roles: str = "roles"
    organization: str = "organization"
    purpose: str = "purpose_of_use"
    assurance: str = "assurance"
    patient_authority: str = "patient.authority"
    patient_value: str = "patient.value"


class Issuer(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An OpenID provider whose tokens are believed, and for which claims. `id` prefixes its subjects."""

    id: Identifier
    issuer: str
    audience: str
    algorithms: tuple[Literal["RS256", "RS384", "RS512", "ES256", "ES384"], ...] = ("RS256",)
    client_id: str = ""
    client_secret: Secret | None = None
    ca: Path | None = None
    claims: Claims = Claims()


class Audit(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    folder: Path


class Policy(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`folder` holds schema and rules; `register` is the file of patients, relationships and users of the exchange."""

    folder: Path
    register: Path


class Retrieval(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bounds of what is held in memory and computed at once; sizes in bytes, ages in seconds."""

    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    queue: Positive = 64
    render_seconds: Seconds = 20.0
    frame_cache_bytes: Positive = 256 * 2**20
    rendered_cache_bytes: Positive = 128 * 2**20
    prepared_cache_bytes: Positive = 64 * 2**20
    metadata_cache_bytes: Positive = 64 * 2**20
    cache_seconds: Seconds = 300.0
    maximum_pixels: Positive = 200_000_000
    thumbnails: Literal["icons", "images"] = "icons"


class Federation(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`deadline_seconds`: when a search answers with what it has; `location_seconds`: how long a place is believed."""

    deadline_seconds: Seconds = 4.0
    location_seconds: Seconds = 300.0
    results: Positive = 5000


class Settings(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str = "Vitrine"
    server: Server
    audit: Audit
    policy: Policy
    issuers: tuple[Issuer, ...]
    institutions: tuple[Institution, ...]
    retrieval: Retrieval = Retrieval()
    federation: Federation = Federation()

    def __post_init__(self) -> None:
        archives = [archive.id for institution in self.institutions for archive in institution.archives]
        for what, ids in (
            ("institution", [institution.id for institution in self.institutions]),
            ("archive", archives),
            ("issuer", [issuer.id for issuer in self.issuers]),
        ):
            shared = [one for one in ids if ids.count(one) > 1]
            if shared:
                raise ValueError(f"two entries share the {what} id `{shared[0]}`")


def _is_reachable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "localhost" or (_is_network(host) and ip_network(host).is_loopback)


def _is_network(block: str) -> bool:
    try:
        ip_network(block)
    except ValueError:
        return False
    return True


def read_settings(path: Path) -> Settings:
    """Read `path`; paths inside it are relative to its folder. Raises `ConfigurationError` naming the entry."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"cannot read `{path}`: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"`{path}` is not valid TOML: {error}") from None
    root = path.resolve().parent

    def to_path(kind: type, value: object) -> object:
        if kind is not Path or not isinstance(value, str):
            raise ValueError("expected a path")
        return root / value

    try:
        return msgspec.convert(document, Settings, dec_hook=to_path)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"`{path}`: {error}") from None


def read_secret(secret: Secret) -> str:
    """The secret's text without surrounding white space; empty when the environment variable is not set."""
    if secret.file is None:
        return os.environ.get(secret.env or "", "").strip()
    with secret.file.open("rb") as file:
        return file.read(_LONGEST_SECRET).decode("utf-8").strip()
