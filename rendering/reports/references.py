"""The objects that a report refers to, as links to what is rendered of them (PS3.3 C.17.2, C.18.3 to C.18.5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
import re

from rendering.documents.blocks import Link, Words
from rendering.kinds.table import KINDS
from rendering.reading.codes import joined
from rendering.reading.elements import Dataset, items, text
from rendering.reports import tags

_MOST_REFERENCES = 100_000
_MOST_FRAMES = 100
_UID = re.compile(r"[0-9]+(\.[0-9]+)*", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
_EVIDENCE = (
    tags.CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE,
    tags.PERTINENT_OTHER_EVIDENCE_SEQUENCE,
    tags.PREDECESSOR_DOCUMENTS_SEQUENCE,
    tags.IDENTICAL_DOCUMENTS_SEQUENCE,
)


@dataclass(frozen=True, slots=True)
class References:
    """`paths` are those of the instances that the report names with their study and series.

    `base_url` is that of the DICOMweb service that shows them; without one there are no links.
    """

    base_url: str | None
    paths: Mapping[str, str]

    def to_words(self, item: Dataset) -> Words:
        """What the reference in a content item leads to, each object on its own."""
        found = items(item, tags.REFERENCED_SOP_SEQUENCE)
        words = [word for one in found for word in (self._one(one), *self._shown_by(one), ", ")]
        return tuple(words[:-1]) if words else ("nothing",)

    def _shown_by(self, reference: Dataset) -> Iterator[str | Link]:
        """The presentation state and the real world values that go with an image (C.18.4)."""
        for one in items(reference, tags.REFERENCED_SOP_SEQUENCE):
            yield from (" with ", self._one(one))

    def of_documents(self, dataset: Dataset, sequence: str) -> Words:
        """The documents that a header's sequence of studies and series names."""
        words = [word for one, _ in _named(dataset, sequence) for word in (self._one(one), ", ")]
        return tuple(words[:-1])

    def _one(self, reference: Dataset) -> str | Link:
        instance = text(reference, tags.REFERENCED_SOP_INSTANCE_UID)
        kind = KINDS.get(text(reference, tags.REFERENCED_SOP_CLASS_UID))
        frames = [one for one in joined(reference, tags.REFERENCED_FRAME_NUMBER).split(", ") if one]
        parts = [f"{kind.value if kind else 'object'} {instance}", _listed("frame", frames)]
        parts.append(
            _listed("segment", list(filter(None, joined(reference, tags.REFERENCED_SEGMENT_NUMBER).split(", "))))
        )
        said = ", ".join(filter(None, parts))
        path = self.paths.get(instance)
        if self.base_url is None or path is None:
            return said
        within = f"/frames/{','.join(frames)}" if _are_frames(frames) else ""
        return Link(said, f"{self.base_url}{path}{within}/rendered")


def read_references(dataset: Dataset, base_url: str | None) -> References:
    """The instances that a report's header tells the study and series of."""
    named = (pair for sequence in _EVIDENCE for pair in _named(dataset, sequence))
    paths: dict[str, str] = {}
    for reference, series in islice(named, _MOST_REFERENCES):
        instance = text(reference, tags.REFERENCED_SOP_INSTANCE_UID)
        if _UID.fullmatch(instance):
            paths.setdefault(instance, f"{series}/instances/{instance}")
    return References(base_url, paths)


def _named(dataset: Dataset, sequence: str) -> Iterator[tuple[Dataset, str]]:
    """Each reference with the path of its series (Table C.17-3)."""
    for study in items(dataset, sequence):
        for series in items(study, tags.REFERENCED_SERIES_SEQUENCE):
            uids = text(study, tags.STUDY_INSTANCE_UID), text(series, tags.SERIES_INSTANCE_UID)
            if all(map(_UID.fullmatch, uids)):
                for reference in items(series, tags.REFERENCED_SOP_SEQUENCE):
                    yield reference, f"/studies/{uids[0]}/series/{uids[1]}"


def _listed(what: str, numbers: list[str]) -> str:
    return f"{what}{'s' * (len(numbers) > 1)} {', '.join(numbers)}" if numbers else ""


def _are_frames(numbers: list[str]) -> bool:
    """Whether they are a list that PS3.18 §10.1.1 has a resource for: not too long, and ascending."""
    if not 0 < len(numbers) <= _MOST_FRAMES or not all(map(_NUMBER.fullmatch, numbers)):
        return False
    found = [int(one) for one in numbers]
    return found == sorted(set(found)) and found[0] > 0
