"""How many people one search may come across whose identity and decisions others are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from proxy.federation.sources import Row, SourceState, SourceStatus
from proxy.resources import HeldStudy, PatientIdentifier

MOST_PEOPLE: Final = 1000
"""A search that finds more people is not one for a patient; rows of further ones are left out, and that is said."""


@dataclass(slots=True)
class Crowd:
    """The people of one search so far. At `most` so many; everybody for None."""

    most: int | None
    _people: set[PatientIdentifier] = field(default_factory=set)
    _crowded: set[str] = field(default_factory=set)

    def admitted(self, archive: str, owned: Sequence[tuple[Row, HeldStudy]]) -> Sequence[tuple[Row, HeldStudy]]:
        """Those of `owned`, which `archive` gave, that are of people for whom there is room."""
        if self.most is None:
            return owned
        for _, held in owned:
            if len(self._people) < self.most:
                self._people.add(held.patient)
        admitted = [one for one in owned if one[1].patient in self._people]
        if len(admitted) < len(owned):
            self._crowded.add(archive)
        return admitted

    def told(self, status: SourceStatus) -> SourceStatus:
        """`status`, truncated where rows of the archive were left out."""
        left_out = status.archive in self._crowded and status.state is SourceState.ANSWERED
        return replace(status, state=SourceState.TRUNCATED) if left_out else status
