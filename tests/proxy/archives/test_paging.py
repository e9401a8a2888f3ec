"""Reading an archive to its end, whatever it does with limit, offset and its own cap."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.archives.search.paging import Paging
from proxy.errors import ArchiveRefused
from proxy.settings.archives import KnownDialect
from proxy.settings.retrieval import Federation
from tests.proxy.federation.paper import study_row
from tests.proxy.federation.simulated import SimulatedArchive

SETTINGS = Federation(archive_page=50, archive_results=200, archive_requests=300)


def holding(count: int, **how: object) -> SimulatedArchive:
    return SimulatedArchive("general", [study_row(f"1.{number}", "G-1") for number in range(count)], **how)


async def read(archive: SimulatedArchive, paging: Paging | None = None) -> tuple[list[str], bool]:
    uids: list[str] = []
    truncated = False
    async for page in (paging or Paging(SETTINGS)).pages(archive, "studies", []):
        uids += [row["0020000D"]["Value"][0] for row in page.rows]
        truncated = page.truncated
    return uids, truncated


@given(
    count=st.integers(0, 199),
    cap=st.integers(0, 60),
    says_more=st.booleans(),
    heeds_limit=st.booleans(),
    before=st.integers(0, 80),
)
async def test_an_archive_that_heeds_the_offset_is_read_whole(
    count: int, cap: int, says_more: bool, heeds_limit: bool, before: int
) -> None:
    """Also after another search has shown how much it gives at once."""
    paging, archive = Paging(SETTINGS), holding(before, cap=cap, says_more=says_more, heeds_limit=heeds_limit)
    await read(archive, paging)
    archive.rows = [study_row(f"1.{number}", "G-1") for number in range(count)]
    assert await read(archive, paging) == ([f"1.{number}" for number in range(count)], False)


@given(
    count=st.integers(0, 199),
    cap=st.integers(0, 60),
    says_more=st.booleans(),
    heeds_limit=st.booleans(),
    before=st.integers(0, 80),
)
async def test_one_that_ignores_the_offset_is_read_whole_or_said_not_to_be(
    count: int, cap: int, says_more: bool, heeds_limit: bool, before: int
) -> None:
    how = {"cap": cap, "says_more": says_more, "heeds_limit": heeds_limit, "heeds_offset": False}
    paging, archive = Paging(SETTINGS), holding(before, **how)
    await read(archive, paging)
    archive.rows = [study_row(f"1.{number}", "G-1") for number in range(count)]
    uids, truncated = await read(archive, paging)
    assert len(set(uids)) == len(uids)
    assert truncated or len(uids) == count


async def test_one_that_heeds_the_limit_alone_is_asked_for_everything_at_once() -> None:
    uids, _ = await read(holding(120, heeds_offset=False))
    assert len(uids) == 120


async def test_a_page_shorter_than_one_seen_before_needs_no_further_question() -> None:
    paging, archive = Paging(SETTINGS), holding(30)
    await read(archive, paging)
    archive.questions.clear()
    archive.rows = archive.rows[:7]
    await read(archive, paging)
    assert len(archive.questions) == 1


async def test_an_archive_known_to_have_no_cap_is_asked_once() -> None:
    archive = holding(7)
    archive.archive = archive.archive.__class__(
        id="general-main", base_url="http://archive.test", dialect=KnownDialect(results=0)
    )
    assert await read(archive) == ([f"1.{number}" for number in range(7)], False)
    assert len(archive.questions) == 1


async def test_an_archive_that_has_counted_its_rows_is_not_asked_for_more() -> None:
    archive = holding(7)
    assert len([page async for page in Paging(SETTINGS).pages(archive, "studies", [], 7)]) == 1
    assert len(archive.questions) == 1


@given(count=st.integers(0, 199), cap=st.integers(0, 60), says_more=st.booleans(), off=st.integers(-20, 20))
async def test_no_row_that_was_counted_is_left_behind(count: int, cap: int, says_more: bool, off: int) -> None:
    archive, counted = holding(count, cap=cap, says_more=says_more), max(0, count + off)
    rows = [row async for page in Paging(SETTINGS).pages(archive, "studies", [], counted) for row in page.rows]
    assert len(rows) >= min(count, counted or count)


async def test_a_limit_that_is_refused_is_lowered_and_remembered() -> None:
    paging, archive = Paging(Federation()), holding(250, largest_limit=200)
    uids, truncated = await read(archive, paging)
    assert (len(uids), truncated) == (250, False)
    archive.questions.clear()
    await read(archive, paging)
    assert {asked["limit"] for asked in archive.questions} == {"100"}


async def test_a_search_that_is_refused_in_any_length_is_refused() -> None:
    with pytest.raises(ArchiveRefused):
        await read(holding(3, largest_limit=0), Paging(Federation()))


async def test_bounds_are_kept_and_said() -> None:
    assert [len(part) if isinstance(part, list) else part for part in await read(holding(500))] == [200, True]
    few = Paging(Federation(archive_page=10, archive_requests=3))
    assert [len(part) if isinstance(part, list) else part for part in await read(holding(500), few)] == [30, True]


async def test_rows_that_change_their_places_between_pages_are_said_to_be_incomplete() -> None:
    archive = holding(60, cap=20)
    turns = iter(range(100))

    class Moving(list):
        def __iter__(self):
            at = next(turns) * 3
            return iter([*self[len(self) - at :], *self[: len(self) - at]]) if at else super().__iter__()

    archive.rows = Moving(archive.rows)
    uids, truncated = await read(archive)
    assert len(set(uids)) == len(uids)
    assert truncated
