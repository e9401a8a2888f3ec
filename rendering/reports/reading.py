"""The content tree out of the data set of a structured report (PS3.3 C.17.3)."""

from collections.abc import Mapping

from rendering.errors import TooLarge, UnsupportedObject
from rendering.reading.codes import meaning
from rendering.reading.elements import Dataset, items, text, values
from rendering.reports import tags
from rendering.reports.content import ContentItem, Position, Relationship
from rendering.reports.references import References
from rendering.reports.values import read_value

MAXIMUM_ITEMS = 50_000
MAXIMUM_DEPTH = 64
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

    def read(self, item: Dataset, position: Position) -> ContentItem:
        self._items += 1
        if self._items > MAXIMUM_ITEMS or len(position) > MAXIMUM_DEPTH:
            raise TooLarge("there is more in this report than is shown at once")
        below = enumerate(items(item, tags.CONTENT_SEQUENCE), 1)
        return ContentItem(
            position=position,
            relationship=_RELATIONSHIPS.get(text(item, tags.RELATIONSHIP_TYPE), Relationship.OTHER),
            name=meaning(item, tags.CONCEPT_NAME_CODE_SEQUENCE),
            value=read_value(item, self._references),
            children=tuple(self.read(child, (*position, number)) for number, child in below),
        )
