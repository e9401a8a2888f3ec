"""How the proxy identifies itself to an archive (RFC 7617, RFC 6750): secrets by reference, never shown or logged."""

import base64
from collections.abc import Mapping

from proxy.errors import ConfigurationError
from proxy.settings import Archive, read_secret


class Authorization:
    """The Authorization field that an archive's credentials ask for, or none."""

    def __init__(self, field: str | None) -> None:
        self._field = field

    def __repr__(self) -> str:
        return "Authorization(…)"

    @property
    def headers(self) -> Mapping[str, str]:
        return {} if self._field is None else {"Authorization": self._field}


def read_authorization(archive: Archive) -> Authorization:
    """The credentials of `archive`, its secret read now. Raises `ConfigurationError` when they cannot be used."""
    credentials = archive.credentials
    match credentials.kind:
        case "none":
            return Authorization(None)
        case "basic":
            pair = f"{credentials.username}:{_secret_of(archive)}"
            return Authorization(f"Basic {base64.b64encode(pair.encode('utf-8')).decode('ascii')}")
        case "bearer":
            return Authorization(f"Bearer {_secret_of(archive)}")


def _secret_of(archive: Archive) -> str:
    secret = archive.credentials.secret
    if secret is None:
        raise ConfigurationError(f"archive `{archive.id}`: its credentials name no secret")
    try:
        text = read_secret(secret)
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"archive `{archive.id}`: its secret cannot be read") from None
    if not text or not text.isprintable() or (archive.credentials.kind == "bearer" and not text.isascii()):
        raise ConfigurationError(f"archive `{archive.id}`: its secret is empty or holds characters that HTTP forbids")
    return text
