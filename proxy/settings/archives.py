"""Institutions and their archives."""

from typing import Annotated, Literal

import msgspec

from proxy.settings.credentials import ArchiveTls, Credentials
from proxy.settings.entries import Identifier, Positive, Seconds, Section, check_url
from proxy.settings.gentleness import Gentleness


class BulkdataUrl(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another place that an archive's BulkDataURI may lead to; what identifies the proxy goes there only if it says so.

    `tls` is for this place alone: the archive's own says nothing about another host.
    """

    url: str
    send_credentials: bool = False
    tls: ArchiveTls = ArchiveTls()

    def __post_init__(self) -> None:
        check_url("url", self.url)


class Limits(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long an archive is waited for, and how much is believed of what it sends; sizes in bytes."""

    connections: Positive = 8
    connect_seconds: Seconds = 3.0
    search_seconds: Seconds = 5.0
    retrieve_seconds: Seconds = 30.0
    search_bytes: Positive = 32 * 2**20
    metadata_bytes: Positive = 64 * 2**20
    frame_bytes: Positive = 256 * 2**20
    bulkdata_bytes: Positive = 4 * 2**30


class KnownDialect(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is known of how an archive is asked, so that it is not asked in vain; what is left out is learnt.

    `results` is the most rows of one answer; 0 for an archive that gives as many as are asked for.
    """

    json: Literal["application/dicom+json", "application/json"] = "application/dicom+json"
    quoted_type: bool | None = None
    any_transfer_syntax: bool | None = None
    frames_by: Literal["frames", "link", "pixeldata", "bulkdata", "bulk", "instance"] | None = None
    byte_ranges: bool | None = None
    results: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Archive(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
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
                check_url(name, url)


class Institution(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An institution that owns archives and answers for what they show.

    Without `caching` nothing of its images stays in memory once they are shown.
    """

    id: Identifier
    name: str
    allows_sharing: bool = False
    caching: bool = True
    archives: tuple[Archive, ...] = ()
