"""Merging: one row for one study of one person, never one row for two people, and an order that is always the same."""

import random

from proxy.access.enforcement import Visibility
from proxy.federation.location import to_held
from proxy.federation.merge import Found, Merge, Part, sort_key
from proxy.federation.origins import origins_of
from proxy.federation.query import Level
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


def part(archive: PaperArchive, *row: object, viewable: bool = True, **more: object) -> Part:
    one = held(archive, *row, **more)
    rank = [GENERAL, LAKESIDE].index(archive)
    return Part(one.attributes, Visibility(one, True, viewable, ""), rank, origins_of(archive, {}))


def merged(*parts: Part, level: Level = Level.STUDIES) -> list[Found]:
    merge = Merge(level, person_of)
    merge.add(parts)
    return [entry.found() for entry in merge.entries()]


def test_copies_of_one_study_are_one_row_that_counts_nothing_twice() -> None:
    (found,) = merged(
        part(LAKESIDE, "1.2", "77", modalities=["CT", "SR"], series=2, instances=100),
        part(GENERAL, "1.2", "G-1", modalities=["CT"], series=2, instances=90),
    )
    assert found.row["00080061"]["Value"] == ["CT", "SR"]
    assert found.row["00201206"]["Value"] == [2]
    assert found.row["00201208"]["Value"] == [100]
    assert (found.counted, found.disputed) == ("maximum", False)
    assert [one.name for part in found.parts for one in part.origins] == ["General Hospital", "Lakeside Hospital"]
    assert found.row["00100020"]["Value"] == ["G-1"], "the first archive of the configuration speaks"


def test_a_copy_that_may_be_opened_speaks_before_one_that_may_not() -> None:
    (found,) = merged(part(GENERAL, "1.2", "G-1", viewable=False), part(LAKESIDE, "1.2", "77"))
    assert found.row["00100020"]["Value"] == ["77"]
    assert found.counted == "", "the number of the one part is that of the study as it may be seen"


def test_the_best_availability_is_that_of_the_study() -> None:
    near, online = part(GENERAL, "1.2", "G-1"), part(LAKESIDE, "1.2", "77")
    near.row["00080056"], online.row["00080056"] = element("CS", "NEARLINE"), element("CS", "ONLINE")
    assert merged(near, online)[0].row["00080056"]["Value"] == ["ONLINE"]


def test_one_uid_under_two_people_stays_two_rows_that_say_so() -> None:
    found = merged(part(GENERAL, "1.2", "G-1"), part(LAKESIDE, "1.2", "somebody else"))
    assert sorted(one.row["00100020"]["Value"][0] for one in found) == ["G-1", "somebody else"]
    assert all(one.disputed for one in found)


def test_the_same_number_of_two_authorities_is_two_people() -> None:
    assert len(merged(part(GENERAL, "1.2", "4711"), part(LAKESIDE, "1.2", "4711"))) == 2


def test_people_who_turn_out_to_be_one_before_the_end_are_one() -> None:
    known: dict[PatientIdentifier, str] = {}
    merge = Merge(Level.STUDIES, lambda identifier: known.get(identifier, identifier))
    merge.add([part(GENERAL, "1.2", "G-1")])
    known |= PERSONS
    merge.add([part(LAKESIDE, "1.2", "77")])
    (found,) = merge.entries()
    assert not found.disputed


def test_what_is_given_as_it_comes_is_given_once() -> None:
    merge = Merge(Level.STUDIES, person_of)
    assert len(merge.add([part(GENERAL, "1.2", "G-1"), part(GENERAL, "1.3", "G-1")])) == 2
    assert merge.add([part(LAKESIDE, "1.2", "77")]) == []
    assert len(merge.add([part(LAKESIDE, "1.2", "somebody else")])) == 1


def test_copies_of_one_series_are_one_row() -> None:
    one, other = part(GENERAL, "1.2", "G-1"), part(LAKESIDE, "1.2", "77")
    for copy, count in ((one, 5), (other, 7)):
        copy.row["0020000E"], copy.row["00201209"] = element("UI", "1.2.1"), element("IS", count)
    (found,) = merged(one, other, level=Level.SERIES)
    assert found.row["00201209"]["Value"] == [7]


def test_an_issuer_in_the_row_outranks_the_archives_own() -> None:
    assert held(GENERAL, "1.2", "77", "LAKESIDE").patient == PatientIdentifier("LAKESIDE", "77")
    assert held(GENERAL, "1.2", "77").patient == PatientIdentifier("GENERAL", "77")


def test_a_row_that_names_nobody_is_no_study() -> None:
    assert to_held(GENERAL, {"0020000D": element("UI", "1.2")}) is None
    assert to_held(GENERAL, {"00100020": element("LO", "G-1")}) is None


def test_newest_first_and_always_in_the_same_order() -> None:
    studies = [part(GENERAL, f"1.{number}", "G-1", date=f"2026010{number % 3 + 1}") for number in range(30)]
    orders = []
    for seed in range(5):
        random.Random(seed).shuffle(studies)
        orders.append([found.row["0020000D"]["Value"][0] for found in merged(*studies)])
    assert all(order == orders[0] for order in orders)
    dates = [found.row["00080020"]["Value"][0] for found in merged(*studies)]
    assert dates == sorted(dates, reverse=True)


def test_numbers_are_compared_as_numbers() -> None:
    rows = [{"00080018": element("UI", f"1.2.{number}"), "00200013": element("IS", number)} for number in (10, 9, 100)]
    assert [row["00200013"]["Value"][0] for row in sorted(rows, key=sort_key)] == [9, 10, 100]


def test_series_of_one_study_stay_together_and_a_short_time_is_not_an_early_one() -> None:
    def row(study: str, series: int, time: str) -> dict:
        return {
            "0020000D": element("UI", study),
            "0020000E": element("UI", f"{study}.{9 - series}"),
            "00200011": element("IS", series),
            "00080020": element("DA", "20260101"),
            "00080030": element("TM", time),
        }

    rows = [row("1.1", 2, "1015"), row("1.2", 1, "101500"), row("1.1", 1, "101500.5"), row("1.3", 1, "0930")]
    order = [(one["0020000D"]["Value"][0], one["00200011"]["Value"][0]) for one in sorted(rows, key=sort_key)]
    assert order == [("1.1", 1), ("1.1", 2), ("1.2", 1), ("1.3", 1)]
