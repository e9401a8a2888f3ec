"""Institutions and their archives."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from proxy.settings.credentials import ArchiveTls, Credentials
from proxy.settings.entries import Identifier, Positive, Seconds, Section, check_url, is_loopback
from proxy.settings.gentleness import Gentleness
from proxy.settings.linking import ORIGIN, Hub


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

    With `own_patients_only` everybody of whom it holds a study has an identifier by that authority.

    `search_url` and `retrieve_url` stand for `base_url` where QIDO-RS and WADO-RS have roots of their own. Of archives
    that hold the same series the one of highest `preference` is asked. `retrieves_instances` allows asking for whole
    objects where there is no other way to a frame. Every `probe_hours` it is looked at whether it has changed. `origin`
    is its name among exchanges, for an archive that several of them ask.
    """

    id: Identifier
    base_url: str
    search_url: str = ""
    retrieve_url: str = ""
    bulkdata_urls: tuple[BulkdataUrl, ...] = ()
    assigning_authority: str = ""
    own_patients_only: bool = False
    preference: int = 0
    origin: str = ""
    hub: Hub | None = None
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
        if self.own_patients_only and not self.assigning_authority:
            raise ValueError("`own_patients_only` needs an `assigning_authority`")
        if not ORIGIN.fullmatch(self.origin):
            raise ValueError("`origin` is made of letters, digits and `._:/-`, and not longer than 200")
        self._check_hub()

    @property
    def knows_people(self) -> bool:
        """Whether it is told who asks, and decides about each person itself."""
        return self.hub is not None and self.hub.person != "none"

    @property
    def status_url(self) -> str:
        """Below which another exchange says how the archives behind it answered; empty for an archive."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}/federation/status" if self.hub else ""

    def _check_hub(self) -> None:
        """An assertion about a person goes to the hub and nowhere else, and is all that is said there of who asks."""
        if self.hub is None:
            return
        if self.probe_hours:
            raise ValueError("a hub is asked when somebody asks: `probe_hours` is for archives")
        if not self.knows_people:
            return
        if self.bulkdata_urls:
            raise ValueError("`bulkdata_urls` are for archives: a hub gives everything itself")
        if self.credentials.kind != ("none" if self.hub.person == "bearer" else "oauth2"):
            raise ValueError("`credentials` of a hub are `none` with `bearer`, else `oauth2` for its token endpoint")
        urls = [url for url in (self.base_url, self.search_url, self.retrieve_url) if url]
        if any(url.startswith("http:") and not is_loopback(url) for url in urls):
            raise ValueError("a hub must be https: assertions about people would cross the network in the clear")


class Institution(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An institution that owns archives and answers for what they show.

    Without `caching` nothing of its images stays in memory once they are shown. `clean_equipment` are models of
    scanners that write no names on original images.
    """

    id: Identifier
    name: str
    allows_sharing: bool = False
    caching: bool = True
    clean_equipment: tuple[str, ...] = ()
    archives: tuple[Archive, ...] = ()
