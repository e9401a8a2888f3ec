"""What the device or a reader has noted down about a whole recording (PS3.3 C.10.10)."""

from collections.abc import Iterator
from itertools import islice

from rendering.reading.codes import joined, meaning, unit
from rendering.reading.elements import Dataset, items, text, values
from rendering.waveforms import tags

_MOST_STATEMENTS = 40


def read_statements(dataset: Dataset) -> tuple[str, ...]:
    """Texts, codes and measurements in their order, without those that belong to a place on the curve."""
    return tuple(islice(filter(None, _statements(dataset)), _MOST_STATEMENTS))


def _statements(dataset: Dataset) -> Iterator[str]:
    for annotation in items(dataset, tags.WAVEFORM_ANNOTATION_SEQUENCE):
        if not values(annotation, tags.REFERENCED_SAMPLE_POSITIONS):
            yield _words(annotation)


def _words(annotation: Dataset) -> str:
    said = text(annotation, tags.UNFORMATTED_TEXT_VALUE)
    name, code = (meaning(annotation, tag) for tag in (tags.CONCEPT_NAME_CODE_SEQUENCE, tags.CONCEPT_CODE_SEQUENCE))
    measured = joined(annotation, tags.NUMERIC_VALUE)
    value = f"{measured} {unit(annotation)}".strip() if measured else code
    return " ".join(filter(None, (said, f"{name}: {value}" if name and value else name or value)))
