"""Passwords and tokens that stand somewhere to be read, and may be exchanged there while the service runs."""

from collections.abc import Callable

from proxy.errors import ConfigurationError


class StoredSecret:
    """An Authorization field made of a secret, which is read again when the archive refuses it (RFC 7617, RFC 6750)."""

    def __init__(self, read: Callable[[], str]) -> None:
        """`read` gives the field's value, or raises `ConfigurationError`; it is called now."""
        self._read = read
        self._field = read()

    def __repr__(self) -> str:
        return "StoredSecret(…)"

    async def field(self) -> str:
        return self._field

    async def renewed(self, refused: str) -> str | None:
        """What stands there now, unless that is what was refused; what cannot be read any more is kept."""
        try:
            self._field = self._read()
        except ConfigurationError:
            return None
        return self._field if self._field != refused else None
