"""The keys of a policy's life: the service's own, under every step that was taken, and those of officers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from policy.life.officers import Officer
from policy.life.signature import PublicKey, SigningKey, UnusableKey, new_key, read_public_key, read_signing_key
from proxy.errors import ConfigurationError
from proxy.settings.keyfiles import write_key
from proxy.settings.officers import Officer as OfficerSettings

Key = TypeVar("Key")

FILE_NAME: Final = "policy.key"
_LONGEST: Final = 16 * 2**10
_LOCKED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class Officers:
    """Those who may change the policy, by their subject, and by the key that signs for them elsewhere."""

    by_subject: dict[str, Officer]
    by_key: dict[str, tuple[Officer, PublicKey]]

    def of_subject(self, subject: str) -> Officer | None:
        return self.by_subject.get(subject)

    @property
    def scopes(self) -> dict[str, str | None]:
        """The institution of each, by subject; None for those of the exchange."""
        return {subject: officer.institution for subject, officer in self.by_subject.items()}


def read_officers(entries: Sequence[OfficerSettings]) -> Officers:
    """The officers of the configuration, each once. Raises `ConfigurationError`, also for a key that is of no use."""
    by_subject: dict[str, Officer] = {}
    by_key: dict[str, tuple[Officer, PublicKey]] = {}
    for entry in entries:
        officer = Officer(entry.subject, entry.institution or None)
        if entry.subject in by_subject:
            raise ConfigurationError(f"`policy.officers` names `{entry.subject}` twice")
        by_subject[entry.subject] = officer
        if entry.key is not None:
            key = _usable(entry.key, read_public_key)
            if key.id in by_key:
                raise ConfigurationError(f"two officers share the key `{entry.key}`")
            by_key[key.id] = officer, key
    return Officers(by_subject, by_key)


def read_own_key(named: Path | None, folder: Path) -> SigningKey:
    """The service's key: the file that the configuration names, or one of its own in `folder`, made when missing.

    Raises `ConfigurationError`.
    """
    if named is not None:
        return _usable(named, read_signing_key)
    place = folder / FILE_NAME
    if not place.exists():
        write_key(place, new_key()[1])
    return _usable(place, read_signing_key)


def read_officers_key(place: Path, ask: Callable[[], bytes]) -> SigningKey:
    """The private key of whoever types a command, and who is asked for its passphrase if it has one.

    Raises `ConfigurationError`.
    """
    return _usable(place, lambda pem: read_signing_key(pem, ask() if _LOCKED in pem else None))


def _usable(place: Path, read: Callable[[bytes], Key]) -> Key:
    try:
        with place.open("rb") as file:
            return read(file.read(_LONGEST))
    except OSError as error:
        raise ConfigurationError(f"the key `{place}` cannot be read: {error.strerror}") from None
    except UnusableKey as error:
        raise ConfigurationError(f"the key `{place}` cannot be used: {error}") from None
