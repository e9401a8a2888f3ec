"""Five hundred archives with caps, latencies, copies, failures and habits of their own are searched as one."""

from collections.abc import Hashable

import pytest

from proxy.federation.merge import Found
from proxy.federation.query import Level, Query
from proxy.federation.search import SearchResult
from proxy.federation.sources import SourceState, SourceStatus
from proxy.settings.retrieval import Federation
from tests.proxy.federation.region import Region, Truth, region
from tests.proxy.federation.searching import Desk, caller, opened_desk

PATIENT = Federation(deadline_seconds=60, archive_page=7)
SIZES = (13, 101, 5000)


def opened(one: Region) -> Desk:
    desk = opened_desk(one.archives, PATIENT, people=one.persons)
    desk.policy.hidden = set(one.hidden)
    return desk


async def pages(desk: Desk, size: int) -> tuple[list[Found], SearchResult]:
    """All pages of `size`, each but the last of which is full."""
    found: list[Found] = []
    cursor, end = "", 0
    while True:
        result = await desk.search.search(caller(), Query(Level.STUDIES, limit=size, offset=end), cursor)
        found += result.found
        if not result.remaining:
            return found, result
        assert len(result.found) == size
        end, cursor = result.end, result.cursor


def identified(one: Region, found: Found) -> tuple[str, Hashable]:
    """The study and the one person whose it is."""
    people = {one.persons.get(part.held.patient, part.held.patient) for part in found.parts}
    assert len(people) == 1, "two patients are one row"
    return found.parts[0].held.study, people.pop()


def truths(one: Region, result: SearchResult) -> tuple[Truth, Truth]:
    """What must be found, of archives that are said to have given everything, and what may."""
    whole = {source.archive for source in result.sources if source.state is SourceState.ANSWERED}
    assert len({source.archive for source in result.sources}) == len(one.archives), "everybody is accounted for"
    must = set[tuple[str, Hashable]]().union(*(one.held(each) for each in one.archives if each.archive.id in whole))
    return must, set[tuple[str, Hashable]]().union(*(one.held(each) for each in one.archives))


@pytest.mark.parametrize("seed", [1, 2])
async def test_all_pages_of_every_size_are_the_truth(seed: int) -> None:
    """Nothing is lost, repeated, invented or out of order, and no two patients are one row."""
    one = region(seed)
    for size in SIZES:
        found, result = await pages(opened(one), size)
        rows = [identified(one, each) for each in found]
        must, may = truths(one, result)
        assert len(set(rows)) == len(rows), "nothing is repeated"
        assert must <= set(rows) <= may, "nothing is lost, and nothing invented"
        assert len(must) > 800, "the region is worth searching"
        dates = [each.row["00080020"]["Value"][0] for each in found]
        assert dates == sorted(dates, reverse=True)
        studies = [study for study, _ in rows]
        assert {each.parts[0].held.study for each in found if each.disputed} == {
            study for study in studies if studies.count(study) > 1
        }
        for archive in one.archives:
            archive.questions.clear()


async def test_copies_are_one_row_with_all_its_parts() -> None:
    one = region(3)
    found, _ = await pages(opened(one), 5000)
    several = [each for each in found if len({part.held.archive for part in each.parts}) > 1]
    assert len(several) > 20
    assert all(len({part.held.study for part in each.parts}) == 1 for each in several)


async def test_a_stream_gives_each_row_once_and_every_archive_its_status() -> None:
    one = region(4)
    arrivals = [each async for each in opened(one).search.stream(caller(), Query(Level.STUDIES))]
    pieces = [each for each in arrivals if not isinstance(each, SourceStatus)]
    rows = [identified(one, each) for piece in pieces for each in piece]
    assert len(set(rows)) == len(rows)
    sources = tuple(each for each in arrivals if isinstance(each, SourceStatus))
    must, may = truths(one, SearchResult(Query(Level.STUDIES), (), 0, 0, sources))
    assert must <= set(rows) <= may


async def test_what_policy_hides_leaves_no_trace_among_so_many() -> None:
    """The same pages, counts, ends and states as if the archives did not have it.

    Where one broke down or repeated itself depends on what it has, and is the archive's own to tell.
    """
    one = region(5, honest=1)

    def told(found: list[Found], result: SearchResult) -> object:
        return [(each.row, each.disputed, each.counted, len(each.parts)) for each in found], result.sources, result.end

    hidden = told(*await pages(opened(one), 101))
    assert one.hidden
    one.forget_hidden()
    assert told(*await pages(opened(one), 101)) == hidden
