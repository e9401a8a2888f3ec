"""Who is one person under several identifiers."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from proxy.settings.credentials import ArchiveTls, Credentials
from proxy.settings.entries import Positive, Seconds, Section, check_url


class AssigningAuthority(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An assigning authority by its name here and in DICOM, and by its URI at the patient index (IHE PIXm)."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    system: Annotated[str, msgspec.Meta(pattern=r"^(urn:(oid|uuid):|https?://)[\x21-\x7b\x7d\x7e]{1,200}$")]


class PatientIndex(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A FHIR R4 patient index (IHE PIXm, PDQm). `authorities` are those of which identifiers are believed."""

    base_url: str
    authorities: tuple[AssigningAuthority, ...]
    credentials: Credentials = Credentials()
    tls: ArchiveTls = ArchiveTls()
    connections: Positive = 8
    connect_seconds: Seconds = 1.0
    seconds: Seconds = 2.0
    answer_bytes: Positive = 2**20

    def __post_init__(self) -> None:
        check_url("base_url", self.base_url)
        names, systems = [one.name for one in self.authorities], [one.system for one in self.authorities]
        if len(set(names)) < len(names) or len(set(systems)) < len(systems):
            raise ValueError("`authorities` must have a name and a system of their own each")


class Patients(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
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
