"""How one archive stands now: what its owner allows, what it said itself, and how it fared."""

from collections.abc import Callable
from dataclasses import dataclass

from proxy.archives.gentleness.breaker import Breaker
from proxy.archives.gentleness.budget import Budget
from proxy.archives.gentleness.calendar import Calendar
from proxy.archives.gentleness.hours import Hours
from proxy.archives.gentleness.retry_after import Rest
from proxy.archives.gentleness.tally import Failure, Reason, Tally
from proxy.errors import ArchiveFailed, ArchiveResting, OutsideHours, RenderedOnly
from proxy.settings.gentleness import Gentleness


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything but the line. `clock` gives Unix seconds, `timer` seconds that only grow."""

    institution: str
    calendar: Calendar
    hours: Hours
    budget: Budget
    breaker: Breaker
    rest: Rest
    tally: Tally
    clock: Callable[[], float]
    timer: Callable[[], float]

    def note_failure(self, words: str) -> None:
        self.tally.last_failure = Failure(words, self.clock())

    def resting(self) -> ArchiveResting:
        return ArchiveResting("the archive asked for a pause", self.institution, self.rest.seconds)

    def failing(self) -> ArchiveFailed:
        words = "the archive failed again and again, and is left alone for a while"
        return ArchiveFailed(words, self.institution, self.breaker.seconds_to_probe())

    def closed(self) -> OutsideHours:
        words = "the archive is outside its hours, and answers emergencies only"
        return OutsideHours(words, self.institution, self.hours.seconds_to_opening())

    def spent(self) -> ArchiveResting:
        words = "the archive has given all that it gives in a day; it is asked again after midnight"
        return ArchiveResting(words, self.institution, self.calendar.seconds_to_midnight())

    def rendered_only(self) -> RenderedOnly:
        words = "this archive gives rendered images only until midnight"
        return RenderedOnly(words, self.institution, self.calendar.seconds_to_midnight())

    def refused(self, reason: Reason, error: ArchiveFailed) -> ArchiveFailed:
        """`error`, counted."""
        self.tally.refusals[reason] += 1
        return error


def to_standing(
    settings: Gentleness, institution: str, clock: Callable[[], float], timer: Callable[[], float]
) -> Standing:
    """As it is before the first question."""
    calendar = Calendar(settings.time_zone, clock)
    return Standing(
        institution=institution,
        calendar=calendar,
        hours=Hours(settings.hours, calendar),
        budget=Budget(settings, calendar),
        breaker=Breaker(settings, timer),
        rest=Rest(timer),
        tally=Tally(),
        clock=clock,
        timer=timer,
    )
