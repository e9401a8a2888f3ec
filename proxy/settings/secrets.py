"""Secrets by reference: the configuration says where they are, and they are read when they are needed."""

import os
from pathlib import Path

from proxy.settings.entries import Section

_LONGEST_SECRET = 16 * 2**10


class Secret(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A secret by reference: the name of an environment variable or the path of a file, never the secret itself."""

    env: str | None = None
    file: Path | None = None

    def __post_init__(self) -> None:
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret names either `env` or `file`")

    @property
    def emptiness(self) -> str:
        """Where nothing is, for whoever looks after the configuration."""
        return f"`{self.file}` is empty" if self.file else f"the environment variable `{self.env}` is not set"


def read_secret(secret: Secret) -> str:
    """The secret's text without surrounding white space; empty when the environment variable is not set."""
    if secret.file is None:
        return os.environ.get(secret.env or "", "").strip()
    with secret.file.open("rb") as file:
        return file.read(_LONGEST_SECRET).decode("utf-8").strip()
