"""Each type of value that a content item has, in the words of both ways of writing it (PS3.3 C.18)."""

from typing import Any

from pydicom import Dataset
import pytest

from rendering.documents.plain import to_plain
from rendering.reports.document import to_document
from tests.rendering.documents.pages import checked, rows, said_once_in_order
from tests.rendering.reports.contents import CT, code, container, content, evidence, item, number, reference, report

WAVEFORM = "1.2.840.10008.5.1.4.1.1.9.1.1"
STATE = "1.2.840.10008.5.1.4.1.1.11.1"
BASE = "https://proxy.example/dicomweb"


def said(*children: Dataset, **more: Any) -> str:
    """The report in plain text, after its page has been found to be right."""
    document = to_document(report(*children, **more).to_json_dict(), BASE)
    checked(document)
    return to_plain(document)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (content("TEXT", "Finding", TextValue="A mass of\r\n3 cm."), "Finding: A mass of\n  3 cm.\n"),
        (content("TEXT", "Finding", TextValue="<b>&amp; \\ 50 %"), "Finding: <b>&amp; \\ 50 %\n"),
        (content("TEXT", "Finding", TextValue="肺野に腫瘤"), "Finding: 肺野に腫瘤\n"),
        (content("TEXT", "Finding", TextValue="می\u200cخواهم"), "Finding: می\u200cخواهم\n"),
        (content("CODE", "Finding", ConceptCodeSequence=[code("Fracture")]), "Finding: Fracture\n"),
        (content("CODE", "Finding", ConceptCodeSequence=[code("", "F-1")]), "Finding: F-1\n"),
        (content("DATE", "Due", Date="20010213"), "Due: 2001-02-13\n"),
        (content("TIME", "At", Time="184746.5"), "At: 18:47:46.5\n"),
        (content("DATETIME", "At", DateTime="20010213184746+0100"), "At: 2001-02-13 18:47:46 +0100\n"),
        (content("UIDREF", "Study", UID="1.2.3.4"), "Study: 1.2.3.4\n"),
        (content("PNAME", "Reader", PersonName="Adams^John^Q^Dr.^III"), "Reader: Adams, John Q, Dr., III\n"),
        (
            content("PNAME", "Reader", PersonName="Yamada^Tarou=山田^太郎=やまだ^たろう"),
            "Reader: Yamada, Tarou (山田 太郎, やまだ たろう)\n",
        ),
        (content("PNAME", "Reader", PersonName="=山田^太郎"), "Reader: 山田 太郎\n"),
        (number("Size", 3.5, "cm"), "Size: 3.5 cm\n"),
        (number("Count", 3, "1"), "Count: 3\n"),
        (number("Beats", 70, "{beats}/min"), "Beats: 70 beats/min\n"),
        (number("Size", None), "Size: no value\n"),
        (
            number("Size", None, NumericValueQualifierCodeSequence=[code("Measurement failure")]),
            "Size: Measurement failure\n",
        ),
        (
            number("Size", 9, NumericValueQualifierCodeSequence=[code("Value out of range")]),
            "Size: 9 mm (Value out of range)\n",
        ),
        (
            content("SCOORD", "Outline", GraphicType="POLYLINE", GraphicData=[1.5, 2, 30, 40]),
            "Outline: polyline (1.5, 2) (30, 40) pixels\n",
        ),
        (
            content("SCOORD", "Outline", GraphicType="MULTIPOINT", GraphicData=[1.0, 2.0] * 10),
            " (1, 2) and 2 more points pixels\n",
        ),
        (
            content(
                "SCOORD3D",
                "Place",
                GraphicType="POINT",
                GraphicData=[1, -2.25, 3],
                ReferencedFrameOfReferenceUID="1.2.99",
            ),
            "Place: point (1, -2.25, 3) mm in the frame of reference 1.2.99\n",
        ),
        (
            content("TCOORD", "When", TemporalRangeType="SEGMENT", ReferencedSamplePositions=[5, 9]),
            "When: segment at samples 5, 9\n",
        ),
        (
            content("TCOORD", "When", TemporalRangeType="POINT", ReferencedTimeOffsets=["2.5"]),
            "When: point at seconds 2.5\n",
        ),
        (
            content("TCOORD", "When", TemporalRangeType="POINT", ReferencedDateTime=["20010213184746"]),
            "When: point at 2001-02-13 18:47:46\n",
        ),
        (content("MAGIC", "Finding"), "Finding: (a value of the type `MAGIC` is not shown)\n"),
        (content("IMAGE", "Image", ReferencedSOPSequence=[]), "Image: nothing\n"),
    ],
)
def test_a_value_is_said(one: Dataset, words: str) -> None:
    assert words in said(one)


