"""Searches over many archives: every page of every size, whatever the archives are like, adds up to the truth."""

from collections.abc import Sequence
from dataclasses import dataclass, field
import gc

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from proxy.archives.search.searching import SearchAnswer
from proxy.errors import ArchiveFailed, ArchiveTimedOut, NotFound
from proxy.federation.merge import Found
from proxy.federation.query import Level, Query
from proxy.federation.search import SearchResult
from proxy.federation.sources import SourceState, SourceStatus
from proxy.resources import PatientIdentifier
from proxy.settings.retrieval import Federation
from tests.proxy.federation.paper import study_row
from tests.proxy.federation.searching import Desk, caller, opened_desk
from tests.proxy.federation.simulated import SimulatedArchive

SMALL = Federation(deadline_seconds=2, archive_page=7, archive_results=400)
NAMES = ("general", "lakeside", "university", "harbour")


@dataclass(frozen=True)
class World:
    """`rows` of each archive as (study, patient number); a patient's number is the same person at every archive."""

    archives: tuple[SimulatedArchive, ...]
    hidden: frozenset[str]
    persons: dict[PatientIdentifier, str]

    def opened(self) -> Desk:
        desk = opened_desk(self.archives, SMALL, people=self.persons)
        desk.policy.hidden = set(self.hidden)
        return desk

    def truth(self, *archives: str) -> set[tuple[str, str]]:
        """(study, person) pairs that the named archives hold and policy does not hide."""
        return {
            (row["0020000D"]["Value"][0], self.person(one, row))
            for one in self.archives
            if one.archive.id in archives
            for row in one.rows
            if row["0020000D"]["Value"][0] not in self.hidden
        }

    def person(self, archive: SimulatedArchive, row: dict) -> str:
        identifier = PatientIdentifier(archive.archive.assigning_authority, row["00100020"]["Value"][0])
        return self.persons.get(identifier, str(identifier))


HOLDING = st.lists(
    st.tuples(st.integers(1, 25), st.integers(1, 4)), max_size=40, unique_by=lambda pair: pair[0]
)  # an archive has a study once


@st.composite
def worlds(draw: st.DrawFn, *, honest: bool = False) -> World:
    archives = []
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        rows = [
            study_row(f"1.2.{study}", f"{name[0]}-{patient}", date=f"202601{study % 5 + 10}")
            for study, patient in draw(HOLDING)
        ]
        archives.append(
            SimulatedArchive(
                name,
                rows,
                cap=draw(st.integers(0, 9)),
                says_more=draw(st.booleans()),
                heeds_limit=draw(st.booleans()),
                heeds_offset=honest or draw(st.booleans()),
                fails_at=-1 if honest else draw(st.integers(-1, 3)),
                delay=draw(st.sampled_from([0, 0, 0.001])),
            )
        )
    known = draw(st.booleans())
    persons = {
        PatientIdentifier(name.upper(), f"{name[0]}-{patient}"): f"p-{patient}"
        for name in NAMES
        for patient in range(1, 5)
        if known or patient % 2
    }
    hidden = frozenset(f"1.2.{study}" for study in draw(st.sets(st.integers(1, 25), max_size=8)))
    return World(tuple(archives), hidden, persons)


async def pages(desk: Desk, size: int, *, by_cursor: bool) -> tuple[list[Found], SearchResult]:
    found: list[Found] = []
    cursor, offset = "", 0
    while True:
        result = await desk.search.search(caller(), Query(Level.STUDIES, limit=size, offset=offset), cursor)
        found += result.found
        offset = result.end
        cursor = result.cursor if by_cursor else ""
        if not result.remaining:
            return found, result
        assert len(result.found) == size


def identified(world: World, found: list[Found]) -> list[tuple[str, str]]:
    return [
        (one.parts[0].held.study, world.persons.get(one.parts[0].held.patient, str(one.parts[0].held.patient)))
        for one in found
    ]


@settings(max_examples=150, deadline=None)
@given(world=worlds(), size=st.integers(1, 60), by_cursor=st.booleans())
async def test_pages_of_every_size_are_the_truth_or_say_who_is_not_all_there(
    world: World, size: int, by_cursor: bool
) -> None:
    try:
        found, result = await pages(world.opened(), size, by_cursor=by_cursor)
    except ArchiveFailed:
        assert all(archive.fails_at >= 0 for archive in world.archives)
        return
    given_rows = identified(world, found)
    whole = [source.archive for source in result.sources if source.state is SourceState.ANSWERED]
    everybody = [archive.archive.id for archive in world.archives]
    assert len(set(given_rows)) == len(given_rows), "nothing is repeated"
    assert world.truth(*whole) <= set(given_rows) <= world.truth(*everybody), "nothing is lost, nothing is added"
    dates = [one.row["00080020"]["Value"][0] for one in found]
    assert dates == sorted(dates, reverse=True)


