"""Search parameters (PS3.18 §8.3.4): attributes are keys, reserved names are not, bad values are refused."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.dicomweb.queries import read_query
from proxy.errors import BadRequest
from proxy.federation.query import Level


def test_keywords_and_tags_are_the_same_key() -> None:
    asked = read_query(Level.STUDIES, [("PatientID", "G-1"), ("00080020", "20260101-")])
    assert asked.query.matches == (("00100020", "G-1"), ("00080020", "20260101-"))
    assert asked.warnings == ()


@pytest.mark.parametrize("value", ["20260101", "20260101-", "-20260101", "20260101-20260131", "*"])
def test_a_date_is_a_day_or_a_range(value: str) -> None:
    assert read_query(Level.STUDIES, [("StudyDate", value)]).query.matches == (("00080020", value),)


def test_an_empty_key_asks_for_its_value() -> None:
    query = read_query(Level.STUDIES, [("StudyDescription", ""), ("includefield", "00100030,PatientSex")]).query
    assert query.matches == ()
    assert set(query.fields) == {"00081030", "00100030", "00100040"}


def test_paging_and_flags() -> None:
    query = read_query(Level.SERIES, [("limit", "5"), ("offset", "10"), ("fuzzymatching", "true")]).query
    assert (query.limit, query.offset) == (5, 10)


@pytest.mark.parametrize(
    "pairs",
    [
        [("limit", "-1")],
        [("limit", "1.5")],
        [("limit", "1"), ("limit", "2")],
        [("offset", "x")],
        [("fuzzymatching", "yes")],
        [("StudyInstanceUID", "1.2.x")],
        [("StudyInstanceUID", "1.2,1.03")],
        [("PatientID", "1"), ("00100020", "2")],
        [("StudyDate", "2026-01-02")],
        [("StudyDate", "20260101-20260102-20260103")],
        [("StudyDate", "-")],
        [("StudyTime", "10:15")],
        [("ModalitiesInStudy", "CT,MR")],
        [("PatientName", "a\x00b")],
        [("PatientName", "a" * 1025)],
        [("includefield", "../../etc")],
    ],
)
def test_a_supported_parameter_with_a_bad_value_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(BadRequest):
        read_query(Level.STUDIES, pairs)


def test_what_is_not_supported_is_named() -> None:
    warnings = read_query(Level.STUDIES, [("emptyvaluematching", "true"), ("_dc", "123"), ("<script>", "1")]).warnings
    assert any("_dc" in text for text in warnings)
    assert any("emptyvaluematching" in text for text in warnings)
    assert not any("<" in text for text in warnings)


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=6))
def test_whatever_comes_is_a_query_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        asked = read_query(Level.INSTANCES, pairs)
    except BadRequest:
        return
    for text in asked.warnings:
        text.encode("ascii")
