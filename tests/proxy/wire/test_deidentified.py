"""De-identified attributes: a closed list in strict forms, so that no word that says whose they are stays."""

import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from proxy.wire import dictionary
from proxy.wire.deidentified import NAME, deidentified, is_told

SECRET = "Zorblatt"
TEXTS = ("AE", "AS", "LO", "LT", "PN", "SH", "ST", "UC", "UN", "UR", "UT", "OB", "OW")


def element(vr: str, value: Any) -> dict[str, Any]:
    if vr == "PN":
        return {"vr": "PN", "Value": [{"Alphabetic": value, "Ideographic": value, "Phonetic": value}]}
    return {"vr": vr, "Value": [value]}


def test_every_standard_attribute_that_can_hold_words_loses_them() -> None:
    dataset = {tag: element(str(dictionary.vr_of(tag)), SECRET) for tag in dictionary.TAGS}
    assert SECRET in json.dumps(dataset)
    assert SECRET not in json.dumps(deidentified(dataset))


@pytest.mark.parametrize("vr", [*TEXTS, "CS", "DA", "DS", "IS", "SQ", "TM", "UI"])
def test_another_vr_than_its_own_saves_no_word(vr: str) -> None:
    value: Any = {"00081030": element("LO", SECRET)} if vr == "SQ" else SECRET
    dataset = {tag: element(vr, value) for tag in dictionary.TAGS}
    assert SECRET not in json.dumps(deidentified(dataset))


TAGS = st.one_of(st.sampled_from(sorted(dictionary.TAGS)), st.from_regex(r"[0-9A-F]{8}", fullmatch=True))
WORDS = st.one_of(
    *(st.just(SECRET), st.just("ZORBLATT"), st.just("zorblatt 12"), st.just("SMITH ZORBLATT")),
    *(st.just({"Alphabetic": SECRET}), st.just([SECRET]), st.just({"00100010": SECRET})),
)
VRS = st.sampled_from([*sorted(dictionary.VRS), "XX", ""])
ELEMENTS = st.one_of(
    st.builds(lambda vr, values: {"vr": vr, "Value": values}, VRS, st.lists(WORDS, max_size=3)),
    st.builds(lambda vr, word: {"vr": vr, "Value": word}, VRS, WORDS),
    st.builds(lambda vr: {"vr": vr, "BulkDataURI": SECRET, "InlineBinary": SECRET}, VRS),
    WORDS,
)
DATASETS = st.recursive(
    st.dictionaries(TAGS, ELEMENTS, max_size=8),
    lambda inner: st.dictionaries(
        TAGS, st.builds(lambda items: {"vr": "SQ", "Value": items}, st.lists(inner, max_size=2))
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(dataset=DATASETS)
def test_no_name_stays_wherever_it_stands_and_whatever_it_claims_to_be(dataset: dict[str, Any]) -> None:
    named = dataset | {"00100010": element("PN", f"{SECRET}^Ann")}
    assert SECRET.upper() not in json.dumps(deidentified(named)).upper()


@settings(max_examples=50, deadline=None)
@given(dataset=DATASETS)
def test_it_says_that_it_was_done_and_doing_it_again_changes_nothing(dataset: dict[str, Any]) -> None:
    once = deidentified(dataset)
    assert once["00120062"]["Value"] == ["YES"]
    assert len(once["00120063"]["Value"][0]) <= 64
    assert once["00100010"]["Value"] == [{"Alphabetic": NAME}]
    assert deidentified(once) == once


def test_what_explains_an_image_and_its_time_stays() -> None:
    unit = {"00080100": element("SH", "mm2"), "00080102": element("SH", "UCUM"), "00080104": element("LO", "mm2")}
    stays = {
        "0008002A": element("DT", "20260102101500.5+0100"),
        "00080008": {"vr": "CS", "Value": ["ORIGINAL", "PRIMARY", "AXIAL"]},
        "00080016": element("UI", "1.2.840.10008.5.1.4.1.1.2"),
        "00080020": element("DA", "20260102"),
        "00180060": element("DS", 120),
        "0020000D": element("UI", "1.2.3"),
        "00200032": {"vr": "DS", "Value": ["-1.5E2", 0.25, 3]},
        "00280010": element("US", 512),
        "00281050": {"vr": "DS", "Value": [40.0]},
        "00281054": element("LO", "HU"),
        "00281053": element("DS", "1"),
    }
    told = deidentified({**stays, "004008EA": {"vr": "SQ", "Value": [unit]}})
    assert {tag: told[tag] for tag in stays} == stays
    assert told["004008EA"]["Value"] == [{tag: unit[tag] for tag in ("00080100", "00080102")}]


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        *(("00080050", "SH", "A-17"), ("00080080", "LO", "Hospital"), ("00081030", "LO", "Chest of J. Doe")),
        *(("00100030", "DA", "19700101"), ("00100040", "CS", "F"), ("00101010", "AS", "056Y")),
        *(("00091001", "CS", "PRIVATE"), ("00281054", "LO", "DOE"), ("00180015", "CS", "chest of j. doe")),
        *(("00380020", "DA", "20260101"), ("00080100", "SH", "DOE"), ("60000022", "LO", "Doe")),
        *(("60000010", "US", 12), ("00282000", "OB", "AAAA"), ("00181063", "DS", "DOE"), ("0020000D", "UI", "DOE")),
    ],
)
def test_what_may_name_somebody_goes(tag: str, vr: str, value: object) -> None:
    kept = deidentified({tag: {"vr": vr, "Value": [value]}}).get(tag, {})
    assert not kept.get("Value")


