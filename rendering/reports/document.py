"""A structured report as a document to read: its tree as sections, facts and tables (PS3.3 C.17, C.18)."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rendering.documents.blocks import Block, Document, Fact, Facts, Paragraph, Section, Table, Words, plain_words
from rendering.reading.elements import Dataset
from rendering.reports.anchors import Anchors
from rendering.reports.content import Container, ContentItem, Elsewhere, Measurement, Relationship, Said, Tabulated
from rendering.reports.header import facts, language_of, notices
from rendering.reports.measurements import measurements
from rendering.reports.reading import read_content
from rendering.reports.references import read_references

_ABOUT = {Relationship.OBSERVATION_CONTEXT, Relationship.ACQUISITION_CONTEXT, Relationship.CONCEPT_MODIFIER}
_SAID_BEFORE = {Relationship.INFERRED_FROM: "Inferred from", Relationship.SELECTED_FROM: "Selected from"}
_IN_TEXT = {Relationship.CONTAINS, Relationship.OTHER}


def to_document(dataset: Dataset, base_url: str | None = None) -> Document:
    """The report `dataset`, DICOM JSON, with links to what a service at `base_url` renders of what it refers to.

    Raises `UnsupportedObject` when there is nothing to read, `TooLarge` when there is too much, `MalformedAttributes`
    when what is there contradicts itself.
    """
    references = read_references(dataset, base_url)
    root = read_content(dataset, references)
    writer = _Writer(Anchors(root))
    about = [child for child in root.children if child.relationship in _ABOUT]
    content = [child for child in root.children if child.relationship not in _ABOUT]
    context = (Section("Context", writer.blocks(about)),) if about else ()
    blocks = (facts(dataset, references), *context, *writer.content(root, content))
    return Document(root.name or "Report", blocks, language_of(dataset), notices(dataset))


class _Writer:
    def __init__(self, anchors: Anchors) -> None:
        self._anchors = anchors

    def content(self, above: ContentItem, items: Sequence[ContentItem]) -> tuple[Block, ...]:
        """`items` below one that may say that they are to be read as one text, or have words of its own."""
        if above.value == Container(continuous=True):
            return tuple(self._continuous(items))
        if isinstance(above.value, Container):
            return self.blocks(items)
        return (Facts((Fact("", self._words(above), self._table(above)),)), *self.blocks(items))

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
            child.relationship in _ABOUT and isinstance(child.value, Said) and self._is_short(child)
            for child in item.children
        )
        return simple and item.relationship not in _SAID_BEFORE and not self._anchors.is_referred(item)

    def _is_short(self, item: ContentItem) -> bool:
        """Whether nothing is said of an item but its value, and nothing leads to it."""
        return not item.children and not item.observed and not self._anchors.is_referred(item)

    def _run(self, kind: type[Section | Table | Fact], items: list[ContentItem]) -> Iterator[Block]:
        if kind is Table and len(items) > 1:
            yield measurements(items)
        else:
            yield Facts(tuple(map(self._fact, items)))

    def _sections(self, containers: Iterator[ContentItem]) -> Iterator[Block]:
        for item in containers:
            blocks = (*_observed(item), *self.content(item, item.children))
            yield Section(_label(item), blocks, self._anchors.of(item))

    def _continuous(self, items: Sequence[ContentItem]) -> Iterator[Block]:
        """Content that is to be read as one text, each stretch of it before what explains it."""
        for spoken, run in groupby(items, _is_spoken):
            stretch = list(run)
            yield from self._text(stretch) if spoken else self.blocks(stretch)

    def _text(self, items: Sequence[ContentItem]) -> Iterator[Block]:
        words = [word for item in items for word in (*self._words(item), " ")]
        yield Paragraph(tuple(words[:-1]))
        explained = tuple(self._explanation(item) for item in items if not self._is_short(item))
        if explained:
            yield Facts(explained)

    def _explanation(self, item: ContentItem) -> Fact:
        """What is below an item that has been said, or leads to it, under its name or else its words."""
        name = item.name or plain_words(self._words(item))
        return Fact(name, (), (*_observed(item), *self.blocks(item.children)), self._anchors.of(item))

    def _fact(self, item: ContentItem) -> Fact:
        below = (*self._table(item), *_observed(item), *self.blocks(item.children))
        return Fact(_label(item), self._words(item), below, self._anchors.of(item))

    def _table(self, item: ContentItem) -> tuple[Table, ...]:
        return (self._anchors.led(item.value.table),) if isinstance(item.value, Tabulated) else ()

    def _words(self, item: ContentItem) -> Words:
        match item.value:
            case Said(words):
                return words
            case Measurement() as measurement:
                return measurement.words
            case Elsewhere(position):
                return self._anchors.words(position)
            case Container() | Tabulated():
                return ()


def _is_spoken(item: ContentItem) -> bool:
    """Whether an item is part of a text, as neither structure nor what is said about another item is."""
    return item.relationship in _IN_TEXT and isinstance(item.value, Said | Measurement | Elsewhere)


def _observed(item: ContentItem) -> tuple[Facts, ...]:
    return (Facts((Fact("Observed", (item.observed,)),)),) if item.observed else ()


def _label(item: ContentItem) -> str:
    return ": ".join(filter(None, (_SAID_BEFORE.get(item.relationship, ""), item.name)))
