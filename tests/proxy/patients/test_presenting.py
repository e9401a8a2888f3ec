"""Answers carry one identifier of a person; the archive's own is kept beside it, and nothing else changes."""

from typing import Any

import pytest

from proxy.patients.people import People
from proxy.patients.presenting import Presenting
from proxy.patients.register import to_register
from proxy.resources import ArchiveId, HeldStudy, InstitutionId, Uid
from proxy.settings.patients import Patients
from tests.proxy.patients.indexes import index_settings
from tests.proxy.patients.sources import one

REGISTER = b"""
[[patients]]
id = "p-1"
consent = "optin"
identifiers = [ { authority = "GENERAL", value = "G-1001" }, { authority = "LAKESIDE", value = "77-201" } ]
"""
WHO = ("exchange:clinician", "jti")


def presenting_of(*preferred: str, **more: Any) -> Presenting:
    settings = Patients(preferred_authorities=preferred, **more)
    return Presenting(People(to_register(REGISTER), [], settings, lambda: 0.0), settings, lambda: 0.0)


def held(text: str = "LAKESIDE|77-201", *aliases: str) -> HeldStudy:
    return HeldStudy(Uid("1.2"), ArchiveId("a"), InstitutionId("i"), one(text), aliases=tuple(map(one, aliases)))


def row(value: str = "77-201", issuer: str = "", **more: Any) -> dict[str, Any]:
    named = {"00100021": {"vr": "LO", "Value": [issuer]}} if issuer else {}
    return {"00100020": {"vr": "LO", "Value": [value]}, "00081030": {"vr": "LO", "Value": ["Chest"]}, **named, **more}


def shown_as(attributes: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(attributes.get(tag, {}).get("Value", [None])[0] for tag in ("00100020", "00100021"))


def test_the_identifier_searched_by_is_shown_and_the_original_is_kept() -> None:
    presenting = presenting_of()
    presenting.searched(WHO, one("GENERAL|G-1001"))
    shown = presenting.shown(WHO, row(), [held()])
    assert shown_as(shown) == ("G-1001", "GENERAL")
    (other,) = shown["00101002"]["Value"]
    assert shown_as(other) == ("77-201", "LAKESIDE")
    assert other["00100022"] == {"vr": "CS", "Value": ["TEXT"]}
    assert shown["00081030"] == row()["00081030"]


def test_whoever_did_not_search_by_an_identifier_sees_that_of_the_preferred_authority() -> None:
    presenting = presenting_of("UNIVERSITY", "GENERAL")
    presenting.searched(("another", "jti"), one("LAKESIDE|77-201"))
    assert shown_as(presenting.shown(WHO, row(), [held()])) == ("G-1001", "GENERAL")


def test_without_a_preference_the_archives_own_is_shown_with_its_issuer() -> None:
    shown = presenting_of().shown(WHO, row(), [held()])
    assert shown_as(shown) == ("77-201", "LAKESIDE")
    assert "00101002" not in shown


def test_a_person_whom_nobody_joins_keeps_the_identifier() -> None:
    presenting = presenting_of("GENERAL")
    presenting.searched(WHO, one("GENERAL|G-1001"))
    shown = presenting.shown(WHO, row("77-999"), [held("LAKESIDE|77-999")])
    assert shown_as(shown) == ("77-999", "LAKESIDE")


def test_the_issuer_in_the_row_is_believed_before_the_archives() -> None:
    shown = presenting_of("GENERAL").shown(WHO, row(issuer="CLINIC"), [held()])
    assert shown_as(shown) == ("77-201", "CLINIC")


def test_qualifiers_of_the_original_issuer_go_with_the_original() -> None:
    qualifiers = {"vr": "SQ", "Value": [{"00400032": {"vr": "UT", "Value": ["9.9.9"]}}]}
    presenting = presenting_of("GENERAL", index=index_settings())
    shown = presenting.shown(WHO, row(**{"00100024": qualifiers}), [held()])
    assert shown["00101002"]["Value"][0]["00100024"] == qualifiers
    (own,) = shown["00100024"]["Value"]
    assert own["00400032"] == {"vr": "UT", "Value": ["2.16.840.1.113883.3.9999.1"]}
    assert own["00400033"] == {"vr": "CS", "Value": ["ISO"]}


def test_other_identifiers_that_the_archive_gave_are_kept_once() -> None:
    others = [
        {"00100020": {"vr": "LO", "Value": [value]}, "00100021": {"vr": "LO", "Value": [issuer]}}
        for value, issuer in (("G-1001", "GENERAL"), ("77-201", "LAKESIDE"), ("X-1", "OLD"))
    ]
    shown = presenting_of("GENERAL").shown(WHO, row(**{"00101002": {"vr": "SQ", "Value": others}}), [held()])
    assert [shown_as(item) for item in shown["00101002"]["Value"]] == [("77-201", "LAKESIDE"), ("X-1", "OLD")]


def test_each_instance_keeps_the_identifier_under_which_the_archive_has_it() -> None:
    presenting = presenting_of("GENERAL")
    parts = [held("GENERAL|G-1001"), held("LAKESIDE|77-201")]
    assert "00101002" not in presenting.shown(WHO, row("G-1001"), parts)
    assert shown_as(presenting.shown(WHO, row("77-201"), parts)["00101002"]["Value"][0]) == ("77-201", "LAKESIDE")


@pytest.mark.parametrize("attributes", [{}, {"00081030": {"vr": "LO", "Value": ["Chest"]}}, row("")])
def test_what_names_no_patient_stays_as_it_is(attributes: dict[str, Any]) -> None:
    assert presenting_of("GENERAL").shown(WHO, attributes, [held()]) == attributes


def test_of_a_locked_study_only_what_was_searched_by_is_told() -> None:
    presenting = presenting_of("GENERAL")
    assert presenting.shown_locked(WHO, row(), held()) == row()
    presenting.searched(WHO, one("GENERAL|G-1001"))
    assert shown_as(presenting.shown_locked(WHO, row(), held())) == ("G-1001", "GENERAL")
