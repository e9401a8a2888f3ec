"""A key that the service makes for itself: a file for this account alone, written once."""

import os
from pathlib import Path

from proxy.errors import ConfigurationError


def write_key(place: Path, pem: bytes) -> None:
    """Keep `pem` at `place`, flushed to the disk, unless another process has made one. Raises `ConfigurationError`."""
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
