"""Where content items that others refer to are found in the document (PS3.3 C.17.3.2.5)."""

from collections.abc import Iterator
from dataclasses import replace

from rendering.documents.blocks import Link, Table, Words
from rendering.reports.content import ContentItem, Elsewhere, Position, Tabulated

_ITEM = "#item-"


def target(position: Position) -> str:
    """What a link to the item at `position` leads to."""
    return f"{_ITEM}{'.'.join(map(str, position))}"


class Anchors:
    """Knows the whole tree: only what others refer to has an anchor, and only what is there is led to."""

    def __init__(self, root: ContentItem) -> None:
        self._root = root.position
        self._names: dict[Position, str] = {}
        self._referred: set[Position] = set()
        self._survey(root)

    def _survey(self, item: ContentItem) -> None:
        self._names[item.position] = item.name
        match item.value:
            case Elsewhere(position):
                self._referred.add(position)
            case Tabulated(table):
                self._referred.update(_positions(table))
            case _:
                pass
        for child in item.children:
            self._survey(child)

    def is_referred(self, item: ContentItem) -> bool:
        return item.position in self._referred

    def of(self, item: ContentItem) -> str:
        """The anchor of `item`; empty when nothing refers to it."""
        return target(item.position).removeprefix("#") if self.is_referred(item) else ""

    def words(self, position: Position) -> Words:
        """The way to the item at `position`, or that there is none."""
        name = self._names.get(position) or "item"
        return (self._leading(position, f"see {name} {'.'.join(map(str, position))}"),)

    def led(self, table: Table) -> Table:
        """`table` with links only to what there is."""
        return replace(table, rows=tuple(tuple(map(self._led, row)) for row in table.rows))

    def _led(self, words: Words) -> Words:
        return tuple(self._leading(_position(one), one.text) if isinstance(one, Link) else one for one in words)

    def _leading(self, position: Position, said: str) -> Link | str:
        if position == self._root:
            return said
        return Link(said, target(position)) if position in self._names else f"{said} (which is not in this report)"


def _positions(table: Table) -> Iterator[Position]:
    """The items that cells of a table refer to."""
    return (_position(word) for row in table.rows for words in row for word in words if isinstance(word, Link))


def _position(link: Link) -> Position:
    return tuple(map(int, link.target.removeprefix(_ITEM).split(".")))
