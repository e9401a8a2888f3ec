"""Which frames an object says it was made from, and which series they belong to (PS3.3 C.7.6.16.2.6, C.12.2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from rendering.errors import MalformedAttributes
from rendering.reading import tags
from rendering.reading.elements import Dataset, items, numbers, text
from rendering.reading.functional_groups import items_of

MAXIMUM_REFERENCES = 20_000
MAXIMUM_SOURCES = 1000  # of one frame


@dataclass(frozen=True, slots=True)
class Reference:
    """An instance by its UID, and which of its frames are meant (from 1): all of them, when none is named."""

    instance: str
    frames: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesOf:
    """Where a referenced instance is: its series, and its study where that is told."""

    series: str
    study: str = ""


def read_sources(dataset: Dataset, frame_number: int) -> tuple[Reference, ...]:
    """The images from which frame `frame_number` (from 1) was derived, in their order."""
    derivations = items_of(dataset, frame_number, tags.DERIVATION_IMAGE_SEQUENCE) or [dataset]
    sources = (source for derivation in derivations for source in items(derivation, tags.SOURCE_IMAGE_SEQUENCE))
    return tuple(islice(filter(None, map(read_reference, sources)), MAXIMUM_SOURCES))


def read_reference(item: Dataset) -> Reference | None:
    """Referenced SOP Instance UID and Referenced Frame Number (PS3.3 Table 10-3), if there is a UID."""
    instance = text(item, tags.REFERENCED_SOP_INSTANCE_UID)
    try:
        frames = tuple(int(one) for one in numbers(item, tags.REFERENCED_FRAME_NUMBER) if one >= 1)
    except MalformedAttributes:
        return None
    return Reference(instance, frames) if instance else None


def read_series_of(dataset: Dataset) -> Mapping[str, SeriesOf]:
    """The series of each instance that the Common Instance Reference module names."""
    return dict(islice(_named(dataset), MAXIMUM_REFERENCES))


def _named(dataset: Dataset) -> Iterator[tuple[str, SeriesOf]]:
    yield from _in_series(dataset, "")
    for study in items(dataset, tags.STUDIES_CONTAINING_OTHER_REFERENCED_INSTANCES_SEQUENCE):
        yield from _in_series(study, text(study, tags.STUDY_INSTANCE_UID))


def _in_series(level: Dataset, study: str) -> Iterator[tuple[str, SeriesOf]]:
    for series in items(level, tags.REFERENCED_SERIES_SEQUENCE):
        place = SeriesOf(text(series, tags.SERIES_INSTANCE_UID), study)
        for item in items(series, tags.REFERENCED_INSTANCE_SEQUENCE):
            yield text(item, tags.REFERENCED_SOP_INSTANCE_UID), place
