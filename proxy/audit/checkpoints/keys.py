"""The key under the checkpoints of this log: one that the configuration names, or one of its own beside the log."""

from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from proxy.audit.checkpoints.note import Signer
from proxy.errors import ConfigurationError
from proxy.settings.keyfiles import write_key

FILE_NAME: Final = "audit.key"
_LONGEST: Final = 16 * 2**10


def read_signer(named: Path | None, folder: Path, origin: str) -> Signer:
    """The Ed25519 key in `named` (PEM), or in `folder`, where one is made when missing. Raises `ConfigurationError`."""
    place = named or folder / FILE_NAME
    if named is None and not place.exists():
        write_key(place, _new())
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


def _new() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
