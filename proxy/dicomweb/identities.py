"""One patient in all answers to a caller, and a word where that is not certain (PS3.3 C.7.1.1, IHE PIXm)."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from proxy.access.caller import Caller
from proxy.federation.merge import Found
from proxy.federation.query import Query
from proxy.federation.sought import seek
from proxy.federation.sources import Row
from proxy.patients.mismatch import Trait
from proxy.patients.presenting import Presenting
from proxy.patients.recognition import Recognition
from proxy.resources import HeldStudy

DIFFERING: Final = "00991004"
"""Private element (creator VITRINE) of a row whose archive differs from the patient index: in which traits."""


@dataclass(frozen=True, slots=True)
class Identities:
    """Rows and metadata as `presenting` has them, with what `recognition` found. `authorities` are the archives'."""

    recognition: Recognition
    presenting: Presenting
    authorities: tuple[str, ...]

    async def searched(self, caller: Caller, query: Query) -> None:
        """From now on `caller` sees the people whom `query` searches for under the identifiers that it has.

        Another exchange asks under one identifier after the other, and shows people in its own way.
        """
        if caller.hops is not None:
            return
        sought = await seek(query, self.recognition.people, self.authorities) if query.study is None else None
        for one in sought.asked if sought else ():
            self.presenting.searched(_who(caller), one)

    def row(self, caller: Caller, row: Row, found: Found) -> Row:
        """A search result under one identifier of its patient, flagged where its archive and the index differ."""
        held = [part.held for part in found.parts]
        viewable = any(part.visibility.viewable for part in found.parts)
        if caller.hops is not None:
            shown = self.presenting.original(row, held)
        elif found.masked:
            return row
        elif viewable:
            shown = self.presenting.shown(_who(caller), row, held)
        else:
            shown = self.presenting.shown_locked(_who(caller), row, held[0])
        traits = self._traits(found) if viewable else ()
        flag = {DIFFERING: {"vr": "CS", "Value": [one.upper() for one in traits]}} if traits else {}
        return {**shown, **flag}

    def metadata(
        self, caller: Caller, datasets: Iterable[Mapping[str, Any]], held: Sequence[HeldStudy]
    ) -> list[dict[str, Any]]:
        """Attributes of instances under the same identifier as search results."""
        if caller.hops is not None:
            return [self.presenting.original(one, held) for one in datasets]
        return [self.presenting.shown(_who(caller), one, held) for one in datasets]

    def search_warnings(self, page: Sequence[Found]) -> list[str]:
        """Sentences about the people of `page`, and of nobody whom the caller may not know of."""
        identified = [found for found in page if not found.masked]
        shown = [part.held.patient for found in identified for part in found.parts]
        viewable = [one for one in identified if any(part.visibility.viewable for part in one.parts)]
        differing = sum(bool(self._traits(one)) for one in viewable)
        words = [f"The patient index has another birth date or sex for the patient of {differing} results"]
        return [*self.recognition.notices(shown), *(words if differing else [])]

    def study_warnings(self, held: Sequence[HeldStudy]) -> list[str]:
        """Sentences about the patient of one study."""
        differing = dict.fromkeys(trait for one in held for trait in self.recognition.traits(one))
        words = [f"The patient index has another {' and '.join(differing)} for the patient of this study"]
        return [*self.recognition.notices([one.patient for one in held]), *(words if differing else [])]

    def _traits(self, found: Found) -> tuple[Trait, ...]:
        return tuple(dict.fromkeys(trait for part in found.parts for trait in self.recognition.traits(part.held)))


def _who(caller: Caller) -> Hashable:
    return caller.subject, caller.token_id