@settings(max_examples=100, deadline=None)
@given(world=worlds(honest=True), size=st.integers(1, 60), by_cursor=st.booleans())
async def test_archives_that_page_are_complete_whatever_their_caps(world: World, size: int, by_cursor: bool) -> None:
    found, result = await pages(world.opened(), size, by_cursor=by_cursor)
    assert {source.state for source in result.sources} == {SourceState.ANSWERED}
    assert set(identified(world, found)) == world.truth(*(archive.archive.id for archive in world.archives))


@settings(max_examples=100, deadline=None)
@given(world=worlds(honest=True))
async def test_no_two_patients_are_ever_one_row(world: World) -> None:
    result = await world.opened().search.search(caller(), Query(Level.STUDIES))
    studies = [one.parts[0].held.study for one in result.found]
    for one in result.found:
        people = {world.persons.get(part.held.patient, str(part.held.patient)) for part in one.parts}
        assert len(people) == 1
        assert one.disputed is (studies.count(one.parts[0].held.study) > 1)


@settings(max_examples=100, deadline=None)
@given(world=worlds(honest=True), size=st.integers(1, 30))
async def test_what_policy_hides_leaves_no_trace(world: World, size: int) -> None:
    """The same pages, counts, cursors and states as if the archives did not have it."""

    def told(found: list[Found], result: SearchResult) -> object:
        rows = [(one.row, one.disputed, one.counted, [part.origins for part in one.parts]) for one in found]
        return rows, result.remaining, result.end, result.sources, result.cursor

    hidden = told(*await pages(world.opened(), size, by_cursor=True))
    for archive in world.archives:
        archive.rows = [row for row in archive.rows if row["0020000D"]["Value"][0] not in world.hidden]
        archive.questions.clear()
    assert told(*await pages(world.opened(), size, by_cursor=True)) == hidden


def holding(name: str, *studies: int, **how: object) -> SimulatedArchive:
    return SimulatedArchive(name, [study_row(f"1.2.{study}", f"{name[0]}-1") for study in studies], **how)


async def test_further_pages_ask_no_archive_again_and_are_cut_from_the_same_rows() -> None:
    archive = holding("general", *range(10))
    desk = opened_desk([archive])
    first = await desk.search.search(caller(), Query(Level.STUDIES, limit=4))
    archive.rows = [study_row("1.2.99", "g-1", date="20270101"), *archive.rows]
    asked = len(archive.questions)
    second = await desk.search.search(caller(), Query(Level.STUDIES, limit=4, offset=4))
    third = await desk.search.search(caller(), Query(Level.STUDIES, limit=4, offset=8), first.cursor)
    assert len(archive.questions) == asked
    assert sorted(one.parts[0].held.study for one in (*first.found, *second.found, *third.found)) == [
        f"1.2.{study}" for study in range(10)
    ]
    afresh = await desk.search.search(caller(), Query(Level.STUDIES, limit=4))
    assert afresh.found[0].parts[0].held.study == "1.2.99", "the first page always asks"


async def test_a_cursor_is_its_callers_and_ends() -> None:
    desk = opened_desk([holding("general", *range(10))])
    first = await desk.search.search(caller(), Query(Level.STUDIES, limit=4))
    for somebody, query in (
        (caller("exchange:other"), Query(Level.STUDIES, limit=4)),
        (caller(), Query(Level.SERIES, limit=4)),
    ):
        with pytest.raises(NotFound):
            await desk.search.search(somebody, query, first.cursor)
    desk.now[0] = 301.0
    with pytest.raises(NotFound):
        await desk.search.search(caller(), Query(Level.STUDIES, limit=4, offset=4), first.cursor)


async def test_institutions_that_may_no_longer_be_asked_are_left_out_of_pages_that_are_kept() -> None:
    desk = opened_desk([holding("general", *range(5)), holding("lakeside", *range(5, 10))])
    first = await desk.search.search(caller(), Query(Level.STUDIES, limit=1))
    desk.policy.institutions = ["lakeside"]
    rest = await desk.search.search(caller(), Query(Level.STUDIES, limit=10, offset=1), first.cursor)
    assert {one.parts[0].held.institution for one in rest.found} == {"lakeside"}


