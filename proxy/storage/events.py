"""The audit log where the configuration has it: in files, or in PostgreSQL."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from proxy.errors import ConfigurationError
from proxy.settings.audit import Audit
from proxy.settings.secrets import read_secret
from proxy.storage.sqlite import SqliteEvents

if TYPE_CHECKING:
    from proxy.storage.postgresql import PostgresqlEvents

_DRIVER: Final = "psycopg"


def events_of(settings: Audit, origin: str) -> "SqliteEvents | PostgresqlEvents":
    """The log of `origin`. Raises `ConfigurationError` when the database cannot be used from here."""
    if settings.database is None:
        return SqliteEvents(settings.folder)
    if find_spec(_DRIVER) is None:
        raise ConfigurationError("a log in PostgreSQL needs the extra `postgresql`")
    try:
        url = read_secret(settings.database)
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError("the URL of the audit log's database cannot be read") from None
    if not url:
        raise ConfigurationError("the URL of the audit log's database is missing")
    events: PostgresqlEvents = import_module("proxy.storage.postgresql").PostgresqlEvents(url, origin)
    return events
