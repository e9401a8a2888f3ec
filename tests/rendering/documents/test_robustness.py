"""Whatever bytes are called a clinical document: a page that is right in form, or a refusal in safe words."""

from contextlib import suppress

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rendering.documents.blocks import Document
from rendering.documents.cda import to_document
from rendering.documents.plain import to_plain
from rendering.errors import RenderingError
from tests.rendering.documents.cdas import clinical, section
from tests.rendering.documents.pages import checked
from tests.rendering.documents.test_cda import TABLE

LIMITS = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WHOLE = clinical(
    section("Findings", f"a <content>b</content> {TABLE}", section("Within", "<list><item>c</item></list>"))
)
NAMES = [
    *(
        "paragraph",
        "list",
        "item",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "caption",
        "content",
        "br",
        "sub",
        "sup",
    ),
    *("linkHtml", "renderMultiMedia", "footnote", "section", "component", "text", "title", "x:td", "script", "style"),
]
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["rowspan", "colspan", "listType", "revised", "href", "onclick", "x:colspan", "xml:lang"]),
    st.sampled_from(["0", "2", "3", "700", "99999", "-1", "ordered", "delete", "javascript:alert(1)", "&lt;"]),
    max_size=2,
)
TEXTS = st.sampled_from(["a", " ", "\n", "&amp;", "&lt;script&gt;", "&#x202e;", "]]&gt;", "۳", "&#xFFFD;", "10"])


def element(name: str, attributes: dict[str, str], content: list[str]) -> str:
    said = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{said}>{''.join(content)}</{name}>"


MARKUP = st.recursive(
    TEXTS,
    lambda held: st.builds(element, st.sampled_from(NAMES), ATTRIBUTES, st.lists(held, max_size=5)),
    max_leaves=30,
)


def is_document_or_refused(data: bytes) -> None:
    with suppress(RenderingError):
        check(to_document(data))


def check(document: Document) -> None:
    page = checked(document, "mark")
    assert page.all("a") == []
    assert page.said.count("mark") >= 2 <= to_plain(document, "mark").count("mark")


@LIMITS
@given(data=st.binary(max_size=200))
@example(data=b"\xff\xfe")
def test_any_bytes(data: bytes) -> None:
    is_document_or_refused(data)
    is_document_or_refused(b"<ClinicalDocument>" + data)


@LIMITS
@given(narrative=MARKUP)
def test_any_markup(narrative: str) -> None:
    is_document_or_refused(clinical(section("Findings", narrative)))
    is_document_or_refused(clinical(narrative, narrative))


@LIMITS
@given(data=st.data())
def test_a_damaged_document(data: st.DataObject) -> None:
    damaged = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(damaged)))
        damaged[start : start + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=4))
    is_document_or_refused(bytes(damaged))


@LIMITS
@given(encoding=st.text(st.characters(codec="ascii"), max_size=12), data=st.binary(max_size=20))
def test_any_encoding_that_is_declared(encoding: str, data: bytes) -> None:
    is_document_or_refused(f'<?xml version="1.0" encoding="{encoding}"?><ClinicalDocument>'.encode() + data)
