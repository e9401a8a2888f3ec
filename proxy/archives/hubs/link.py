"""The link to another exchange: whether it may be asked a question, what goes with it, and whose answer it is."""

from collections.abc import Mapping
from typing import Final

from proxy.errors import ArchiveRefused, AskedAlready, NotPassedOn, RefusedElsewhere
from proxy.passage import Passage, current_passage, pseudonym_of
from proxy.settings.archives import Archive

PROPER: Final = frozenset({403, 508})
"""Answers about the person or the way of a question, which say nothing of how the other exchange fares."""


class Link:
    """To the exchange that `archive` is. `own` is this one's name in `Via`, `institution` the other's public name."""

    def __init__(self, archive: Archive, own: str, institution: str) -> None:
        self.knows_people = archive.knows_people
        self._hops = archive.hub.hops if archive.hub else 0
        self._there = pseudonym_of(archive.base_url)
        self._own = own
        self._institution = institution

    def fields(self) -> Mapping[str, str]:
        """What is said of the way of the question (RFC 9110 §7.6.2, §7.6.3).

        Raises `AskedAlready` when it came from there, `NotPassedOn` at the hop limit, and `ArchiveRefused` when nobody
        asks.
        """
        passage = current_passage()
        if self._there in passage.via:
            raise AskedAlready("this exchange is where the question comes from")
        if passage.hops == 0:
            raise NotPassedOn("a question is not passed on any further; its hop limit is reached", self._institution)
        if self.knows_people and passage.person is None:
            raise ArchiveRefused("another exchange answers people only", self._institution)
        via = ", ".join(f"1.1 {name}" for name in (*passage.via, self._own))
        return {"Via": via, "Max-Forwards": str(self._left(passage))}

    def check(self, status: int) -> None:
        """Raises `RefusedElsewhere` for what the person may not have, `AskedAlready` for what came back to us."""
        if status == 508:
            raise AskedAlready("the question came back to where it was asked")
        if status == 403 and self.knows_people:
            raise RefusedElsewhere

    @property
    def circle(self) -> str:
        """For whom its answers are, where not for everybody: those to whom it gives the same ones."""
        passage = current_passage()
        everybody = not self.knows_people and passage.hops is None
        return "" if everybody else passage.circle or "nobody"

    def _left(self, passage: Passage) -> int:
        return self._hops if passage.hops is None else min(self._hops, passage.hops - 1)
