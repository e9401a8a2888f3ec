"""The narrative of clinical documents, said as its authors wrote it (HL7 CDA R2 §4.3.5)."""

import pytest

from rendering.documents.cda import to_document
from rendering.documents.plain import to_plain
from rendering.errors import TooLarge, UnsupportedObject
from tests.rendering.documents.cdas import clinical, narrated, section
from tests.rendering.documents.pages import checked, rows, said_once_in_order


def test_the_header_and_the_sections_in_their_order() -> None:
    document = to_document(
        clinical(
            section("History", "Long.", section("Family", "None."), section("Drugs", "Some."))
            + section("Plan", "Rest.")
        )
    )
    said_once_in_order(
        document,
        *("Letter", "Tarou Yamada", "G-1001", "1970-01-31", "2001-02-13 18:47:46 +0100", "J. Adams", "J. Riesmeier"),
        *("History", "Long.", "Family", "None.", "Drugs", "Some.", "Plan", "Rest."),
    )
    page = checked(document)
    assert [tag for tag, _ in page.elements if tag[1:].isdecimal()] == ["h1", "h2", "h3", "h3", "h2"]
    assert document.notices == ()


def test_nobody_who_attests_is_said() -> None:
    document = to_document(clinical(section("Findings", "None."), header=""))
    said_once_in_order(document, "Letter", "Nobody is named who attests this document.", "None.")


@pytest.mark.parametrize(
    ("narrative", "words"),
    [
        ("No <content styleCode='Bold'>fracture</content>.", "No fracture."),
        ("one<br/>two", "one\n  two"),
        ("  many \n\t spaces ", "\n  many spaces\n"),
        ("<paragraph>one</paragraph>loose<paragraph>two</paragraph>", "one\n\n  loose\n\n  two"),
        ("<paragraph><caption>Note</caption>text</paragraph>", "Note\n\n  text"),
        ("<list><item>a</item><item>b</item></list>", "- a\n  - b"),
        (
            "<list listType='ordered'><caption>Steps</caption><item>a</item><item>b</item></list>",
            "Steps\n\n  1. a\n  2. b",
        ),
        ("<list><item>a<list><item>b</item></list></item></list>", "- a\n\n    - b"),
        ("Leucocytes 10<sup>9</sup>/L", "Leucocytes 10⁹/L"),
        ("10<sup>-3</sup> and 10<sup>2.5</sup>", "10⁻³ and 10^(2.5)"),
        ("H<sub>2</sub>O, V<sub>max</sub>, the 5<sup>th</sup>", "H₂O, Vmax, the 5th"),
        ("<content revised='delete'>left</content> <content revised='insert'>right</content>", "(deleted: left) right"),
        ("<renderMultiMedia referencedObject='X'/>", "(an image or another medium is not shown here)"),
        (
            "<renderMultiMedia referencedObject='X'><caption>Chest</caption></renderMultiMedia>",
            "(an image or another medium is not shown here: Chest)",
        ),
        ("<content>before<table><tr><td>a</td><td>b</td></tr></table></content>", "before\n  a b"),
        ("<x:content>foreign</x:content>", "foreign"),
        ("<linkHtml href='javascript:alert(1)'>here</linkHtml>", "here"),
        ("<footnote ID='f'>small print</footnote>", "small print"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("<![CDATA[<b>]]>&#x200C;", "<b>"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<?php evil?><!-- hidden -->shown", "shown"),
    ],
)
def test_a_narrative_is_said(narrative: str, words: str) -> None:
    document = narrated(narrative)
    page = checked(document)
    assert words in to_plain(document)
    assert page.all("a") == []
    assert "javascript" not in page.said


TABLE = """<table><caption>Results</caption><thead><tr><th>Test</th><th>Day</th><th>Value</th></tr></thead><tbody>
<tr><td rowspan="2">Sodium</td><td>1</td><td>140</td></tr><tr><td>2</td><td>141</td></tr>
<tr><td colspan="2">Potassium, once</td><td>4</td></tr></tbody></table>"""


def test_a_cell_stands_under_its_own_heading() -> None:
    """A value that slips a column to the left is another test's."""
    document = narrated(TABLE)
    assert rows(document) == [
        [("th", "Test"), ("th", "Day"), ("th", "Value")],
        [("td", "Sodium"), ("td", "1"), ("td", "140")],
        [("td", "Sodium"), ("td", "2"), ("td", "141")],
        [("td", "Potassium, once"), ("td", ""), ("td", "4")],
    ]
    said_once_in_order(document, "Findings", "Results", "Test", "Day", "Value", "140", "141", "Potassium, once")
    assert "  Sodium           2    141\n" in to_plain(document)


@pytest.mark.parametrize("span", ["0", "-1", "two", "1.5", "", "9" * 5000, "\u0663"])
def test_a_span_that_is_none_is_one(span: str) -> None:
    document = narrated(f"<table><tr><td rowspan='{span}'>a</td><td>b</td></tr><tr><td>c</td></tr></table>")
    assert rows(document) == [[("td", "a"), ("td", "b")], [("td", "c")]]


def test_names_of_rows_are_headings() -> None:
    document = narrated("<table><tr><th>Sodium</th><td>140</td></tr><tr><th>Potassium</th><td>4</td></tr></table>")
    assert rows(document) == [[("th", "Sodium"), ("td", "140")], [("th", "Potassium"), ("td", "4")]]
    checked(document)


def test_a_body_in_another_format_is_said_not_to_be_shown() -> None:
    data = b"<ClinicalDocument><component><nonXMLBody><text>AAAA</text></nonXMLBody></component></ClinicalDocument>"
    document = to_document(data)
    said_once_in_order(document, "Clinical document", "kept in another format")
    assert "AAAA" not in to_plain(document)


def test_extensions_do_not_stand_for_what_they_extend() -> None:
    """What is in another namespace is not of the document's own vocabulary (CDA R2 §1.4)."""
    header = '<x:title>Forged</x:title><x:legalAuthenticator/><languageCode code="de" x:code="fr"/>'
    document = to_document(clinical(section("Findings", "None."), header))
    assert document.title == "Letter"
    assert document.language == "de"
    assert len(document.notices) == 1


@pytest.mark.parametrize("code", ["x' onload='a", "javascript:x", "", "de_DE"])
def test_a_language_that_is_none_is_not_declared(code: str) -> None:
    document = to_document(clinical(section("Findings", "None."), f'<languageCode code="{code}"/>'))
    assert checked(document).all("main") == [{}]


@pytest.mark.parametrize("data", [b"<html/>", b"<x:ClinicalDocument2 xmlns:x='urn:hl7-org:v3'/>", b"<Bundle/>"])
def test_another_document_is_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedObject):
        to_document(data)


@pytest.mark.parametrize(
    "table",
    [
        "<tr><td colspan='99999'>a</td></tr>",
        "<tr>" + "<td/>" * 1001 + "</tr>",
        "<tr><td rowspan='99999' colspan='1000'>a</td></tr>" + "<tr/>" * 300,
        "<tr><td rowspan='99999'>" + "a " * 100_000 + "</td></tr>" + "<tr/>" * 1000,
    ],
    ids=["wide", "many", "both", "long"],
)
def test_a_table_larger_than_it_was_sent_is_refused(table: str) -> None:
    with pytest.raises(TooLarge):
        narrated(f"<table>{table}</table>")


def test_a_ragged_table_is_written_in_no_time() -> None:
    """One long row costs nothing in those that are short."""
    document = narrated("<table>" + "<tr/>" * 20_000 + "<tr>" + "<td>x</td>" * 1000 + "</tr></table>")
    assert to_plain(document).count("x") == 1000
