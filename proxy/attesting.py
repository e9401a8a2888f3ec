"""What lets others attest this service's audit log, and this service theirs: composed from the configuration."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from proxy.audit.checkpoints.keys import existing_signer, read_signer
from proxy.audit.checkpoints.note import NoteRefused, Signer, Verifier, read_verifier
from proxy.audit.checkpoints.remote import RemoteWitness
from proxy.audit.checkpoints.signing import Checkpoints
from proxy.audit.checkpoints.witnesses import FileWitness, SyslogWitness, Witness
from proxy.audit.checkpoints.witnessing import WitnessDesk
from proxy.audit.journal import Journal
from proxy.errors import ConfigurationError
from proxy.outside import Outside
from proxy.settings.audit import Witness as WitnessSettings
from proxy.settings.file import Settings
from proxy.storage.sqlite import SqliteEvents
from proxy.storage.witnessed import SqliteSeen

if TYPE_CHECKING:
    from proxy.storage.postgresql import PostgresqlEvents


@dataclass(frozen=True, slots=True)
class Attesting:
    """The checkpoints of this log, and the desk for those of others."""

    checkpoints: Checkpoints
    desk: WitnessDesk


def attesting_of(
    settings: Settings, outside: Outside, journal: Journal, events: "SqliteEvents | PostgresqlEvents"
) -> Attesting:
    """Raises `ConfigurationError` for keys and files that cannot be used."""
    audit, signer = settings.audit, signer_of(settings)
    witnesses = [_witness(one, outside) for one in audit.witnesses]
    segmented = events if isinstance(events, SqliteEvents) else None
    known = {verifier.name: verifier for verifier in _verifiers(audit.witnessed)}
    return Attesting(
        Checkpoints(events, journal, signer, audit, witnesses, segmented, outside.clock, outside.timer),
        WitnessDesk(known, SqliteSeen(audit.folder), signer, outside.clock),
    )


def signer_of(settings: Settings) -> Signer:
    """Who signs the checkpoints of this log. Raises `ConfigurationError`."""
    return read_signer(settings.audit.signing_key, settings.audit.folder, origin_of(settings))


def verifier_of(settings: Settings) -> Verifier | None:
    """Whose signature is under the checkpoints of this log, if there is a key. Raises `ConfigurationError`."""
    signer = existing_signer(settings.audit.signing_key, settings.audit.folder, origin_of(settings))
    return None if signer is None else signer.verifier


def origin_of(settings: Settings) -> str:
    """The name of this log among logs: where the service is found, unless the configuration names it."""
    return settings.audit.origin or f"{urlsplit(settings.server.public_url).netloc}/audit"


def _witness(settings: WitnessSettings, outside: Outside) -> Witness:
    if settings.file is not None:
        try:
            return FileWitness(settings.id, settings.file)
        except OSError as error:
            raise ConfigurationError(f"witness `{settings.id}`: its file: {error.strerror}") from None
    if settings.syslog is not None:
        return SyslogWitness(settings.id, settings.syslog, outside.clock)
    verifier = next(_verifiers([settings.key] if settings.key else []), None)
    return RemoteWitness(settings, outside.witness_transport(settings), verifier)


def _verifiers(keys: Sequence[str]) -> Iterator[Verifier]:
    for key in keys:
        try:
            yield read_verifier(key)
        except NoteRefused as error:
            raise ConfigurationError(f"a key of another audit log: {error}") from None
