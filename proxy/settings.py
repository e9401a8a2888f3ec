"""The configuration file: TOML, read once at start, refused with the name of the entry that is wrong."""

from ipaddress import ip_network
from itertools import combinations
import os
from pathlib import Path
import re
import tomllib
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from proxy.errors import ConfigurationError
from proxy.hosts import read_host

Identifier = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
Positive = Annotated[int, msgspec.Meta(gt=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Rate = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]

HOURS = re.compile(
    r"(?P<first>{day})(-(?P<last>{day}))? (?P<opens>{time})-(?P<closes>{time}|24:00)".format(
        day="mon|tue|wed|thu|fri|sat|sun", time="([01][0-9]|2[0-3]):[0-5][0-9]"
    )
)
"""Days of the week, one or from one to another, and the time of day on each; past midnight when it ends earlier."""

_LONGEST_SECRET = 16 * 2**10
_URL = re.compile(
    r"https?://(?P<host>[A-Za-z0-9.\-]+|\[[A-Za-z0-9.:]*\])(:[0-9]{1,5})?(?P<path>(/[A-Za-z0-9._~\-/]*)?)", re.ASCII
)
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}", re.ASCII)


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


class ClientCredentials(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
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
        _check_url("token_url", self.token_url)
        if urlsplit(self.token_url).scheme == "http" and not _is_loopback(self.token_url):
            raise ValueError("`token_url` must be https: the client's secret would cross the network in the clear")
        if not self.client_id:
            raise ValueError("`client_id` must not be empty")


class Credentials(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the proxy identifies itself to an archive."""

    kind: Literal["none", "basic", "bearer", "oauth2"] = "none"
    username: str = ""
    secret: Secret | None = None
    oauth2: ClientCredentials | None = None

    def __post_init__(self) -> None:
        if (self.kind == "oauth2") != (self.oauth2 is not None):
            raise ValueError("the kind `oauth2` and the table `oauth2` belong together")


class ArchiveTls(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`ca` verifies the archive; `certificate` and `key` identify the proxy to it (mutual TLS, IHE ITI-19).

    `fingerprints` are SHA-256 digests of certificates; the archive's own must be one of them, and be verified besides.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    fingerprints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(map(_FINGERPRINT.fullmatch, self.fingerprints)):
            raise ValueError("`fingerprints` must be SHA-256 digests, 64 hexadecimal digits with or without colons")


class BulkdataUrl(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another place that an archive's BulkDataURI may lead to; what identifies the proxy goes there only if it says so.

    `tls` is for this place alone: the archive's own says nothing about another host.
    """

    url: str
    send_credentials: bool = False
    tls: ArchiveTls = ArchiveTls()

    def __post_init__(self) -> None:
        _check_url("url", self.url)


class Limits(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long an archive is waited for, and how much is believed of what it sends; sizes in bytes."""

    connections: Positive = 8
    connect_seconds: Seconds = 3.0
    search_seconds: Seconds = 5.0
    retrieve_seconds: Seconds = 30.0
    search_bytes: Positive = 32 * 2**20
    metadata_bytes: Positive = 64 * 2**20
    frame_bytes: Positive = 256 * 2**20
    bulkdata_bytes: Positive = 4 * 2**30


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return name == "UTC"
    return True


class Gentleness(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an archive's owner allows: when, how often and how much it is asked, and when it is left alone."""

    requests_per_second: Rate = 100.0
    burst: Positive = 200
    hours: tuple[str, ...] = ()
    time_zone: str = "UTC"
    daily_bytes: Positive = 256 * 2**30
    full_fidelity_share: Share = 0.8
    emergency_share: Share = 0.1
    failures: Positive = 5
    pause_seconds: Seconds = 5.0
    longest_pause_seconds: Seconds = 300.0

    def __post_init__(self) -> None:
        wrong = next((hours for hours in self.hours if not HOURS.fullmatch(hours)), None)
        if wrong is not None:
            raise ValueError(f"`hours` must be like `mon-fri 07:00-19:00`, not `{wrong}`")
        if not _is_time_zone(self.time_zone):
            raise ValueError(f"`time_zone` must be a name of the IANA database, not `{self.time_zone}`")
        if self.longest_pause_seconds < self.pause_seconds:
            raise ValueError("`longest_pause_seconds` must not be less than `pause_seconds`")


class KnownDialect(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is known of how an archive is asked, so that it is not asked in vain; what is left out is learnt.

    `results` is the most rows of one answer; 0 for an archive that gives as many as are asked for.
    """

    json: Literal["application/dicom+json", "application/json"] = "application/dicom+json"
    quoted_type: bool | None = None
    any_transfer_syntax: bool | None = None
    frames_by: Literal["frames", "link", "pixeldata", "bulkdata", "bulk", "instance"] | None = None
    byte_ranges: bool | None = None
    results: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Archive(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A DICOMweb archive. `assigning_authority` assigns the PatientIDs that the archive gives without an issuer.

    `search_url` and `retrieve_url` stand for `base_url` where QIDO-RS and WADO-RS have roots of their own. Of archives
    that hold the same series the one of highest `preference` is asked. `retrieves_instances` allows asking for whole
    objects where there is no other way to a frame. Every `probe_hours` it is looked at whether it has changed.
    """

    id: Identifier
    base_url: str
    search_url: str = ""
    retrieve_url: str = ""
    bulkdata_urls: tuple[BulkdataUrl, ...] = ()
    assigning_authority: str = ""
    preference: int = 0
    retrieves_instances: bool = False
    credentials: Credentials = Credentials()
    tls: ArchiveTls = ArchiveTls()
    limits: Limits = Limits()
    gentleness: Gentleness = Gentleness()
    dialect: KnownDialect = KnownDialect()
    probe_hours: Annotated[float, msgspec.Meta(ge=0)] = 0.0

    def __post_init__(self) -> None:
        for name in ("base_url", "search_url", "retrieve_url"):
            url = getattr(self, name)
            if url or name == "base_url":
                _check_url(name, url)


class Institution(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An institution that owns archives and answers for what they show.

    Without `caching` nothing of its images stays in memory once they are shown.
    """

    id: Identifier
    name: str
    allows_sharing: bool = False
    caching: bool = True
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
    """`folder` holds schema and rules; `register` is the file of patients, relationships and users of the exchange.

    `emergency_roles` are those whose declared emergencies archives are asked for before everything else.
    """

    folder: Path
    register: Path
    emergency_roles: tuple[str, ...] = ("clinician",)


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
    lossy_error: Annotated[int, msgspec.Meta(ge=1, le=255)] = 4


class Copying(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much a person may take in full fidelity before it is no longer taken for viewing.

    `frames_per_second` are those of one viewport; the others are amounts of a day, in studies.
    """

    frames_per_second: Rate = 60.0
    burst: Positive = 600
    slow_after: Rate = 40.0
    ask_after: Rate = 80.0
    report_after: Rate = 120.0

    def __post_init__(self) -> None:
        if not self.slow_after < self.ask_after <= self.report_after:
            raise ValueError("`slow_after` must be less than `ask_after`, and that no more than `report_after`")


class Federation(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long and how much is searched.

    `deadline_seconds`: when a search answers with what it has; `location_seconds`: how long a place is believed;
    `paging_seconds`: how long a client may take from one page of a search to the next.
    """

    deadline_seconds: Seconds = 4.0
    location_seconds: Seconds = 300.0
    paging_seconds: Seconds = 300.0
    paging_bytes: Positive = 64 * 2**20
    results: Positive = 5000
    archive_results: Positive = 20_000
    archive_page: Positive = 1000
    archive_requests: Positive = 200


class AssigningAuthority(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An assigning authority by its name here and in DICOM, and by its URI at the patient index (IHE PIXm)."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    system: Annotated[str, msgspec.Meta(pattern=r"^(urn:(oid|uuid):|https?://)[\x21-\x7b\x7d\x7e]{1,200}$")]


class PatientIndex(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A FHIR R4 patient index (IHE PIXm, PDQm). `authorities` are those of which identifiers are believed.

    People of `match_roles` may look patients up by name and birth date.
    """

    base_url: str
    authorities: tuple[AssigningAuthority, ...]
    credentials: Credentials = Credentials()
    tls: ArchiveTls = ArchiveTls()
    connections: Positive = 8
    connect_seconds: Seconds = 1.0
    seconds: Seconds = 2.0
    answer_bytes: Positive = 2**20
    match_roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_url("base_url", self.base_url)
        names, systems = [one.name for one in self.authorities], [one.system for one in self.authorities]
        if len(set(names)) < len(names) or len(set(systems)) < len(systems):
            raise ValueError("`authorities` must have a name and a system of their own each")


class Patients(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is one person under several identifiers, besides what the register says.

    `seconds`: how long a request waits to know; `fresh_seconds`: when it is asked again; `cache_seconds`: how long the
    last answer stands while there is no new one.
    """

    table: Path | None = None
    index: PatientIndex | None = None
    preferred_authorities: tuple[str, ...] = ()
    mismatch: Literal["show", "refuse"] = "show"
    seconds: Seconds = 3.0
    fresh_seconds: Seconds = 60.0
    cache_seconds: Seconds = 300.0
    people: Positive = 50_000

    def __post_init__(self) -> None:
        if self.cache_seconds < self.fresh_seconds:
            raise ValueError("`cache_seconds` must not be less than `fresh_seconds`")


class SenderAuthority(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An assigning authority as the register names it, and the names that a sender has for it."""

    authority: str
    known_as: tuple[str, ...] = ()


class CareSender(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A system that tells of care events, and how it is known: by tokens, by certificates, or by where it is.

    It is believed about patients and practitioners of the authorities that are named here, and about nobody else.
    """

    id: Identifier
    subject: str = ""
    certificates: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    patient_authorities: tuple[SenderAuthority, ...]
    staff_authorities: tuple[SenderAuthority, ...]
    time_zone: str = "UTC"
    character_set: Literal["ASCII", "8859/1", "8859/2", "8859/9", "8859/15", "UNICODE UTF-8"] = "UNICODE UTF-8"

    def __post_init__(self) -> None:
        if not all(map(_FINGERPRINT.fullmatch, self.certificates)):
            raise ValueError("`certificates` must be SHA-256 digests, 64 hexadecimal digits with or without colons")
        if not all(map(_is_network, self.networks)):
            raise ValueError("`networks` must be addresses or CIDR blocks")
        if not _is_time_zone(self.time_zone):
            raise ValueError(f"`time_zone` must be a name of the IANA database, not `{self.time_zone}`")


class Mllp(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The listener for HL7 v2 messages, which there is only with a `port`."""

    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    bind: str = "127.0.0.1"
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    client_ca: Path | None = None
    connections: Positive = 32
    message_bytes: Positive = 256 * 2**10
    message_seconds: Seconds = 10.0
    idle_seconds: Seconds = 3600.0

    def __post_init__(self) -> None:
        together = {one is None for one in (self.tls_certificate, self.tls_key)}
        if len(together) > 1:
            raise ValueError("`tls_certificate` and `tls_key` belong together")
        if self.client_ca is not None and self.tls_certificate is None:
            raise ValueError("`client_ca` needs `tls_certificate` and `tls_key`")


class Receiver(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A system that is told, by a signed POST, when the search ahead for an event of certain senders is done."""

    id: Identifier
    url: str
    secret: Secret
    senders: tuple[Identifier, ...]
    ca: Path | None = None

    def __post_init__(self) -> None:
        _check_url("url", self.url)
        if urlsplit(self.url).scheme == "http" and not _is_loopback(self.url):
            raise ValueError("`url` must be https")


class CareDurations(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long the relationships of care events last."""

    before_hours: Annotated[float, msgspec.Meta(ge=0, le=720)] = 16.0
    encounter_hours: Annotated[float, msgspec.Meta(gt=0, le=8784)] = 336.0
    appointment_hours: Annotated[float, msgspec.Meta(gt=0, le=8784)] = 72.0
    referral_hours: Annotated[float, msgspec.Meta(gt=0, le=8784)] = 720.0
    registered_hours: Annotated[float, msgspec.Meta(gt=0, le=8784)] = 720.0
    after_discharge_hours: Annotated[float, msgspec.Meta(ge=0, le=720)] = 24.0


class Care(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Care events: who tells of them, what they mean, and who is told what came of them."""

    relationships: Positive = 100_000
    searches: Positive = 2
    queue: Positive = 10_000
    kept_hours: Annotated[float, msgspec.Meta(gt=0, le=168)] = 24.0
    kept_studies: Positive = 20_000
    durations: CareDurations = CareDurations()
    mllp: Mllp = Mllp()
    senders: tuple[CareSender, ...] = ()
    receivers: tuple[Receiver, ...] = ()

    def __post_init__(self) -> None:
        known = [sender.id for sender in self.senders]
        unknown = [name for receiver in self.receivers for name in receiver.senders if name not in known]
        if unknown:
            raise ValueError(f"a receiver names the sender `{unknown[0]}`, which there is not")
        for what, names in (
            ("sender id", known),
            ("subject", [sender.subject for sender in self.senders if sender.subject]),
            ("certificate", [plain_fingerprint(one) for sender in self.senders for one in sender.certificates]),
            ("receiver id", [receiver.id for receiver in self.receivers]),
        ):
            if len(set(names)) < len(names):
                raise ValueError(f"two entries share a {what}")
        self._check_networks()
        self._check_listener()

    def _check_networks(self) -> None:
        """An address must be of one sender only."""
        owned = [(sender.id, ip_network(block)) for sender in self.senders for block in sender.networks]
        for (one, block), (other, second) in combinations(owned, 2):
            if one != other and block.version == second.version and block.overlaps(second):
                raise ValueError(f"the networks of the senders `{one}` and `{other}` overlap")

    def _check_listener(self) -> None:
        certified = any(sender.certificates for sender in self.senders)
        if certified and self.mllp.client_ca is None:
            raise ValueError("`certificates` of a sender need `client_ca` of the listener")
        if self.mllp.port and not certified and not any(sender.networks for sender in self.senders):
            raise ValueError("the listener needs a sender with `certificates` or `networks`")


class Settings(_Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str = "Vitrine"
    server: Server
    audit: Audit
    policy: Policy
    issuers: tuple[Issuer, ...]
    institutions: tuple[Institution, ...]
    retrieval: Retrieval = Retrieval()
    copying: Copying = Copying()
    federation: Federation = Federation()
    patients: Patients = Patients()
    care: Care = Care()

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


def plain_fingerprint(text: str) -> str:
    """A fingerprint in its one plain form: lower case, without colons."""
    return text.replace(":", "").lower()


def _check_url(name: str, url: str) -> None:
    """Refuse what does not say plainly where it leads; raises `ValueError` naming the entry."""
    form = _URL.fullmatch(url)
    if form is None:
        raise ValueError(f"`{name}` must be http(s)://host[:port]/path without query, user or fragment")
    if any(step in {".", ".."} for step in form["path"].split("/")):
        raise ValueError(f"`{name}` must not contain `..`")
    try:
        read_host(form["host"])
    except ValueError as error:
        raise ValueError(f"`{name}` {error}") from None
    if not _is_reachable(url):
        raise ValueError(f"`{name}` names a host or port that cannot be")


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
