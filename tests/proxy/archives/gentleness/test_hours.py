"""When an archive may be asked, on its own clock; the expected moments are those of public time zone tables."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.archives.gentleness.calendar import Calendar
from proxy.archives.gentleness.hours import Hours
from tests.times import Hand

WORKDAYS = "mon-fri 07:00-19:00"


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def hours(*spans: str, at: str, zone: str = "Europe/Berlin") -> Hours:
    return Hours(spans, Calendar(zone, Hand(moment(at))))


@pytest.mark.parametrize(
    ("spans", "at", "are_open"),
    [
        ((), "2026-11-29T03:00:00+01:00", True),
        ((WORKDAYS,), "2026-11-27T06:59:59+01:00", False),
        ((WORKDAYS,), "2026-11-27T07:00:00+01:00", True),
        ((WORKDAYS,), "2026-11-27T18:59:59+01:00", True),
        ((WORKDAYS,), "2026-11-27T19:00:00+01:00", False),
        ((WORKDAYS,), "2026-11-28T12:00:00+01:00", False),
        ((WORKDAYS,), "2026-07-01T05:00:00+00:00", True),  # 07:00 in summer
        ((WORKDAYS,), "2026-11-27T05:30:00+00:00", False),  # 06:30 in winter
        ((WORKDAYS, "sat 09:00-12:00"), "2026-11-28T10:00:00+01:00", True),
        (("mon-sun 22:00-06:00",), "2026-11-27T23:00:00+01:00", True),
        (("fri 22:00-06:00",), "2026-11-28T05:59:00+01:00", True),
        (("fri 22:00-06:00",), "2026-11-27T05:59:00+01:00", False),
        (("sun 22:00-06:00",), "2026-11-30T05:00:00+01:00", True),
        (("fri-mon 08:00-09:00",), "2026-11-29T08:30:00+01:00", True),
        (("fri-mon 08:00-09:00",), "2026-12-01T08:30:00+01:00", False),
        (("sun 00:00-24:00",), "2026-11-29T23:59:59+01:00", True),
        (("sun 00:00-24:00",), "2026-11-30T00:00:00+01:00", False),
    ],
)
def test_an_archive_is_open_in_its_hours(spans: tuple[str, ...], at: str, are_open: bool) -> None:
    assert hours(*spans, at=at).are_open is are_open


@pytest.mark.parametrize(
    ("spans", "at", "opens"),
    [
        ((WORKDAYS,), "2026-11-27T19:00:00+01:00", "2026-11-30T07:00:00+01:00"),
        ((WORKDAYS,), "2026-11-27T06:00:00+01:00", "2026-11-27T07:00:00+01:00"),
        ((WORKDAYS, "sun 10:00-11:00"), "2026-11-28T12:00:00+01:00", "2026-11-29T10:00:00+01:00"),
        (("mon 08:00-09:00",), "2026-11-30T09:00:00+01:00", "2026-12-07T08:00:00+01:00"),
        (("mon-sun 07:00-19:00",), "2026-10-24T20:00:00+02:00", "2026-10-25T07:00:00+01:00"),  # the longer night
        (("mon-sun 07:00-19:00",), "2026-03-28T20:00:00+01:00", "2026-03-29T07:00:00+02:00"),  # the shorter one
    ],
)
def test_a_closed_archive_says_when_it_opens(spans: tuple[str, ...], at: str, opens: str) -> None:
    assert hours(*spans, at=at).seconds_to_opening() == moment(opens) - moment(at)


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIMES = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
_SPANS = st.builds(
    lambda first, last, opens, closes: f"{first}-{last} {opens}-{closes}",
    *(st.sampled_from(_DAYS), st.sampled_from(_DAYS), _TIMES, _TIMES),
)


@given(st.lists(_SPANS, min_size=1, max_size=3), st.integers(1_600_000_000, 1_900_000_000))
def test_after_the_seconds_that_are_told_it_is_open_and_not_before(spans: list[str], at: int) -> None:
    clock = Hand(at)
    asked = Hours(spans, Calendar("UTC", clock))
    if asked.are_open:
        return
    wait, began = asked.seconds_to_opening(), clock.now
    clock.now = began + wait
    assert asked.are_open
    for share in (0.25, 0.5, 0.999):
        clock.now = began + (wait - 1) * share
        assert not asked.are_open


def test_a_day_ends_at_the_institutions_own_midnight() -> None:
    berlin = Calendar("Europe/Berlin", Hand(moment("2026-11-27T22:30:00+00:00")))
    assert berlin.seconds_to_midnight() == 1800
    longest = Calendar("Europe/Berlin", Hand(moment("2026-10-25T00:00:00+02:00")))
    assert longest.seconds_to_midnight() == 25 * 3600
