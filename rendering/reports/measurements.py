"""Runs of measurements as tables, one in each row (PS3.3 C.18.1)."""

from collections.abc import Iterator, Sequence

from rendering.documents.blocks import Table, Words
from rendering.reports.content import ContentItem, Measurement, Said


def measurements(items: Sequence[ContentItem]) -> Table:
    """The measurements among `items`, with what is said of each in its last column."""
    rows = tuple(_row(item, item.value) for item in items if isinstance(item.value, Measurement))
    return Table(("Measurement", "Value", "Unit", "Details"), rows, named_rows=True)


def _row(item: ContentItem, value: Measurement) -> tuple[Words, ...]:
    details = [word for words in _details(item, value) for word in ("; ", *words)]
    return (item.name,), (value.number,), (value.unit,), tuple(details[1:])


def _details(item: ContentItem, value: Measurement) -> Iterator[Words]:
    if value.qualifier:
        yield (value.qualifier,)
    if item.observed:
        yield (f"observed {item.observed}",)
    for child in item.children:
        words = child.value.words if isinstance(child.value, Said) else ()
        yield (f"{child.name}: ", *words) if child.name else words
