"""Days and hours as they are at an archive: an institution's midnight is that of its own time zone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
import math
from zoneinfo import ZoneInfo


class Calendar:
    """`clock` gives Unix seconds; `time_zone` is a name of the IANA database."""

    def __init__(self, time_zone: str, clock: Callable[[], float]) -> None:
        self._zone: tzinfo = UTC if time_zone == "UTC" else ZoneInfo(time_zone)
        self._clock = clock

    def now(self) -> datetime:
        """The moment, on the institution's own clock."""
        return datetime.fromtimestamp(self._clock(), self._zone)

    def at(self, day: date, of_day: time) -> datetime:
        return datetime.combine(day, of_day, self._zone)

    def seconds_until(self, moment: datetime) -> int:
        """Whole seconds, at least one, after which `moment` has come, also over days of 23 and 25 hours."""
        return max(1, math.ceil(moment.timestamp() - self._clock()))

    def seconds_to_midnight(self) -> int:
        return self.seconds_until(self.at(self.now().date() + timedelta(days=1), time.min))
