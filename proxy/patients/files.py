"""Files about patients, read whole; what is wrong with one is told without naming a person."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from proxy.errors import ConfigurationError

Contents = TypeVar("Contents")
MAXIMUM_BYTES = 64 * 2**20


def read_file(path: Path, to_contents: Callable[[bytes], Contents]) -> Contents:
    """What `to_contents` makes of the file at `path`. Raises `ConfigurationError` naming the file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read `{path}`: {error.strerror}") from None
    if len(content) > MAXIMUM_BYTES:
        raise ConfigurationError(f"`{path}` is larger than {MAXIMUM_BYTES // 2**20} MiB")
    try:
        return to_contents(content)
    except ConfigurationError as error:
        raise ConfigurationError(f"`{path}`: {error}") from None
