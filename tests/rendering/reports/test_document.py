"""The tree of a report, in its order, with nothing left out and nothing said twice (PS3.3 C.17.3)."""

import json
from typing import Any

from pydicom import Dataset
from pydicom.uid import KeyObjectSelectionDocumentStorage
import pytest

from rendering.documents.plain import to_plain
from rendering.errors import MalformedAttributes, TooLarge, UnsupportedObject
from rendering.reports.document import to_document
from rendering.reports.reading import MAXIMUM_CELLS, MAXIMUM_DEPTH, MAXIMUM_ITEMS
from tests.rendering.documents.pages import checked, said_once_in_order
from tests.rendering.reports.contents import code, container, content, item, number, report

HOSTILE = """</p></title></style><script>alert(1)</script><img src=x onerror=alert(1)>" ' & \x07\x1b[2J\u202e"""


def text(words: str, *children: Dataset, name: str = "", relationship: str = "CONTAINS", **more: Any) -> Dataset:
    return content("TEXT", name, relationship, TextValue=words, ContentSequence=list(children), **more)


def coded(name: str, words: str, relationship: str, *children: Dataset) -> Dataset:
    return content("CODE", name, relationship, ConceptCodeSequence=[code(words)], ContentSequence=list(children))


def by_reference(*position: int, relationship: str = "INFERRED FROM") -> Dataset:
    return item(RelationshipType=relationship, ReferencedContentItemIdentifier=list(position))


def everything() -> Dataset:
    return report(
        coded("Observer", "Person", "HAS OBS CONTEXT", coded("Role", "Radiologist", "HAS PROPERTIES")),
        container(
            "Findings",
            text(
                "A nodule.",
                coded("Certainty", "Probable", "HAS CONCEPT MOD", coded("Scale", "Five-step", "HAS PROPERTIES")),
                text("Seen twice.", name="Reason", relationship="INFERRED FROM"),
                coded("Shape", "Round", "HAS PROPERTIES"),
                text("Chosen slice.", name="Slice", relationship="SELECTED FROM"),
                coded("Contrast", "Iodine", "HAS ACQ CONTEXT"),
                name="Nodule",
            ),
            container("", text("Nameless depth."), container("Deeper", text("Bottom."))),
            number("Length", 11.5, "mm"),
            number("Width", 12.5, "mm"),
            number("Depth", 13.5, "mm", text("By hand.", name="How", relationship="INFERRED FROM")),
        ),
        container("Conclusions", text("Benign.", name="Conclusion")),
    )


def test_every_item_is_said_once_and_in_order() -> None:
    said_once_in_order(
        to_document(everything().to_json_dict()),
        *("Observer", "Person", "Role", "Radiologist", "Findings", "A nodule.", "Certainty", "Probable", "Five-step"),
        *("Inferred from: Reason", "Seen twice.", "Round", "Selected from: Slice", "Chosen slice.", "Iodine"),
        *("Nameless depth.", "Deeper", "Bottom.", "11.5", "12.5", "13.5", "Inferred from: How", "By hand."),
        *("Conclusions", "Benign."),
    )


def test_a_heading_without_a_name_leaves_no_gap() -> None:
    page = checked(to_document(everything().to_json_dict()))
    assert [tag for tag, _ in page.elements if tag in {"h1", "h2", "h3", "h4"}] == ["h1", "h2", "h2", "h3", "h2"]


def test_a_continuous_text_is_read_as_one_and_explained_after() -> None:
    story = container(
        "Story",
        text("A mass of"),
        number("Diameter", 3, "cm", coded("Method", "Calipers", "HAS CONCEPT MOD")),
        text("was detected.", coded("Certainty", "Probable", "HAS CONCEPT MOD")),
        container("Aside", text("In between.")),
        text("It is old."),
        coded("Language", "English", "HAS CONCEPT MOD"),
        ContinuityOfContent="CONTINUOUS",
    )
    document = to_document(report(story).to_json_dict())
    assert "\n  A mass of 3 cm was detected.\n" in to_plain(document)
    said_once_in_order(document, "A mass of 3 cm", "Method", "Calipers", "Probable", "Aside", "In between.")
    said_once_in_order(document, "In between.", "It is old.", "Language", "English")


