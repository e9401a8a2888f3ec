"""How many bytes an archive gives in a day: full fidelity ends first, then everything, and emergencies last."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from proxy.archives.gentleness.calendar import Calendar
from proxy.settings.gentleness import Gentleness


class Spent(StrEnum):
    """How far the budget of the day has gone."""

    LITTLE = "little"
    RENDERED_ONLY = "rendered-only"
    ALL = "all"


@dataclass(slots=True)
class Budget:
    """Counts bodies as they arrive, from midnight to midnight of the institution, while this process runs.

    What emergencies take after the budget is spent comes out of their own reserve; what others still take then, because
    it was under way, does not.
    """

    settings: Gentleness
    calendar: Calendar
    _bytes: int = 0
    _reserve: int = 0
    _day: date = field(default=date.min)

    @property
    def bytes(self) -> int:
        """Bytes of today."""
        self._turn_page()
        return self._bytes

    @property
    def limit(self) -> int:
        return self.settings.daily_bytes

    @property
    def spent(self) -> Spent:
        if self.bytes >= self.limit:
            return Spent.ALL
        if self.bytes >= self.limit * self.settings.full_fidelity_share:
            return Spent.RENDERED_ONLY
        return Spent.LITTLE

    @property
    def has_reserve(self) -> bool:
        """Whether an emergency may be answered although the budget is spent."""
        self._turn_page()
        return self._reserve < self.limit * self.settings.emergency_share

    def add(self, size: int, *, emergency: bool) -> None:
        if emergency and self.spent is Spent.ALL:
            self._reserve += size
        self._turn_page()
        self._bytes += size

    def _turn_page(self) -> None:
        """A clock that is put back makes no new day."""
        today = self.calendar.now().date()
        if today > self._day:
            self._day, self._bytes, self._reserve = today, 0, 0
