"""From when until when a care event makes a relationship, by the exchange's own settings."""

from datetime import UTC, datetime, timedelta

from policy.request import RelationshipKind
from proxy.care.event import CareEvent
from proxy.settings.care import CareDurations

_FARTHEST = timedelta(days=5 * 366)
"""Times farther away than this are taken to be this far: no calendar goes on for ever."""


def span_of(
    kind: RelationshipKind, event: CareEvent, now: datetime, durations: CareDurations
) -> tuple[datetime, datetime]:
    """When a relationship of `kind` begins, never before `now`, and ends: it may be over already.

    It lasts from when the event was told or planned for, so that old messages that come again open nothing.
    """
    told = _near(event.told, now) or now
    starts = _near(event.starts, now) or told
    since = max(now, starts - timedelta(hours=durations.before_hours))
    lasting = timedelta(hours=_hours(kind, durations))
    if event.kind is RelationshipKind.APPOINTMENT:
        return since, max(starts, _near(event.ends, now) or starts) + lasting
    until = max(starts, told) + lasting
    return since, min(until, _near(event.ends, now) or until)


def end_of(event: CareEvent, now: datetime, durations: CareDurations) -> datetime:
    """When the relationships of a visit end that has ended, which is told at `now`."""
    ended = min(now, _near(event.ends, now) or now)
    return ended + timedelta(hours=durations.after_discharge_hours)


def _hours(kind: RelationshipKind, durations: CareDurations) -> float:
    match kind:
        case RelationshipKind.ENCOUNTER:
            return durations.encounter_hours
        case RelationshipKind.APPOINTMENT:
            return durations.appointment_hours
        case RelationshipKind.REFERRAL:
            return durations.referral_hours
        case RelationshipKind.REGISTERED:
            return durations.registered_hours
        case RelationshipKind.NONE:
            return 0.0


def _near(moment: datetime | None, now: datetime) -> datetime | None:
    if moment is None:
        return None
    return min(max(moment, now - _FARTHEST), now + _FARTHEST).astimezone(UTC)
