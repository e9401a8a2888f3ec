"""Audit record repositories that are sent everything on record: by syslog over TLS, or as FHIR resources."""

from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from proxy.hosts import read_host
from proxy.settings.credentials import ArchiveTls, Credentials
from proxy.settings.entries import Identifier, Seconds, Section, check_url, is_loopback


class Repository(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`alarm_seconds` is how long a repository may be behind before it is on record, and officers should know."""

    id: Identifier
    tls: ArchiveTls = ArchiveTls()
    alarm_seconds: Seconds = 300.0


class SyslogRepository(Repository, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Takes DICOM audit messages (PS3.15 A.5) by syslog over TLS (RFC 5425, IHE ITI-20).

    Syslog has no receipts: what was sent less than `settle_seconds` ago is sent again after the connection broke.
    """

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 6514
    settle_seconds: Seconds = 10.0

    def __post_init__(self) -> None:
        try:
            read_host(self.host)
        except ValueError as error:
            raise ValueError(f"`host` {error}") from None


class RestfulRepository(Repository, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Takes FHIR AuditEvents (IHE BALP) in bundles by POST at `base_url` (RESTful ATNA, IHE ITI-20)."""

    base_url: str
    credentials: Credentials = Credentials()
    connect_seconds: Seconds = 2.0
    seconds: Seconds = 30.0

    def __post_init__(self) -> None:
        check_url("base_url", self.base_url)
        if urlsplit(self.base_url).scheme == "http" and not is_loopback(self.base_url):
            raise ValueError("`base_url` must be https: who saw whose images would cross the network in the clear")


class Repositories(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Any number of either kind, each of which is sent everything from the first event on."""

    syslog: tuple[SyslogRepository, ...] = ()
    restful: tuple[RestfulRepository, ...] = ()

    def __post_init__(self) -> None:
        names = [one.id for one in (*self.syslog, *self.restful)]
        if len(set(names)) < len(names):
            raise ValueError("two audit repositories share an id")
