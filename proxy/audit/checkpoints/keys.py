"""The key under the checkpoints of this log: one that the configuration names, or one of its own beside the log."""

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from proxy.audit.checkpoints.note import Signer
from proxy.errors import ConfigurationError

FILE_NAME: Final = "audit.key"
_LONGEST: Final = 16 * 2**10


def read_signer(named: Path | None, folder: Path, origin: str) -> Signer:
    """The Ed25519 key in `named` (PEM), or in `folder`, where one is made when missing. Raises `ConfigurationError`."""
    place = named or folder / FILE_NAME
    if named is None and not place.exists():
        _make(place)
    return Signer(origin, _read(place))


def existing_signer(named: Path | None, folder: Path, origin: str) -> Signer | None:
    """As `read_signer`, but makes none."""
    place = named or folder / FILE_NAME
    return Signer(origin, _read(place)) if place.exists() else None


def _read(place: Path) -> Ed25519PrivateKey:
    try:
        with place.open("rb") as file:
            key = load_pem_private_key(file.read(_LONGEST), None)
    except OSError as error:
        raise ConfigurationError(f"the key `{place}` cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigurationError(f"the key `{place}` is not a private key in PEM") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"the key `{place}` is not an Ed25519 key")
    return key


def _make(place: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise ConfigurationError(f"`{place}` cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
