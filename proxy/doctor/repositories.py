"""Whether audit repositories can be reached, by connecting to them, and how far behind they are."""

from collections.abc import Iterator
import socket
from urllib.parse import urlsplit

from proxy.archives.http1.tls import archive_context, tls_words
from proxy.attesting import origin_of
from proxy.audit.store import EventQuery, EventReader
from proxy.doctor.finding import Finding, good, missing, note
from proxy.errors import AuditUnavailable, ConfigurationError
from proxy.hosts import PORTS
from proxy.repositories.line import Line
from proxy.settings.credentials import ArchiveTls
from proxy.settings.file import Settings
from proxy.settings.repositories import Repository
from proxy.storage.events import events_of
from proxy.storage.positions import FILE_NAME, SqlitePositions

_MANY = 1000
"""Records that a repository may lack before it is worth a word."""


def repository_findings(settings: Settings) -> Iterator[Finding]:
    """About each audit repository of `settings`, and how far it has come in the log."""
    for syslog in settings.repositories.syslog:
        yield _reached(syslog, syslog.host.strip("[]"), syslog.port, secured=True)
        yield from _behind(syslog, settings)
    for restful in settings.repositories.restful:
        parts = urlsplit(restful.base_url)
        port = parts.port or PORTS[parts.scheme]
        yield _reached(restful, parts.hostname or "", port, secured=parts.scheme == "https")
        yield from _behind(restful, settings)


def _reached(repository: Repository, host: str, port: int, *, secured: bool) -> Finding:
    about = _about(repository)
    try:
        _connect(about, host, port, repository.tls if secured else None)
    except ConfigurationError as error:
        return missing(about, str(error))
    except OSError as error:
        words = tls_words(error)
        said = words.replace("archive", "repository") if words else "it cannot be reached"
        return missing(about, f"{said}; events wait in the audit log until it can")
    return good(about, "it can be reached" + (", and its certificate is verified" if secured else ""))


def _connect(about: str, host: str, port: int, tls: ArchiveTls | None) -> None:
    if tls is None:
        socket.create_connection((host, port), 5).close()
    else:
        Line(host, port, archive_context(about, tls), tls).close()


def _behind(repository: Repository, settings: Settings) -> Iterator[Finding]:
    """Nothing where there is no log yet."""
    folder, about = settings.audit.folder, _about(repository)
    if not (folder / FILE_NAME).is_file():
        return
    try:
        reader: EventReader = events_of(settings.audit, origin_of(settings))
        newest = reader.find(EventQuery(limit=1, newest=True))
        lacking = (newest[0].sequence if newest else 0) - SqlitePositions(folder).read(repository.id)
    except (AuditUnavailable, ConfigurationError) as error:
        yield missing(about, str(error))
        return
    say = note if lacking > _MANY else good
    yield say(about, f"{max(lacking, 0)} events on record are not known to have reached it")


def _about(repository: Repository) -> str:
    return f"repository `{repository.id}`"
