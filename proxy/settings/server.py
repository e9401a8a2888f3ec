"""The service itself: its address, its audit log, its policy, and the providers whose tokens it believes."""

from collections.abc import Mapping
from pathlib import Path
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from proxy.settings.entries import Identifier, Positive, Section, is_loopback, is_network, is_reachable
from proxy.settings.linking import HubIssuer
from proxy.settings.officers import Officer
from proxy.settings.secrets import Secret


class Server(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
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
        if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+/?", self.public_url) or not is_reachable(self.public_url):
            raise ValueError("`public_url` must be http(s)://host[:port] without a path")
        if urlsplit(self.public_url).scheme == "http" and not is_loopback(self.public_url):
            raise ValueError("`public_url` must be https: sessions and images would cross the network in the clear")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("`tls_certificate` and `tls_key` belong together")
        if not all(map(is_network, self.trusted_proxies)):
            raise ValueError("`trusted_proxies` must be addresses or CIDR blocks")


Algorithm = Literal["RS256", "RS384", "RS512", "ES256", "ES384", "PS256", "PS384", "PS512", "EdDSA", "Ed25519"]
Level = Annotated[int, msgspec.Meta(ge=1, le=3)]


class Claims(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where an issuer's tokens carry what policy needs, as dotted paths; the defaults follow IHE IUA and plain OIDC."""

    name: str = "name"
    roles: str = "roles"
    organization: str = "organization"
    organization_id: str = "organization_id"
    person: str = "npi"
    purpose: str = "purpose_of_use"
    assurance: str = "assurance"
    patient_authority: str = "patient.authority"
    patient_value: str = "patient.value"
    fhir_user: str = "fhirUser"


class Issuer(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An OpenID provider whose tokens are believed, and for which claims. `id` prefixes its subjects.

    `roles` and `organizations` say what its words mean here; where they are given, other words mean nothing.
    `assurance_levels` says how surely a person was identified under each `acr`. `proof` is when its tokens must be
    bound to a key (RFC 9449): `always`, for what is declared or given on (`sensitive`), or `never`. With `exchange` it
    is another exchange, which asks on behalf of its people and signs nobody in here.
    """

    id: Identifier
    issuer: str
    audience: str
    algorithms: tuple[Algorithm, ...] = ("RS256",)
    client_id: str = ""
    client_secret: Secret | None = None
    ca: Path | None = None
    claims: Claims = Claims()
    roles: Mapping[str, tuple[str, ...]] = {}
    organizations: Mapping[str, str] = {}
    assurance_levels: Mapping[str, Level] = {}
    fhir_authority: str = ""
    proof: Literal["always", "sensitive", "never"] = "sensitive"
    sign_out: Literal["here", "everywhere"] = "here"
    exchange: HubIssuer | None = None

    def __post_init__(self) -> None:
        if self.exchange is None:
            return
        if self.client_id:
            raise ValueError("another exchange signs nobody in: `client_id` and `exchange` exclude each other")
        if not self.roles or not self.organizations:
            raise ValueError(
                "another exchange is not believed without `roles` and `organizations`, which say what it may"
            )

    def levels_from(self, level: int) -> tuple[str, ...]:
        """The `acr` values that identify a person at least that surely, the least demanding first."""
        known = sorted(self.assurance_levels.items(), key=lambda entry: entry[1])
        return tuple(value for value, reached in known if reached >= level)


class Policy(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`folder` holds schema and rules; `register` is the file of patients, relationships and users of the exchange.

    `emergency_roles` are those whose declared emergencies archives are asked for before everything else; `portals` the
    accounts that may ask what others could open. `officers` change the policy, under the service's `signing_key`;
    the facts of `replay_decisions` decisions are kept for `replay_days`, to try a change on.
    """

    folder: Path
    register: Path
    emergency_roles: tuple[str, ...] = ("clinician", "emergency-clinician")
    officers: tuple[Officer, ...] = ()
    signing_key: Path | None = None
    replay_days: Annotated[int, msgspec.Meta(ge=0, le=2192)] = 90
    replay_decisions: Positive = 200_000
    portals: tuple[str, ...] = ()
