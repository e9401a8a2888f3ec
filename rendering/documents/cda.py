"""The narrative of a clinical document, which is what its authors attest (HL7 CDA R2 §4.3.5), as a document to read."""

from collections.abc import Iterable, Iterator

from rendering.documents.blocks import (
    Block,
    Document,
    Fact,
    Facts,
    Listing,
    Paragraph,
    Section,
)
from rendering.documents.cda_tables import to_table
from rendering.documents.inline import BLOCKS, arranged, to_words
from rendering.documents.xml import Element, read_xml
from rendering.errors import UnsupportedObject
from rendering.reading.codes import language_tag
from rendering.reading.moments import to_date_time


def to_document(data: bytes) -> Document:
    """The CDA document in `data`. Raises `MalformedFrame`, `TooLarge`, and `UnsupportedObject` when it is no CDA."""
    root = read_xml(data)
    if root.name != "ClinicalDocument":
        raise UnsupportedObject("this is not a clinical document")
    body = [child for component in root.children("component") for child in component.content]
    sections = [one for part in body if isinstance(part, Element) for one in _body(part)]
    language = next((language_tag(one) for one in _values(root.children("languageCode"), "code")), "")
    title = next((one.text for one in root.children("title")), "") or "Clinical document"
    return Document(title, (Facts(tuple(_facts(root))), *sections), language, _notices(root))


def _notices(root: Element) -> tuple[str, ...]:
    attested = any(True for _ in root.children("legalAuthenticator"))
    return () if attested else ("Nobody is named who attests this document.",)


def _facts(root: Element) -> Iterator[Fact]:
    person = ("recordTarget", "patientRole", "patient")
    for name, found in (
        ("Patient", _names(root.children(*person, "name"))),
        ("Patient ID", _values(root.children("recordTarget", "patientRole", "id"), "extension")),
        ("Born", map(to_date_time, _values(root.children(*person, "birthTime"), "value"))),
        ("Written", map(to_date_time, _values(root.children("effectiveTime"), "value"))),
        ("Authors", _names(root.children("author", "assignedAuthor", "assignedPerson", "name"))),
        ("Attested by", _names(root.children("legalAuthenticator", "assignedEntity", "assignedPerson", "name"))),
        (
            "Custodian",
            _names(root.children("custodian", "assignedCustodian", "representedCustodianOrganization", "name")),
        ),
    ):
        said = "; ".join(filter(None, found))
        if said:
            yield Fact(name, (said,))


def _names(elements: Iterable[Element]) -> Iterator[str]:
    return (element.text for element in elements)


def _values(elements: Iterable[Element], attribute: str) -> Iterator[str]:
    return (element.attributes.get(attribute, "") for element in elements)


def _body(part: Element) -> Iterator[Block]:
    match part.name:
        case "structuredBody":
            yield from _sections(part)
        case "nonXMLBody":
            yield Paragraph(("(The body is kept in another format, which is not shown.)",))
        case _:
            pass


def _sections(above: Element) -> Iterator[Section]:
    for section in above.children("component", "section"):
        title = next((one.text for one in section.children("title")), "")
        blocks = (block for text in section.children("text") for block in _narrative(text))
        yield Section(title, (*blocks, *_sections(section)))


def _narrative(text: Element) -> Iterator[Block]:
    """Blocks, and runs of words between them as paragraphs."""
    words: list[str] = []
    for child in text.content:
        if isinstance(child, Element) and child.name in BLOCKS:
            yield from _paragraph(words)
            words = []
            yield from _block(child)
        else:
            words += to_words(child)
    yield from _paragraph(words)


def _paragraph(words: list[str]) -> Iterator[Paragraph]:
    said = arranged(words)
    if said:
        yield Paragraph((said,))


def _block(element: Element) -> Iterator[Block]:
    captions = [one.text for one in element.children("caption")]
    match element.name:
        case "list":
            yield from (Paragraph((caption,)) for caption in captions)
            entries = tuple(tuple(_narrative(item)) for item in element.children("item"))
            yield Listing(entries, element.attributes.get("listType") == "ordered")
        case "table":
            yield to_table(element, " ".join(captions))
        case _:
            yield from (Paragraph((caption,)) for caption in captions)
            yield from _narrative(Element("", {}, [one for one in element.content if not _is(one, "caption")]))


def _is(part: Element | str, name: str) -> bool:
    return isinstance(part, Element) and part.name == name
