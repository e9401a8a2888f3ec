"""Questions to the audit log as SQL; values travel beside the statement, never inside it."""

from proxy.audit.canonical import to_time
from proxy.audit.store import EventQuery

MAXIMUM_ROWS = 10_000


def to_sql(query: EventQuery) -> tuple[str, list[str | int]]:
    """The statement and its values; newest first when `query.newest`. Never more than `MAXIMUM_ROWS` rows."""
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
    conditions = " AND ".join(asked)
    order = "DESC" if query.newest else "ASC"
    # only the literals above become part of the statement
    statement = f"SELECT sequence, body, digest FROM event WHERE {conditions} ORDER BY sequence {order} LIMIT ?"  # noqa: S608
    return statement, [*asked.values(), min(max(query.limit, 0), MAXIMUM_ROWS)]
