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
    assert (query.limit, query.offset, query.fuzzy, query.empty, query.multiple) == (5, 10, True, False, False)
    query = read_query(Level.SERIES, [("emptyvaluematching", "true"), ("multiplevaluematching", "true")]).query
    assert (query.fuzzy, query.empty, query.multiple) == (False, True, True)


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
        [("NoSuchKeyword", "1")],
        [("includefield", "NoSuchKeyword")],
        [("RequestAttributesSequence.NoSuchKeyword", "1")],
        [("Modality", "CT")],
        [("SOPClassUID", "1.2")],
        [("AcquisitionUID", "1.x")],
        [("SeriesDate", "2026-01-02")],
        [("cursor", "a b")],
        [("cursor", "abc"), ("PatientID", "1")],
    ],
)
def test_a_supported_parameter_with_a_bad_value_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(BadRequest):
        read_query(Level.STUDIES, pairs)


@pytest.mark.parametrize(
    ("level", "key", "allowed"),
    [
        (Level.STUDIES, "Modality", False),
        (Level.SERIES, "Modality", True),
        (Level.SERIES, "SOPInstanceUID", False),
        (Level.INSTANCES, "Modality", True),
        (Level.INSTANCES, "InstanceNumber", True),
        (Level.INSTANCES, "PatientName", True),
    ],
)
def test_keys_belong_to_the_level_searched_or_a_higher_one(level: Level, key: str, allowed: bool) -> None:
    """PS3.18 Table 10.6.1-4."""
    if allowed:
        assert read_query(level, [(key, "1")]).query.matches
        return
    with pytest.raises(BadRequest, match="lower level"):
        read_query(level, [(key, "1")])


def test_every_keyword_of_the_dictionary_is_a_key() -> None:
    query = read_query(Level.STUDIES, [("InstitutionName", "General*"), ("includefield", "PatientComments")]).query
    assert (query.matches, query.fields) == ((("00080080", "General*"),), ("00104000",))


def test_fields_of_a_lower_level_are_left_out_and_named() -> None:
    asked = read_query(Level.STUDIES, [("includefield", "Modality,StudyDescription")])
    assert asked.query.fields == ("00081030",)
    assert any("00080060" in text for text in asked.warnings)


def test_what_is_not_supported_is_named() -> None:
    warnings = read_query(Level.STUDIES, [("_dc", "123"), ("<script>", "1")]).warnings
    assert any("_dc" in text for text in warnings)
    assert not any("<" in text for text in warnings)


def test_a_cursor_stands_alone_with_its_page() -> None:
    asked = read_query(Level.STUDIES, [("cursor", "a-B_9"), ("limit", "5"), ("offset", "10")])
    assert (asked.cursor, asked.query.limit, asked.query.offset) == ("a-B_9", 5, 10)


@pytest.mark.parametrize(
    ("pairs", "asked"),
    [
        ([("StudyDate", "20260101-20260102"), ("StudyTime", "2200-0200")], [("00080020", "20260101-20260102")]),
        ([("StudyInstanceUID", "1.2\\1.3")], [("0020000D", "1.2,1.3")]),
        ([("ModalitiesInStudy", "CT\\PT"), ("multiplevaluematching", "true")], [("00080061", "CT")]),
        ([("AccessionNumber", '""'), ("emptyvaluematching", "true")], []),
    ],
)
def test_archives_are_asked_for_no_less_in_words_they_all_know(
    pairs: list[tuple[str, str]], asked: list[tuple[str, str]]
) -> None:
    assert [*read_query(Level.STUDIES, pairs).query.asked] == asked


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=6))
def test_whatever_comes_is_a_query_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        asked = read_query(Level.INSTANCES, pairs)
    except BadRequest:
        return
    for text in asked.warnings:
        text.encode("ascii")
