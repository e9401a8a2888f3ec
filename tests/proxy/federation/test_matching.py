"""Matching by PS3.4 C.2.2.2: what an archive gave in spite of the key is not passed on as if it had matched."""

from typing import Any

import pytest

from proxy.federation.matching import matching
from proxy.federation.names import soundex
from proxy.federation.query import Level, Query
from proxy.federation.sources import Row
from proxy.resources import Uid
from proxy.wire import dictionary, tags


def element(vr: str, *values: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": list(values)} if values else {"vr": vr}


ROW = {
    tags.STUDY_DATE: element("DA", "20260102"),
    tags.STUDY_TIME: element("TM", "101530.5"),
    tags.ACCESSION_NUMBER: element("SH", "A-17"),
    tags.MODALITIES_IN_STUDY: element("CS", "CT", "SR"),
    tags.PATIENT_NAME: element(
        "PN", {"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}
    ),
    tags.PATIENT_ID: element("LO", "G-1001"),
    tags.STUDY_INSTANCE_UID: element("UI", "1.2.1"),
    tags.STUDY_ID: element("SH"),
    tags.NUMBER_OF_STUDY_RELATED_SERIES: element("IS", 2),
    tags.REQUEST_ATTRIBUTES_SEQUENCE: element(
        "SQ", {"00400009": element("SH", "S1")}, {"00400009": element("SH", "S2")}
    ),
}


def is_match(row: Row, query: Query) -> bool:
    return matching(query)(row)


def found(**keys: str) -> bool:
    asked = tuple((dictionary.tag_of(name) or name, value) for name, value in keys.items())
    return is_match(ROW, Query(Level.STUDIES, matches=asked))


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("StudyDate", "20260102"),
        ("StudyDate", "20260101-20260102"),
        ("StudyDate", "-20260102"),
        ("StudyDate", "20260102-"),
        ("StudyTime", "1015"),
        ("StudyTime", "1000-1015"),
        ("AccessionNumber", "A-17"),
        ("AccessionNumber", "a-1?"),
        ("ModalitiesInStudy", "SR"),
        ("PatientName", "YAMADA*"),
        ("PatientName", "Yamada"),
        ("PatientName", "*太郎"),
        ("PatientID", "G-*"),
        ("StudyInstanceUID", "1.2.9,1.2.1"),
        ("StudyID", "*"),
        ("NumberOfStudyRelatedSeries", "2"),
        ("PatientBirthDate", "19700101"),
        ("PrivateKeyword", "x"),
    ],
)
def test_a_key_that_is_met_or_cannot_be_judged_keeps_the_row(keyword: str, value: str) -> None:
    assert found(**{keyword: value})


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("StudyDate", "20260103"),
        ("StudyDate", "20260103-"),
        ("StudyDate", "-20260101"),
        ("StudyTime", "1016-"),
        ("AccessionNumber", "A-1"),
        ("ModalitiesInStudy", "MR"),
        ("PatientName", "Yamad"),
        ("PatientName", "Suzuki*"),
        ("PatientID", "g-1001"),
        ("PatientID", "G-100"),
        ("StudyInstanceUID", "1.2.11"),
        ("SeriesInstanceUID", "1.2.1.1"),
        ("StudyID", "7"),
        ("NumberOfStudyRelatedSeries", "3"),
    ],
)
def test_a_key_that_is_not_met_drops_the_row(keyword: str, value: str) -> None:
    assert not found(**{keyword: value})


def test_one_item_of_a_sequence_must_meet_the_key() -> None:
    path = f"{tags.REQUEST_ATTRIBUTES_SEQUENCE}.00400009"
    assert is_match(ROW, Query(Level.SERIES, matches=((path, "S2"),)))
    assert not is_match(ROW, Query(Level.SERIES, matches=((path, "S3"),)))


@pytest.mark.parametrize(
    ("date", "time", "inside"),
    [
        ("20260101-20260102", "2200-1100", True),
        ("20260101-20260102", "2200-1015", True),
        ("20260101-20260102", "2200-0200", False),
        ("20260102-20260103", "1016-0200", False),
        ("20260102-", "1000-", True),
        ("-20260102", "-1000", False),
    ],
)
def test_ranges_of_date_and_time_are_one_interval(date: str, time: str, inside: bool) -> None:
    query = Query(Level.STUDIES, matches=((tags.STUDY_DATE, date), (tags.STUDY_TIME, time)))
    assert is_match(ROW, query) is inside
    assert query.keys == ((tags.STUDY_DATE, date),)


def test_a_zone_makes_days_and_hours_the_archives_business() -> None:
    keys = ((tags.STUDY_DATE, "20260103"), (tags.TIMEZONE_OFFSET_FROM_UTC, "+0900"))
    assert is_match(ROW, Query(Level.STUDIES, matches=keys))


def test_rows_of_another_study_or_series_than_the_path_names_are_dropped() -> None:
    assert is_match(ROW, Query(Level.SERIES, study=Uid("1.2.1")))
    assert not is_match(ROW, Query(Level.SERIES, study=Uid("1.2.2")))


def kind(matching: str, **keys: str) -> bool:
    asked = tuple((dictionary.tag_of(name) or name, value) for name, value in keys.items())
    return is_match(ROW, Query(Level.STUDIES, matches=asked, **{matching: True}))


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("yamada tarou", True),
        ("Tarou", True),
        ("Tarou^Yama", True),
        ("YAMATA", True),
        ("Jamada", False),
        ("Yamada Hanako", False),
        ("山田", True),
        ("鈴木", False),
        ("Yámada*", True),
    ],
)
def test_fuzzy_matching_goes_by_beginning_and_sound_of_words(name: str, alike: bool) -> None:
    assert kind("fuzzy", PatientName=name) is alike


def test_american_soundex() -> None:
    """The examples of the National Archives (https://www.archives.gov/research/census/soundex)."""
    codes = {"Washington": "w252", "Lee": "l000", "Gutierrez": "g362", "Pfister": "p236", "Tymczak": "t522"}
    assert {name: soundex(name.lower()) for name in codes} == codes


def test_an_absent_or_empty_value_is_what_was_asked_for() -> None:
    assert kind("empty", StudyID='""')
    assert kind("empty", PatientBirthDate='""')
    assert not kind("empty", AccessionNumber='""')


def test_of_several_values_all_must_be_there() -> None:
    assert kind("multiple", ModalitiesInStudy="CT\\SR")
    assert not kind("multiple", ModalitiesInStudy="CT\\PT")


def test_an_archive_that_calls_a_name_a_text_does_not_change_how_names_are_compared() -> None:
    row = {tags.PATIENT_NAME: element("LO", "Yamada^Tarou"), tags.STUDY_DATE: element("LO", "20260102")}
    assert is_match(row, Query(Level.STUDIES, matches=((tags.PATIENT_NAME, "YAMADA"),)))
    assert not is_match(row, Query(Level.STUDIES, matches=((tags.STUDY_DATE, "20250101-20251231"),)))


@pytest.mark.parametrize(
    ("key", "inside"),
    [
        ("20260102", True),
        ("20260101-20260103", True),
        ("20260103-", False),
        ("20260102101530-0500", True),  # a zone: the archive's business
    ],
)
def test_moments_are_compared_like_dates(key: str, inside: bool) -> None:
    row = {"0008002A": element("DT", "20260102101530")}
    assert is_match(row, Query(Level.STUDIES, matches=(("0008002A", key),))) is inside
