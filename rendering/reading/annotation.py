"""What an annotated image says of its patient and of how it was made (PS3.18 §8.3.5.1.1)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from rendering.errors import MalformedAttributes
from rendering.laid_over import Annotation
from rendering.reading import tags
from rendering.reading.elements import Dataset, number, text, values
from rendering.reading.functional_groups import levels

_LONGEST = 256  # characters of one value
_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")
_UNNAMED = "Patient not named"

_PATIENT_NAME, _PATIENT_ID, _ISSUER_OF_PATIENT_ID = "00100010", "00100020", "00100021"
_BIRTH_DATE, _SEX, _AGE = "00100030", "00100040", "00101010"
_INSTITUTION_NAME, _MODALITY = "00080080", "00080060"
_STUDY_DATE, _STUDY_TIME = "00080020", "00080030"
_STUDY_DESCRIPTION, _SERIES_DESCRIPTION, _PROTOCOL_NAME = "00081030", "0008103E", "00181030"
_BODY_PART, _VIEW_POSITION, _CONTRAST_AGENT = "00180015", "00185101", "00180010"
_IMAGE_LATERALITY, _LATERALITY = "00200062", "00200060"
_SERIES_NUMBER, _INSTANCE_NUMBER = "00200011", "00200013"

_MEASURES = (
    ("{} kV", "00180060", "00189325"),  # CT X-Ray Details Sequence
    ("{} mAs", "00181152", "00189321"),  # CT Exposure Sequence
    ("{} mAs", "00189332", "00189321"),
    ("TR {} ms", "00180080", "00189112"),  # MR Timing and Related Parameters Sequence
    ("TE {} ms", "00180081", "00189114"),  # MR Echo Sequence
    ("TE {} ms", "00189082", "00189114"),
    ("flip {}°", "00181314", "00189112"),
    ("slice {} mm", "00180050", tags.PIXEL_MEASURES_SEQUENCE),
    ("at {} mm", "00201041", tags.PLANE_POSITION_SEQUENCE),
)
"""How a number is written, its element, and the functional group that it may stand in."""


class AnnotationKeyword(StrEnum):
    """The values of the `annotation` parameter."""

    PATIENT = "patient"
    TECHNIQUE = "technique"


def read_annotation(dataset: Dataset, frame_number: int | None, keywords: Sequence[AnnotationKeyword]) -> Annotation:
    """The lines that `keywords` ask for; what is absent or odd is left out.

    They are about frame `frame_number` (from 1), or say what holds for all frames.
    """
    patient = AnnotationKeyword.PATIENT in keywords
    technique = AnnotationKeyword.TECHNIQUE in keywords
    return Annotation(
        tuple(_patient(dataset)) if patient else (),
        tuple(line for line in _technique(dataset, frame_number) if line) if technique else (),
    )


def _patient(dataset: Dataset) -> Iterator[str]:
    names, identifier = _name(dataset), _text(dataset, _PATIENT_ID)
    yield from names if names or identifier else (_UNNAMED,)
    if identifier:
        issuer = _text(dataset, _ISSUER_OF_PATIENT_ID)
        yield f"ID {identifier} ({issuer})" if issuer else f"ID {identifier}"
    birth = _date(_text(dataset, _BIRTH_DATE))
    known = (f"born {birth}" if birth else "", _text(dataset, _SEX), _text(dataset, _AGE).lstrip("0"))
    if any(known):
        yield ", ".join(filter(None, known))


def _name(dataset: Dataset) -> list[str]:
    """The name once in each of the scripts that it is written in (PS3.5 §6.2.1.2)."""
    name = next(iter(values(dataset, _PATIENT_NAME)), None)
    groups = name if isinstance(name, Mapping) else {"Alphabetic": name}
    written = [_components(groups.get(group), alphabetic=group == "Alphabetic") for group in _GROUPS]
    return list(dict.fromkeys(filter(None, written)))


def _components(group: object, *, alphabetic: bool) -> str:
    """Family, given and middle names, prefix, suffix: in an alphabet divided by commas, as they are out of order."""
    parts = [_clean(part) for part in group.split("^")] if isinstance(group, str) else []
    family, given, middle, *rest = (*parts, "", "", "")
    named = (family, f"{given} {middle}".strip(), *rest)
    return (", " if alphabetic else " ").join(filter(None, named))


def _technique(dataset: Dataset, frame_number: int | None) -> Iterator[str]:
    yield _text(dataset, _INSTITUTION_NAME)
    day, time = _date(_text(dataset, _STUDY_DATE)), _time(_text(dataset, _STUDY_TIME))
    yield " ".join(filter(None, (day, time if day else "", _text(dataset, _MODALITY))))
    descriptions = (_text(dataset, tag) for tag in (_STUDY_DESCRIPTION, _SERIES_DESCRIPTION, _PROTOCOL_NAME))
    yield from dict.fromkeys(descriptions)
    side = _text(dataset, _IMAGE_LATERALITY) or _text(dataset, _LATERALITY)
    yield " ".join(filter(None, (_text(dataset, _BODY_PART), side, _text(dataset, _VIEW_POSITION))))
    yield ", ".join(dict.fromkeys(_measured(dataset, frame_number)))
    contrast = _text(dataset, _CONTRAST_AGENT)
    yield f"contrast: {contrast}" if contrast else ""
    yield ", ".join(_numbers(dataset, frame_number))


def _measured(dataset: Dataset, frame_number: int | None) -> Iterator[str]:
    common = {**dataset, tags.PER_FRAME_FUNCTIONAL_GROUPS: {}}
    for form, tag, group in _MEASURES:
        for level in levels(common, 1, group) if frame_number is None else levels(dataset, frame_number, group):
            if (value := _number(level, tag)) is not None:
                yield form.format(f"{value:.6g}")
                break


def _numbers(dataset: Dataset, frame_number: int | None) -> Iterator[str]:
    for name, tag in (("series", _SERIES_NUMBER), ("image", _INSTANCE_NUMBER)):
        if (value := _number(dataset, tag)) is not None:
            yield f"{name} {value:.0f}"
    frames = _number(dataset, tags.NUMBER_OF_FRAMES) or 1
    if frames > 1 and frame_number is not None:
        yield f"frame {frame_number} of {frames:.0f}"


def _number(level: Dataset, tag: str) -> float | None:
    try:
        return number(level, tag)
    except MalformedAttributes:
        return None


def _text(dataset: Dataset, tag: str) -> str:
    return _clean(text(dataset, tag))


def _clean(written: str) -> str:
    """Without what is not printed, which could turn the order of what is; cut off, and said to be, where it is long."""
    printed = "".join(character if character.isprintable() else " " for character in written)
    printed = " ".join(printed.split())
    return printed if len(printed) <= _LONGEST else printed[:_LONGEST] + "…"


def _date(written: str) -> str:
    """A date as ISO 8601 has it; one that is none as it is written."""
    digits = written.replace(".", "")
    try:
        return f"{datetime.strptime(digits, '%Y%m%d').date()}"  # noqa: DTZ007  # a date has no time zone
    except ValueError:
        return written


def _time(written: str) -> str:
    digits = written.replace(":", "")
    return f"{digits[:2]}:{digits[2:4]}" if digits[:4].isdigit() and len(digits) >= 4 else ""
