"""What views come to: on each day, from whose people to whose studies, and how many in an emergency. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from proxy.audit.reading import Record


def to_figures(records: Iterable[Record], institutions: Mapping[str, str]) -> dict[str, Any]:
    """`days` (YYYY-MM-DD) in order, those without views left out; `pairs` of organization and institution, most first.

    `institutions` are names by id.
    """
    days: Counter[date] = Counter()
    emergencies: Counter[date] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    people = set()
    for record in records:
        event, day = record.event, record.at.date()
        days[day] += 1
        emergencies[day] += bool(event.detail.get("emergency"))
        pairs[event.organization, institutions.get(event.institution, event.institution)] += 1
        people.add(event.subject)
    return {
        "views": days.total(),
        "emergencies": emergencies.total(),
        "people": len(people),
        "days": [{"day": day.isoformat(), "views": days[day], "emergencies": emergencies[day]} for day in sorted(days)],
        "pairs": [
            {"organization": organization, "institution": institution, "views": count}
            for (organization, institution), count in pairs.most_common()
        ],
    }