def test_a_root_may_be_continuous_or_no_container_at_all() -> None:
    made = report(text("One"), text("two."), ContinuityOfContent="CONTINUOUS")
    assert "\nOne two.\n" in to_plain(to_document(made.to_json_dict()))
    made.ValueType, made.TextValue = "TEXT", "Of its own."
    said_once_in_order(to_document(made.to_json_dict()), "Of its own.", "One", "two.")


@pytest.mark.parametrize("continuity", ["SEPARATE", "CONTINUOUS"])
def test_a_reference_leads_to_the_item_that_it_names(continuity: str) -> None:
    made = report(
        container("Evidence", text("Seen.", name="Sign"), text("Heard."), ContinuityOfContent=continuity),
        text("Ill.", by_reference(1, 1, 1), by_reference(1, 1), by_reference(1, 1, 2), name="Conclusion"),
    )
    document = to_document(made.to_json_dict())
    page = checked(document)
    assert [one["href"] for one in page.all("a")] == ["#item-1.1.1", "#item-1.1", "#item-1.1.2"]
    assert "Inferred from: see Sign 1.1.1" in to_plain(document)
    assert "[1.1.1]" in to_plain(document), "where it is, is told in plain text too"


@pytest.mark.parametrize("position", [(1, 9, 9), (1,), (0,), (7, 1)])
def test_a_reference_to_nothing_leads_nowhere_but_is_said(position: tuple[int, ...]) -> None:
    document = to_document(report(text("Ill.", by_reference(*position))).to_json_dict())
    assert checked(document).all("a") == []
    path = ".".join(map(str, position))
    assert ("not in this report" in to_plain(document)) is (position != (1,))
    assert path in to_plain(document)


@pytest.mark.parametrize(
    "child",
    [
        coded("Method", "Calipers", "HAS CONCEPT MOD"),
        coded("Method", "Calipers", "INFERRED FROM"),
        coded("Method", "Calipers", "HAS PROPERTIES", text("Nested.")),
    ],
)
def test_nothing_below_a_measurement_is_lost(child: Dataset) -> None:
    made = report(number("Length", 11.5, "mm", child), number("Width", 12.5, "mm"))
    said_once_in_order(to_document(made.to_json_dict()), "11.5", "Method", "Calipers", "12.5")
    made.ContentSequence.append(text("Ill.", by_reference(1, 1, 1)))
    assert "item-1.1.1" in {one.get("id") for _, one in checked(to_document(made.to_json_dict())).elements}


def test_when_something_was_observed_is_said_where_it_differs() -> None:
    made = report(
        number("Length", 11.5, "mm", ObservationDateTime="20010101"),
        number("Width", 12.5, "mm", ObservationDateTime="20010213"),
        container("Old", text("Told.", ObservationDateTime="20000101"), ObservationDateTime="20000101"),
        ObservationDateTime="20010213",
    )
    said_once_in_order(to_document(made.to_json_dict()), "2001-02-13", "11.5", "2001-01-01", "12.5", "2000-01-01")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({}, []),
        ({"CompletionFlag": "PARTIAL"}, ["PARTIAL: this report is not complete."]),
        ({"CompletionFlag": ""}, ["Not said to be complete."]),
        ({"VerificationFlag": "UNVERIFIED"}, ["UNVERIFIED: nobody has attested that this report is accurate."]),
        ({"VerificationFlag": ""}, ["UNVERIFIED: nobody has attested that this report is accurate."]),
        ({"PreliminaryFlag": "PRELIMINARY"}, ["PRELIMINARY: this report is not final."]),
        ({"PreliminaryFlag": "FINAL"}, []),
    ],
)
def test_how_far_a_report_may_be_believed_stands_first(flags: dict[str, str], said: list[str]) -> None:
    document = to_document(report(text("Body."), **flags).to_json_dict())
    assert list(document.notices) == said
    said_once_in_order(document, "Imaging Report", *said, "Yamada", "Body.")
    assert len([one for one in checked(document).all("p") if one.get("class") == "notice"]) == len(said)


def test_key_objects_have_no_flags_that_could_be_missing() -> None:
    chosen = report(
        text("Chosen."), SOPClassUID=KeyObjectSelectionDocumentStorage, CompletionFlag="", VerificationFlag=""
    )
    assert not to_document(chosen.to_json_dict()).notices


