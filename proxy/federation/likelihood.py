"""Which archives are likely to hold a study: learnt from what searches found, in bounded memory, and never a reason
to leave one out.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from cachetools import LRUCache

from proxy.archives.client import ArchiveClient
from proxy.resources import ArchiveId, HeldStudy, PatientIdentifier, Uid

_STUDIES: Final = 50_000
_ROOTS: Final = 20_000
_CALLERS: Final = 10_000
_DEPTHS: Final = (9, 7, 5)
"""How many components of a UID are compared, the most first.

Roots of organizations have four to seven (PS3.5 §9.1); makers of devices often add the device's own number to theirs.
"""


class Likelihood:
    """Remembers where somebody saw studies, whose UIDs begin alike, and which authorities somebody's patients have.

    Where a study was seen is nobody else's knowledge: to be asked for first, it would be answered in another time.
    """

    def __init__(self) -> None:
        self._holders: LRUCache[tuple[str, Uid], frozenset[ArchiveId]] = LRUCache(_STUDIES)
        self._roots: LRUCache[str, frozenset[ArchiveId]] = LRUCache(_ROOTS)
        self._authorities: LRUCache[str, frozenset[str]] = LRUCache(_CALLERS)

    def found(self, subject: str, held: Iterable[HeldStudy]) -> None:
        """Learn that archives hold studies of which somebody may know."""
        for one in held:
            seen = subject, one.study
            self._holders[seen] = self._holders.get(seen, frozenset()) | {one.archive}
            for root in _roots(one.study):
                self._roots[root] = self._roots.get(root, frozenset()) | {one.archive}

    def sought(self, subject: str, patients: Iterable[PatientIdentifier]) -> None:
        """Learn under which identifiers somebody has just searched for a patient."""
        authorities = frozenset(one.authority for one in patients)
        if authorities:
            self._authorities[subject] = authorities

    def order(
        self, subject: str, study: Uid, archives: Collection[ArchiveClient]
    ) -> tuple[Sequence[ArchiveClient], Sequence[ArchiveClient]]:
        """Those of `archives` that speak for themselves, the likeliest first, and the others as they stand."""
        holders, alike = self._holders.get((subject, study), frozenset()), self._beginning_like(study)
        authorities = self._authorities.get(subject, frozenset())

        def rank(one: ArchiveClient) -> int:
            if one.archive.id in holders:
                return 0
            if one.archive.id in alike:
                return 1
            return 2 if one.archive.assigning_authority in authorities else 3

        ordered = sorted(archives, key=rank)
        likely = sum(rank(one) < 3 for one in ordered)
        return ordered[:likely], ordered[likely:]

    def _beginning_like(self, study: Uid) -> frozenset[ArchiveId]:
        """The archives of the longest root that is known of `study`."""
        return next((known for root in _roots(study) if (known := self._roots.get(root))), frozenset())


def _roots(study: Uid) -> list[str]:
    components = study.split(".")
    return [".".join(components[:depth]) for depth in _DEPTHS if depth < len(components)]
