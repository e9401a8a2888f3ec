"""What was found ahead of a person's coming: kept for that person and patient alone, for a while, in bounded memory.

It is no permission: whoever is shown any of it is asked about first, study by study, as with every search.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cachetools import TTLCache

from proxy.federation.sources import SourceStatus
from proxy.resources import HeldStudy


@dataclass(frozen=True, slots=True)
class Holdings:
    """What one archive answered: how, and the studies."""

    status: SourceStatus
    held: tuple[HeldStudy, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A patient's studies everywhere as they were `at` that moment, in Unix seconds."""

    at: float
    holdings: tuple[Holdings, ...]

    @property
    def studies(self) -> int:
        return sum(len(one.held) for one in self.holdings)


class Expected:
    """At most `studies` in all, each for `seconds`; `timer` gives seconds that only go forward."""

    def __init__(self, studies: int, seconds: float, timer: Callable[[], float]) -> None:
        self._found: TTLCache[tuple[str, str], Found] = TTLCache(studies, seconds, timer, getsizeof=_size)

    def keep(self, subjects: Iterable[str], patients: Sequence[str], found: Found) -> None:
        """Keep `found` for each of `subjects`; a patient with more than fits is not kept."""
        for subject in subjects:
            for patient in patients:
                if _size(found) <= self._found.maxsize:
                    self._found[subject, patient] = found

    def of(self, subject: str, patient: str) -> Found | None:
        return self._found.get((subject, patient))


def _size(found: Found) -> int:
    return 1 + found.studies
