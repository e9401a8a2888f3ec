"""Tables of a narrative, laid out so that each cell stands under its own heading (HL7 CDA R2 §4.3.5.4)."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count

from rendering.documents.blocks import Table
from rendering.documents.inline import to_text
from rendering.documents.xml import Element
from rendering.errors import TooLarge

_PARTS = ("thead", "tbody", "tfoot")
_MOST_COLUMNS = 1000
_MOST_CELLS = 200_000
_CELL_LENGTH = 100  # characters; a longer text counts as several cells, as one that spans rows is said in each

_Hanging = Mapping[int, tuple[int, str]]
"""By column what hangs over from the rows above, and for how many rows yet."""


def to_table(element: Element, caption: str) -> Table:
    """The `table`. A cell that spans rows is said in each of them, one that spans columns once, in the first.

    Raises `TooLarge` for more than anybody reads.
    """
    cells = [list(_cells(row)) for row in _rows(element)]
    texts = list(_laid_out(cells))
    is_named = bool(cells) and bool(cells[0]) and all(cell.name == "th" for cell in cells[0])
    header = tuple(" ".join(text.split()) for text in texts[0]) if is_named else ()
    body = cells[is_named:]
    return Table(
        header,
        tuple(tuple((text,) for text in row) for row in texts[is_named:]),
        caption,
        named_rows=bool(body) and all(row and row[0].name == "th" for row in body),
    )


def _rows(element: Element) -> Iterator[Element]:
    for part in _PARTS:
        yield from element.children(part, "tr")
    yield from element.children("tr")


def _cells(row: Element) -> Iterator[Element]:
    return (cell for cell in row.content if isinstance(cell, Element) and cell.name in {"td", "th"})


def _laid_out(rows: Iterable[Iterable[Element]]) -> Iterator[list[str]]:
    """The texts of rows by their columns."""
    hanging: _Hanging = {}
    total = 0
    for row in rows:
        places, hanging = _placed(row, hanging)
        texts = [places.get(column, "") for column in range(max(places, default=-1) + 1)]
        total += sum(1 + len(text) // _CELL_LENGTH for text in texts)
        if total > _MOST_CELLS:
            raise TooLarge("a table of the document is too large")
        yield texts


def _placed(row: Iterable[Element], hanging: _Hanging) -> tuple[dict[int, str], _Hanging]:
    """The texts of one row by their columns, and what hangs over from it."""
    places = {column: text for column, (_, text) in hanging.items()}
    below = {column: (left - 1, text) for column, (left, text) in hanging.items() if left > 1}
    column = 0
    for cell in row:
        column = next(free for free in count(column) if free not in places)
        across, down = _span(cell, "colspan"), _span(cell, "rowspan")
        if column + across > _MOST_COLUMNS:
            raise TooLarge("a table of the document is too large")
        for place, text in enumerate([to_text(cell), *[""] * (across - 1)], column):
            places[place] = text
            if down > 1:
                below[place] = (down - 1, text)
    return places, below


def _span(cell: Element, attribute: str) -> int:
    """How many rows or columns a cell takes; what is no number of them is one."""
    said = cell.attributes.get(attribute, "").strip()
    return max(1, int(said)) if said.isascii() and said.isdecimal() and len(said) < 6 else 1
