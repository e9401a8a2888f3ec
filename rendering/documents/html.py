"""A document as one page of HTML, which is well-formed XML too: no script, nothing loaded, every word escaped."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape

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
    printable,
)

_STYLE = """
:root { color-scheme: light dark; --quiet: light-dark(#55606b, #a3aeb8); --line: light-dark(#dcdfe3, #2b323a); }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 1.2em 0 0.4em; }
h2 { border-bottom: 1px solid var(--line); }
h4, h5, h6 { font-size: 1rem; }
section section, dd > dl, dd > section { padding-left: 1rem; border-left: 2px solid var(--line); }
p, td, tbody th, dd > span { white-space: pre-line; }
tbody th { font-weight: inherit; }
dl { display: grid; grid-template-columns: minmax(8rem, 16rem) 1fr; gap: 0.2rem 1rem; margin: 0.4rem 0; }
dt { color: var(--quiet); }
dd { margin: 0; min-width: 0; }
table { border-collapse: collapse; margin: 0.6rem 0; }
caption { text-align: left; font-weight: 600; }
th, td { padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
.notice { padding: 0.5rem 0.8rem; border: 2px solid currentColor; font-weight: 600; }
.mark { color: var(--quiet); text-align: center; }
:target { outline: 2px solid currentColor; outline-offset: 2px; }
"""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "sandbox allow-same-origin",
    )
)
"""What a browser may do with a page of `to_html`: show it. Its links are followed as those of this origin are."""


def to_html(document: Document, mark: str = "") -> str:
    """The page; `mark` stands above and below everything else."""
    language = f' lang="{escape(document.language)}"' if document.language else ""
    marked = f'<p class="mark">{_text(mark)}</p>' if mark else ""
    notices = "".join(f'<p class="notice" lang="en">{_text(notice)}</p>' for notice in document.notices)
    return (
        '<!DOCTYPE html>\n<html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width"/>'
        f"<title>{_text(document.title)}</title><style>{_STYLE}</style></head>\n<body>{marked}"
        f"<main{language}><h1>{_text(document.title)}</h1>{notices}\n"
        f"{_all(document.blocks, 2)}</main>{marked}</body></html>\n"
    )


def _all(blocks: tuple[Block, ...], level: int) -> str:
    return "\n".join(_block(block, level) for block in blocks)


def _block(block: Block, level: int) -> str:
    match block:
        case Paragraph(words):
            return f'<p dir="auto">{_words(words)}</p>'
        case Facts(facts):
            return f"<dl>{''.join(_fact(fact, level) for fact in facts)}</dl>" if facts else ""
        case Table():
            return _table(block)
        case Listing(entries, ordered):
            kind = "ol" if ordered else "ul"
            return f"<{kind}>{''.join(f'<li>{_all(entry, level)}</li>' for entry in entries)}</{kind}>"
        case Section(title, blocks, anchor):
            heading = f'<h{min(level, 6)} dir="auto">{_text(title)}</h{min(level, 6)}>' if title else ""
            return f"<section{_id(anchor)}>{heading}{_all(blocks, level + bool(title))}</section>"


def _fact(fact: Fact, level: int) -> str:
    below = _all(fact.below, level)
    said = f'<span dir="auto">{_words(fact.words)}</span>' if fact.words else ""
    return f'<dt{_id(fact.anchor)} dir="auto">{_text(fact.name)}</dt><dd>{said}{below}</dd>'


def _table(table: Table) -> str:
    caption = f"<caption>{_text(table.caption)}</caption>" if table.caption else ""
    names = "".join(f'<th scope="col">{_text(name)}</th>' for name in table.header)
    header = f"<thead><tr>{names}</tr></thead>" if table.header else ""
    rows = "".join(f"<tr>{''.join(_cells(row, table.named_rows))}</tr>" for row in table.rows)
    return f"<table>{caption}{header}<tbody>{rows}</tbody></table>"


def _cells(row: tuple[Words, ...], named: bool) -> Iterator[str]:
    for column, words in enumerate(row):
        if named and not column:
            yield f'<th scope="row" dir="auto">{_words(words)}</th>'
        else:
            yield f'<td dir="auto">{_words(words)}</td>'


def _words(words: Words) -> str:
    return "".join(
        f'<a href="{escape(one.target)}">{_text(one.text)}</a>' if isinstance(one, Link) else _text(one)
        for one in words
    )


def _id(anchor: str) -> str:
    return f' id="{escape(anchor)}"' if anchor else ""


def _text(text: str) -> str:
    return escape(printable(text))