def test_a_code_string_that_is_a_name_in_disguise_goes() -> None:
    named = {"00100010": element("PN", "Doe^Jane"), "00180015": element("CS", "JANE"), "00080060": element("CS", "CT")}
    told = deidentified(named)
    assert ("00180015" in told, "00080060" in told) == (False, True)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        *(("0020000D", True), ("00080061", True), ("00080020", True), ("00400275.00400009", False)),
        *(("00081030", False), ("00080050", False), ("00100010", False), ("00091001", False), ("00080090", False)),
    ],
)
def test_rows_are_searched_by_what_they_tell(key: str, told: bool) -> None:
    assert is_told(key) is told
    if told:
        assert re.fullmatch(r"[0-9A-F]{8}", key)


OTHER_ID = {"00100020": element("LO", "MRN-77.201")}
DISGUISED = [
    *(("00101001", element("PN", "Quill^Rosa"), "ROSA"), ("00101005", element("PN", "Marlowe"), "MARLOWE 2")),
    *(("00101060", element("PN", "Tench^Ada"), "X_TENCH"), ("00101000", element("LO", "MRN-77.201"), "MRN77201")),
    *(("00101002", {"vr": "SQ", "Value": [OTHER_ID]}, "MRN 77 201"), ("00080090", element("PN", "Voss^Karl"), "VOSS")),
    *(("00081050", element("PN", "Ibarra"), "IBARRA"), ("00081070", element("PN", "Dunne^M"), "BY DUNNE")),
    *(("00100010", element("PN", "O'Brien^Pat"), "OBRIEN"), ("00100010", element("PN", "O'Brien^Pat"), "O_BRIEN")),
    *(("00100010", element("PN", "Müller^Zoë"), "MULLER"), ("00100010", element("PN", "Müller^Zoë"), "MUELLER")),
    *(("00100010", element("PN", "Smith-Jones"), "JONES"), ("00100010", element("PN", "Smith-Jones"), "SMITHJONES")),
    *(("00100010", element("PN", "Wu^Li"), "WU LI"), ("00100020", element("LO", "G-1001"), "G1001")),
    *(("00380010", element("LO", "ADM9X"), "ADM9X"), ("00080050", element("SH", "A-17-B"), "A17B")),
]


@pytest.mark.parametrize(("tag", "called", "disguise"), DISGUISED)
def test_whatever_anybody_is_called_is_found_in_code_strings_and_codes(
    tag: str, called: dict[str, Any], disguise: str
) -> None:
    """Other names and numbers of the patient, the mother's name, physicians' and operators'; also in nested items."""
    code = {"00080100": element("SH", disguise.replace(" ", "-").replace("_", ".")), "00080102": element("SH", "DCM")}
    hidden = {"00180015": element("CS", disguise), "00082218": {"vr": "SQ", "Value": [code]}}
    nested = {"00400275": {"vr": "SQ", "Value": [{tag: called}]}}
    for names in ({tag: called}, nested):
        told = deidentified(hidden | names)
        assert "00180015" not in told
        assert "00080100" not in json.dumps(told)
    assert "00180015" in deidentified(hidden)


def test_what_every_image_has_stays_whatever_its_patient_is_called() -> None:
    """Mary is in PRIMARY, and Rome in MONOCHROME2; CT and MR may be initials."""
    stays = {
        "00080008": {"vr": "CS", "Value": ["ORIGINAL", "PRIMARY", "AXIAL"]},
        "00080060": element("CS", "CT"),
        "00280004": element("CS", "MONOCHROME2"),
    }
    told = deidentified({**stays, "00100010": element("PN", "Rome^Mary^CT")})
    assert {tag: told[tag] for tag in stays} == stays


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        *(("00080020", "DA", "12345678901234567890123456"), ("00080020", "DA", "20261301"), ("00080020", "DA", "2026")),
        *(("00080020", "DA", "55501234"), ("00080030", "TM", "555012345678"), ("00080030", "TM", "256000")),
        *(("00080030", "TM", "10:15:00"), ("0008002A", "DT", "2026010210150099"), ("0008002A", "DT", "5550123")),
        *(("00080201", "SH", "5550123"), ("00080201", "SH", "+0199"), ("00080020", "TM", "101500")),
    ],
)
def test_digits_that_are_no_moment_go(tag: str, vr: str, value: str) -> None:
    assert tag not in deidentified({tag: element(vr, value)})


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        *(("00080020", "DA", "20240229"), ("00080030", "TM", "10"), ("00080030", "TM", "1015")),
        *(("00080030", "TM", "235960.123456"), ("0008002A", "DT", "20260102"), ("00080201", "SH", "-0330")),
        ("0008002A", "DT", "20260102101500.5+0100"),
    ],
)
def test_moments_stay(tag: str, vr: str, value: str) -> None:
    assert deidentified({tag: element(vr, value)})[tag]["Value"] == [value]


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        ("00200011", "IS", "772010"),
        ("00200011", "IS", 772010),
        ("00181063", "DS", "772010"),
        ("00080020", "DA", "19770601"),
    ],
)
def test_a_long_number_that_somebody_is_known_by_goes_wherever_numbers_may_stand(tag: str, vr: str, value: Any) -> None:
    known = {"00100020": element("LO", "772010"), "00101000": element("LO", "19770601")}
    assert tag not in deidentified({tag: element(vr, value), **known})
    assert tag in deidentified({tag: element(vr, value)})
