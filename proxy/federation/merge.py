"""Rows of several archives as one list: one row for one study of one patient, in a defined and stable order."""

from collections.abc import Callable, Hashable, Sequence

from proxy.federation.sources import Row
from proxy.resources import HeldStudy, PatientIdentifier
from proxy.wire import dicomjson, tags


def sort_key(row: Row) -> tuple[int, int, int, int, str, str, str]:
    """Newest study first, then series and instance by number; UIDs make the order total."""
    return (
        -_number(dicomjson.text(row, tags.STUDY_DATE)),
        -_number(dicomjson.text(row, tags.STUDY_TIME).partition(".")[0]),
        _number(dicomjson.text(row, tags.SERIES_NUMBER)),
        _number(dicomjson.text(row, tags.INSTANCE_NUMBER)),
        dicomjson.text(row, tags.STUDY_INSTANCE_UID),
        dicomjson.text(row, tags.SERIES_INSTANCE_UID),
        dicomjson.text(row, tags.SOP_INSTANCE_UID),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def merge_studies(held: Sequence[HeldStudy], person_of: Callable[[PatientIdentifier], Hashable]) -> list[Row]:
    """One row for each study of one person, with the parts that several archives hold of it counted together.

    `person_of` is the cross-reference. A study whose parts name people not known to be the same keeps a row for each:
    two patients are never merged.
    """
    parts: dict[Hashable, list[HeldStudy]] = {}
    for one in held:
        parts.setdefault((one.study, person_of(one.patient)), []).append(one)
    return sorted((_merged([part.attributes for part in group]) for group in parts.values()), key=sort_key)


def _merged(rows: Sequence[Row]) -> Row:
    if len(rows) == 1:
        return rows[0]
    modalities = dict.fromkeys(value for row in rows for value in dicomjson.texts(row, tags.MODALITIES_IN_STUDY))
    merged = {**rows[0], tags.MODALITIES_IN_STUDY: {"vr": "CS", "Value": list(modalities)}}
    for tag in (tags.NUMBER_OF_STUDY_RELATED_SERIES, tags.NUMBER_OF_STUDY_RELATED_INSTANCES):
        counts = [dicomjson.text(row, tag) for row in rows]
        if any(counts):  # parts that may not be opened do not tell theirs
            merged[tag] = {"vr": "IS", "Value": [sum(map(_number, counts))]}
    return merged
