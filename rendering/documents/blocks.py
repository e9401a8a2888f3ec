"""What a document says, whatever it was written in: sections of paragraphs, named facts, tables and lists."""

from dataclasses import dataclass
from typing import TypeAlias
from unicodedata import category

_KEPT = "\n\t\u200c\u200d"  # lines, columns, and the joiners that scripts like Persian and Hindi are spelt with
_BLANK = {"Cc", "Cf", "Zs", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to another place: `target` is a path of this service, or `#` and the anchor of a block."""

    text: str
    target: str


Words: TypeAlias = tuple[str | Link, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    words: Words


@dataclass(frozen=True, slots=True)
class Fact:
    """What is called `name` and is `words`; `below` explains it."""

    name: str
    words: Words
    below: "tuple[Block, ...]" = ()
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`header` names the columns, unless it is empty; rows, of any lengths, begin with their names if `named_rows`."""

    header: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]
    caption: str = ""
    named_rows: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    entries: "tuple[tuple[Block, ...], ...]"
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: "tuple[Block, ...]"
    anchor: str = ""


Block: TypeAlias = Paragraph | Facts | Table | Listing | Section


@dataclass(frozen=True, slots=True)
class Document:
    """`language` is that of `blocks` (RFC 5646), if known; `notices` are to be read before anything else."""

    title: str
    blocks: tuple[Block, ...]
    language: str = ""
    notices: tuple[str, ...] = ()


def plain_words(words: Words) -> str:
    """The text of `words`, wherever its links lead."""
    return "".join(one.text if isinstance(one, Link) else one for one in words)


def printable(text: str) -> str:
    """`text` with spaces for control characters, a mark for what is no character, and newlines alone to end lines."""
    if text.isprintable():
        return text
    return "".join(map(_printable, text.replace("\r\n", "\n").replace("\r", "\n")))


def _printable(character: str) -> str:
    if character.isprintable() or character in _KEPT:
        return character
    return " " if category(character) in _BLANK else "\N{REPLACEMENT CHARACTER}"
