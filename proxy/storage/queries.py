"""Questions to the audit log as SQL; values travel beside the statement, never inside it."""

from proxy.audit.canonical import to_time
from proxy.audit.store import EventQuery

MAXIMUM_ROWS = 10_000


def to_sql(query: EventQuery) -> tuple[str, list[str | int]]:
    """The statement and its values; newest first when `query.newest`. Never more than `MAXIMUM_ROWS` rows."""
    conditions, values = conditions_of(query)
    # only the literals of `conditions_of` become part of the statement
    statement = f"SELECT sequence, body, digest FROM event WHERE {conditions} {ending_of(query)} LIMIT ?"  # noqa: S608
    return statement, [*values, rows_of(query)]


def conditions_of(query: EventQuery) -> tuple[str, list[str | int]]:
    """What a record has to satisfy, with `?` for each of the values."""
    wanted: dict[str, str | int | None] = {
        "sequence > ?": query.after,
        "sequence < ?": query.before,
        "patient = ?": query.patient,
        "subject = ?": query.subject,
        "study = ?": query.study,
        "kind = ?": query.kind,
        "at >= ?": to_time(query.since) if query.since else None,
        "at < ?": to_time(query.until) if query.until else None,
    }
    asked = {condition: value for condition, value in wanted.items() if value is not None}
    return " AND ".join(asked), [*asked.values()]


def ending_of(query: EventQuery) -> str:
    return f"ORDER BY sequence {'DESC' if query.newest else 'ASC'}"


def rows_of(query: EventQuery) -> int:
    return min(max(query.limit, 0), MAXIMUM_ROWS)
