"""Launches from other systems: whose identifiers they name, and the EHRs that launch by SMART."""

from pathlib import Path
from typing import Annotated

import msgspec

from proxy.settings.entries import Identifier, Section, check_url, is_loopback
from proxy.settings.patients import AssigningAuthority
from proxy.settings.secrets import Secret


class SmartServer(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An EHR that launches this service as a SMART app. `iss` is its FHIR base URL, as it sends it.

    `authorities` are those whose identifiers of its Patient resources are believed.
    """

    id: Identifier
    iss: str
    client_id: str
    client_secret: Secret | None = None
    authorities: tuple[AssigningAuthority, ...]
    ca: Path | None = None

    def __post_init__(self) -> None:
        check_url("iss", self.iss)


Origin = Annotated[str, msgspec.Meta(pattern=r"^https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?$")]


class Launching(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`authorities` are those that links of other systems name by a universal identifier.

    Pages of the origins `embedders` may frame the strip of a study's images.
    """

    authorities: tuple[AssigningAuthority, ...] = ()
    smart: tuple[SmartServer, ...] = ()
    embedders: tuple[Origin, ...] = ()

    def __post_init__(self) -> None:
        addresses = [one.iss for one in self.smart]
        if len(set(addresses)) < len(addresses):
            raise ValueError("two entries of `smart` share an `iss`")
        if any(one.startswith("http:") and not is_loopback(one) for one in self.embedders):
            raise ValueError("`embedders` must be https")