@pytest.mark.parametrize(
    ("value_type", "one", "words"),
    [
        ("IMAGE", reference("1.2.3"), "image 1.2.3"),
        ("IMAGE", reference("1.2.3", ReferencedFrameNumber=[2, 5]), "image 1.2.3, frames 2, 5"),
        ("IMAGE", reference("1.2.3", ReferencedSegmentNumber=4), "image 1.2.3, segment 4"),
        (
            "IMAGE",
            reference("1.2.3", ReferencedSOPSequence=[reference("1.2.4", STATE)]),
            "image 1.2.3 with presentation state 1.2.4",
        ),
        ("WAVEFORM", reference("1.2.3", WAVEFORM), "waveform 1.2.3"),
        (
            "WAVEFORM",
            reference("1.2.3", WAVEFORM, ReferencedWaveformChannels=[1, 2, 1, 3]),
            "waveform 1.2.3, channels 1, 2, 1, 3",
        ),
        ("COMPOSITE", reference("1.2.3", "1.2.840.10008.5.1.4.1.1.88.11"), "report 1.2.3"),
        ("COMPOSITE", reference("1.2.3", "1.2.3.4.5.6"), "object 1.2.3"),
    ],
)
def test_a_reference_is_said(value_type: str, one: Dataset, words: str) -> None:
    assert f"Evidence: {words}\n" in said(content(value_type, "Evidence", ReferencedSOPSequence=[one]))


@pytest.mark.parametrize(("frames", "path"), [([2, 5], "/frames/2,5"), ([5, 2], ""), (None, "")])
def test_a_reference_leads_to_what_the_header_tells_the_place_of(frames: list[int] | None, path: str) -> None:
    more = {} if frames is None else {"ReferencedFrameNumber": frames}
    one = content("IMAGE", "Image", ReferencedSOPSequence=[reference("1.2.3", CT, **more)])
    made = report(one, CurrentRequestedProcedureEvidenceSequence=[evidence("1.2", "1.2.1", reference("1.2.3"))])
    (link,) = checked(to_document(made.to_json_dict(), BASE)).all("a")
    assert link["href"] == f"{BASE}/studies/1.2/series/1.2.1/instances/1.2.3{path}/rendered"


@pytest.mark.parametrize("uid", ["1.2/../../x", "javascript:alert(1)", "1.2\u0663", '1"onclick="'])
def test_what_is_no_identifier_leads_nowhere(uid: str) -> None:
    hostile = {"00081155": {"vr": "UI", "Value": [uid]}}
    made = report(content("IMAGE", "Image", ReferencedSOPSequence=[reference("1.2.3")])).to_json_dict()
    made["0040A730"]["Value"][0]["00081199"]["Value"][0] |= hostile
    made["0040A375"] = {
        "vr": "SQ",
        "Value": [evidence("1.2", "1.2.1", reference("1.2.3")).to_json_dict()],
    }
    made["0040A375"]["Value"][0]["00081115"]["Value"][0]["00081199"]["Value"][0] |= hostile
    assert checked(to_document(made, BASE)).all("a") == []


def test_a_frame_number_of_any_length_is_read() -> None:
    made = report(content("IMAGE", "Image", ReferencedSOPSequence=[reference("1.2.3")])).to_json_dict()
    made["0040A375"] = {"vr": "SQ", "Value": [evidence("1.2", "1.2.1", reference("1.2.3")).to_json_dict()]}
    made["0040A730"]["Value"][0]["00081199"]["Value"][0]["00081160"] = {"vr": "IS", "Value": ["9" * 5000]}
    (link,) = checked(to_document(made, BASE)).all("a")
    assert link["href"].endswith("/instances/1.2.3/rendered")