def test_who_stands_for_a_report_is_said() -> None:
    verifier = item(
        VerifyingObserverName="Riesmeier^Jörg",
        VerifyingOrganization="OFFIS",
        VerificationDateTime="20010213184746",
    )
    made = report(
        text("Body."),
        VerifyingObserverSequence=[verifier],
        AuthorObserverSequence=[item(PersonName="Adams^John", InstitutionName="St. Elsewhere")],
        CompletionFlagDescription="all pages",
        SpecificCharacterSet="ISO_IR 192",
    )
    said_once_in_order(
        to_document(made.to_json_dict()),
        *("Yamada, Tarou", "G-1001", "Adams, John, St. Elsewhere", "COMPLETE: all pages"),
        "Riesmeier, Jörg, OFFIS, 2001-02-13 18:47:46",
    )


def test_the_language_of_the_content_is_declared_and_that_of_notices_is_ours() -> None:
    language = content(
        "CODE",
        "",
        "HAS CONCEPT MOD",
        ConceptNameCodeSequence=[code("Language", "121049", "DCM")],
        ConceptCodeSequence=[code("Deutsch", "de-CH", "RFC5646")],
    )
    page = checked(to_document(report(language, text("Gut."), CompletionFlag="PARTIAL").to_json_dict()))
    assert page.all("main") == [{"lang": "de-CH"}]
    assert page.all("p")[0] == {"class": "notice", "lang": "en"}


def test_markup_in_any_place_is_text() -> None:
    made = report(
        container("MARK", text("MARK", name="MARK"), number("MARK", 1, "MARK"), number("MARK", 2, "MARK")),
        content("PNAME", "MARK", PersonName="MARK"),
        StudyDescription="MARK",
        ConceptNameCodeSequence=[code("MARK")],
    )
    document = to_document(json.loads(json.dumps(made.to_json_dict()).replace("MARK", json.dumps(HOSTILE)[1:-1])))
    page = checked(document)
    assert page.said.count("<script>alert(1)</script>") == 11
    assert not set(to_plain(document)) & set("\x07\x1b\u202e\r")


def test_what_is_no_character_is_marked() -> None:
    made = report(text("x")).to_json_dict()
    made["0040A730"]["Value"][0]["0040A160"]["Value"] = ["a\ud800b\uffffc"]
    document = to_document(made)
    checked(document)
    assert "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c" in to_plain(document)


def test_the_deepest_report_is_written_and_a_deeper_one_refused() -> None:
    for value_type in ("CONTAINER", "TEXT"):
        made = text("deepest")
        for _ in range(MAXIMUM_DEPTH - 2):
            made = content(value_type, "n", TextValue="x", ContentSequence=[made])
        said_once_in_order(to_document(report(made).to_json_dict()), "deepest")
        with pytest.raises(TooLarge):
            to_document(report(container("one more", made)).to_json_dict())


def element(*values: Any) -> dict[str, Any]:
    return {"vr": "XX", "Value": list(values)}


def test_more_items_than_are_shown_are_refused() -> None:
    with pytest.raises(TooLarge):
        to_document({"0040A730": element(*[{}] * (MAXIMUM_ITEMS + 1))})


@pytest.mark.parametrize(("size", "count"), [((1000, 1000), 1), ((100_001, 0), 1), ((100, 100), 11), ((5000, 0), 21)])
def test_more_cells_than_are_shown_are_refused(size: tuple[int, int], count: int) -> None:
    """What is small to send may be large to lay out."""
    values = {"0040A802": element(size[0]), "0040A803": element(size[1])}
    table = {"0040A040": element("TABLE"), "0040A801": element(values)}
    assert count == 1 or size[0] * max(1, size[1]) * (count - 1) <= MAXIMUM_CELLS
    with pytest.raises(TooLarge):
        to_document({"0040A730": element(*[table] * count)})


@pytest.mark.parametrize("dataset", [{}, {"0040A730": element()}, {"0040A730": 7, "0040A040": None}])
def test_nothing_to_read_is_refused(dataset: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedObject):
        to_document(dataset)


def test_a_value_beside_its_table_is_refused() -> None:
    cells = {"0040A804": element(3), "0040A805": element(1)}
    values = {"0040A802": element(2), "0040A803": element(2), "0040A808": element(cells)}
    with pytest.raises(MalformedAttributes):
        to_document({"0040A730": element({"0040A040": element("TABLE"), "0040A801": element(values)})})
