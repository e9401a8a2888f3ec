"""Questions to the audit log as SQL; values travel beside the statement, never inside it.

What has no column is looked for in the body, among the records that the columns leave over.
"""

from collections.abc import Callable

from proxy.audit.canonical import to_time
from proxy.audit.store import MAXIMUM_ROWS, EventQuery

Said = Callable[[str], str]
"""The SQL for what a body says under a path below `event`, such as `detail,emergency`."""


def to_sql(query: EventQuery) -> tuple[str, list[str | int]]:
    """The statement and its values; newest first when `query.newest`. Never more than `MAXIMUM_ROWS` rows."""
    conditions, values = conditions_of(query, _said)
    # only the literals of `conditions_of` become part of the statement
    statement = f"SELECT sequence, body, digest FROM event WHERE {conditions} {ending_of(query)} LIMIT ?"  # noqa: S608
    return statement, [*values, rows_of(query)]


def conditions_of(query: EventQuery, said: Said) -> tuple[str, list[str | int]]:
    """What a record has to satisfy, with `?` for each of the values."""
    wanted: dict[str, str | int | None] = {
        "sequence > ?": query.after,
        "sequence < ?": query.before,
        "patient = ?": query.patient,
        "subject = ?": query.subject,
        "study = ?": query.study,
        "kind = ?": query.kind,
        f"{said('institution')} = ?": query.institution,
        f"{said('purpose')} = ?": query.purpose,
        f"{said('outcome')} = ?": query.outcome,
        f"{said('detail,emergency')} > ?": "" if query.emergency else None,
        "at >= ?": to_time(query.since) if query.since else None,
        "at < ?": to_time(query.until) if query.until else None,
    }
    asked = {condition: value for condition, value in wanted.items() if value is not None}
    return " AND ".join(asked), [*asked.values()]


def ending_of(query: EventQuery) -> str:
    return f"ORDER BY sequence {'DESC' if query.newest else 'ASC'}"


def rows_of(query: EventQuery) -> int:
    return min(max(query.limit, 0), MAXIMUM_ROWS)


def _said(path: str) -> str:
    return f"json_extract(CAST(body AS TEXT), '$.event.{path.replace(',', '.')}')"
