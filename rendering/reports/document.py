"""A structured report as a document to read: its tree as sections, facts and tables (PS3.3 C.17, C.18)."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rendering.documents.blocks import Block, Document, Fact, Facts, Link, Paragraph, Section, Table, Words, plain_words
from rendering.reading.elements import Dataset
from rendering.reports.content import (
    Container,
    ContentItem,
    Elsewhere,
    Measurement,
    Position,
    Relationship,
    Said,
    Tabulated,
)
from rendering.reports.header import facts, language_of, notices
from rendering.reports.reading import read_content
from rendering.reports.references import read_references

_ABOUT = {Relationship.OBSERVATION_CONTEXT, Relationship.ACQUISITION_CONTEXT, Relationship.CONCEPT_MODIFIER}
_SAID_BEFORE = {Relationship.INFERRED_FROM: "Inferred from", Relationship.SELECTED_FROM: "Selected from"}


def to_document(dataset: Dataset, base_url: str | None = None) -> Document:
    """The report `dataset`, DICOM JSON, with links to what a service at `base_url` renders of what it refers to.

    Raises `UnsupportedObject` when there is nothing to read, `TooLarge` when there is too much.
    """
    references = read_references(dataset, base_url)
    root = read_content(dataset, references)
    writer = _Writer(root)
    about = [child for child in root.children if child.relationship in _ABOUT]
    content = [child for child in root.children if child.relationship not in _ABOUT]
    context = (Section("Context", writer.blocks(about)),) if about else ()
    blocks = (facts(dataset, references), *context, *writer.blocks(content))
    return Document(root.name or "Report", blocks, language_of(dataset), notices(dataset))


class _Writer:
    """Knows the whole tree: what other items refer to needs an anchor."""

    def __init__(self, root: ContentItem) -> None:
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

    def blocks(self, items: Sequence[ContentItem]) -> tuple[Block, ...]:
        """`items` in their order: containers as sections, runs of bare measurements as tables, the rest as facts."""
        return tuple(
            block
            for kind, run in groupby(items, self._kind)
            for block in (self._sections(run) if kind is Section else self._run(kind, list(run)))
        )

    def _kind(self, item: ContentItem) -> type[Section | Table | Fact]:
        match item.value:
            case Container():
                return Section
            case Measurement() if self._is_bare(item):
                return Table
            case _:
                return Fact

    def _is_bare(self, item: ContentItem) -> bool:
        """Whether all that there is to say of a measurement fits a row."""
        simple = all(
            child.relationship in _ABOUT and isinstance(child.value, Said) and not child.children
            for child in item.children
        )
        return simple and item.relationship not in _SAID_BEFORE and item.position not in self._referred

    def _run(self, kind: type[Section | Table | Fact], items: list[ContentItem]) -> Iterator[Block]:
        if kind is Table and len(items) > 1:
            yield _measurements(items)
        else:
            yield Facts(tuple(map(self._fact, items)))

    def _sections(self, containers: Iterator[ContentItem]) -> Iterator[Block]:
        for item in containers:
            text = self._continuous(item) if item.value == Container(continuous=True) else self.blocks(item.children)
            yield Section(self._label(item), text, self._anchor(item.position))

    def _continuous(self, container: ContentItem) -> tuple[Block, ...]:
        """Content that is to be read as one text, then what explains it."""
        spoken = [item for item in container.children if not isinstance(item.value, Container)]
        words = [word for item in spoken for word in (*self._words(item), " ")]
        explained = [item for item in container.children if item.children or isinstance(item.value, Container)]
        return (Paragraph(tuple(words[:-1])), *self.blocks(explained))

    def _fact(self, item: ContentItem) -> Fact:
        below = self.blocks(item.children)
        if isinstance(item.value, Tabulated):
            below = (item.value.table, *below)
        return Fact(self._label(item), self._words(item), below, self._anchor(item.position))

    def _words(self, item: ContentItem) -> Words:
        match item.value:
            case Said(words):
                return words
            case Measurement() as measurement:
                return measurement.words
            case Elsewhere(position):
                path = ".".join(map(str, position))
                return (Link(f"see {self._names.get(position) or 'item'} {path}", f"#{_to_anchor(position)}"),)
            case Container() | Tabulated():
                return ()

    def _label(self, item: ContentItem) -> str:
        return ": ".join(filter(None, (_SAID_BEFORE.get(item.relationship, ""), item.name)))

    def _anchor(self, position: Position) -> str:
        return _to_anchor(position) if position in self._referred else ""


def _measurements(items: Sequence[ContentItem]) -> Table:
    rows = []
    for item in items:
        if isinstance(item.value, Measurement):
            about = "; ".join(_modifier(child) for child in item.children)
            value = item.value
            rows.append(
                ((item.name,), (value.number,), (value.unit,), ("; ".join(filter(None, (value.qualifier, about))),))
            )
    return Table(("Measurement", "Value", "Unit", "Details"), tuple(rows))


def _modifier(item: ContentItem) -> str:
    said = plain_words(item.value.words) if isinstance(item.value, Said) else ""
    return f"{item.name}: {said}" if item.name else said


def _positions(table: Table) -> Iterator[Position]:
    """The items that cells of a table refer to."""
    for row in table.rows:
        for word in (word for words in row for word in words):
            if isinstance(word, Link):
                yield tuple(int(part) for part in word.target.removeprefix("#item-").split(".") if part.isdecimal())


def _to_anchor(position: Position) -> str:
    return f"item-{'.'.join(map(str, position))}"
