"""The treating relationships that care events make: held in memory, written down before they count, over in time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from policy.request import RelationshipKind
from proxy.errors import Overloaded
from proxy.resources import PatientIdentifier

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class EventRelationship:
    """That `subject` has to do with `patient` from `since` until just before `until`, because `sender` said so.

    `event` is this service's own name for the care event, `episode` the kind of event and `visit` the sender's name for
    the visit, by all of which it is ended. `identifiers` are what the patient is searched by.
    """

    id: str
    event: str
    sender: str
    episode: RelationshipKind
    visit: str
    subject: str
    patient: str
    kind: RelationshipKind
    since: datetime
    until: datetime
    identifiers: tuple[PatientIdentifier, ...]

    def holds_at(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


@dataclass(frozen=True, slots=True)
class Change:
    """What one care event changes, all or nothing: `message` is the sender's name for it, empty where it has none."""

    sender: str
    message: str
    at: datetime
    removed: tuple[str, ...] = ()
    added: tuple[EventRelationship, ...] = ()


class RelationshipStore(Protocol):
    """Keeps relationships, and which messages were taken. Called from one thread at a time."""

    def open(self, oldest_message: datetime) -> Iterable[EventRelationship]:
        """What is kept; messages that are older are forgotten. Raises `ConfigurationError` or `StoreFailed`."""
        ...

    def knows(self, sender: str, message: str) -> bool:
        """Whether that message was taken."""
        ...

    def commit(self, change: Change) -> None:
        """Keep `change` durably. Raises `StoreFailed`."""
        ...

    def close(self) -> None: ...


_Visits = tuple[str, RelationshipKind, str]


class EventRelationships:
    """Implements `proxy.patients.treating.Relationships` for what is applied to it; at most `limit` at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: dict[str, EventRelationship] = {}
        self._of_subject: defaultdict[str, dict[str, EventRelationship]] = defaultdict(dict)
        self._of_visits: defaultdict[_Visits, dict[str, EventRelationship]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, name: str) -> bool:
        return name in self._kept

    def relationships_of(self, subject: str, moment: datetime) -> Sequence[EventRelationship]:
        return [one for one in self._of_subject.get(subject, {}).values() if one.holds_at(moment)]

    def in_force(self, moment: datetime) -> Iterator[EventRelationship]:
        """All that hold at `moment` or will hold later."""
        return (one for one in self._kept.values() if moment < one.until)

    def of_visit(
        self, sender: str, episode: RelationshipKind, patients: Iterable[str], visit: str
    ) -> list[EventRelationship]:
        """Those that `sender` has made for a visit; for all of the kind when `visit` is empty."""
        of_kind = [one for key in patients for one in self._of_visits.get((sender, episode, key), {}).values()]
        return [one for one in of_kind if visit in {"", one.visit}]

    def over(self, moment: datetime) -> tuple[str, ...]:
        """The names of those that are over."""
        return tuple(one.id for one in self._kept.values() if one.until <= moment)

    def require_room(self, added: int) -> None:
        """Raises `Overloaded` when `added` more are too many."""
        if len(self._kept) + added > self._limit:
            raise Overloaded("too many relationships are in force", retry_after=600)

    def apply(self, removed: Iterable[str], added: Iterable[EventRelationship]) -> None:
        for name in removed:
            gone = self._kept.pop(name, None)
            if gone is not None:
                _take_out(self._of_subject, gone.subject, name)
                _take_out(self._of_visits, _visits(gone), name)
        for one in added:
            self._kept[one.id] = one
            self._of_subject[one.subject][one.id] = one
            self._of_visits[_visits(one)][one.id] = one


def _visits(one: EventRelationship) -> _Visits:
    return one.sender, one.episode, one.patient


def _take_out(groups: defaultdict[Key, dict[str, EventRelationship]], key: Key, name: str) -> None:
    del groups[key][name]
    if not groups[key]:
        del groups[key]