@pytest.mark.parametrize(
    ("value_type", "tag", "element"),
    [
        ("TEXT", "0040A160", {"vr": "UT", "BulkDataURI": "https://a.example/1"}),
        ("TEXT", "0040A160", {"vr": "UN", "InlineBinary": "QQ=="}),
        ("SCOORD", "00700022", {"vr": "FL", "BulkDataURI": "https://a.example/1"}),
        ("SCOORD3D", "00700022", {"vr": "OF", "InlineBinary": "AAAA"}),
    ],
)
def test_what_is_kept_apart_is_said_to_be(value_type: str, tag: str, element: dict[str, Any]) -> None:
    made = report(content(value_type, "Finding")).to_json_dict()
    made["0040A730"]["Value"][0][tag] = element
    written = to_plain(to_document(made))
    assert "kept apart from the report" in written
    assert "a.example" not in written


def test_measurements_that_follow_each_other_are_a_table() -> None:
    made = report(
        number("Length", 3.5, "mm", content("CODE", "Method", "HAS CONCEPT MOD", ConceptCodeSequence=[code("Manual")])),
        number("Width", None, NumericValueQualifierCodeSequence=[code("Not a number")]),
    )
    document = to_document(made.to_json_dict())
    assert rows(document) == [
        [("th", one) for one in ("Measurement", "Value", "Unit", "Details")],
        [("th", "Length"), ("td", "3.5"), ("td", "mm"), ("td", "Method: Manual")],
        [("th", "Width"), ("td", ""), ("td", ""), ("td", "Not a number")],
    ]
    said_once_in_order(document, "Length", "3.5", "Method: Manual", "Width", "Not a number")


def cell(row: int | None, column: int | None, **more: Any) -> Dataset:
    where = {"TableRowNumber": row, "TableColumnNumber": column}
    return item(**{name: value for name, value in where.items() if value is not None}, **more)


def table(*cells: Dataset, columns: list[Dataset], lines: list[Dataset], size: tuple[int, int]) -> Dataset:
    values = item(
        NumberOfTableRows=size[0],
        NumberOfTableColumns=size[1],
        TableRowDefinitionSequence=lines,
        TableColumnDefinitionSequence=columns,
        CellValuesSequence=list(cells),
    )
    return content("TABLE", "Doses", TabulatedValuesSequence=[values])


def named(name: str, **more: Any) -> Dataset:
    return item(ConceptNameCodeSequence=[code(name)], **more)


def test_a_table_has_each_value_in_its_place() -> None:
    made = table(
        cell(1, None, SelectorAttributeVR="FD", SelectorFDValue=[1.5, 2.5]),
        cell(2, 1, SelectorAttributeVR="DA", SelectorDAValue="20010213"),
        cell(2, 2, ConceptCodeSequence=[code("Not measured")]),
        cell(3, 1, SelectorAttributeVR="PN", SelectorPNValue="Adams^John"),
        cell(3, 2, ReferencedContentItemIdentifier=[1, 2]),
        columns=[
            named("Entrance", TableColumnNumber=1, MeasurementUnitsCodeSequence=[code("mGy", "mGy", "UCUM")]),
            named("Exit", TableColumnNumber=2),
        ],
        lines=[named(one, TableRowNumber=number) for number, one in enumerate(("First", "Second", "Third"), 1)],
        size=(3, 2),
    )
    document = to_document(report(made, content("TEXT", "Comment", TextValue="x")).to_json_dict())
    assert rows(document) == [
        [("th", ""), ("th", "Entrance [mGy]"), ("th", "Exit")],
        [("th", "First"), ("td", "1.5"), ("td", "2.5")],
        [("th", "Second"), ("td", "2001-02-13"), ("td", "Not measured")],
        [("th", "Third"), ("td", "Adams, John"), ("td", "see 1.2")],
    ]
    assert [one["href"] for one in checked(document).all("a")] == ["#item-1.2"]
    said_once_in_order(document, "First", "1.5", "2.5", "Second", "2001-02-13", "Third", "see 1.2")


def test_a_table_within_a_text_is_not_lost() -> None:
    values = table(cell(1, 1, SelectorAttributeVR="ST", SelectorSTValue="held"), columns=[], lines=[], size=(1, 1))
    made = container(
        "Story",
        content("TEXT", TextValue="before"),
        values,
        content("TEXT", TextValue="after"),
        ContinuityOfContent="CONTINUOUS",
    )
    said_once_in_order(to_document(report(made).to_json_dict()), "Story", "before", "Doses", "held", "after")


def test_names_of_columns_without_numbers_are_in_order() -> None:
    made = table(columns=[named("Left"), named("Right")], lines=[], size=(1, 2))
    assert rows(to_document(report(made).to_json_dict()))[0] == [("th", "Left"), ("th", "Right")]