async def test_what_may_no_longer_be_known_is_left_out_of_pages_that_are_kept() -> None:
    desk = opened_desk([holding("general", *range(10))])
    first = await desk.search.search(caller(), Query(Level.STUDIES, limit=4))
    desk.policy.hidden, desk.policy.locked = {"1.2.5"}, {"1.2.6"}
    second = await desk.search.search(caller(), Query(Level.STUDIES, limit=4, offset=4), first.cursor)
    assert [one.parts[0].held.study for one in second.found] == ["1.2.4", "1.2.7"]


async def test_a_mirrored_study_counts_once_and_a_split_one_counts_both_parts() -> None:
    def series(study: str, *numbers: int) -> list[dict]:
        return [
            {
                "0020000D": {"vr": "UI", "Value": [study]},
                "0020000E": {"vr": "UI", "Value": [f"{study}.{number}"]},
                "00201209": {"vr": "IS", "Value": [10]},
            }
            for number in numbers
        ]

    persons = {PatientIdentifier("GENERAL", "g-1"): "p", PatientIdentifier("LAKESIDE", "l-1"): "p"}
    general, lakeside = holding("general", 1, 2), holding("lakeside", 1, 2)
    general.series = {"1.2.1": series("1.2.1", 1, 2), "1.2.2": series("1.2.2", 1)}
    lakeside.series = {"1.2.1": series("1.2.1", 1, 2), "1.2.2": series("1.2.2", 2, 3)}
    desk = opened_desk([general, lakeside], people=persons)
    mirrored, split = (await desk.search.search(caller(), Query(Level.STUDIES))).found
    assert [one.row["00201206"]["Value"] + one.row["00201208"]["Value"] for one in (mirrored, split)] == [
        [2, 20],
        [3, 30],
    ]
    assert {mirrored.counted, split.counted} == {"union"}


async def test_without_the_series_the_numbers_are_those_of_one_archive_and_say_so() -> None:
    persons = {PatientIdentifier("GENERAL", "g-1"): "p", PatientIdentifier("LAKESIDE", "l-1"): "p"}
    desk = opened_desk([holding("general", 1), holding("lakeside", 1)], people=persons)
    (found,) = (await desk.search.search(caller(), Query(Level.STUDIES))).found
    assert (found.counted, found.row["00201208"]["Value"]) == ("maximum", [10])


async def test_rows_stream_before_the_slowest_archive_has_answered() -> None:
    desk = opened_desk([holding("general", 1), holding("lakeside", 2, delay=60)], Federation(deadline_seconds=0.2))
    arrivals = [one async for one in desk.search.stream(caller(), Query(Level.STUDIES))]
    assert not isinstance(arrivals[0], SourceStatus)
    assert [one.state for one in arrivals if isinstance(one, SourceStatus)] == [
        SourceState.ANSWERED,
        SourceState.TIMED_OUT,
    ]
    assert [event.detail.get("streamed") for event in desk.audit.events] == ["begun", "ended"]


async def test_a_stream_without_any_answer_ends_in_the_failure_that_it_is() -> None:
    desk = opened_desk([holding("general", 1, delay=60)], Federation(deadline_seconds=0.05))
    with pytest.raises(ArchiveTimedOut):
        [one async for one in desk.search.stream(caller(), Query(Level.STUDIES))]


async def test_what_came_before_an_archive_broke_down_is_given_and_the_archive_is_named() -> None:
    desk = opened_desk([holding("general", *range(20), fails_at=2)], SMALL)
    result = await desk.search.search(caller(), Query(Level.STUDIES))
    assert len(result.found) == 14
    assert [(one.state, one.rows) for one in result.sources] == [(SourceState.FAILED, 14)]


@dataclass(eq=False)
class Noting(SimulatedArchive):
    """`collected` says for each question whether garbage was collected then."""

    collected: list[bool] = field(default_factory=list)

    async def search_page(self, path: str, query: Sequence[tuple[str, str]] = ()) -> SearchAnswer:
        self.collected.append(gc.isenabled())
        return await super().search_page(path, query)


async def test_garbage_is_not_collected_while_a_page_is_asked_for_and_is_again_however_that_ends() -> None:
    archive = Noting("general", [study_row("1.2.1", "g-1")], fails_at=0)
    desk = opened_desk([archive], SMALL)
    with pytest.raises(ArchiveFailed):
        await desk.search.search(caller(), Query(Level.STUDIES))
    assert gc.isenabled()
    assert (await desk.search.search(caller(), Query(Level.STUDIES))).found
    assert gc.isenabled()
    assert not any(archive.collected)


async def test_garbage_is_collected_while_rows_are_streamed() -> None:
    archive = Noting("general", [study_row("1.2.1", "g-1")])
    assert [one async for one in opened_desk([archive], SMALL).search.stream(caller(), Query(Level.STUDIES))]
    assert all(archive.collected)
