"""Who assigned a PatientID by its qualifiers (PS3.3 Table 10-18), where the archive names nobody."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.archives.issuers import Issuers
from proxy.settings.patients import AssigningAuthority

ISSUERS = Issuers([
    AssigningAuthority(name="GENERAL", system="urn:oid:1.2.3"),
    AssigningAuthority(name="LAKESIDE", system="urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66"),
    AssigningAuthority(name="UNIVERSITY", system="https://university.test/patients"),
])  # fmt: skip


def row(identifier: Any, kind: Any = "ISO", issuer: str = "") -> dict[str, Any]:
    item = {"00400032": {"vr": "UT", "Value": [identifier]}, "00400033": {"vr": "CS", "Value": [kind]}}
    named = {"00100021": {"vr": "LO", "Value": [issuer]}} if issuer else {}
    return {"00100020": {"vr": "LO", "Value": ["1"]}, "00100024": {"vr": "SQ", "Value": [item]}, **named}


def issuer_of(dataset: dict[str, Any]) -> str | None:
    return ISSUERS.named(dataset).get("00100021", {}).get("Value", [None])[0]


@pytest.mark.parametrize(
    ("identifier", "kind", "name"),
    [
        ("1.2.3", "ISO", "GENERAL"),
        ("6e8bc430-9c3a-11d9-9669-0800200c9a66", "UUID", "LAKESIDE"),
        ("https://university.test/patients", "URI", "UNIVERSITY"),
        ("9.9.9", "ISO", "9.9.9"),
        ("clinic.test", "DNS", "clinic.test"),
    ],
)
def test_an_authority_has_the_name_of_the_configuration_or_its_universal_one(
    identifier: str, kind: str, name: str
) -> None:
    assert issuer_of(row(identifier, kind)) == name


def test_the_same_digits_of_another_kind_are_another_authority() -> None:
    assert issuer_of(row("1.2.3", "DNS")) == "1.2.3"


def test_a_name_that_the_archive_gives_stands() -> None:
    named = row("1.2.3", issuer="CLINIC")
    assert ISSUERS.named(named) is named


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one, max_size=3)))
def test_what_names_nobody_changes_nothing_else(odd: Any) -> None:
    for dataset in (row(odd), row("1.2.3", odd), {"00100024": {"vr": "SQ", "Value": [odd]}}, {"00100024": odd}):
        named = ISSUERS.named(dataset)
        assert {tag: named[tag] for tag in dataset} == dataset
        assert len(issuer_of(dataset) or "x") in range(1, 65)
