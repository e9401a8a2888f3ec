"""Merging: one row for one study of one person, never one row for two people, and an order that is always the same."""

import random

from proxy.federation.location import to_held
from proxy.federation.merge import merge_studies, sort_key
from proxy.resources import HeldStudy, PatientIdentifier
from tests.proxy.federation.paper import PaperArchive, element, study_row

GENERAL, LAKESIDE = PaperArchive("general"), PaperArchive("lakeside")
PERSONS = {PatientIdentifier("GENERAL", "G-1"): "p-1", PatientIdentifier("LAKESIDE", "77"): "p-1"}


def person_of(identifier: PatientIdentifier) -> object:
    return PERSONS.get(identifier, identifier)


def held(archive: PaperArchive, *row: object, **more: object) -> HeldStudy:
    found = to_held(archive, study_row(*row, **more))
    assert found is not None
    return found


def test_the_parts_of_one_study_are_one_row() -> None:
    parts = [
        held(GENERAL, "1.2", "G-1", modalities=["CT"], series=2, instances=100),
        held(LAKESIDE, "1.2", "77", modalities=["CT", "SR"], series=1, instances=3),
    ]
    (row,) = merge_studies(parts, person_of)
    assert row["00080061"]["Value"] == ["CT", "SR"]
    assert row["00201206"]["Value"] == [3]
    assert row["00201208"]["Value"] == [103]


def test_one_uid_under_two_people_stays_two_rows() -> None:
    rows = merge_studies([held(GENERAL, "1.2", "G-1"), held(LAKESIDE, "1.2", "somebody else")], person_of)
    assert sorted(row["00100020"]["Value"][0] for row in rows) == ["G-1", "somebody else"]


def test_the_same_number_of_two_authorities_is_two_people() -> None:
    rows = merge_studies([held(GENERAL, "1.2", "4711"), held(LAKESIDE, "1.2", "4711")], person_of)
    assert len(rows) == 2


def test_an_issuer_in_the_row_outranks_the_archives_own() -> None:
    assert held(GENERAL, "1.2", "77", "LAKESIDE").patient == PatientIdentifier("LAKESIDE", "77")
    assert held(GENERAL, "1.2", "77").patient == PatientIdentifier("GENERAL", "77")


def test_a_row_that_names_nobody_is_no_study() -> None:
    assert to_held(GENERAL, {"0020000D": element("UI", "1.2")}) is None
    assert to_held(GENERAL, {"00100020": element("LO", "G-1")}) is None


def test_newest_first_and_always_in_the_same_order() -> None:
    studies = [held(GENERAL, f"1.{number}", "G-1", date=f"2026010{number % 3 + 1}") for number in range(30)]
    orders = []
    for seed in range(5):
        random.Random(seed).shuffle(studies)
        orders.append([row["0020000D"]["Value"][0] for row in merge_studies(studies, person_of)])
    assert all(order == orders[0] for order in orders)
    dates = [row["00080020"]["Value"][0] for row in merge_studies(studies, person_of)]
    assert dates == sorted(dates, reverse=True)


def test_numbers_are_compared_as_numbers() -> None:
    rows = [{"00200013": element("IS", number)} for number in (10, 9, 100)]
    assert [row["00200013"]["Value"][0] for row in sorted(rows, key=sort_key)] == [9, 10, 100]
