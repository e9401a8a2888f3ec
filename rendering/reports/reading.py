"""The content tree out of the data set of a structured report (PS3.3 C.17.3)."""

from collections.abc import Mapping

from rendering.errors import TooLarge, UnsupportedObject
from rendering.reading.codes import joined, meaning
from rendering.reading.elements import Dataset, items, text, values
from rendering.reading.moments import to_date_time
from rendering.reports import tags
from rendering.reports.content import ContentItem, Position, Relationship, Tabulated, Value
from rendering.reports.references import References
from rendering.reports.values import read_value

MAXIMUM_ITEMS = 50_000
MAXIMUM_DEPTH = 64
MAXIMUM_CELLS = 100_000
_RELATIONSHIPS: Mapping[str, Relationship] = {one.value: one for one in Relationship}


def read_content(dataset: Dataset, references: References) -> ContentItem:
    """The root content item with all below it.

    Raises `UnsupportedObject` when there is no content, `TooLarge` when there is more than anybody reads.
    """
    if not values(dataset, tags.CONTENT_SEQUENCE) and not values(dataset, tags.VALUE_TYPE):
        raise UnsupportedObject("this report has no content that can be read")
    return _Reader(references).read(dataset, (1,))


class _Reader:
    """Counts what it reads, as content comes from outside."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._items = 0
        self._cells = 0

    def read(self, item: Dataset, position: Position, inherited: str = "") -> ContentItem:
        """The item at `position`, below one that was observed when `inherited` tells."""
        self._items += 1
        if self._items > MAXIMUM_ITEMS or len(position) > MAXIMUM_DEPTH:
            raise TooLarge("there is more in this report than is shown at once")
        observed = to_date_time(joined(item, tags.OBSERVATION_DATE_TIME)) or inherited
        below = enumerate(items(item, tags.CONTENT_SEQUENCE), 1)
        return ContentItem(
            position=position,
            relationship=_RELATIONSHIPS.get(text(item, tags.RELATIONSHIP_TYPE), Relationship.OTHER),
            name=meaning(item, tags.CONCEPT_NAME_CODE_SEQUENCE),
            value=self._value(item),
            children=tuple(self.read(child, (*position, number), observed) for number, child in below),
            observed="" if observed == inherited else observed,
        )

    def _value(self, item: Dataset) -> Value:
        value = read_value(item, self._references)
        if isinstance(value, Tabulated):
            self._cells += sum(max(1, len(row)) for row in value.table.rows)
            if self._cells > MAXIMUM_CELLS:
                raise TooLarge("there is more in the tables of this report than is shown at once")
        return value
