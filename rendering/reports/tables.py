"""Tables as values of content items (PS3.3 C.18.10): sparse, by cell, or by whole rows or columns."""

from collections.abc import Iterator, Mapping

from rendering.documents.blocks import Link, Table, Words
from rendering.errors import MalformedAttributes, TooLarge
from rendering.reading.codes import meaning, meanings, name_words, to_text, to_words, unit
from rendering.reading.elements import Dataset, integer, items, values
from rendering.reading.moments import to_date, to_date_time, to_time
from rendering.reports import tags
from rendering.reports.content import to_position

_MOST_CELLS = 100_000
_SELECTOR_GROUP = "0072"


def read_table(item: Dataset) -> Table:
    """The table of a TABLE content item; its first column names the rows where they have names."""
    table = next(iter(items(item, tags.TABULATED_VALUES_SEQUENCE)), {})
    rows, columns = (_count(table, tag) for tag in (tags.NUMBER_OF_TABLE_ROWS, tags.NUMBER_OF_TABLE_COLUMNS))
    if rows * columns > _MOST_CELLS:
        raise TooLarge("a table of the report is too large")
    cells: list[list[Words]] = [[()] * columns for _ in range(rows)]
    for cell in items(table, tags.CELL_VALUES_SEQUENCE):
        for (row, column), words in zip(_places(cell, rows, columns), _values(cell), strict=False):
            cells[row][column] = words
    names = _names(table, tags.TABLE_COLUMN_DEFINITION_SEQUENCE, tags.TABLE_COLUMN_NUMBER, columns)
    sides = _names(table, tags.TABLE_ROW_DEFINITION_SEQUENCE, tags.TABLE_ROW_NUMBER, rows)
    if not any(sides):
        return Table(names if any(names) else (), tuple(map(tuple, cells)))
    header = ("", *names) if any(names) else ()
    return Table(header, tuple(((side,), *row) for side, row in zip(sides, cells, strict=True)), named_rows=True)


def _count(table: Dataset, tag: str) -> int:
    count = integer(table, tag) or 0
    if not 0 <= count <= _MOST_CELLS:
        raise TooLarge("a table of the report is too large")
    return count


def _names(table: Dataset, sequence: str, number: str, count: int) -> tuple[str, ...]:
    """The names of rows or columns; a single one without a number is that of all."""
    names = [""] * count
    definitions = items(table, sequence)
    for ordinal, definition in enumerate(definitions, 1):
        name, units = meaning(definition, tags.CONCEPT_NAME_CODE_SEQUENCE), unit(definition)
        said = f"{name} [{units}]" if units else name
        numbered = integer(definition, number)
        where = ordinal if numbered is None else numbered
        if numbered is None and len(definitions) == 1:
            names = [said] * count
        elif 1 <= where <= count:
            names[where - 1] = said
    return tuple(names)


def _places(cell: Dataset, rows: int, columns: int) -> Iterator[tuple[int, int]]:
    """The cells that an item fills, in the order of its values: one, or all of a row or a column (C.18.10.1.2)."""
    row, column = integer(cell, tags.TABLE_ROW_NUMBER), integer(cell, tags.TABLE_COLUMN_NUMBER)
    if not (row is None or 1 <= row <= rows) or not (column is None or 1 <= column <= columns):
        raise MalformedAttributes("a table of the report has values outside itself")
    across = range(columns) if column is None else (column - 1,)
    return ((one, other) for one in (range(rows) if row is None else (row - 1,)) for other in across)


def _values(cell: Dataset) -> Iterator[Words]:
    """Its values in words: codes, a reference to another content item, or those of a selector element."""
    if codes := items(cell, tags.CONCEPT_CODE_SEQUENCE):
        return ((to_words(code),) for code in codes)
    if position := values(cell, tags.REFERENCED_CONTENT_ITEM_IDENTIFIER):
        path = ".".join(map(str, to_position(position)))
        return iter([(Link(f"see {path}", f"#item-{path}"),)])
    qualifier = meanings(cell, tags.NUMERIC_VALUE_QUALIFIER_CODE_SEQUENCE)
    if qualifier:
        return iter([(qualifier,)])
    selectors = (tag for tag in cell if tag.startswith(_SELECTOR_GROUP) and tag != tags.SELECTOR_ATTRIBUTE_VR)
    return ((_formatted(tag, value),) for tag in selectors for value in values(cell, tag))


def _formatted(tag: str, value: object) -> str:
    said = "" if value is None else to_text(value)
    match tag:
        case tags.SELECTOR_PN_VALUE:
            return name_words(value)
        case tags.SELECTOR_CODE_SEQUENCE_VALUE if isinstance(value, Mapping):
            return to_words(value)
        case tags.SELECTOR_DA_VALUE:
            return to_date(said)
        case tags.SELECTOR_TM_VALUE:
            return to_time(said)
        case tags.SELECTOR_DT_VALUE:
            return to_date_time(said)
        case _:
            return said
