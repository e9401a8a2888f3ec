"""A search that comes across a crowd asks others about so many people and no more, and says so."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.federation.crowd import Crowd
from proxy.federation.query import Level, Query
from proxy.federation.sources import SourceState, SourceStatus
from proxy.resources import ArchiveId, HeldStudy, InstitutionId, PatientIdentifier, Uid
from tests.proxy.federation.paper import study_row
from tests.proxy.federation.searching import caller, opened_desk
from tests.proxy.federation.simulated import SimulatedArchive


def owned(archive: str, *patients: int) -> list[tuple[dict, HeldStudy]]:
    return [
        ({}, HeldStudy(Uid("1.2"), ArchiveId(archive), InstitutionId("i"), PatientIdentifier("A", str(patient))))
        for patient in patients
    ]


@given(st.lists(st.lists(st.integers(0, 9), max_size=8), max_size=8), st.integers(1, 5))
def test_never_more_people_and_everything_of_those(pages: list[list[int]], most: int) -> None:
    crowd, people = Crowd(most), set()
    for page in pages:
        given_ = owned("a", *page)
        admitted = crowd.admitted("a", given_)
        people |= {held.patient for _, held in admitted}
        assert all(one in admitted for one in given_ if one[1].patient in people)
    assert len(people) == min(most, len({one for page in pages for one in page}))


def test_an_archive_whose_rows_are_left_out_is_truncated_and_no_other() -> None:
    crowd = Crowd(2)
    crowd.admitted("a", owned("a", 1, 2))
    crowd.admitted("b", owned("b", 2, 3))
    statuses = [SourceStatus(ArchiveId(one), InstitutionId("i"), "I", SourceState.ANSWERED) for one in "ab"]
    assert [crowd.told(one).state for one in statuses] == [SourceState.ANSWERED, SourceState.TRUNCATED]


async def test_a_search_over_a_crowd_is_cut_and_says_so_where_people_are_asked_about() -> None:
    rows = [study_row(f"1.2.{number}", f"p-{number}") for number in range(1200)]
    for asks, count, state in ((True, 1000, SourceState.TRUNCATED), (False, 1200, SourceState.ANSWERED)):
        desk = opened_desk([SimulatedArchive("general", rows)])
        desk.policy.asks_about_people = asks
        result = await desk.search.search(caller(), Query(Level.STUDIES))
        assert (len(result.found), [one.state for one in result.sources]) == (count, [state])
