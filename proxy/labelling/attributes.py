"""Where labelling rules find in DICOM what they read (PS3.3 C.7.1.1, C.7.1.3, C.7.2.1, C.7.3.1, C.7.5.1)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from policy.labels.labelling import Values
from policy.labels.rules import Attribute
from proxy.wire import dicomjson, tags

Dataset = Mapping[str, Any]

TAGS: Final[Mapping[Attribute, tuple[str, ...]]] = {
    Attribute.MODALITY: (tags.MODALITIES_IN_STUDY, tags.MODALITY),
    Attribute.BODY_PART: (tags.BODY_PART_EXAMINED,),
    Attribute.PROCEDURE: (tags.PROCEDURE_CODE_SEQUENCE, tags.REQUESTED_PROCEDURE_CODE_SEQUENCE),
    Attribute.DEPARTMENT: (tags.INSTITUTIONAL_DEPARTMENT_NAME,),
    Attribute.REQUESTER: (tags.REQUESTING_SERVICE, tags.REFERRING_PHYSICIAN_NAME),
    Attribute.DESCRIPTION: (tags.STUDY_DESCRIPTION,),
    Attribute.PATIENT_NOTE: (tags.CONFIDENTIALITY_CONSTRAINT, tags.PATIENT_STATE),
    Attribute.BIRTH_DATE: (tags.PATIENT_BIRTH_DATE,),
}
"""An attribute is known once one of its elements is given, empty or not: archives have the one or the other."""

OF_SERIES: Final = frozenset({Attribute.BODY_PART, Attribute.DEPARTMENT})
"""What may differ between the series of a study (PS3.3 C.7.3.1, C.7.5.1)."""


def fields_of(attributes: Iterable[Attribute]) -> tuple[str, ...]:
    """The elements to ask an archive for, in a stable order."""
    return tuple(dict.fromkeys(tag for one in sorted(attributes) for tag in TAGS[one]))


def values_in(datasets: Sequence[Dataset], attributes: Iterable[Attribute]) -> Values:
    """What `datasets` say together of `attributes`; no entry for those that none of them gives."""
    found: dict[Attribute, frozenset[str]] = {}
    for attribute in attributes:
        given = [(one, tag) for one in datasets for tag in TAGS[attribute] if tag in one]
        if given:
            found[attribute] = frozenset(value for one, tag in given for value in _values(one, tag) if value)
    return found


def _values(dataset: Dataset, tag: str) -> Iterator[str]:
    items = [one for one in dicomjson.values(dataset, tag) if isinstance(one, dict) and tags.CODE_VALUE in one]
    if items:
        for item in items:
            scheme = dicomjson.text(item, tags.CODING_SCHEME_DESIGNATOR)
            yield f"{scheme}|{dicomjson.text(item, tags.CODE_VALUE)}"
    else:
        yield from dicomjson.texts(dataset, tag)
