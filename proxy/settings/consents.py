"""Where patients' consent directives are, and whom they name."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from proxy.settings.credentials import ArchiveTls, Credentials
from proxy.settings.entries import Identifier, Positive, Seconds, Section, check_url
from proxy.settings.patients import AssigningAuthority

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class ConsentServer(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A FHIR R4 server with Consents (IHE PCF, ITI-108), asked by GET; at most `pages` pages of an answer are read."""

    base_url: str
    credentials: Credentials = Credentials()
    tls: ArchiveTls = ArchiveTls()
    connections: Positive = 8
    connect_seconds: Seconds = 1.0
    seconds: Seconds = 2.0
    answer_bytes: Positive = 2**20
    pages: Positive = 10

    def __post_init__(self) -> None:
        check_url("base_url", self.base_url)


class PartyIdentifier(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    system: _Text
    value: _Text


class Party(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody whom consents name, by `references` or `identifiers`, and who that is here.

    Whoever acts for `organization`, has the `role` and is the `subject`, as far as these are given; for an
    `institution` also what it keeps. `accession_system` is how FHIR names the accession numbers that it assigns.
    """

    references: tuple[_Text, ...] = ()
    identifiers: tuple[PartyIdentifier, ...] = ()
    organization: str = ""
    role: str = ""
    subject: str = ""
    institution: Identifier | Literal[""] = ""
    accession_system: str = ""

    def __post_init__(self) -> None:
        if not self.references and not self.identifiers:
            raise ValueError("a party needs `references` or `identifiers`")


class Consents(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Consent directives besides the register's `consent`. `authorities` assign identifiers of patients and staff.

    `fresh_seconds`: when it is asked again; `cache_seconds`: how long the last answer stands while there is no new one.
    """

    fhir: ConsentServer | None = None
    folder: Path | None = None
    authorities: tuple[AssigningAuthority, ...] = ()
    parties: tuple[Party, ...] = ()
    conflicts: Literal["deny", "latest"] = "deny"
    fresh_seconds: Seconds = 2.0
    cache_seconds: Seconds = 60.0
    people: Positive = 50_000
    senders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.cache_seconds < self.fresh_seconds:
            raise ValueError("`cache_seconds` must not be less than `fresh_seconds`")
        names, systems = [one.name for one in self.authorities], [one.system for one in self.authorities]
        if len(set(names)) < len(names) or len(set(systems)) < len(systems):
            raise ValueError("`authorities` must have a name and a system of their own each")
