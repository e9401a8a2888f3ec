"""A document as plain text: the same words in the same order, indented where HTML would nest."""

from collections.abc import Iterable, Iterator, Sequence

from rendering.documents.blocks import (
    Block,
    Document,
    Fact,
    Facts,
    Link,
    Listing,
    Paragraph,
    Section,
    Table,
    Words,
    plain_words,
    printable,
)

_STEP = "  "
_WIDEST_COLUMN = 40


def to_plain(document: Document, mark: str = "") -> str:
    """The text, each line ended by a newline; `mark` is the first and the last of its lines."""
    lines = [*_marked(mark), document.title, "=" * max(3, len(document.title)), ""]
    for notice in document.notices:
        lines += [f"*** {notice} ***", ""]
    lines += [*_all(document.blocks), *_marked(mark)]
    return "".join(f"{printable(line).rstrip()}\n" for line in lines)


def _marked(mark: str) -> Iterable[str]:
    return ("", f"[{mark}]", "") if mark else ()


def _all(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        yield from _block(block)
        if not isinstance(block, Section):
            yield ""


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(words):
            yield from printable(_said(words)).split("\n")
        case Facts(facts):
            for fact in facts:
                yield from _fact(fact)
        case Table():
            yield from _table(block)
        case Listing(entries, ordered):
            for number, entry in enumerate(entries, 1):
                yield from _hanging(f"{number}. " if ordered else "- ", _trimmed(_all(entry)))
        case Section(title, blocks, anchor):
            if title:
                heading = f"{title}{_known_as(anchor)}"
                yield from (heading, "-" * max(3, len(heading)))
            yield from _indented(_all(blocks)) if title else _all(blocks)


def _fact(fact: Fact) -> Iterator[str]:
    name = f"{fact.name}{_known_as(fact.anchor)}"
    first, *rest = printable(_said(fact.words)).split("\n")
    yield f"{name}: {first}" if name else first
    yield from _indented(rest)
    yield from _indented(_trimmed(_all(fact.below)))


def _table(table: Table) -> Iterator[str]:
    """Columns as wide as their longest cell, unless that is a text of its own."""
    rows = [table.header, *([" ".join(_said(cell).split()) for cell in row] for row in table.rows)]
    rows = rows if table.header else rows[1:]
    widths = _widths(rows)
    if table.caption:
        yield table.caption
    for row in rows:
        yield _STEP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))


def _widths(rows: Iterable[Sequence[str]]) -> list[int]:
    widths: list[int] = []
    for row in rows:
        widths += [0] * (len(row) - len(widths))
        for column, cell in enumerate(row):
            widths[column] = max(widths[column], min(len(cell), _WIDEST_COLUMN))
    return widths


def _said(words: Words) -> str:
    """The words, and where links lead: to a place that is named, or to an address."""
    return "".join(
        f"{one.text} <{one.target}>"
        if isinstance(one, Link) and not one.target.startswith("#")
        else plain_words((one,))
        for one in words
    )


def _known_as(anchor: str) -> str:
    return f" [{anchor.removeprefix('item-')}]" if anchor else ""


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (_STEP + line for line in lines)


def _hanging(bullet: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"{' ' * len(bullet) if number else bullet}{line}"


def _trimmed(lines: Iterable[str]) -> list[str]:
    """`lines` without empty ones at the end."""
    kept = list(lines)
    while kept and not kept[-1]:
        kept.pop()
    return kept
