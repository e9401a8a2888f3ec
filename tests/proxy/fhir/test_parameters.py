"""Searches of the audit log: understood in full, or refused."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.errors import BadRequest
from proxy.fhir.parameters import MOST, Question, Token, read_question
from proxy.repositories.naming import Identifier


def moment(year: int, month: int, day: int, *time: int) -> datetime:
    hour, minute, second, microsecond = (*time, 0, 0, 0, 0)[:4]
    return datetime(year, month, day, hour, minute, second, microsecond, UTC)


@pytest.mark.parametrize(
    ("dates", "since", "until"),
    [
        (["2026-03"], moment(2026, 3, 1), moment(2026, 4, 1)),
        (["eq2026-12"], moment(2026, 12, 1), moment(2027, 1, 1)),
        (["2026"], moment(2026, 1, 1), moment(2027, 1, 1)),
        (["2024-02-29"], moment(2024, 2, 29), moment(2024, 3, 1)),
        (["ge2026-03-14", "lt2026-03-20"], moment(2026, 3, 14), moment(2026, 3, 20)),
        (["gt2026-03-14", "le2026-03-20"], moment(2026, 3, 15), moment(2026, 3, 21)),
        (["ge2026-03-14", "ge2026-03-10"], moment(2026, 3, 14), None),
        (["ge2026-03-14T10:00:00Z"], moment(2026, 3, 14, 10), None),
        (["ge2026-03-14T10:00:00+02:00"], moment(2026, 3, 14, 8), None),
        (["ge2026-03-14T10:00:00 02:00"], moment(2026, 3, 14, 8), None),
        (["2026-03-14T10:00:00"], moment(2026, 3, 14, 10), moment(2026, 3, 14, 10, 0, 1)),
        (["2026-03-14T10:00:00.25Z"], moment(2026, 3, 14, 10, 0, 0, 250000), moment(2026, 3, 14, 10, 0, 0, 250001)),
    ],
)
def test_dates_are_spans(dates: list[str], since: datetime | None, until: datetime | None) -> None:
    question = read_question([("date", one) for one in dates])
    assert (question.since, question.until) == (since, until)


@pytest.mark.parametrize("name", ["patient", "patient.identifier", "patient:identifier"])
def test_a_patient_is_an_identifier_with_its_system(name: str) -> None:
    assert read_question([(name, "urn:oid:1.2|G-1")]).patient == Identifier("urn:oid:1.2", "G-1")


@pytest.mark.parametrize("value", ["1.2.3", "urn:oid:1.2.3", "urn:dicom:uid|1.2.3", "urn:dicom:uid|urn:oid:1.2.3"])
def test_a_study_is_found_as_dicom_and_as_fhir_write_it(value: str) -> None:
    assert read_question([("entity", value)]).study == "1.2.3"


def test_codes_are_told_apart_by_their_system() -> None:
    question = read_question([("type", "a|b,c"), ("outcome", "8")])
    assert question.tokens == (("type", (Token("a", "b"), Token(None, "c"))), ("outcome", (Token(None, "8"),)))


def test_pages_are_bounded_and_go_on() -> None:
    question = read_question([("_count", "100000"), ("_cursor", "17"), ("_format", "json"), ("_sort", "-date")])
    assert (question.count, question.before) == (MOST, 17)
    assert question.asked == (("_count", "100000"), ("_format", "json"), ("_sort", "-date"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("patient", "G-1"),
        ("patient", "|G-1"),
        ("patient", "urn:x|"),
        ("patient", "urn:x|1,urn:x|2"),
        ("agent", "clinician"),
        ("entity", "urn:other|1"),
        ("date", "yesterday"),
        ("date", "2026-13"),
        ("date", "2026-02-30"),
        ("date", "ap2026-03"),
        ("date", "9999-12-31"),
        ("date", "ge2026-03-14T10:00:00Zx"),
        ("type", "a|"),
        ("outcome", ","),
        ("_count", "0"),
        ("_count", "-1"),
        ("_count", "٣"),
        ("_cursor", "x"),
        ("_format", "xml"),
        ("_sort", "date"),
        ("_include", "AuditEvent:patient"),
        ("nonsense", "1"),
        ("date", ""),
        ("type", "x" * 1000),
    ],
)
def test_what_is_not_understood_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadRequest):
        read_question([(name, value)])


def test_two_patients_are_two_questions() -> None:
    with pytest.raises(BadRequest):
        read_question([("patient", "a|1"), ("patient.identifier", "a|1")])


NAMES = st.sampled_from(["date", "patient", "agent", "entity", "type", "subtype", "outcome", "_count", "_cursor", "x"])


@given(
    st.lists(
        st.tuples(NAMES, st.one_of(st.text(max_size=30), st.from_regex(r"[a-z]{2}\d{4}-\d\d-\d\d(T.*)?"))), max_size=4
    )
)
def test_whatever_is_asked_is_a_question_or_refused(parameters: list[tuple[str, str]]) -> None:
    try:
        question = read_question(parameters)
    except BadRequest:
        return
    assert isinstance(question, Question)
    assert question.count <= MOST
