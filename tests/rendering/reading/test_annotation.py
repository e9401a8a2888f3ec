"""The lines that annotations say, out of DICOM JSON as archives write it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from rendering.laid_over import Annotation
from rendering.reading.annotation import AnnotationKeyword, read_annotation

BOTH = tuple(AnnotationKeyword)


def element(*values: Any) -> dict[str, Any]:
    return {"vr": "UN", "Value": list(values)}


def patient(dataset: dict[str, Any]) -> tuple[str, ...]:
    return read_annotation(dataset, 1, [AnnotationKeyword.PATIENT]).patient


def technique(dataset: dict[str, Any], frame: int | None = 1) -> tuple[str, ...]:
    return read_annotation(dataset, frame, [AnnotationKeyword.TECHNIQUE]).technique


def test_the_patient_in_all_scripts_with_identifier_and_dates() -> None:
    dataset = {
        "00100010": element(
            {"Alphabetic": "Yamada^Tarou^^Dr.^Jr.", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}
        ),
        "00100020": element("G-1001"),
        "00100021": element("GENERAL"),
        "00100030": element("19700131"),
        "00100040": element("M"),
        "00101010": element("056Y"),
    }
    assert patient(dataset) == (
        "Yamada, Tarou, Dr., Jr.",
        "山田 太郎",
        "やまだ たろう",
        "ID G-1001 (GENERAL)",
        "born 1970-01-31, M, 56Y",
    )


@pytest.mark.parametrize(
    ("dataset", "lines"),
    [
        ({}, ("Patient not named",)),
        ({"00100010": element("Doe^John")}, ("Doe, John",)),
        ({"00100010": element({"Ideographic": "洪^吉洞"})}, ("洪 吉洞",)),
        ({"00100010": element({"Alphabetic": "^^^^"}), "00100020": element("7")}, ("ID 7",)),
        ({"00100010": element(None), "00100030": element("1970")}, ("Patient not named", "born 1970")),
        ({"00100010": element({"Alphabetic": "A", "Ideographic": "A"})}, ("A",)),
    ],
)
def test_what_is_absent_is_left_out(dataset: dict[str, Any], lines: tuple[str, ...]) -> None:
    assert patient(dataset) == lines


def test_the_technique_of_a_classic_image() -> None:
    dataset = {
        "00080080": element("General Hospital"),
        "00080020": element("20260102"),
        "00080030": element("101500.123"),
        "00080060": element("CT"),
        "00081030": element("Chest"),
        "0008103E": element("Lung"),
        "00181030": element("Chest"),
        "00180015": element("CHEST"),
        "00200062": element("L"),
        "00180060": element("120"),
        "00181152": element(200),
        "00180050": element("1.250"),
        "00201041": element("-32.5"),
        "00180010": element("Iomeprol"),
        "00200011": element("3"),
        "00200013": element(12),
    }
    assert technique(dataset) == (
        "General Hospital",
        "2026-01-02 10:15 CT",
        "Chest",
        "Lung",
        "CHEST L",
        "120 kV, 200 mAs, slice 1.25 mm, at -32.5 mm",
        "contrast: Iomeprol",
        "series 3, image 12",
    )


def test_the_technique_of_a_frame_is_its_own() -> None:
    groups = [{"00189114": element({"00189082": element(time)})} for time in (14.5, 90)]
    enhanced = {
        "00280008": element(2),
        "52009229": element({"00189112": element({"00180080": element(450)})}),
        "52009230": element(*groups),
    }
    assert technique(enhanced, 1) == ("TR 450 ms, TE 14.5 ms", "frame 1 of 2")
    assert technique(enhanced, 2) == ("TR 450 ms, TE 90 ms", "frame 2 of 2")
    assert technique(enhanced, None) == ("TR 450 ms",)


def test_only_what_is_asked_for_is_read() -> None:
    dataset = {"00100020": element("7"), "00080060": element("CT")}
    assert read_annotation(dataset, 1, ()) == Annotation()
    assert read_annotation(dataset, 1, BOTH) == Annotation(("ID 7",), ("CT",))


def test_what_is_not_printed_cannot_turn_the_order_of_what_is() -> None:
    assert patient({"00100010": element("Doe\u202e^nhoJ\n\x00")}) == ("Doe, nhoJ",)


def test_a_value_without_end_is_cut_and_says_so() -> None:
    (line,) = patient({"00100010": element("A" * 10_000)})
    assert line.endswith("A…")
    assert len(line) < 300


VALUES = st.none() | st.integers() | st.floats() | st.text(max_size=9) | st.dictionaries(st.text(), st.text(max_size=9))
TAGS = ["00100010", "00100020", "00100030", "00080020", "00080030", "00180060", "00200013", "00280008", "00101010"]


@given(
    st.dictionaries(st.sampled_from(TAGS), st.fixed_dictionaries({"Value": st.lists(VALUES, max_size=3)})),
    st.none() | st.just(1),
)
def test_whatever_is_written_there_are_lines(dataset: dict[str, Any], frame: int | None) -> None:
    annotation = read_annotation(dataset, frame, BOTH)
    assert all(line.isprintable() and line for line in (*annotation.patient, *annotation.technique))
    assert annotation.patient
