"""Rows of several archives as one list: one row for one thing of one patient, in a defined and stable order."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from proxy.access.enforcement import Visibility
from proxy.federation.query import Level
from proxy.federation.sources import Row
from proxy.resources import HeldStudy, PatientIdentifier
from proxy.wire import dicomjson, tags

SortKey = tuple[int, int, str, int, str, int, str, str, str]

_AVAILABLE = ("ONLINE", "NEARLINE", "OFFLINE", "UNAVAILABLE")
_COUNTS = (
    tags.NUMBER_OF_STUDY_RELATED_SERIES,
    tags.NUMBER_OF_STUDY_RELATED_INSTANCES,
    tags.NUMBER_OF_SERIES_RELATED_INSTANCES,
)
_NAMING = {
    Level.STUDIES: (),
    Level.SERIES: (tags.SERIES_INSTANCE_UID,),
    Level.INSTANCES: (tags.SERIES_INSTANCE_UID, tags.SOP_INSTANCE_UID),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A row as one archive gave it, with what its caller may do with the study.

    `rank` orders archives; `institution` is the public name.
    """

    row: Row
    visibility: Visibility
    rank: int = 0
    institution: str = ""

    @property
    def held(self) -> HeldStudy:
        return self.visibility.held


@dataclass(frozen=True, slots=True)
class Found:
    """One study, series or instance of one patient, with its `parts` or copies, the one that is shown first.

    `disputed` when archives have the same study under people not known to be the same. `counted` says how the numbers
    of series and instances came about when there are several parts: `union` of their series, or the `maximum`.
    """

    row: Row
    parts: tuple[Part, ...]
    disputed: bool = False
    counted: str = ""


@dataclass(slots=True)
class Merge:
    """Grows as archives answer; a part costs one look-up. `person_of` is the cross-reference.

    What is of two people not known to be the same is never one: two patients are never merged.
    """

    level: Level
    person_of: Callable[[PatientIdentifier], Hashable]
    _groups: dict[Hashable, list[Part]] = field(default_factory=dict)
    _people: dict[str, set[PatientIdentifier]] = field(default_factory=dict)

    def add(self, parts: Iterable[Part]) -> list[Found]:
        """Take `parts` in; those that nobody gave before, as they are known so far."""
        return [found for part in parts if (found := self._add(part)) is not None]

    def _add(self, part: Part) -> Found | None:
        held = part.held
        key = (held.study, *(dicomjson.text(part.row, tag) for tag in _NAMING[self.level]))
        group = self._groups.setdefault(key, [])
        self._people.setdefault(held.study, set()).add(held.patient)
        group.append(part)
        if len(group) > 1 and self.person_of(held.patient) in {self.person_of(one.held.patient) for one in group[:-1]}:
            return None
        return Found(part.row, (part,), self._is_disputed(held))

    def found(self) -> list[Found]:
        """Everything, in order; who is whose patient by what is known now that all archives have answered."""
        with dicomjson.without_collection():
            merged = (self._merged(parts) for group in self._groups.values() for parts in self._by_person(group))
            return sorted(merged, key=lambda one: sort_key(one.row))

    def _by_person(self, group: list[Part]) -> Iterable[list[Part]]:
        if len(group) == 1:
            return (group,)
        people: dict[Hashable, list[Part]] = {}
        for part in group:
            people.setdefault(self.person_of(part.held.patient), []).append(part)
        return people.values()

    def _merged(self, parts: list[Part]) -> Found:
        disputed = self._is_disputed(parts[0].held)
        if len(parts) == 1:
            return Found(parts[0].row, tuple(parts), disputed)
        ordered = sorted(parts, key=lambda part: (not part.visibility.viewable, part.rank))
        counted = "maximum" if sum(part.visibility.viewable for part in parts) > 1 else ""
        return Found(_one_row([part.row for part in ordered]), tuple(ordered), disputed, counted)

    def _is_disputed(self, held: HeldStudy) -> bool:
        people = self._people[held.study]
        return len(people) > 1 and len(set(map(self.person_of, people))) > 1


def sort_key(row: Row) -> SortKey:
    """Newest study first, then series and instances by number; UIDs and the patient make the order total."""
    text = dicomjson.text
    day, time = text(row, tags.STUDY_DATE), text(row, tags.STUDY_TIME).partition(".")[0]
    study = -_number(day), -_number(f"{time:0<6}"), text(row, tags.STUDY_INSTANCE_UID)
    patient = text(row, tags.ISSUER_OF_PATIENT_ID), text(row, tags.PATIENT_ID)
    if tags.SERIES_INSTANCE_UID not in row and tags.SOP_INSTANCE_UID not in row:
        return *study, 0, "", 0, "", *patient
    return (
        *study,
        _number(text(row, tags.SERIES_NUMBER)),
        text(row, tags.SERIES_INSTANCE_UID),
        _number(text(row, tags.INSTANCE_NUMBER)),
        text(row, tags.SOP_INSTANCE_UID),
        *patient,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _one_row(rows: Sequence[Row]) -> Row:
    """The first of `rows` with what they say together: modalities, the best availability, the highest numbers."""
    merged = dict(rows[0])
    modalities = dict.fromkeys(value for row in rows for value in dicomjson.texts(row, tags.MODALITIES_IN_STUDY))
    if modalities:
        merged[tags.MODALITIES_IN_STUDY] = {"vr": "CS", "Value": list(modalities)}
    stated = {dicomjson.text(row, tags.INSTANCE_AVAILABILITY) for row in rows}
    best = next((one for one in _AVAILABLE if one in stated), None)
    if best:
        merged[tags.INSTANCE_AVAILABILITY] = {"vr": "CS", "Value": [best]}
    for tag in _COUNTS:
        counts = [count for row in rows if (count := dicomjson.integer(row, tag)) is not None]
        if counts:  # parts that may not be opened do not tell theirs
            merged[tag] = {"vr": "IS", "Value": [max(counts)]}
    return merged


def with_counts(found: Found, series: int, instances: int) -> Found:
    """`found` with the numbers that all parts have together."""
    counts = {tags.NUMBER_OF_STUDY_RELATED_SERIES: series, tags.NUMBER_OF_STUDY_RELATED_INSTANCES: instances}
    row = found.row | {tag: {"vr": "IS", "Value": [count]} for tag, count in counts.items()}
    return replace(found, row=row, counted="union")
