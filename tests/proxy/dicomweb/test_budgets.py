"""What a look costs an archive: counted, because its owner will count it too."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from demo.archive.faults import Fault
from demo.archive.holdings import Holdings
from proxy.patients.register import to_register
from proxy.settings.retrieval import Federation, Retrieval
from tests.exchange import Exchange, ct, opened_exchange

COUNT = 40
SERIES = "/dicomweb/studies/1.2.1/series/1.2.1.1"
HOLDINGS = {"general": [ct("1.2.1", 1, number) for number in range(1, COUNT + 1)]}


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    async with opened_exchange(tmp_path, HOLDINGS) as exchange:
        yield exchange


def rendered(number: int, query: str = "") -> str:
    return f"{SERIES}/instances/1.2.1.1.{number}/frames/1/rendered{query}"


async def look(exchange: Exchange, *numbers: int, ahead: str = "", query: str = "") -> None:
    for number in numbers:
        headers = {"Vitrine-Ahead": ahead} if ahead else {}
        assert (await exchange.get(rendered(number, query), headers=headers)).status_code == 200


def cost(exchange: Exchange) -> Counter[str]:
    """What the archive was asked besides where the study is."""
    counts = exchange.archives["general"].counts()
    del counts["search"]
    return counts


def frames_asked(exchange: Exchange) -> list[int]:
    paths = [path for kind, path in exchange.archives["general"].requests if kind == "frames"]
    return [int(path.split("/instances/1.2.1.1.")[1].split("/")[0]) for path in paths]


async def until(come_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not come_true():
            await asyncio.sleep(0.01)


async def settled() -> None:
    """Long enough for anything that would yet be asked."""
    await asyncio.sleep(0.3)


async def test_one_rendered_frame_is_one_metadata_and_one_frame_request(exchange: Exchange) -> None:
    await look(exchange, 1)
    assert cost(exchange) == {"metadata": 1, "frames": 1}


async def test_the_second_viewer_costs_nothing(exchange: Exchange) -> None:
    await look(exchange, 1)
    exchange.archives["general"].requests.clear()
    other = exchange.bearer(sub="clinician", jti="jti-another")
    assert (await exchange.client.get(rendered(1), headers=other)).status_code == 200
    assert not exchange.archives["general"].requests


async def test_a_frame_of_a_series_that_was_opened_is_one_frame_request(exchange: Exchange) -> None:
    assert (await exchange.get(f"{SERIES}/metadata")).status_code == 200
    await look(exchange, *range(1, 6))
    assert cost(exchange) == {"metadata": 1, "frames": 5}


async def test_scrolling_back_costs_nothing(exchange: Exchange) -> None:
    await look(exchange, *range(1, 11))
    exchange.archives["general"].requests.clear()
    await look(exchange, *range(10, 0, -1))
    await look(exchange, *range(10, 0, -1), query="?viewport=8,8")
    assert not exchange.archives["general"].requests


async def test_what_a_viewer_is_heading_for_is_there_when_it_comes(exchange: Exchange) -> None:
    await exchange.get(f"{SERIES}/metadata")
    await look(exchange, 1, ahead="1.2.1.1.2/1, 1.2.1.1.3/1 ,1.2.1.1.5/1")
    await until(lambda: len(frames_asked(exchange)) == 4)
    assert frames_asked(exchange) == [1, 2, 3, 5]
    await look(exchange, 2, 3, 5)
    await settled()
    assert frames_asked(exchange) == [1, 2, 3, 5]
    assert cost(exchange)["metadata"] == 1


async def test_no_more_than_some_frames_beyond_what_was_shown(exchange: Exchange) -> None:
    await look(exchange, 1, ahead=",".join(f"1.2.1.1.{number}/1" for number in range(2, COUNT + 1)))
    await until(lambda: len(frames_asked(exchange)) == 25)
    await settled()
    assert sorted(frames_asked(exchange)) == list(range(1, 26))


async def test_a_jump_ends_what_was_fetched_for_another_place(exchange: Exchange) -> None:
    await exchange.get(f"{SERIES}/metadata")
    exchange.archives["general"].faults["frames"] = Fault(delay=0.2)
    await look(exchange, 1, ahead=",".join(f"1.2.1.1.{number}/1" for number in range(2, 20)))
    await look(exchange, 30, ahead="1.2.1.1.31/1")
    await until(lambda: 31 in frames_asked(exchange))
    await settled()
    near_the_first = [number for number in frames_asked(exchange) if number < 30]
    assert len(near_the_first) <= 5, "the first, and two at a time while the second was fetched"
    assert frames_asked(exchange)[-1] == 31


@pytest.mark.parametrize(
    "said", ["", "nonsense", "1.2.1.1.2", "1.2.1.1.2/0", "../../../1.2.1.1.2/1", "9.9.9/1", "\xff/1"]
)
async def test_what_is_not_understood_or_not_there_is_not_fetched(exchange: Exchange, said: str) -> None:
    answer = await exchange.get(rendered(1), headers={"Vitrine-Ahead": said.encode("latin-1")})
    assert answer.status_code == 200
    await settled()
    assert frames_asked(exchange) == [1]


async def test_nothing_is_fetched_ahead_for_who_may_no_longer_look(exchange: Exchange) -> None:
    exchange.archives["general"].faults["frames"] = Fault(delay=0.1)
    await look(exchange, 1, ahead=",".join(f"1.2.1.1.{number}/1" for number in range(2, 20)))
    exchange.services.rooms.admission._enforcement.adopt(register=to_register(b""))
    await settled()
    assert len(frames_asked(exchange)) <= 3


async def test_where_a_viewer_is_heading_is_nowhere_written(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    await look(exchange, 1, ahead="1.2.1.1.7/1")
    await until(lambda: 7 in frames_asked(exchange))
    assert "1.2.1.1.7" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("proxy")
    )
    assert exchange.kinds().count("study-opened") <= 1


async def test_an_institution_may_have_nothing_kept_and_yet_asks_once_for_many(tmp_path: Path) -> None:
    async with opened_exchange(tmp_path, HOLDINGS, uncached=["general"]) as exchange:
        answers = await asyncio.gather(*(exchange.get(rendered(1)) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {200}
        assert {answer.headers["cache-control"] for answer in answers} == {"private, no-store"}
        assert cost(exchange) == {"metadata": 1, "frames": 1}
        await look(exchange, 1, 1, ahead="1.2.1.1.2/1")
        await settled()
        assert cost(exchange) == {"metadata": 1, "frames": 3}
        held = {cache.name: cache.bytes for cache in exchange.services.memory.caches}
        assert {name for name, size in held.items() if size} == {"metadata"}


async def test_when_what_may_be_seen_changes_nothing_stays(exchange: Exchange) -> None:
    await look(exchange, 1, 2)
    assert sum(cache.bytes for cache in exchange.services.memory.caches) > 0
    exchange.services.rooms.admission._enforcement.adopt(register=to_register(b""))
    assert {cache.bytes for cache in exchange.services.memory.caches} == {0}
    assert (await exchange.get(rendered(1))).status_code == 404


async def test_a_study_that_is_gone_is_forgotten_and_others_are_not(tmp_path: Path) -> None:
    holdings = {"general": [ct("1.2.1"), ct("1.2.2")]}
    federation = Federation(deadline_seconds=2, location_seconds=0.01, absent_seconds=0.01)
    async with opened_exchange(tmp_path, holdings, federation=federation) as exchange:
        for study in ("1.2.1", "1.2.2"):
            path = f"/dicomweb/studies/{study}/series/{study}.1/instances/{study}.1.1/frames/1/rendered"
            assert (await exchange.get(path)).status_code == 200
        cache = exchange.cache("frames")
        assert len(cache) == 2
        exchange.archives["general"].holdings = Holdings([ct("1.2.2")])
        await asyncio.sleep(0.02)
        assert (await exchange.get(path.replace("1.2.2", "1.2.1"))).status_code == 404
        assert len(cache) == 1
        assert (await exchange.get(path)).status_code == 200
        assert exchange.archives["general"].counts()["frames"] == 2, "the other one's is still in memory"


async def test_what_is_too_old_leaves_memory_by_itself(tmp_path: Path) -> None:
    retrieval = Retrieval(workers=1, cache_seconds=0.5)
    async with opened_exchange(tmp_path, HOLDINGS, retrieval=retrieval) as exchange:
        await look(exchange, 1)
        await until(lambda: {cache.bytes for cache in exchange.services.memory.caches} == {0})
