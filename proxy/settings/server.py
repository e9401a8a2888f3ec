"""The service itself: its address, its audit log, its policy, and the providers whose tokens it believes."""

from pathlib import Path
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from proxy.settings.entries import Identifier, Section, is_loopback, is_network, is_reachable
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


class Claims(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where an issuer's tokens carry what policy needs, as dotted paths; the defaults follow IHE IUA and plain OIDC."""

    name: str = "name"
    roles: str = "roles"
    organization: str = "organization"
    purpose: str = "purpose_of_use"
    assurance: str = "assurance"
    patient_authority: str = "patient.authority"
    patient_value: str = "patient.value"


class Issuer(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An OpenID provider whose tokens are believed, and for which claims. `id` prefixes its subjects."""

    id: Identifier
    issuer: str
    audience: str
    algorithms: tuple[Literal["RS256", "RS384", "RS512", "ES256", "ES384"], ...] = ("RS256",)
    client_id: str = ""
    client_secret: Secret | None = None
    ca: Path | None = None
    claims: Claims = Claims()


class Audit(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    folder: Path


class Policy(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`folder` holds schema and rules; `register` is the file of patients, relationships and users of the exchange.

    `emergency_roles` are those whose declared emergencies archives are asked for before everything else.
    """

    folder: Path
    register: Path
    emergency_roles: tuple[str, ...] = ("clinician",)
