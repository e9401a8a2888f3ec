"""What an archive holds, as the hierarchy of studies, series and instances, and the results of searches in it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
import threading

from pydicom import Dataset
from pydicom.datadict import dictionary_VR

from demo.archive.dicomjson import Json, element, key_of, to_json
from demo.archive.levels import REQUIRED, RETURNED, Level, level_of
from demo.archive.matching import matches
from demo.archive.objects import StoredObject, copy_of, read_object
from demo.archive.query import Query

_STUDY_UID, _SERIES_UID, _MODALITIES = 0x0020000D, 0x0020000E, 0x00080061
_HEAD_BYTES = 512
_DICOMDIR = b"1.2.840.10008.1.3.10"

Source = Path | Dataset | StoredObject


@dataclass(frozen=True, slots=True)
class Entity:
    """A study, a series or an instance: all its objects, of which the first stands for it."""

    objects: tuple[StoredObject, ...]

    @property
    def first(self) -> StoredObject:
        return self.objects[0]


class Holdings:
    """Files are read when the first question comes, and then once.

    A study under two PatientIDs is two for an archive that `divides_patients`, and the first one's for others.
    """

    def __init__(self, sources: Iterable[Source], *, divides_patients: bool = False) -> None:
        self._sources = tuple(sources)
        self._divides_patients = divides_patients
        self._reading = threading.Lock()
        self._written: dict[tuple[str, ...], Json] = {}

    @cached_property
    def _read(self) -> tuple[StoredObject, ...]:
        sources = chain.from_iterable(map(_expand, self._sources))
        stored = [one if isinstance(one, StoredObject) else read_object(one) for one in sources]
        distinct = {(one.study, one.series, one.instance): one for one in stored}
        return tuple(distinct.values())

    @property
    def objects(self) -> tuple[StoredObject, ...]:
        with self._reading:
            return self._read

    def within(self, study: str = "", series: str = "", instance: str = "") -> Sequence[StoredObject]:
        """The objects of a study, series or instance; of everything when nothing is named."""
        if not study:
            return self.objects
        nearby = self._by_place.get((study, series), [])
        return [one for one in nearby if one.instance == instance] if instance else nearby

    @cached_property
    def _by_place(self) -> dict[tuple[str, str], list[StoredObject]]:
        """The objects of each series, and under an empty series those of each study."""
        places: dict[tuple[str, str], list[StoredObject]] = {}
        for one in self.objects:
            for series in ("", one.series):
                places.setdefault((one.study, series), []).append(one)
        return places

    @cached_property
    def _series_in(self) -> Counter[str]:
        """How many series each study has."""
        return Counter(study for study, series in self._by_place if series)

    @cached_property
    def _modalities_in(self) -> dict[str, list[str]]:
        """Those of each study."""
        return {study: _modalities(inside) for (study, series), inside in self._by_place.items() if not series}

    def find(self, level: Level, inside: Sequence[StoredObject], query: Query) -> list[Entity]:
        """Entities of `level` among `inside` that match, in the order in which they were stored."""
        groups: dict[tuple[str, ...], list[StoredObject]] = {}
        for one in inside:
            patient = str(one.attributes.get("PatientID", "")) if self._divides_patients else ""
            groups.setdefault((patient, one.study, one.series, one.instance)[: level + 1], []).append(one)
        entities = [Entity(tuple(group)) for group in groups.values()]
        if not query.matches:
            return entities
        return [entity for entity in entities if matches(self._searched(entity, query), query.matches)]

    def _searched(self, entity: Entity, query: Query) -> Dataset:
        """What a key is compared with: the first object's attributes, and the modalities of the whole study."""
        if (_MODALITIES,) not in query.matches:
            return entity.first.attributes
        dataset = copy_of(entity.first.attributes)
        dataset.ModalitiesInStudy = self._modalities_in[entity.first.study]
        return dataset

    def to_row(self, entity: Entity, level: Level, within: Level | None, query: Query, base: str) -> Json:
        """A search result (PS3.18 §10.6.3.3). `within` is the level of the resource searched in, if any."""
        levels = [one for one in Level if (within or 0) < one <= level]
        wanted = {_STUDY_UID, _SERIES_UID}.union(*(RETURNED[one] for one in levels))
        wanted |= {path[0] for path in query.matches} | query.fields
        known = self._known(entity.first, base)
        row = {
            key: value
            for key, value in known.items()
            if _is_returned(int(key, 16), value, level, wanted, query.everything)
        }
        empty = {key_of(tag): element(dictionary_VR(tag)) for one in levels for tag in REQUIRED[one]}
        return dict(sorted({**empty, **row, **self._derived(entity, level, levels, base)}.items()))

    def _derived(self, entity: Entity, level: Level, levels: Sequence[Level], base: str) -> Json:
        """Counts, modalities and links, which stand in no file."""
        first = entity.first
        derived: Json = {
            "00080005": element("CS", "ISO_IR 192"),
            "00080056": element("CS", "ONLINE"),
            "00081190": element("UR", f"{base}/{path_of(first, level)}"),
        }
        if Level.STUDY in levels:
            derived["00080061"] = element("CS", *self._modalities_in[first.study])
            derived["00201206"] = element("IS", self._series_in[first.study])
            derived["00201208"] = element("IS", len(self.within(first.study)))
        if Level.SERIES in levels:
            derived["00201209"] = element("IS", len(self.within(first.study, first.series)))
        if Level.INSTANCE in levels:
            derived["00083002"] = element("UI", str(first.web_syntax))
        return derived

    def to_metadata(self, one: StoredObject, base: str) -> Json:
        """The metadata of an instance (PS3.18 §10.4.1.1.2), its pixels by reference."""
        dataset = {**self._known(one, base), "00080005": element("CS", "ISO_IR 192")}
        dataset["00083002"] = element("UI", str(one.web_syntax))
        if one.pixel_tag:
            key = key_of(one.pixel_tag)
            dataset[key] = {"vr": "OW" if one.is_native else "OB", "BulkDataURI": f"{_bulkdata(one, base)}/{key}"}
        return dict(sorted(dataset.items()))

    def _known(self, one: StoredObject, base: str) -> Json:
        """What stands in the file of an object, which is not to be changed: it is asked for again and again."""
        key = one.study, one.series, one.instance, base
        if key not in self._written:
            self._written[key] = to_json(one.attributes, _bulkdata(one, base))
        return self._written[key]


def _expand(source: Source) -> Iterator[Source]:
    """A folder stands for the DICOM objects below it; a DICOMDIR is none (PS3.3 F.2.2.2)."""
    if isinstance(source, Path) and source.is_dir():
        yield from (path for path in sorted(source.rglob("*")) if path.is_file() and _is_object(path))
    else:
        yield source


def _is_object(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return head[128:132] == b"DICM" and _DICOMDIR not in head


def path_of(one: StoredObject, level: Level) -> str:
    steps = (f"studies/{one.study}", f"series/{one.series}", f"instances/{one.instance}")
    return "/".join(steps[:level])


def _bulkdata(one: StoredObject, base: str) -> str:
    return f"{base}/{path_of(one, Level.INSTANCE)}/bulkdata"


def _modalities(objects: Iterable[StoredObject]) -> list[str]:
    return list(dict.fromkeys(str(one.attributes.Modality) for one in objects if one.attributes.get("Modality")))


def _is_returned(tag: int, value: Json, level: Level, wanted: set[int], everything: bool) -> bool:
    """Attributes of a lower level than was searched are not returned, nor are large values (PS3.18 §10.6.3.3)."""
    if level_of(tag) > level or "BulkDataURI" in value:
        return False
    return everything or tag in wanted
