"""The value of a content item by its value type (PS3.3 C.18)."""

from collections.abc import Mapping

from rendering.documents.blocks import Words
from rendering.reading.codes import joined, meaning, meanings, names, to_text, unit
from rendering.reading.elements import Dataset, items, text, values
from rendering.reading.moments import to_date, to_date_time, to_time
from rendering.reports import tags
from rendering.reports.content import Container, Elsewhere, Measurement, Said, Tabulated, Value, to_position
from rendering.reports.references import References
from rendering.reports.tables import read_table

NOT_HERE = "(this text is kept apart from the report and is not shown)"
POINTS_NOT_HERE = "(its points are kept apart from the report and are not shown)"
_MOST_POINTS = 8


def read_value(item: Dataset, references: References) -> Value:
    """The value of `item`. What is of an unknown type is said to be so."""
    position = values(item, tags.REFERENCED_CONTENT_ITEM_IDENTIFIER)
    value_type = text(item, tags.VALUE_TYPE)
    match value_type:
        case "" if position:
            return Elsewhere(to_position(position))
        case "CONTAINER":
            return Container(text(item, tags.CONTINUITY_OF_CONTENT) == "CONTINUOUS")
        case "NUM":
            return _measurement(item)
        case "TABLE":
            return Tabulated(read_table(item))
        case _:
            return Said(_words(value_type, item, references))


def _words(value_type: str, item: Dataset, references: References) -> Words:  # noqa: PLR0911  # one for each type
    match value_type:
        case "TEXT":
            return (_text(item),)
        case "CODE":
            return (meaning(item, tags.CONCEPT_CODE_SEQUENCE),)
        case "DATE":
            return (to_date(joined(item, tags.DATE)),)
        case "TIME":
            return (to_time(joined(item, tags.TIME)),)
        case "DATETIME":
            return (to_date_time(joined(item, tags.DATE_TIME)),)
        case "PNAME":
            return (names(item, tags.PERSON_NAME),)
        case "UIDREF":
            return (joined(item, tags.UID),)
        case "COMPOSITE" | "IMAGE" | "WAVEFORM":
            return (*references.to_words(item), *_channels(item))
        case "SCOORD":
            return (_outline(item, 2),)
        case "SCOORD3D":
            return (_outline(item, 3),)
        case "TCOORD":
            return (_times(item),)
        case _:
            return (f"(a value of the type `{value_type}` is not shown)",)


def _text(item: Dataset) -> str:
    """All of the text: an archive may keep a long one apart, as it does with pixels."""
    return NOT_HERE if _is_apart(item, tags.TEXT_VALUE) else joined(item, tags.TEXT_VALUE)


def _is_apart(item: Dataset, tag: str) -> bool:
    """Whether a value is not in the data set, or not in a way that its VR has (PS3.18 §F.2.2)."""
    element = item.get(tag)
    return isinstance(element, Mapping) and not values(item, tag) and bool({"BulkDataURI", "InlineBinary"} & {*element})


def _measurement(item: Dataset) -> Measurement:
    measured = next(iter(items(item, tags.MEASURED_VALUE_SEQUENCE)), {})
    qualifier = meanings(item, tags.NUMERIC_VALUE_QUALIFIER_CODE_SEQUENCE)
    number = joined(measured, tags.NUMERIC_VALUE)
    return Measurement(number, unit(measured) if number else "", qualifier or ("" if number else "no value"))


def _outline(item: Dataset, dimensions: int) -> str:
    """A shape by the coordinates of its points: in pixels of the image, or in millimetres of its frame of reference."""
    kind, numbers = text(item, tags.GRAPHIC_TYPE).lower(), values(item, tags.GRAPHIC_DATA)
    if _is_apart(item, tags.GRAPHIC_DATA):
        return f"{kind} {POINTS_NOT_HERE}".strip()
    ends = range(dimensions, len(numbers) + 1, dimensions)
    points = [f"({', '.join(map(_short, numbers[end - dimensions : end]))})" for end in ends]
    more = f" and {len(points) - _MOST_POINTS} more points" if len(points) > _MOST_POINTS else ""
    where = f"mm{_frame_of_reference(item)}" if dimensions == 3 else "pixels"
    return f"{kind} {' '.join(points[:_MOST_POINTS])}{more} {where}".strip()


def _frame_of_reference(item: Dataset) -> str:
    uid = text(item, tags.REFERENCED_FRAME_OF_REFERENCE_UID)
    return f" in the frame of reference {uid}" if uid else ""


def _short(number: object) -> str:
    return f"{number:.6g}" if isinstance(number, float) else to_text(number)


def _times(item: Dataset) -> str:
    """A temporal range by its samples, offsets or moments (C.18.7)."""
    places = (
        ("at samples", joined(item, tags.REFERENCED_SAMPLE_POSITIONS)),
        ("at seconds", joined(item, tags.REFERENCED_TIME_OFFSETS)),
        ("at", ", ".join(to_date_time(to_text(one)) for one in values(item, tags.REFERENCED_DATE_TIME))),
    )
    where = " ".join(f"{what} {said}" for what, said in places if said)
    return f"{text(item, tags.TEMPORAL_RANGE_TYPE).lower()} {where}".strip()


def _channels(item: Dataset) -> Words:
    """The channels of a waveform that are referred to, as pairs of group and channel (C.18.5)."""
    found = [
        joined(one, tags.REFERENCED_WAVEFORM_CHANNELS)
        for one in items(item, tags.REFERENCED_SOP_SEQUENCE)
        if values(one, tags.REFERENCED_WAVEFORM_CHANNELS)
    ]
    return (f", channels {'; '.join(found)}",) if found else ()
