"""Key object selections: which objects somebody chose, in which order, and what for (PS3.3 A.35.4, PS3.16 TID 2010)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from rendering.kinds.reading import found_kind
from rendering.kinds.table import Kind
from rendering.presentation.reading import tags
from rendering.presentation.reading.scope import Referred, frames_of
from rendering.reading.codes import CODING_SCHEME_DESIGNATOR, code_value
from rendering.reading.elements import Dataset, items, text
from rendering.reading.references import MAXIMUM_REFERENCES
from rendering.reading.tags import REFERENCED_SOP_INSTANCE_UID, SERIES_INSTANCE_UID, STUDY_INSTANCE_UID

_REFERRING = {"IMAGE", "COMPOSITE", "WAVEFORM"}
_FIRST = ("113013", "113002", "113000")  # best in set, for the referring provider, of interest
_MANIFESTS = {"113030", "113031", "113032", "113033", "113034", "113035"}
REJECTED = {
    "113001": "These were rejected for quality reasons.",
    "113010": "These were selected for a quality issue.",
    "113037": "These were rejected for patient safety reasons.",
    "113038": "These were rejected for an incorrect modality worklist entry.",
    "113039": "These were rejected because they need not be retained.",
}
"""What to say of what was selected under these titles (PS3.16 CID 7010, 7011)."""


@dataclass(frozen=True, slots=True)
class KeyObject:
    """An object that was selected, and the presentation state that it is to be shown by, if there is one."""

    object: Referred
    state: Referred | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What was selected, in its order, under the code `title`, which is empty where it is none of DICOM's.

    `missing` counts what the document does not place in a study and series.
    """

    title: str
    objects: tuple[KeyObject, ...]
    missing: int


def read_selection(dataset: Dataset) -> Selection:
    """The selection in a Key Object Selection Document, of which no more is read than is ever shown."""
    places = dict(islice(_evidence(dataset), MAXIMUM_REFERENCES))
    referring = islice(filter(_refers, items(dataset, tags.CONTENT_SEQUENCE)), MAXIMUM_REFERENCES)
    found = [_key_object(item, places) for item in referring]
    objects = tuple(one for one in found if one is not None)
    return Selection(_title(dataset), objects, len(found) - len(objects))


def key_images(datasets: Iterable[Dataset]) -> list[Referred]:
    """What was selected as of interest in any of `datasets`, the best first, each once.

    Manifests say nothing of interest, and what was rejected is left out (PS3.16 CID 7010).
    """
    selections = [read_selection(one) for one in datasets if found_kind(one) is Kind.KEY_OBJECTS]
    chosen = [one for one in selections if one.title not in _MANIFESTS | REJECTED.keys()]
    chosen.sort(key=lambda one: _FIRST.index(one.title) if one.title in _FIRST else len(_FIRST))
    return list(dict.fromkeys(key.object for one in chosen for key in one.objects))


def _title(dataset: Dataset) -> str:
    named = next(iter(items(dataset, tags.CONCEPT_NAME_CODE_SEQUENCE)), {})
    return code_value(named) if text(named, CODING_SCHEME_DESIGNATOR) == "DCM" else ""


def _refers(item: Dataset) -> bool:
    return text(item, tags.VALUE_TYPE) in _REFERRING


def _evidence(dataset: Dataset) -> Iterator[tuple[str, Referred]]:
    """Where each object is, of which the content tells no more than the UID (PS3.3 C.17.2.3)."""
    for study in items(dataset, tags.CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE):
        for series in items(study, tags.REFERENCED_SERIES_SEQUENCE):
            for one in items(series, tags.REFERENCED_SOP_SEQUENCE):
                instance = text(one, REFERENCED_SOP_INSTANCE_UID)
                place = text(series, SERIES_INSTANCE_UID), instance, (), text(study, STUDY_INSTANCE_UID)
                yield instance, Referred(*place)


def _key_object(item: Dataset, places: dict[str, Referred]) -> KeyObject | None:
    reference = next(iter(items(item, tags.REFERENCED_SOP_SEQUENCE)), {})
    place = places.get(text(reference, REFERENCED_SOP_INSTANCE_UID))
    if place is None:
        return None
    states = items(reference, tags.REFERENCED_SOP_SEQUENCE)
    state = places.get(text(states[0], REFERENCED_SOP_INSTANCE_UID)) if states else None
    return KeyObject(replace(place, frames=frames_of(reference)), state)
