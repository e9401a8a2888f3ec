"""How long what an event says holds: never before now, never for ever, and nothing for what is long past."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
import pytest

from policy.request import RelationshipKind
from proxy.care.durations import end_of, span_of
from proxy.care.event import CareEvent, Step
from proxy.settings.care import CareDurations

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOURS = CareDurations(
    before_hours=10,
    encounter_hours=100,
    appointment_hours=20,
    referral_hours=300,
    registered_hours=400,
    after_discharge_hours=5,
)
VISIT, APPOINTMENT = RelationshipKind.ENCOUNTER, RelationshipKind.APPOINTMENT


def hours(number: float) -> datetime:
    return NOW + timedelta(hours=number)


def span(kind: RelationshipKind, **event: object) -> tuple[float, float]:
    told = CareEvent(Step.BEGINS, event.pop("of", kind), (), **event)
    since, until = span_of(kind, told, NOW, HOURS)
    return (since - NOW) / timedelta(hours=1), (until - NOW) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "event", "expected"),
    [
        (VISIT, {}, (0, 100)),
        (VISIT, {"starts": hours(-50)}, (0, 100)),
        (VISIT, {"starts": hours(-50), "told": hours(-40)}, (0, 60)),
        (VISIT, {"starts": hours(30)}, (20, 130)),
        (VISIT, {"ends": hours(7)}, (0, 7)),
        (RelationshipKind.REFERRAL, {"of": VISIT}, (0, 300)),
        (RelationshipKind.REGISTERED, {}, (0, 400)),
        (APPOINTMENT, {"starts": hours(48), "ends": hours(49)}, (38, 69)),
        (APPOINTMENT, {"starts": hours(2)}, (0, 22)),
        (APPOINTMENT, {"starts": hours(-30), "ends": hours(-29)}, (0, -9)),
        (APPOINTMENT, {"starts": hours(48), "ends": hours(1)}, (38, 68)),
    ],
)
def test_a_relationship_begins_and_ends_as_the_exchange_says(kind, event, expected) -> None:
    assert span(kind, **event) == expected


@pytest.mark.parametrize(("ends", "until"), [(None, 5), (hours(-1), 4), (hours(-6), -1), (hours(9), 5)])
def test_a_discharge_leaves_some_hours_from_when_it_was(ends: datetime | None, until: float) -> None:
    assert end_of(CareEvent(Step.ENDS, VISIT, (), ends=ends), NOW, HOURS) == hours(until)


MOMENTS = st.none() | st.datetimes(timezones=st.timezones() | st.just(UTC))


@given(st.sampled_from(list(RelationshipKind)), st.sampled_from([VISIT, APPOINTMENT]), MOMENTS, MOMENTS, MOMENTS)
def test_whatever_a_calendar_says_a_relationship_is_bounded(kind, of, starts, ends, told) -> None:
    event = CareEvent(Step.BEGINS, of, (), starts=starts, ends=ends, told=told)
    since, until = span_of(kind, event, NOW, HOURS)
    assert since >= NOW
    assert until <= NOW + timedelta(days=6 * 366)
    assert end_of(event, NOW, HOURS) <= hours(5)
