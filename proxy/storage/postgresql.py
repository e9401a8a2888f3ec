"""The audit log in PostgreSQL: a table that one service adds to, in its own name, while others read it.

The role of the service may add and read. Who writes a log is settled by an advisory lock, which the server gives back
when the connection ends, and in doubt by the table's key: two writers cannot both add the same number.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
import time
from typing import Final

import psycopg

from proxy.audit.canonical import MalformedBody, read_body, to_time
from proxy.audit.chain import Entry
from proxy.audit.store import EventQuery, LogDamaged, LogUnreadable, Opening, StoreFailed
from proxy.errors import ConfigurationError
from proxy.storage.queries import conditions_of, ending_of, rows_of

_SECONDS: Final = 4  # less than the patience of whoever waits for a commit
_PAGE: Final = 1000
_IN_ORDER: Final = "-c enable_bitmapscan=off"
"""Before the server has counted its rows it would collect and sort all that follow for each page."""

_LOCK: Final = "SELECT pg_try_advisory_lock(hashtextextended('vitrine audit ' || %s, 0))"
_LETTING_GO_SECONDS: Final = 2.0
"""The server finds out a moment later that a writer has gone."""

_COLUMNS: Final = "log, sequence, body, digest, at, kind, subject, patient, study"
_APPEND: Final = f"COPY audit_event ({_COLUMNS}) FROM STDIN (FORMAT BINARY)"
_TYPES: Final = ("text", "int8", "bytea", "bytea", "text", "text", "text", "text", "text")
_LAST: Final = "SELECT sequence, body, digest FROM audit_event WHERE log = %s ORDER BY sequence DESC LIMIT 1"
_NEXT: Final = (
    "SELECT sequence, body, digest, at, kind, subject, patient, study FROM audit_event"
    " WHERE log = %s AND sequence > %s ORDER BY sequence LIMIT %s"
)
_MAY: Final = (
    "SELECT has_table_privilege('audit_event', 'INSERT') AND has_table_privilege('audit_event', 'SELECT'),"
    " has_table_privilege('audit_event', 'UPDATE') OR has_table_privilege('audit_event', 'DELETE')"
    " OR has_table_privilege('audit_event', 'TRUNCATE'), current_setting('fsync')"
)
_Facets = tuple[str, str, str | None, str | None, str | None]
_Row = tuple[int, bytes, bytes, str, str, str | None, str | None, str | None]


class PostgresqlEvents:
    """Implements `EventStore` and `EventReader` (proxy/audit/store.py) over the rows of `log` in `audit_event`.

    `url` is what libpq takes. Each read has a connection of its own.
    """

    def __init__(self, url: str, log: str) -> None:
        self._url = url
        self._log = log
        self._connection: psycopg.Connection | None = None
        self._last = 0

    def open(self) -> Entry | None:
        """Become the writer and return the last entry."""
        self.close()
        with _failing():
            self._connection = connection = self._connect()
            try:
                self._require_writable(connection)
                row = connection.execute(_LAST, (self._log,)).fetchone()
            except BaseException:
                self.close()
                raise
        self._last = row[0] if row else 0
        return Entry(*row) if row else None

    def append(self, entries: Sequence[Entry]) -> None:
        """Commit all of `entries` durably (synchronous_commit), or none."""
        connection = self._connection
        if connection is None:
            raise StoreFailed("the audit log is not open")
        if [entry.sequence for entry in entries] != [*range(self._last + 1, self._last + 1 + len(entries))]:
            raise StoreFailed("records of the audit log follow one another")
        with _failing(), connection.transaction(), connection.cursor() as cursor, cursor.copy(_APPEND) as copy:
            copy.set_types(_TYPES)
            for entry in entries:
                copy.write_row((self._log, entry.sequence, entry.body, entry.digest, *_facets_of(entry)))
        self._last += len(entries)

    def close(self) -> None:
        """End the connection, and with it the lock."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def find(self, query: EventQuery) -> list[Entry]:
        """The entries that `query` asks for, in order."""
        conditions, values = conditions_of(query, _said)
        # only the literals of `conditions_of` become part of the statement
        statement = f"SELECT sequence, body, digest FROM audit_event WHERE log = %s AND {conditions.replace('?', '%s')}"  # noqa: S608
        plain = [_plain(value) if isinstance(value, str) else value for value in values]
        with self._reading() as connection:
            rows = connection.execute(
                f"{statement} {ending_of(query)} LIMIT %s".encode(), (self._log, *plain, rows_of(query))
            ).fetchall()
        found = [Entry(*row) for row in rows]
        return found[::-1] if query.newest else found

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """All entries in order, a page at a time."""
        for number, body, digest, *_ in self._rows(after):
            yield Entry(number, body, digest)

    def opening(self) -> Opening:
        """The beginning: nothing is removed while the log is in use."""
        return Opening()

    def damage(self) -> str | None:
        """The first record that is found under something else than it says."""
        for number, body, digest, *facets in self._rows(0):
            if tuple(facets) != _facets_of(Entry(number, body, digest)):
                return f"record {number} is filed under something else than it says"
        return None

    def _rows(self, after: int) -> Iterator[_Row]:
        with self._reading() as connection:
            last = after
            while page := connection.execute(_NEXT, (self._log, last, _PAGE)).fetchall():
                yield from page
                last = page[-1][0]

    def _require_writable(self, connection: psycopg.Connection) -> None:
        try:
            adds, changes, fsync = connection.execute(_MAY).fetchone() or (False, False, "off")
        except psycopg.errors.UndefinedTable:
            raise ConfigurationError(
                "the database has no audit log; `vitrine audit schema` prints how to make it"
            ) from None
        if not adds or changes:
            raise ConfigurationError("the database's role must be able to add to the audit log and to read it, no more")
        if fsync != "on":
            raise ConfigurationError("the database does not flush what it commits (`fsync`)")
        end = time.monotonic() + _LETTING_GO_SECONDS
        while connection.execute(_LOCK, (self._log,)).fetchone() != (True,):
            if time.monotonic() > end:
                raise ConfigurationError("another process is writing this audit log in the database")
            time.sleep(_LETTING_GO_SECONDS / 20)

    @contextmanager
    def _reading(self) -> Iterator[psycopg.Connection]:
        try:
            with self._connect() as connection:
                connection.read_only = True
                yield connection
        except psycopg.Error:
            raise LogUnreadable("the audit log in the database cannot be read") from None

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=_SECONDS,
            tcp_user_timeout=1000 * _SECONDS,
            application_name="vitrine",
            options=f"-c synchronous_commit=on -c statement_timeout={_SECONDS}s -c client_encoding=utf8 {_IN_ORDER}",
        )


def _facets_of(entry: Entry) -> _Facets:
    """What a record is found by, as far as PostgreSQL can hold it."""
    try:
        body = read_body(entry.body)
    except MalformedBody:
        raise LogDamaged(f"record {entry.sequence} of the audit log is not an event") from None
    event = body.event
    subject, patient, study = (_plain(one) or None for one in (event.subject, event.patient, event.study))
    return to_time(body.at), event.kind.value, subject, patient, study


def _said(path: str) -> str:
    return rf"(replace(convert_from(body, 'UTF8'), '\u0000', '\ufffd')::json #>> '{{event,{path}}}')"


def _plain(text: str) -> str:
    """The one character that PostgreSQL's text has not, as the one for what is not known."""
    return text.replace("\0", "\ufffd")


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (psycopg.Error, OSError) as error:
        raise StoreFailed("the audit log cannot be written") from error
