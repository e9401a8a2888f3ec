"""XML as a tree of elements, read without a document type: so there are no entities, and nothing to fetch (XML 1.0)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from rendering.errors import MalformedFrame, TooLarge

MAXIMUM_BYTES = 8 * 2**20
_MOST_ELEMENTS = 200_000
_DEEPEST = 64


@dataclass(slots=True)
class Element:
    """`name` without the namespace of the root, but with any other; `content` are texts and elements in their order."""

    name: str
    attributes: dict[str, str]
    content: "list[Element | str]" = field(default_factory=list)

    def children(self, *path: str) -> "Iterator[Element]":
        """The elements at `path` below this one, e.g. `children("component", "section")`."""
        name, *rest = path
        for child in self.content:
            if isinstance(child, Element) and child.name == name:
                yield from child.children(*rest) if rest else (child,)

    @property
    def text(self) -> str:
        """All text within, on one line."""
        return " ".join("".join(_texts(self)).split())


def _texts(element: Element) -> Iterator[str]:
    for child in element.content:
        yield from (child,) if isinstance(child, str) else (*_texts(child), " ")


def read_xml(data: bytes) -> Element:
    """The root element. Raises `MalformedFrame` when it is no XML or has a document type, `TooLarge`."""
    if len(data) > MAXIMUM_BYTES:
        raise TooLarge("the document is too large to be read here")
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_type
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(_unpadded(data), True)
    except (expat.ExpatError, ValueError, LookupError):
        raise MalformedFrame("the document is not well-formed XML") from None
    return builder.root


def _unpadded(data: bytes) -> bytes:
    """Without what evens the length of a DICOM value (PS3.5 §6.2, OB); the zeros of UTF-16 begin with the text."""
    return data if 0 in data[:4] else data.rstrip(b"\0")


def _refuse_type(*_: object) -> None:
    raise MalformedFrame("the document declares a type, which is not read here")


class _Builder:
    def __init__(self) -> None:
        self.root = Element("", {})
        self._open: list[Element] = []
        self._elements = 0
        self._namespace = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > _MOST_ELEMENTS or len(self._open) >= _DEEPEST:
            raise TooLarge("the document is too large to be read here")
        if not self._open:
            self._namespace = name.rpartition(" ")[0]
        element = Element(self._local(name), attributes)
        if self._open:
            self._open[-1].content.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        if self._open:
            self._open[-1].content.append(text)

    def _local(self, name: str) -> str:
        namespace, _, local = name.rpartition(" ")
        return local if namespace == self._namespace else name
