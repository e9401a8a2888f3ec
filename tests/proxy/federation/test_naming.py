"""How a search says whom it is for: what leaves it open names nobody."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from policy.searches import SearchKey
from proxy.dicomweb.queries import read_query
from proxy.errors import BadRequest
from proxy.federation.naming import named_by
from proxy.federation.query import Level
from proxy.federation.sought import meant_by
from proxy.resources import PatientIdentifier, Uid

AUTHORITIES = ["GENERAL", "LAKESIDE", "", "GENERAL"]
LEVELS = {"SeriesInstanceUID": Level.SERIES, "SOPInstanceUID": Level.INSTANCES}


def key_of(**keys: str) -> SearchKey:
    level = next((LEVELS[name] for name in reversed(LEVELS) if name in keys), Level.STUDIES)
    asked = read_query(level, [*keys.items(), ("emptyvaluematching", "true")])
    return named_by(asked.query, meant_by(asked.query, AUTHORITIES)).key


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"PatientID": "G-1001"}, SearchKey.IDENTIFIER),
        ({"PatientID": "G-1001", "IssuerOfPatientID": "GENERAL"}, SearchKey.IDENTIFIER),
        ({"PatientID": "G-1001", "StudyInstanceUID": "1.2"}, SearchKey.IDENTIFIER),
        ({"PatientID": "G-*"}, SearchKey.NOBODY),
        ({"PatientID": "G-100?"}, SearchKey.NOBODY),
        ({"PatientID": "*"}, SearchKey.NOBODY),
        ({"PatientID": ""}, SearchKey.NOBODY),
        ({"PatientID": '""'}, SearchKey.NOBODY),
        ({"PatientID": "G-1\\G-2"}, SearchKey.NOBODY),
        ({"StudyInstanceUID": "1.2"}, SearchKey.STUDY),
        ({"StudyInstanceUID": "1.2,1.3"}, SearchKey.STUDY),
        ({"StudyInstanceUID": ""}, SearchKey.NOBODY),
        ({"SeriesInstanceUID": "1.2.3"}, SearchKey.STUDY),
        ({"SOPInstanceUID": "1.2.3.4"}, SearchKey.STUDY),
        ({"AccessionNumber": "A-17"}, SearchKey.ACCESSION),
        ({"AccessionNumber": "A-17", "PatientName": "Yam*"}, SearchKey.ACCESSION),
        ({"AccessionNumber": "A*"}, SearchKey.NOBODY),
        ({"AccessionNumber": '""'}, SearchKey.NOBODY),
        ({"PatientName": "Yamada^Tarou", "PatientBirthDate": "19740820"}, SearchKey.DEMOGRAPHICS),
        ({"PatientName": "Yam*", "PatientBirthDate": "19740820"}, SearchKey.DEMOGRAPHICS),
        ({"PatientName": "Yamada^Tarou"}, SearchKey.NOBODY),
        ({"PatientBirthDate": "19740820"}, SearchKey.NOBODY),
        ({"PatientName": "*", "PatientBirthDate": "19740820"}, SearchKey.NOBODY),
        ({"PatientName": "Y*", "PatientBirthDate": "19740820"}, SearchKey.NOBODY),
        ({"PatientName": '""', "PatientBirthDate": "19740820"}, SearchKey.NOBODY),
        ({"PatientName": "..", "PatientBirthDate": "19740820"}, SearchKey.NOBODY),
        ({"PatientName": "-'-,", "PatientBirthDate": "19740820", "fuzzymatching": "true"}, SearchKey.NOBODY),
        ({"PatientName": "O'K", "PatientBirthDate": "19740820"}, SearchKey.DEMOGRAPHICS),
        ({"PatientName": "Yamada", "PatientBirthDate": "19000101-20261231"}, SearchKey.NOBODY),
        ({"PatientName": "Yamada", "PatientBirthDate": '""'}, SearchKey.NOBODY),
        ({"StudyDate": "20260101"}, SearchKey.NOBODY),
        ({}, SearchKey.NOBODY),
    ],
)
def test_the_most_telling_key(keys: dict[str, str], key: SearchKey) -> None:
    assert key_of(**keys) is key


def test_a_search_within_a_study_is_by_the_study() -> None:
    query = read_query(Level.SERIES, [("Modality", "CT")], Uid("1.2")).query
    assert named_by(query, ()).key is SearchKey.STUDY


def test_a_number_without_an_issuer_may_be_anybodys() -> None:
    query = read_query(Level.STUDIES, [("PatientID", "77")]).query
    meant = PatientIdentifier("GENERAL", "77"), PatientIdentifier("LAKESIDE", "77")
    assert named_by(query, meant_by(query, AUTHORITIES)).patients == meant
    issued = read_query(Level.STUDIES, [("PatientID", "77"), ("IssuerOfPatientID", "LAKESIDE")]).query
    assert named_by(issued, meant_by(issued, AUTHORITIES)).patients == meant[1:]


@pytest.mark.parametrize("value", [",", "\\", ",\\,"])
@pytest.mark.parametrize("name", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"])
def test_a_list_of_no_uids_is_no_way_to_ask_for_everything(name: str, value: str) -> None:
    with pytest.raises(BadRequest):
        key_of(**{name: value})


@given(st.text('G1*?\\" ^=-', max_size=6), st.text('Ya*?^=" ', max_size=6), st.text('19-*"', max_size=9))
def test_what_has_a_wildcard_never_names_a_patient_by_its_number(number: str, name: str, born: str) -> None:
    try:
        key = key_of(PatientID=number, PatientName=name, PatientBirthDate=born)
    except BadRequest:
        return
    if set(number) & set("*?\\") or not number.strip('" '):
        assert key is not SearchKey.IDENTIFIER
