"""Rows of several archives as one list: one row for one thing of one patient, in a defined and stable order."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from proxy.access.enforcement import Visibility
from proxy.federation.origins import Origin
from proxy.federation.query import Level
from proxy.federation.sources import Row
from proxy.resources import HeldStudy, PatientIdentifier
from proxy.wire import dicomjson, tags
from proxy.wire.dicomjson import Writer

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

    `rank` orders archives; `origins` says whose it is, of several behind another exchange.
    """

    row: Row
    visibility: Visibility
    rank: int = 0
    origins: tuple[Origin, ...] = ()

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

    @property
    def masked(self) -> bool:
        """Whether nothing may say whose it is: whoever masks a part of a study masks all of it."""
        return any(part.visibility.masked for part in self.parts)


@dataclass(frozen=True, slots=True)
class Entry:
    """A `Found` that nobody looks at yet, its row as JSON: an eighth of the memory, and nothing to look through."""

    row: bytes
    parts: tuple[Part, ...]
    disputed: bool
    counted: str

    def found(self) -> Found:
        return Found(msgspec.json.decode(self.row), self.parts, self.disputed, self.counted)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A part without attributes, its row apart, and where it belongs among all rows."""

    part: Part
    row: bytes
    place: SortKey


@dataclass(slots=True)
class Merge:
    """Grows as archives answer; a part costs one look-up. `person_of` is the cross-reference.

    What is of two people not known to be the same is never one: two patients are never merged.
    """

    level: Level
    person_of: Callable[[PatientIdentifier], Hashable]
    _groups: dict[Hashable, list[_Copy]] = field(default_factory=dict)
    _people: dict[str, set[PatientIdentifier]] = field(default_factory=dict)
    _writer: Writer = field(default_factory=Writer)

    def add(self, parts: Iterable[Part]) -> list[Found]:
        """Take `parts` in; those that nobody gave before, as they are known so far."""
        return [Found(part.row, (part,), self._is_disputed(part.held)) for part in parts if self._take(part)]

    def take(self, parts: Iterable[Part]) -> None:
        """Take `parts` in, when nobody wants to know before the end."""
        for part in parts:
            self._take(part)

    def _take(self, part: Part) -> bool:
        held = part.held
        key = (held.study, *(dicomjson.text(part.row, tag) for tag in _NAMING[self.level]))
        group = self._groups.setdefault(key, [])
        self._people.setdefault(held.study, set()).add(held.patient)
        known = bool(group) and self.person_of(held.patient) in {self.person_of(one.part.held.patient) for one in group}
        group.append(_Copy(_slim(part), self._writer.to_json(part.row), sort_key(part.row)))
        return not known

    def entries(self) -> list[Entry]:
        """Everything, in order; who is whose patient by what is known now that all archives have answered."""
        copies = [own for group in self._groups.values() for own in self._by_person(group)]
        copies.sort(key=lambda own: own[0].place)
        return [self._merged(own) for own in copies]

    def _by_person(self, group: list[_Copy]) -> Iterable[list[_Copy]]:
        """Those of each person, the one that is shown first before the others."""
        if len(group) == 1:
            return (group,)
        people: dict[Hashable, list[_Copy]] = {}
        for copy in sorted(group, key=lambda one: (not one.part.visibility.viewable, one.part.rank)):
            people.setdefault(self.person_of(copy.part.held.patient), []).append(copy)
        return people.values()

    def _merged(self, copies: list[_Copy]) -> Entry:
        parts = tuple(copy.part for copy in copies)
        disputed = self._is_disputed(parts[0].held)
        if len(copies) == 1:
            return Entry(copies[0].row, parts, disputed, "")
        counted = "maximum" if len({part.origins for part in parts if part.visibility.viewable}) > 1 else ""
        row = _one_row([msgspec.json.decode(copy.row) for copy in copies])
        return Entry(self._writer.to_json(row), parts, disputed, counted)

    def _is_disputed(self, held: HeldStudy) -> bool:
        people = self._people[held.study]
        return len(people) > 1 and len(set(map(self.person_of, people))) > 1


def _slim(part: Part) -> Part:
    """`part` without attributes, all of which are in the row; built anew, as `replace` takes three times as long."""
    held, seen = part.held, part.visibility
    bare = HeldStudy(
        *(held.study, held.archive, held.institution, held.patient, held.modalities, held.date, held.aliases),
        circle=held.circle,
    )
    visibility = Visibility(bare, seen.known, seen.viewable, seen.reason, masked=seen.masked)
    return Part({}, visibility, part.rank, part.origins)


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
