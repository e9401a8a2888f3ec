"""A page as its reader meets it: parsed as HTML and as XML, and held to what every page of ours promises."""

from html.parser import HTMLParser
from itertools import pairwise
import re
from xml.etree import ElementTree as ET

from rendering.documents.blocks import Document
from rendering.documents.html import to_html
from rendering.documents.plain import to_plain

_XHTML = "{http://www.w3.org/1999/xhtml}"
_VOID = {"meta"}
_STRUCTURE = {"html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "h4", "h5", "h6"}
_CONTENT = {
    "p",
    "dl",
    "dt",
    "dd",
    "span",
    "a",
    "ul",
    "ol",
    "li",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
_ATTRIBUTES = {"lang", "xmlns", "charset", "name", "content", "class", "id", "dir", "href", "scope"}


class Page(HTMLParser):
    """The elements of a page with their attributes, in order, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _VOID
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "body" in self._open:
            self.words.append(data)

    @property
    def said(self) -> str:
        return "\n".join(self.words)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def checked(document: Document, mark: str = "") -> Page:
    """The page of `document`, which keeps every promise whatever the document says."""
    text = to_html(document, mark)
    page = Page(text)
    ET.fromstring(text.removeprefix("<!DOCTYPE html>"))
    assert {tag for tag, _ in page.elements} <= _STRUCTURE | _CONTENT
    assert {name for _, attributes in page.elements for name in attributes} <= _ATTRIBUTES
    assert len(page.all("style")) == 1
    assert page.all("html")[0]["lang"] == "en"
    assert all(re.match(r"#|https?://[a-z]", one["href"]) for one in page.all("a"))
    _check_headings(page)
    _check_anchors(page)
    assert all(one["scope"] in {"col", "row"} for one in page.all("th"))
    return page


def _check_headings(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def _check_anchors(page: Page) -> None:
    found = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(found) == len(set(found))
    assert {one["href"][1:] for one in page.all("a") if one["href"].startswith("#")} <= set(found)


def rows(document: Document) -> list[list[tuple[str, str]]]:
    """All rows of tables as pairs of an element and its text."""
    root = ET.fromstring(to_html(document).removeprefix("<!DOCTYPE html>"))
    return [
        [(cell.tag.removeprefix(_XHTML), "".join(cell.itertext())) for cell in row] for row in root.iter(f"{_XHTML}tr")
    ]


def said_once_in_order(document: Document, *texts: str) -> None:
    """Both ways of writing `document` say each of `texts` once, in this order."""
    for written in (checked(document).said, to_plain(document)):
        assert [written.count(text) for text in texts] == [1] * len(texts), [
            text for text in texts if written.count(text) != 1
        ]
        places = [written.index(text) for text in texts]
        assert places == sorted(places)
