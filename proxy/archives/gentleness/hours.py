"""When an archive may be asked: days of the week and times of the day, as its owner lists them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from proxy.archives.gentleness.calendar import Calendar
from proxy.settings.gentleness import HOURS

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MIDNIGHT = "24:00"


@dataclass(frozen=True, slots=True)
class Span:
    """From `opens` to `closes` on `days` (Monday is 0); into the next day where it closes no later than it opens."""

    days: frozenset[int]
    opens: time
    closes: time

    def holds(self, moment: datetime) -> bool:
        day, of_day = moment.weekday(), moment.time()
        if self.opens < self.closes:
            return day in self.days and self.opens <= of_day < self.closes
        return (day in self.days and of_day >= self.opens) or ((day - 1) % 7 in self.days and of_day < self.closes)


def read_span(text: str) -> Span:
    """`text` such as `mon-fri 07:00-19:00`, in the form that `proxy.settings.gentleness` has checked."""
    found = HOURS.fullmatch(text)
    if found is None:
        raise ValueError("not hours")
    first = _DAYS.index(found["first"])
    length = (_DAYS.index(found["last"] or found["first"]) - first) % 7
    closes = "00:00" if found["closes"] == _MIDNIGHT else found["closes"]
    days = frozenset((first + one) % 7 for one in range(length + 1))
    return Span(days, time.fromisoformat(found["opens"]), time.fromisoformat(closes))


class Hours:
    """The spans in which an archive is open; always, when there are none."""

    def __init__(self, spans: Sequence[str], calendar: Calendar) -> None:
        self._spans = tuple(map(read_span, spans))
        self._calendar = calendar

    @property
    def are_open(self) -> bool:
        if not self._spans:
            return True
        now = self._calendar.now()
        return any(span.holds(now) for span in self._spans)

    def seconds_to_opening(self) -> int:
        """How long the archive stays closed, when it is."""
        now = self._calendar.now()
        days = [now.date() + timedelta(days=ahead) for ahead in range(8)]
        openings = [
            opening
            for day in days
            for span in self._spans
            if day.weekday() in span.days and (opening := self._calendar.at(day, span.opens)) > now
        ]
        return self._calendar.seconds_until(min(openings))
